"""What a figure of a whole replication is, in one declaration, and what it is worked out from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.results.formulas import lenders
from gpusim.results.formulas.firm import liquidity
from gpusim.results.metric import Better, Books, Metric, Values
from gpusim.results.metrics import METRICS
from gpusim.results.payload import Panel
from gpusim.results.periods import Calendar
from gpusim.results.replications import outcomes
from gpusim.results.replications.covenants import Covenant
from gpusim.results.verdict import equity
from gpusim.results.verdict.equity import Equity
from gpusim.units_of_measure import CENTS_PER_USD


class Ended:
    """All replications at their end: what several outcomes are worked out from."""

    def __init__(
        self, panel: Panel, calendar: Calendar, covenants: Sequence[Covenant] = ()
    ) -> None:
        """covenants: those agreed, in the order of `Panel.tests`."""
        self.panel, self.calendar, self.covenants = panel, calendar, covenants

    @cached_property
    def books(self) -> Books:
        """Its quarters."""
        return lenders.quarterly(Books(self.panel, self.calendar, self.covenants))

    @cached_property
    def covers(self) -> Floats:
        """The firm's cover at quarter ends, from its first test on [replications, quarters]."""
        return lenders.firm_covers(self.books, METRICS["dscr"].of(self.books).figures)

    @cached_property
    def headrooms(self) -> Floats:
        """Least headroom of each covenant [replications, covenants] [share]."""
        rows = [
            lenders.lowest(lenders.headroom(self.books, place))
            for place in range(len(self.covenants))
        ]
        return np.column_stack(rows) if rows else np.empty((len(self.panel.replications), 0))

    @cached_property
    def equity(self) -> Equity:
        """All shareholders, at book value."""
        return equity.of_panel(self.panel)

    @cached_property
    def equity_at_resale(self) -> Equity:
        """All shareholders, with GPUs in service at what they would fetch."""
        return equity.of_panel_at_resale(self.panel)

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
    undefined: str = ""  # why it is where it is NaN; empty: always defined

    @property
    def metric(self) -> Metric:
        """The same as a metric [replications]."""
        return Metric(self.name, self.unit, self.meaning, self.better, self._figure)

    def _figure(self, books: Books) -> Values:
        column = self.column(Ended(books.panel, books.calendar, books.covenants))
        scale = CENTS_PER_USD if self.unit == "USD" else 1
        figures = np.asarray(column, np.float64) / scale
        if not self.undefined:
            return Values(figures, None)
        return lenders.undefined_where_nan(figures, self.undefined)
