"""Each loan of a run: its terms, what was drawn, whether it defaulted and what came back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from gpusim.economics.core.state import Ints
from gpusim.results import intervals
from gpusim.results.credit.spreads import Spread, over_replications
from gpusim.results.intervals import Interval
from gpusim.results.stored.opened import Opened
from gpusim.scenario.tables.contracts import PROGRAMME
from gpusim.units_of_measure import CENTS_PER_USD

DOT: Final = "."


class Terms(NamedTuple):
    """What a loan's lender agreed to, as the model has it."""

    kind: str
    base: str  # SOFR or fixed
    margins: tuple[float, float]  # lowest and highest, by rating or date; over the base [1/year]
    matures: dt.date | None  # None: it follows from its draws
    law: str | None  # of what is drawn in the run; None: nothing can be
    months: int  # of that, from a draw to its last instalment
    every_months: int  # between payments
    opening: float  # principal on the as-of day [USD]


class Loan(NamedTuple):
    """A loan over replications; means [USD]."""

    name: str
    terms: Terms | None  # None: of new loans together, whose terms differ
    commitment: float
    used: float  # drawn in all, what was drawn by the as-of day among it
    owed: float  # at the end
    recourse: bool
    default: Interval  # chance
    defaults: int  # replications
    claim: float  # owed at default, mean of those
    recovered: Interval  # share of it, over those
    cover: Spread | None = None  # of planned cash over its instalments, where that results [ratio]


def owed_by_others(run: Opened) -> float:
    """Owed at the end on loans and notes closed in the run, mean over replications [USD].

    All debt less that of the facilities that the model names.
    """
    whole = int(run.table("outcomes")["debt_ending"].sum())
    named = int(run.table("facilities")["principal"].fill_null(0).sum())
    return (whole - named) / run.table("outcomes").height / CENTS_PER_USD


def loans(run: Opened) -> list[Loan]:
    """The loans of a run by the order of its model, those closed in the run together at the end."""
    table, scenario = run.table("facilities"), run.scenario()
    numbers = run.table("outcomes")["replication"].to_numpy()
    sets = run.sets()
    return [
        one_loan(str(name), rows, scenario, numbers, sets)
        for (name,), rows in table.group_by("facility", maintain_order=True)
    ]


def one_loan(
    name: str,
    rows: pl.DataFrame,
    scenario: Mapping[str, Any],
    numbers: Ints,
    sets: Ints | None,
) -> Loan:
    """A loan.

    numbers: of all replications, of which new loans have rows where they are owed only; sets: of
    drawn inputs, of each.
    """
    count = len(numbers)
    owed, back = claims(rows)
    hit = owed > 0
    happened = int(hit.sum())
    chance = np.isin(numbers, rows["replication"].to_numpy()[hit]).astype(np.float64)
    own = None if sets is None else sets[chance > 0]
    shares = back[hit] / owed[hit]
    flags = rows["recourse"].drop_nulls()

    def mean(column: str) -> float:
        values = rows[column].drop_nulls()
        return float(values.sum()) / count / CENTS_PER_USD

    return Loan(
        name,
        terms_of(name, scenario),
        mean("commitment"),
        mean("used"),
        mean("principal"),
        bool(flags.all()),
        intervals.of_mean(chance, chance=True, sets=sets),
        happened,
        float(owed[hit].mean()) / CENTS_PER_USD if happened else 0.0,
        within_bounds(of_replications(intervals.of_mean(shares, sets=own), happened, count)),
        cover_of(rows),
    )


def cover_of(rows: pl.DataFrame) -> Spread | None:
    """How often planned cash covers instalments whose cover results, where any is drawn.

    None also of a folder that was written before it was kept.
    """
    if "sculpted_debt" not in rows.columns:
        return None
    drawn = rows.filter(pl.col("sculpted_debt") > 0)
    if not drawn.height:
        return None
    return over_replications((drawn["sculpted_cash"] / drawn["sculpted_debt"]).to_numpy())


def of_replications(share: Interval, happened: int, count: int) -> Interval:
    """The interval of a mean over defaults, whose `needed` counts replications; count: played.

    >>> of_replications(Interval(0.2, 0.1, 0.4, intervals.FEW, 2, 60), 20, 100).needed
    300
    """
    needed = intervals.round_up(share.needed * count / happened) if share.needed else 0
    return share._replace(needed=needed)


def within_bounds(share: Interval) -> Interval:
    """The interval of a share that cannot be below 0 or above 1; of two replications t's is wider.

    >>> within_bounds(Interval(0.2, -1.7, 2.1, "t"))[:3]
    (0.2, 0.0, 1.0)
    """
    if np.isnan(share.low) or np.isnan(share.high):
        return share
    return share._replace(low=max(share.low, 0.0), high=min(share.high, 1.0))


def claims(rows: pl.DataFrame) -> tuple[Any, Any]:
    """What a lender was owed at default, and got of it [replications] [cents].

    At the end of the firm, or when it took the hardware of a loan without recourse.
    """
    owed = rows["claim"] + rows["seized_claim"].fill_null(0)
    back = rows["recovered"] + rows["seized_recovered"].fill_null(0)
    return owed.to_numpy(), back.to_numpy()


def terms_of(name: str, scenario: Mapping[str, Any]) -> Terms | None:
    """Terms of a loan by its name: of [debt.NAME], or of the programme for one of its contracts.

    None where the model has no loan of that name.
    """
    own = scenario.get("debt", {}).get(name)
    if own is None:
        first = name.partition(DOT)[0]
        own = scenario.get(PROGRAMME) if first == PROGRAMME else None
    if own is None:
        return None
    opening, plan = own.get("opening") or {}, own.get("amortisation") or {}
    rated = list((own.get("margin_by_rating") or {"": own.get("margin", 0.0)}).values())
    at_first = tuple(rated)
    for step in own.get("margin_steps") or ():
        rated += (
            [margin + step["rise"] for margin in at_first] if "rise" in step else [step["margin"]]
        )
    return Terms(
        str(own.get("kind", PROGRAMME)),
        str(own.get("base", "SOFR")),
        (float(min(rated)), float(max(rated))),
        own.get("maturity"),
        plan.get("law"),
        int(plan.get("months", 0)),
        int(plan.get("every_months", opening.get("every_months", 0))),
        float(opening.get("principal_usd", 0.0)),
    )
