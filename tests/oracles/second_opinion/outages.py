"""Sites that stand still on stated days: how much of a month, and what is lost in it."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random
from fractions import Fraction
from typing import Any

from tests.oracles.second_opinion.curtailment import shed
from tests.oracles.second_opinion.days import DAY, exact

HOUR = Fraction(1, 24)
"""[day]"""


def off(site: Any, first: dt.date, last: dt.date) -> Fraction:
    """How much of the days first to last a site stands still [day]."""
    if site.outages is None:
        return Fraction(0)
    assert site.outages.per_year == 0
    start, over = first.toordinal(), (last + DAY).toordinal()
    spans = [
        (Fraction(o.date.toordinal()), o.date.toordinal() + exact(o.hours) * HOUR)
        for o in site.outages.dated
    ]
    marks = sorted({Fraction(start), Fraction(over), *(t for span in spans for t in span)})
    days = Fraction(0)
    for a, b in itertools.pairwise(marks):
        if start <= a and b <= over and any(begins <= a and b <= ends for begins, ends in spans):
            days += b - a
    return days


def share_off(site: Any, first: dt.date, last: dt.date) -> Fraction:
    """Share of the hours of the days first to last in which a site stands still."""
    return off(site, first, last) / ((last - first).days + 1)


def missing_of(lot_site: Any, missing: Fraction, first: dt.date, last: dt.date) -> Fraction:
    """Share of a tranche's hours that is missing on its days of a month."""
    days = (last - first).days + 1
    gone = sum((serves_not(lot_site, first + n * DAY) for n in range(days)), Fraction(0))
    return missing + (1 - missing) * gone / days


def serves_not(site: Any, d: dt.date) -> Fraction:
    """How much of a day GPUs at a site stand still or are curtailed [day]."""
    still = off(site, d, d)
    return still + shed(site, d, still)


def lose(pool: Any, days: Any, free: int) -> None:
    """Take off a pool what its site's standing still costs it: whole GPU-hours.

    days: of the month; free: of its free GPU-days, those that no repair took.
    """
    if days.reserved:
        part = days.reserved_off * pool.billed / days.reserved
        pool.billed -= Fraction(math.floor(part * 24), 24)
    if days.free:
        pool.idle = free - Fraction(math.floor(days.free_off * free / days.free * 24), 24)


# operators -------------------------------------------------------------------------------


def outages(draw: Any) -> None:
    """Some sites stand still, for hours or for months; some tenants have a service level."""
    r = random.Random(f"{draw.seed}/outages")
    for site in draw.tree["sites"].values():
        if r.random() >= 0.4:
            continue
        days = sorted(r.sample(range(1, 80 * draw.quarters), r.choice([1, 1, 2, 4])))
        site["outages"] = {
            "dated": [
                {"date": draw.as_of + n * DAY, "hours": r.choice([1.5, 12, 48, 100.25, 900])}
                for n in days
            ]
        }
    for contract in draw.tree["contracts"].values():
        if contract["kind"] == "colocation" and r.random() < 0.5:
            contract["sla"] = {
                "availability": r.choice([0.9, 0.999]),
                "credit_multiple": r.choice([0.5, 4.0]),
            }
