"""Load that a site sheds and is paid for: how much of a day, for how much, and who has it."""

from __future__ import annotations

import calendar
import datetime as dt
import random
from fractions import Fraction
from typing import Any

from tests.oracles.second_opinion.days import DAY, MICROWATTS, exact

SECONDS = 86_400
NOTHING = Fraction(0)

# rules -----------------------------------------------------------------------------------


def season(own: Any) -> int:
    """Days of its months in a year of 365."""
    return sum(calendar.monthrange(2023, m)[1] for m in own.months or range(1, 13))


def in_force(site: Any, d: dt.date) -> bool:
    own = site.curtailment
    if own is None or (own.runs_from and d < own.runs_from) or (own.until and own.until < d):
        return False
    return own.months is None or d.month in own.months


def seconds(own: Any) -> int:
    """Of each day, for each GPU."""
    hours = exact(own.load_share) * exact(own.hours_per_year)
    return round(SECONDS * hours / (24 * season(own)))


def shed(site: Any, d: dt.date, still: Fraction = NOTHING) -> Fraction:
    """How much of a day GPUs are switched off, of which the site stands still so much [day]."""
    if not in_force(site, d):
        return NOTHING
    runs = (1 - still) * SECONDS
    return Fraction(int(seconds(site.curtailment) * runs / SECONDS), SECONDS)


def shares(site: Any, since: dt.date, until: dt.date) -> tuple[Fraction, Fraction]:
    """Of the days before `until`: share of the hours switched off, share of days in force."""
    days = [since + n * DAY for n in range((until - since).days)]
    ready = sum(in_force(site, d) for d in days)
    off = sum((shed(site, d) for d in days), NOTHING)
    return off / max(len(days), 1), Fraction(ready, max(len(days), 1))


def payment(site: Any, off: Fraction, ready: Fraction, draw: Fraction) -> Fraction:
    """For what is switched off and what could be [kW-days of IT], at an average draw [USD]."""
    own, pue = site.curtailment, exact(site.pue)
    if own is None:
        return NOTHING
    energy = off * 24 * pue * draw * exact(own.usd_per_mwh) / 1000
    kw_days = ready * exact(own.load_share) * exact(site.load_factor) * pue
    return energy + kw_days * exact(own.usd_per_kw_year) / season(own)


class Meter:
    """What a site's own GPUs shed in a month [uW-days]."""

    def __init__(self) -> None:
        self.off = self.ready = NOTHING

    def day(self, site: Any, d: dt.date, uw: int, still: Fraction) -> Fraction:
        """Count a day; returns what is switched off on it."""
        off = uw * shed(site, d, still)
        self.off += off
        self.ready += uw * in_force(site, d)
        return off

    def month(self, site: Any, runs: Fraction, drawn: Fraction) -> Fraction:
        """What is paid for it; runs, drawn [kW-days of IT]. Begins anew [USD]."""
        draw = drawn / runs if runs else exact(site.load_factor)
        usd = payment(site, self.off / MICROWATTS, self.ready / MICROWATTS, draw)
        self.off = self.ready = NOTHING
        return usd


# operators -------------------------------------------------------------------------------


def curtailed(draw: Any) -> None:
    """Some sites shed load: in all months or a season, for all of a run or a part of it."""
    r = random.Random(f"{draw.seed}/curtailment")
    for site in draw.tree["sites"].values():
        own: dict[str, Any] = {
            "hours_per_year": r.choice([0.0, 24.0, 88.5, 365.0, 700.0]),
            "load_share": r.choice([0.0, 0.25, 0.5, 1.0, 1.0]),
            "usd_per_mwh": r.choice([0.0, 85.0, 1500.0]),
            "usd_per_kw_year": r.choice([0.0, 40.0, 98.5]),
        }
        months = r.choice([None, None, [6, 7, 8, 9], [1, 2, 12], [2]])
        begins = draw.as_of + r.randint(-200, 60 * draw.quarters) * DAY
        over = begins + r.randint(0, 90 * draw.quarters) * DAY
        own |= r.choice([{}, {"from": begins}, {"from": begins, "until": over}])
        if months and own["hours_per_year"] <= 24 * 28 * len(months):
            own["months"] = months
        if r.random() < 0.35:
            site["curtailment"] = own
