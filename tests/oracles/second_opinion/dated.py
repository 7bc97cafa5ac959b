"""What holds from a day on: cost lines and prices of power by date, idle power, fiscal years.

Rules of definitions, "Costs by date", "Prices of power by date", "Idle power", "Year and payment",
and how operators that use them are drawn.
"""

from __future__ import annotations

import datetime as dt
import itertools
from fractions import Fraction
from typing import Any

from tests.oracles.second_opinion.books import cents
from tests.oracles.second_opinion.days import (
    DAY,
    MICROWATTS,
    days_in_month,
    exact,
    month_end,
    months_between,
)

BASES = {
    "revenue_share": (0.0, 0.01, 0.05),
    "usd_per_kw_month": (0.0, 1.5, 12.25),
    "hardware_cost_share_per_year": (0.0, 0.005, 0.03),
    "usd_per_gpu_year": (0.0, 36.0, 450.0),
    "book_value_share_per_year": (0.0, 0.004, 0.02),
    "usd_per_contract_month": (0.0, 2_500.0, 40_000.5),
}
"""What a cost line goes by beside a fixed amount, and rates to draw from."""

# rules -----------------------------------------------------------------------------------


def month_days(last: dt.date) -> list[dt.date]:
    return [last.replace(day=n + 1) for n in range(last.day)]


def runs(line: Any, d: dt.date) -> bool:
    return (line.runs_from is None or line.runs_from <= d) and (
        line.until is None or d <= line.until
    )


def stated_on(spec: Any, steps: Any, key: str, d: dt.date) -> tuple[float, dt.date | None]:
    """What a key is on a day, and the step that says so; None: none does."""
    value, since = getattr(spec, key), None
    for step in steps or ():
        if step.date <= d and getattr(step, key) is not None:
            value, since = getattr(step, key), step.date
    return value, since


def rate(line: Any, key: str, last: dt.date) -> Fraction:
    """Of a cost line in a month: the mean over its days, 0 on those on which it does not run."""
    days = [d for d in month_days(last) if runs(line, d)]
    return sum(
        (exact(stated_on(line, line.steps, key, d)[0]) for d in days), Fraction(0)
    ) / days_in_month(last)


def fixed(line: Any, last: dt.date, as_of: dt.date) -> float:
    """The fixed part of a month, each of its days with the growth of the amount in force [USD]."""
    total = 0.0
    for d in month_days(last):
        if runs(line, d):
            amount, since = stated_on(line, line.steps, "monthly_usd", d)
            begin = max(since or line.runs_from or as_of, as_of + DAY)
            total += amount * (1 + line.growth_per_year) ** (months_between(begin, last) / 12)
    return total / days_in_month(last)


def one_offs(line: Any, last: dt.date, as_of: dt.date) -> int:
    """[cents]."""
    first = max(last.replace(day=1), as_of + DAY)
    return sum(cents(x.amount_usd) for x in line.one_offs or () if first <= x.date <= last)


def power_price(site: Any, key: str, since: dt.date, until: dt.date) -> Fraction:
    """A price of a site, added up over the days before `until` [USD x days]."""
    if until <= since:
        return Fraction(0)
    stops = [s.date for s in site.tariff_steps or () if since < s.date < until]
    days = [since, *stops, until]
    return sum(
        (
            exact(stated_on(site, site.tariff_steps, key, a)[0]) * (b - a).days
            for a, b in itertools.pairwise(days)
        ),
        Fraction(0),
    )


def month_price(site: Any, key: str, last: dt.date) -> Fraction:
    return power_price(site, key, last.replace(day=1), last + DAY) / days_in_month(last)


def drawn(site: Any, in_service: Fraction, billed: Fraction) -> Fraction:
    """IT power that is drawn, of what is in service [kW-days]."""
    load = exact(site.load_factor)
    idle = load if site.idle_load_factor is None else exact(site.idle_load_factor)
    billed = min(billed, in_service)
    return billed * load + (in_service - billed) * idle


def billed_kw_days(fleet: Any, site: str) -> Fraction:
    """Of the GPU-hours of the month that somebody pays for."""
    return sum(
        (p.billed * p.uw / MICROWATTS for p in fleet.pools.values() if p.site == site),
        Fraction(0),
    )


def fiscal_year(d: dt.date, ends: int) -> int:
    """The calendar year in which the fiscal year of a day ends."""
    return d.year + (d.month > ends)


# operators -------------------------------------------------------------------------------

LONG = 0.12
"""Share of those drawn that run for more than five years."""


def length(draw: Any) -> int:
    """Quarters of a run; the money for the long ones."""
    if draw.r.random() >= LONG:
        return int(draw.quarters)
    draw.cash *= 10
    return int(draw.r.choice([40, 60, 80]))


def dated(draw: Any) -> None:
    r, t = draw.r, draw.tree
    t["model"]["fiscal_year_ends"] = r.choice([3, 3, 6, 6, 9, 9, 12])
    for line in t["overheads"].values():
        cost_line(draw, line)
    for site in t["sites"].values():
        if draw.chance(0.7):
            site["tariff_steps"] = tariffs(draw)
        if draw.chance(0.6):
            site["idle_load_factor"] = r.choice([0.05, 0.2, 0.5])


def some_day(draw: Any, low: int = 1, high: int = 0) -> dt.date:
    return near(draw, draw.as_of + draw.r.randint(low, high or 80 * draw.quarters) * DAY)


def near(draw: Any, d: dt.date) -> dt.date:
    """A day, or the first or the last of its month."""
    return draw.r.choice([d, d, d.replace(day=1), month_end(d)])  # type: ignore[no-any-return]


def cost_line(draw: Any, line: dict[str, Any]) -> None:
    r = draw.r
    if draw.quarters > 20:
        line["growth_per_year"] = r.choice([-0.05, 0.0, 0.03])
    if draw.chance(0.25):
        del line["monthly_usd"]
    for key, rates in BASES.items():
        if draw.chance(0.25):
            line[key] = r.choice(rates)
    first = draw.as_of - 400 * DAY
    last = draw.as_of + 92 * draw.quarters * DAY
    if draw.chance(0.5):
        line["from"] = first = some_day(draw, -200, 500)
    if draw.chance(0.4):
        last = first + r.randint(0, 70 * draw.quarters) * DAY
        line["until"] = last = max(near(draw, last), first)
    if draw.chance(0.8) and first < last:
        line["steps"] = [
            {"date": day, **rates_of(draw)} for day in days_between(draw, first + DAY, last)
        ]
    if draw.chance(0.6):
        line["one_offs"] = [
            {"date": some_day(draw, -40), "amount_usd": round(r.uniform(1e4, 2e7), 2)}
            for _ in range(r.choice([1, 1, 2, 3]))
        ]


def days_between(draw: Any, first: dt.date, last: dt.date) -> list[dt.date]:
    """Some days of a stretch, growing."""
    count = min(draw.r.choice([1, 2, 2, 3]), (last - first).days + 1)
    some = [first + n * DAY for n in draw.r.sample(range((last - first).days + 1), count)]
    return sorted({min(max(near(draw, d), first), last) for d in some})


def rates_of(draw: Any) -> dict[str, float]:
    """What a step states."""
    r = draw.r
    out = {key: r.choice(BASES[key]) for key in r.sample(list(BASES), r.choice([0, 1, 2]))}
    if not out or draw.chance(0.5):
        out["monthly_usd"] = r.choice([0.0, 100_000.0, 1_234_567.89])
    return out


def tariffs(draw: Any) -> list[dict[str, Any]]:
    r = draw.r
    out = []
    for day in days_between(draw, draw.as_of - 100 * DAY, some_day(draw, 30)):
        said: dict[str, Any] = {"date": day}
        which = r.choice(["energy", "demand", "both"])
        if which != "demand":
            said["tariff_usd_per_kwh"] = r.choice([0.03, 0.05, 0.0912])
        if which != "energy":
            said["grid_charge_usd_per_kw_month"] = r.choice([0.0, 4.0, 12.5])
        out.append(said)
    return out
