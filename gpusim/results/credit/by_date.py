"""Cover, value and liquidity at quarter ends, and each covenant against its limit by then."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import polars as pl

from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.state import Ints
from gpusim.economics.debt.covenants import KIND_OF
from gpusim.results import periods
from gpusim.results.credit.happened import Happened, by_day
from gpusim.results.credit.spreads import UNDEFINED, Spread, spread_of, spreads
from gpusim.results.credit.traps import Trap, traps
from gpusim.results.formulas.loans import LOST
from gpusim.results.stored.opened import Opened

FIRM: Final = {
    "dscr": "DSCR of the firm",
    "ltv": "LTV on book value",
    "ltv_market": "LTV on market value",
    "liquidity": "Liquidity",
}
"""Figures of the whole firm that are told, by name of the metric, and what they are called."""
COVER: Final = "llcr"
"""What is told of each loan that has it."""
TABLES: Final = ("summary", "metrics", "outcomes", "outcome_summary")
STRIDES: Final = (1, 2, 4, 8, 12, 16, 20, 40)
"""Quarters between two dates that are shown."""


class Line(NamedTuple):
    """A figure at the dates shown."""

    label: str
    loan: str  # whose cover it is; "": of the firm
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
    broken: list[Happened]  # by then
    in_all: Happened  # in the whole run


class ByDate(NamedTuple):
    """All of it."""

    dates: list[str]  # the quarters at whose ends figures stand
    lines: list[Line]  # of the firm, then the cover of loans
    covenants: list[Tested]
    traps: list[Trap]


def by_date(run: Opened, most: int) -> ByDate:
    """Figures at some quarter ends of a run, the last among them; most: dates at most."""
    ends = quarter_ends(run)
    shown = dates_shown(list(ends), most)
    tables = {name: run.table(name) for name in TABLES}
    summary = tables["summary"]
    named = [(name, *name.partition(".")[::2]) for name in run.described()]
    covers = [(name, f"LLCR of {loan}", loan) for name, word, loan in named if word == COVER]
    told = [*((name, label, "") for name, label in FIRM.items()), *covers]
    lines = [Line(label, loan, *spreads(summary, name, shown)) for name, label, loan in told]
    there = [one for one in lines if any(spread.n for spread in one.spreads)]
    days = {date: ends[date] for date in shown}
    rows = run.table("covenants").iter_rows(named=True)
    kept = traps(run.scenario(), run.table("facilities"), summary, shown)
    return ByDate(shown, there, [_tested(row, tables, days, run.sets()) for row in rows], kept)


def quarter_ends(run: Opened) -> dict[str, dt.date]:
    """The quarters of a run and the last day of each."""
    as_of = dt.date.fromisoformat(run.manifest["as_of"])
    calendar = periods.quarters(as_of, MONTHS_PER_QUARTER * int(run.manifest["quarters"]))
    return {name: periods.quarter_end(name) for name in calendar.names}


def dates_shown(names: Sequence[str], most: int) -> list[str]:
    """The last of some quarters and those that lie as many quarters apart as it takes.

    >>> dates_shown(["2026Q1", "2026Q2", "2026Q3"], 2)
    ['2026Q1', '2026Q3']
    """
    stride = next((s for s in STRIDES if math.ceil(len(names) / s) <= most), len(names))
    return list(names[::-1][::stride][::-1])


def _tested(
    row: dict[str, Any],
    tables: Mapping[str, pl.DataFrame],
    days: Mapping[str, dt.date],
    sets: Ints | None,
) -> Tested:
    """A covenant at some dates, by their last days; sets: of drawn inputs, by replication."""
    test, limit = row["test"], row["minimum"]
    name = f"{row['facility']}.{test}"
    headroom = spreads(tables["summary"], f"headroom.{name}", list(days))[1]
    lowest = tables["outcome_summary"].filter(metric=f"headroom_lowest.{name}")
    firsts = tables["outcomes"][row["column"]].to_list()
    roomless = without_room(tables["metrics"], f"headroom.{name}", list(days))
    return Tested(
        row["facility"],
        test,
        row["scope"],
        limit,
        row["tested_from"],
        [counted(one, test, limit, n) for one, n in zip(headroom, roomless, strict=True)],
        headroom,
        spread_of(lowest.row(0, named=True)) if lowest.height else UNDEFINED,
        [by_day(firsts, day, sets) for day in days.values()],
        by_day(firsts, dt.date.max, sets),
    )


def without_room(metrics: pl.DataFrame, name: str, dates: Sequence[str]) -> list[int]:
    """Replications in which a headroom is the least there is, at some dates."""
    if name not in metrics.columns:
        return [0] * len(dates)
    rows = metrics.filter(pl.col(name) <= LOST)["period"].to_list()
    return [rows.count(date) for date in dates]


def counted(headroom: Spread, test: str, limit: float, roomless: int) -> Spread:
    """The figure that is held against a limit, from its headroom, which is a share of the limit.

    roomless: replications of the least headroom, `LOST`, which is also that of a debt over nothing:
    what is at most so much counts as infinite in them.
    What is below 0 against a limit that is the least has that headroom too, and reads as 0.

    >>> counted(Spread(9, -0.5, 0.0, 1.0), "dscr", 1.2, 0)
    Spread(n=9, p10=0.6, p50=1.2, p90=2.4)
    >>> counted(Spread(9, -0.5, 0.25, 0.5), "ltv", 0.8, 0)
    Spread(n=9, p10=0.4, p50=0.6000000000000001, p90=1.2000000000000002)
    >>> counted(Spread(10, -0.8, 0.25, 0.5), "leverage", 4.0, 1)
    Spread(n=10, p10=2.0, p50=3.0, p90=inf)
    """
    if KIND_OF[test].side == "least":
        low, middle, high = (limit * (1 + part) for part in headroom[1:])
        return Spread(headroom.n, low, middle, high)
    high, middle, low = (
        limit * (1 - part) if roomless <= percent * (headroom.n - 1) // 100 else math.inf
        for percent, part in zip((10, 50, 90), headroom[1:], strict=True)
    )
    return Spread(headroom.n, low, middle, high)
