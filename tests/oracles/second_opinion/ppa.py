"""Power bought ahead: what it adds to a bill, and how operators that have it are drawn."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from fractions import Fraction
from typing import Any

from tests.oracles.second_opinion.dated import stated_on
from tests.oracles.second_opinion.days import DAY, add_months, days_in_month, exact

# rules -----------------------------------------------------------------------------------


def of_month(site: Any, energy: Fraction, last: dt.date) -> Fraction:
    """What it adds to the bill of a site that draws so much in a month [USD]. energy [kWh]."""
    if not site.ppa:
        return Fraction(0)
    day = energy / days_in_month(last)
    return over(site, exact(site.ppa.mw) * 1000 * 24, day, last.replace(day=1), last + DAY)


def of_kw(site: Any, drawn: Fraction, since: dt.date, until: dt.date) -> Fraction:
    """What it adds to the bill of a kW of IT on the days before `until` [USD]. drawn [kW of IT]."""
    if not site.ppa:
        return Fraction(0)
    volume = exact(site.ppa.mw) / sum(exact(p.it_mw) for p in site.phases) * 24
    return over(site, volume, drawn * exact(site.pue) * 24, since, until)


def over(site: Any, bought: Fraction, drawn: Fraction, since: dt.date, until: dt.date) -> Fraction:
    """The same on days each of which has a volume and an energy [kWh], before `until` [USD]."""
    own = site.ppa
    since = max(since, own.runs_from)
    until = min(until, own.until + DAY) if own.until else until
    if until <= since:
        return Fraction(0)
    years = range(1, until.year - own.runs_from.year + 2)
    stops = {add_months(own.runs_from, 12 * n) for n in years}
    stops |= {step.date for step in site.tariff_steps or ()}
    days = [since, *sorted(d for d in stops if since < d < until), until]
    total = Fraction(0)
    for a, b in itertools.pairwise(days):
        age = a.year - own.runs_from.year
        if add_months(own.runs_from, 12 * age) > a:
            age -= 1
        price = exact(own.price_usd_per_kwh) * (1 + exact(own.escalation_per_year)) ** age
        tariff = exact(stated_on(site, site.tariff_steps, "tariff_usd_per_kwh", a)[0])
        back = exact(own.resale_usd_per_kwh or 0) + exact(own.resale_tariff_share or 0) * tariff
        surplus = max(bought - drawn, Fraction(0))
        total += (b - a).days * (bought * price - (bought - surplus) * tariff - surplus * back)
    return total


# operators -------------------------------------------------------------------------------


def bought(draw: Any) -> None:
    """Some sites buy ahead: less than they draw, or more, before their halls and after."""
    r = random.Random(f"{draw.seed}/ppa")
    for site in draw.tree["sites"].values():
        if r.random() >= 0.3:
            continue
        own: dict[str, Any] = {
            "mw": round(sum(p["it_mw"] for p in site["phases"]) * r.choice([0.1, 0.6, 1.5]), 3),
            "price_usd_per_kwh": r.choice([0.02, 0.045, 0.0612]),
            "from": day(draw, r),
            "escalation_per_year": r.choice([0.0, 0.0, 0.025, -0.01]),
        }
        if r.random() < 0.5:
            own["until"] = own["from"] + r.randint(0, 90 * draw.quarters) * DAY
        own |= r.choice(
            [{}, {"resale_usd_per_kwh": 0.03}, {"resale_usd_per_kwh": 0.2},
             {"resale_tariff_share": 0.8}, {"resale_tariff_share": 1.0}]
        )  # fmt: skip
        site["ppa"] = own


def day(draw: Any, r: random.Random) -> dt.date:
    """A first day: before the run or in it, now and then the first of a month."""
    found = draw.as_of + r.randint(-900, 90 * draw.quarters) * DAY
    return r.choice([found, found.replace(day=1)])
