"""A base and a downside of the same model on the same replications."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from gpusim.economics.core.state import Floats
from gpusim.results import intervals
from gpusim.results.figures import OUTCOMES
from gpusim.results.intervals import Interval
from gpusim.results.metric import PROBABILITY
from gpusim.results.stored.opened import NotARunError, Opened
from gpusim.results.stored.trees import entries, text
from gpusim.units_of_measure import CENTS_PER_USD

FIGURES: Final = (
    "shortfall",
    "breach",
    "defaulted",
    "liquidity_lowest",
    "dscr_lowest",
    "headroom_lowest",
    "debt_ending",
    "cash_ending",
)
"""Outcomes that are told, in this order."""
BREACH: Final = "breach."
"""Begins the name of the breach of one covenant, breach.FACILITY.TEST."""
MOST_COVENANTS: Final = 6
"""Covenants that a page has room for one by one."""
SAME: Final = {
    "model": "a downside is the same model under a shock",
    "as_of": "a downside is the same model under a shock",
    "quarters": "a downside runs as long as its base",
    "strategy": "only shocks and --set may differ",
    "capital": "only shocks and --set may differ",
    "seed": "it is compared on the same replications",
    "replications": "it is compared on the same replications",
    "rules_hash": "the rules have changed between the two; run both again",
}
"""Entries of a manifest that must be equal, and why."""
INPUTS: Final = "inputs.json"
TEXTS: Final = entries(text)
"""The texts of the user's own files, as a folder keeps them."""


class Compared(NamedTuple):
    """A figure of base and downside over replications; NaN where it is undefined in all."""

    name: str
    unit: str
    base: Interval
    downside: Interval | None  # None: there is no downside
    difference: Interval | None  # downside less base, replication by replication


def compared(base: Opened, downside: Opened | None = None) -> list[Compared]:
    """The figures of a run, and of a downside beside it; those that neither has are left out.

    Raises:
        NotARunError: the two cannot be compared.
    """
    if downside is not None:
        refuse_unlike(base, downside)
    told = [_compared(name, base, downside) for name in (*FIGURES, *each_covenant(base))]
    return [row for row in told if row is not None]


def each_covenant(run: Opened) -> list[str]:
    """The chance of a breach of each covenant by name, of six at most, where there are several."""
    rows = run.table("covenants")
    names = [
        f"{BREACH}{facility}.{test}" for facility, test in rows.select("facility", "test").rows()
    ]
    return names[:MOST_COVENANTS] if len(names) > 1 else []


def untold(run: Opened) -> int:
    """Covenants that `each_covenant` leaves out for want of room."""
    return max(0, run.table("covenants").height - MOST_COVENANTS)


def _compared(name: str, base: Opened, downside: Opened | None) -> Compared | None:
    unit = PROBABILITY if name.startswith(BREACH) else OUTCOMES[name].unit
    chance = unit == PROBABILITY
    runs = [base] if downside is None else [base, downside]
    columns = [figures(run, name) for run in runs]
    if all(np.isnan(column).all() for column in columns):
        return None
    sets = base.sets()
    told = [intervals.of_mean(column, chance=chance, sets=sets) for column in columns]
    if downside is None:
        return Compared(name, unit, told[0], None, None)
    difference = intervals.of_difference(columns[1], columns[0], chance=chance, sets=sets)
    return Compared(name, unit, told[0], told[1], difference)


def figures(run: Opened, name: str) -> Floats:
    """An outcome of a run [replications] in its unit; NaN where undefined.

    The breach of any covenant is undefined where there is none.
    """
    outcomes = run.table("outcomes")
    if name == "breach":
        columns = run.table("covenants")["column"].to_list()
        if not columns:
            return np.full(outcomes.height, np.nan)
        hit = outcomes.select(pl.any_horizontal(pl.col(c).is_not_null() for c in columns))
        return hit.to_series().cast(pl.Float64).to_numpy()
    if name.startswith(BREACH):
        facility, _, test = name.removeprefix(BREACH).rpartition(".")
        own = run.table("covenants").filter(facility=facility, test=test)["column"]
        if own.is_empty():
            raise NotARunError(f"{run.path} has no covenant {test} of {facility}: {SAME['model']}")
        return outcomes[str(own[0])].is_not_null().cast(pl.Float64).to_numpy()
    if name == "defaulted":
        return outcomes[name].is_not_null().cast(pl.Float64).to_numpy()
    if name not in outcomes.columns:
        raise NotARunError(f"{run.path} has no {name}; it was written by an earlier version")
    values = outcomes[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.asarray(values / CENTS_PER_USD if OUTCOMES[name].unit == "USD" else values)


def refuse_unlike(base: Opened, downside: Opened) -> None:
    """Check that a run is a downside of another.

    Raises:
        NotARunError: it is of another model, of other replications, or changes nothing.
    """
    for key, why in SAME.items():
        one, other = (run.manifest.get(key) for run in (base, downside))
        if one != other:
            found = f"{key} {_shown(other)} in {downside.path}, {_shown(one)} in {base.path}"
            raise NotARunError(f"{found}: {why}")
    if (base.sets() is None) != (downside.sets() is None):
        found = f"inputs are drawn in one of {downside.path} and {base.path}"
        raise NotARunError(f"{found}: {SAME['replications']}")
    played = [run.table("outcomes")["replication"].to_list() for run in (base, downside)]
    if played[0] != played[1]:
        raise NotARunError(
            f"{downside.path} and {base.path} finished other replications: {SAME['replications']}"
        )
    texts = [run.tree(INPUTS, TEXTS) if _has(run) else {} for run in (base, downside)]
    differ = [name for name in texts[0] if name in texts[1] and texts[0][name] != texts[1][name]]
    if differ:
        raise NotARunError(f"{differ[0]} has changed between the two runs: {SAME['model']}")
    if base.manifest.get("scenario_hash") == downside.manifest.get("scenario_hash"):
        raise NotARunError(
            f"{downside.path} is {base.path} again: a downside has a shock or --set of its own"
        )


def _has(run: Opened) -> bool:
    return (run.path / INPUTS).is_file()


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)
