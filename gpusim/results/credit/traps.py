"""What cash traps of a run keep for lenders at quarter ends, and how many tests are missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from gpusim.results.credit.spreads import Spread, over_replications, spreads
from gpusim.units_of_measure import CENTS_PER_USD


class Trap(NamedTuple):
    """A cash trap at the dates shown."""

    facility: str
    scope: str  # operator, or facility
    level: float  # of cover [ratio]
    tested_from: dt.date | None  # None: from the first quarter's end on
    held: list[Spread]  # [USD]
    most: Spread  # of all month ends [USD]
    missed: Spread  # tests [count]


def traps(
    scenario: Mapping[str, Any],
    facilities: pl.DataFrame,
    summary: pl.DataFrame,
    dates: Sequence[str],
) -> list[Trap]:
    """The cash traps of a model, in the order of its debts; those of level 0 never trap.

    facilities: the table of a folder; none where it was written before it kept them.
    """
    if "trapped_most" not in facilities.columns:
        return []
    found = []
    for name, debt in scenario.get("debt", {}).items():
        trap = debt.get("cash_trap")
        if not trap or not trap["min_dscr"]:
            continue
        own = facilities.filter(facility=name)
        most = own["trapped_most"].to_numpy() / CENTS_PER_USD
        found.append(
            Trap(
                name,
                str(trap.get("scope", "operator")),
                float(trap["min_dscr"]),
                trap.get("from"),
                spreads(summary, f"trapped.{name}", dates)[1],
                over_replications(most),
                over_replications(own["trap_tests"].to_numpy()),
            )
        )
    return found
