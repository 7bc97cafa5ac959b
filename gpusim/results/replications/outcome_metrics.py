"""Figures of a whole replication, a declaration each; the table of outcomes is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from gpusim.economics.books import measures
from gpusim.economics.books.statements import line
from gpusim.economics.core import state
from gpusim.economics.core.state import Floats, Ints
from gpusim.economics.debt.sizing import CAPS
from gpusim.results.formulas import lenders, loans
from gpusim.results.metric import PROBABILITY, Better, Books, Metric, Values
from gpusim.results.payload import Panel, shortfall_happened
from gpusim.results.periods import Calendar
from gpusim.results.replications import outcomes
from gpusim.results.replications.covenants import Covenant
from gpusim.results.replications.lenders_and_owners import OF_LENDERS, OF_OWNERS
from gpusim.results.replications.outcome import Ended, Outcome

HIGHER, LOWER, NEITHER = Better.HIGHER, Better.LOWER, Better.NEITHER


def _by_cause(name: str) -> tuple[Outcome, Outcome]:
    """What a cause held up, and what was lost through it."""
    cause, word = state.CAUSES.index(name), name.replace("-", "_")
    return (
        Outcome(
            f"slipped_{word}",
            "USD",
            f"slipped, held up by {name}",
            LOWER,
            lambda end: end.panel.slips[:, cause],
        ),
        Outcome(
            f"lost_{word}", "USD", f"lost through {name}", LOWER, lambda end: end.lost[:, cause]
        ),
    )


def _sized(name: str) -> Outcome:
    """Of sized loans what a cap bound."""
    cap, word = CAPS.index(name), name.lower().replace(" ", "_")
    meaning = f"of sized loans, what {name} bound"
    return Outcome(f"sized_by_{word}", "USD", meaning, NEITHER, lambda end: end.panel.sized[:, cap])


def _dilution(end: Ended) -> Floats:
    total, issued = end.panel.shares.T
    return np.where(total > 0, issued / np.maximum(total, 1), 0.0)


CHANCES: Final = (
    Metric(
        "defaulted",
        PROBABILITY,
        "the firm ended",
        LOWER,
        lambda books: Values((books.panel.defaulted < state.NEVER).astype(np.float64), None),
    ),
    Metric(
        "shortfall",
        PROBABILITY,
        "an amount fell due and stayed unpaid",
        LOWER,
        lambda books: Values(shortfall_happened(books.panel).astype(np.float64), None),
    ),
    Metric(
        "breach",
        PROBABILITY,
        "a covenant is broken; the end of the firm, or of a loan's own borrower, while an "
        "agreement runs counts as a breach",
        LOWER,
        lambda books: Values(np.asarray(loans.broken(books).any(axis=1), np.float64), None),
    ),
)
"""Yes and no, as 1 and 0; the table of outcomes has the days."""
OUTCOMES: Final = (
    Outcome(
        "shortfall_worst",
        "USD",
        "most that was unpaid at once",
        LOWER,
        lambda end: end.panel.worst_shortfall,
    ),
    Outcome(
        "liquidity_lowest",
        "USD",
        "lowest cash and revolver at a month's end",
        HIGHER,
        lambda end: end.liquidity.min(axis=1),
    ),
    Outcome(
        "cash_ending",
        "USD",
        "cash at the end",
        HIGHER,
        lambda end: line(end.panel.ledger, "cash")[:, -1],
    ),
    Outcome(
        "debt_ending",
        "USD",
        "face of all debt at the end",
        LOWER,
        lambda end: line(end.panel.ledger, "debt_principal")[:, -1],
    ),
    Outcome(
        "backlog_opening",
        "USD",
        "backlog on the as-of day",
        HIGHER,
        lambda end: outcomes.opening_backlog(end.panel),
    ),
    Outcome(
        "backlog_opening_recognised",
        "USD",
        "of it, became revenue",
        HIGHER,
        lambda end: outcomes.of_opening(end.panel, end.calendar, state.RECOGNISED)[:, -1],
    ),
    Outcome(
        "backlog_opening_lost",
        "USD",
        "of it, lost; lower prices are no loss",
        LOWER,
        lambda end: outcomes.opening_lost(end.panel, end.calendar)[:, -1],
    ),
    Outcome(
        "backlog_ending",
        "USD",
        "backlog at the end",
        HIGHER,
        lambda end: end.last(measures.BACKLOG),
    ),
    Outcome(
        "slipped",
        "USD",
        "value that moved to a later month, as often as it did",
        LOWER,
        lambda end: end.panel.slips.sum(axis=1),
    ),
    Outcome(
        "lost",
        "USD",
        "value of all contracts lost; an unused backstop is no loss",
        LOWER,
        lambda end: end.lost.sum(axis=1),
    ),
    Outcome(
        "backstop_unused",
        "USD",
        "value of backstops that expired unused",
        NEITHER,
        lambda end: outcomes.backstop_unused(end.panel),
    ),
    Outcome(
        "backlog_opening_unused",
        "USD",
        "of the opening backlog, backstops that expired unused",
        NEITHER,
        lambda end: outcomes.opening_unused(end.panel, end.calendar)[:, -1],
    ),
    Outcome(
        "backlog_opening_convertible",
        "USD",
        "of it, could become revenue: with what prepayments grew by and are kept for and prices "
        "moved by, without unused backstops",
        HIGHER,
        lambda end: outcomes.convertible(end.panel, end.calendar),
    ),
    Outcome(
        "shares_issued",
        "shares",
        "issued since the as-of day",
        LOWER,
        lambda end: end.panel.shares[:, 1],
    ),
    Outcome("dilution", "share", "of all shares, issued since the as-of day", LOWER, _dilution),
    Outcome(
        "raised_debt",
        "USD",
        "face of notes issued for the firm's own outlook",
        LOWER,
        lambda end: end.total(measures.RAISED_DEBT),
    ),
    Outcome(
        "raised_equity",
        "USD",
        "shares issued for it, before costs",
        LOWER,
        lambda end: end.total(measures.RAISED_EQUITY),
    ),
    Outcome(
        "swept",
        "USD",
        "repaid by cash sweeps, in a breach or as agreed",
        LOWER,
        lambda end: end.total(measures.SWEPT),
    ),
    Outcome(
        "cured",
        "USD",
        "paid in by shareholders to cure covenants",
        LOWER,
        lambda end: end.total(measures.CURED),
    ),
    Outcome(
        "claims_at_default",
        "USD",
        "owed to lenders on the day the firm ended",
        LOWER,
        lambda end: outcomes.at_default(end.panel, "claim"),
    ),
    Outcome(
        "recovered_at_default",
        "USD",
        "what they got of it",
        HIGHER,
        lambda end: outcomes.at_default(end.panel, "recovered"),
    ),
    *map(_sized, CAPS),
    *(one for name in state.CAUSES for one in _by_cause(name)),
    Outcome(
        "deferred_orders_most",
        "orders",
        "waiting for money at once, at most",
        LOWER,
        lambda end: end.most(measures.DEFERRED_ORDERS),
    ),
    Outcome(
        "deferred_cost_most",
        "USD",
        "of orders waiting for money at once, at most",
        LOWER,
        lambda end: end.most(measures.DEFERRED_COST),
    ),
    *OF_LENDERS,
    *OF_OWNERS,
)
"""Every figure in the table of outcomes, in its order."""


def columns(
    panel: Panel, calendar: Calendar, covenants: Sequence[Covenant] = ()
) -> dict[str, Ints | Floats | list[str | None]]:
    """The outcome table as columns, a row a replication; amounts in cents, NaN where undefined.

    Four columns are words: when liquidity and cover were lowest, which covenant came nearest to
    its limit, and what held up most.
    """
    end = Ended(Books(panel, calendar, covenants))
    lowest = calendar.place(end.liquidity.argmin(axis=1) + 1)
    table: dict[str, Ints | Floats | list[str | None]] = {"replication": panel.replications}
    for one in OUTCOMES:
        if one.name == "deferred_orders_most":
            table["binding_cause"] = outcomes.binding(panel.slips)
        table[one.name] = one.column(end)
        if one.name == "liquidity_lowest":
            table["liquidity_lowest_period"] = [calendar.names[place - 1] for place in lowest]
        if one.name == "dscr_lowest":
            table["dscr_lowest_period"] = loans.where_lowest(end.covers, end.books.calendar.names)
        if one.name == "headroom_lowest":
            names = [lenders.subject_of(covenant) for covenant in covenants]
            table["headroom_lowest_covenant"] = loans.where_lowest(end.headrooms, names)
    return table
