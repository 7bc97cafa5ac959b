"""Cover, value and liquidity at quarter ends, and each covenant against its limit by then."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import polars as pl

from gpusim import units_of_measure as units
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.debt.covenants import KIND_OF
from gpusim.results import periods
from gpusim.results.intervals import wilson
from gpusim.results.stored.opened import Opened

FIRM: Final = ("dscr", "ltv", "ltv_market", "liquidity")
"""Figures of the whole firm that are told, by name of the metric."""
COVER: Final = "llcr"
"""What is told of each loan that has it."""
STRIDES: Final = (1, 2, 4, 8, 12, 16, 20, 40)
"""Quarters between two dates that are shown."""


class Spread(NamedTuple):
    """A figure over the replications in which it is defined; NaN where it is in none."""

    n: int
    p10: float
    p50: float
    p90: float


UNDEFINED: Final = Spread(0, math.nan, math.nan, math.nan)


class Broken(NamedTuple):
    """How often a covenant was broken by a date, with the 95% interval of the chance."""

    times: int  # replications
    chance: float
    low: float
    high: float


class Line(NamedTuple):
    """A figure at the dates shown."""

    name: str  # of the metric
    unit: str
    spreads: list[Spread]


class Tested(NamedTuple):
    """A covenant at the dates shown."""

    facility: str
    test: str
    scope: str  # of a dscr: operator, or facility
    limit: float  # ratio, share or USD
    tested_from: dt.date
    figures: list[Spread]  # what is held against the limit
    headroom: list[Spread]  # by how much of the limit it is passed; below 0: broken
    lowest: Spread  # least headroom of all tests
    broken: list[Broken]  # by then
    in_all: Broken  # in the whole run


class ByDate(NamedTuple):
    """All of it."""

    dates: list[str]  # the quarters at whose ends figures stand
    lines: list[Line]  # of the firm, then the cover of loans
    covenants: list[Tested]


def by_date(run: Opened, most: int) -> ByDate:
    """Figures at some quarter ends of a run, the last among them; most: dates at most."""
    ends = quarter_ends(run)
    shown = dates_shown(list(ends), most)
    summary = run.table("summary")
    names = [name for name in run.described() if name.partition(".")[0] == COVER]
    lines = [line(summary, name, shown) for name in (*FIRM, *names)]
    there = [one for one in lines if any(spread.n for spread in one.spreads)]
    outcomes, lowest = run.table("outcomes"), run.table("outcome_summary")
    covenants = [
        _tested(row, summary, lowest, outcomes[row["column"]], {date: ends[date] for date in shown})
        for row in run.table("covenants").iter_rows(named=True)
    ]
    return ByDate(shown, there, covenants)


def quarter_ends(run: Opened) -> dict[str, dt.date]:
    """The quarters of a run and the last day of each."""
    as_of = dt.date.fromisoformat(run.manifest["as_of"])
    months = MONTHS_PER_QUARTER * int(run.manifest["quarters"])
    year_ends = int(run.scenario().get("model", {}).get("fiscal_year_ends", 12))
    calendar = periods.quarters(as_of, months, year_ends)
    days = units.month_ends(as_of, months)
    last = calendar.last_months.tolist()
    return {
        name: units.date_of(days[month]) for name, month in zip(calendar.names, last, strict=True)
    }


def dates_shown(names: Sequence[str], most: int) -> list[str]:
    """The last of some quarters and those that lie as many quarters apart as it takes.

    >>> dates_shown(["2026Q1", "2026Q2", "2026Q3"], 2)
    ['2026Q1', '2026Q3']
    """
    stride = next((s for s in STRIDES if math.ceil(len(names) / s) <= most), len(names))
    return list(names[::-1][::stride][::-1])


def line(summary: pl.DataFrame, name: str, dates: Sequence[str]) -> Line:
    """A metric's band at some dates, as the summary of the run has it."""
    rows = summary.filter(pl.col("metric") == name)
    by_period = {row["period"]: _spread(row) for row in rows.iter_rows(named=True)}
    unit = str(rows["unit"][0]) if rows.height else ""
    return Line(name, unit, [by_period.get(date, UNDEFINED) for date in dates])


def _spread(row: dict[str, Any]) -> Spread:
    if not row["n"]:
        return UNDEFINED
    return Spread(row["n"], row["p10"], row["p50"], row["p90"])


def _tested(
    row: dict[str, Any],
    summary: pl.DataFrame,
    lowest: pl.DataFrame,
    first: pl.Series,
    ends: dict[str, dt.date],
) -> Tested:
    """A covenant; first: its days of a first breach [replications]; ends: last days of dates."""
    name = f"{row['facility']}.{row['test']}"
    headroom = line(summary, f"headroom.{name}", list(ends)).spreads
    least = lowest.filter(pl.col("metric") == f"headroom_lowest.{name}")
    return Tested(
        row["facility"],
        row["test"],
        row["scope"],
        row["minimum"],
        row["tested_from"],
        [counted(spread, row["test"], row["minimum"]) for spread in headroom],
        headroom,
        _spread(least.row(0, named=True)) if least.height else UNDEFINED,
        [broken(first, day) for day in ends.values()],
        broken(first, dt.date.max),
    )


def counted(headroom: Spread, test: str, limit: float) -> Spread:
    """The figure that is held against a limit, from its headroom, which is a share of the limit.

    A debt over a value of nothing has no figure; its headroom, -1, reads as twice the limit.

    >>> counted(Spread(9, -0.5, 0.0, 1.0), "dscr", 1.2)
    Spread(n=9, p10=0.6, p50=1.2, p90=2.4)
    >>> counted(Spread(9, -0.5, 0.25, 0.5), "ltv", 0.8)
    Spread(n=9, p10=0.4, p50=0.6000000000000001, p90=1.2000000000000002)
    """
    if KIND_OF[test].side == "least":
        low, middle, high = (limit * (1 + part) for part in headroom[1:])
    else:
        high, middle, low = (limit * (1 - part) for part in headroom[1:])
    return Spread(headroom.n, low, middle, high)


def broken(first: pl.Series, day: dt.date) -> Broken:
    """How often a first breach came by a day; null: never."""
    count = int((first <= day).fill_null(value=False).sum())
    return Broken(count, count / len(first), *wilson(count, len(first)))
