"""Figures of a whole replication, a declaration each; the table of outcomes is made of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.books import measures
from gpusim.economics.books.statements import line
from gpusim.economics.core import state
from gpusim.economics.core.state import Floats, Ints
from gpusim.economics.debt.sizing import CAPS
from gpusim.results.metric import Better, Books, Metric, Values
from gpusim.results.metrics import liquidity
from gpusim.results.payload import Panel, shortfall_happened
from gpusim.results.periods import Calendar
from gpusim.results.replications import outcomes
from gpusim.units_of_measure import CENTS_PER_USD

HIGHER, LOWER, NEITHER = Better.HIGHER, Better.LOWER, Better.NEITHER
PROBABILITY: Final = "probability"


class Ended:
    """All replications at their end: what several outcomes are worked out from."""

    def __init__(self, panel: Panel, calendar: Calendar) -> None:
        self.panel, self.calendar = panel, calendar

    @cached_property
    def lost(self) -> Ints:
        """Value lost [replications, causes] [cents]."""
        return outcomes.lost(self.panel)

    @cached_property
    def liquidity(self) -> Ints:
        """Cash and revolver at the end of every month that is simulated [cents]."""
        return liquidity(self.panel)[:, 1:]

    def last(self, row: int) -> Ints:
        """A measure at the end [its unit]."""
        return self.panel.stocks[:, row, -1]

    def total(self, row: int) -> Ints:
        """A measure summed over the run [its unit]."""
        return np.asarray(self.panel.stocks[:, row].sum(axis=1))

    def most(self, row: int) -> Ints:
        """A measure at its largest [its unit]."""
        return np.asarray(self.panel.stocks[:, row].max(axis=1))


class Outcome(NamedTuple):
    """The declaration of a figure of a whole replication."""

    name: str
    unit: str  # of the figure; the table has USD in cents
    meaning: str
    better: Better
    column: Callable[[Ended], Ints | Floats]  # [replications]; cents, where the unit is USD

    @property
    def metric(self) -> Metric:
        """The same as a metric [replications]."""
        return Metric(self.name, self.unit, self.meaning, self.better, self._figure)

    def _figure(self, books: Books) -> Values:
        column = self.column(Ended(books.panel, books.calendar))
        scale = CENTS_PER_USD if self.unit == "USD" else 1
        return Values(np.asarray(column, np.float64) / scale, None)


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
        "of it, could become revenue: with what its prepayments grew by, without unused backstops",
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
    Outcome("swept", "USD", "repaid by cash sweeps", LOWER, lambda end: end.total(measures.SWEPT)),
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
)
"""Every figure in the table of outcomes, in its order."""


def columns(panel: Panel, calendar: Calendar) -> dict[str, Ints | Floats | list[str | None]]:
    """The outcome table as columns, a row a replication; amounts in cents.

    Two columns are words: when liquidity was lowest, and what held up most.
    """
    end = Ended(panel, calendar)
    lowest = calendar.place(end.liquidity.argmin(axis=1) + 1)
    table: dict[str, Ints | Floats | list[str | None]] = {"replication": panel.replications}
    for one in OUTCOMES:
        if one.name == "deferred_orders_most":
            table["binding_cause"] = outcomes.binding(panel.slips)
        table[one.name] = one.column(end)
        if one.name == "liquidity_lowest":
            table["liquidity_lowest_period"] = [calendar.names[place - 1] for place in lowest]
    return table
