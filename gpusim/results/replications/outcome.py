"""What a figure of a whole replication is, in one declaration, and what it is worked out from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from gpusim.economics.core.state import NEVER, Floats, Ints
from gpusim.results.formulas import loans
from gpusim.results.formulas.firm import liquidity
from gpusim.results.metric import (
    ENDED,
    NO_RESALE,
    Better,
    Books,
    Metric,
    Values,
    undefined_where,
    undefined_where_nan,
)
from gpusim.results.metrics import METRICS
from gpusim.results.replications import outcomes
from gpusim.results.verdict import equity
from gpusim.results.verdict.equity import Equity
from gpusim.units_of_measure import CENTS_PER_USD

NOTHING_PUT_IN: Final = "nothing was put in, or less than nothing"


class Ended:
    """All replications at their end: what several outcomes are worked out from, once."""

    def __init__(self, books: Books) -> None:
        """books: of any calendar; take `of` where there are more outcomes than one."""
        self.panel, self.calendar, self.covenants = books.panel, books.calendar, books.covenants
        self.books = loans.quarterly(books)

    @classmethod
    def of(cls, books: Books) -> Ended:
        """The one of some books."""
        if "ended" not in books.shared:
            books.shared["ended"] = cls(books)
        kept: Ended = books.shared["ended"]
        return kept

    @cached_property
    def covers(self) -> Floats:
        """The firm's cover at quarter ends, from its first test on [replications, quarters]."""
        return loans.firm_covers(self.books, METRICS["dscr"].of(self.books).figures)

    @cached_property
    def headrooms(self) -> Floats:
        """Least headroom of each covenant [replications, covenants] [share]."""
        rows = [loans.lowest_headroom(self.books, place) for place in range(len(self.covenants))]
        return np.column_stack(rows) if rows else np.empty((len(self.panel.replications), 0))

    @cached_property
    def equity(self) -> Equity:
        """All shareholders, at book value."""
        return equity.of_panel(self.panel)

    @cached_property
    def equity_at_resale(self) -> Equity:
        """All shareholders, with servers at what their GPUs would fetch."""
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


WHERE: Final[Mapping[str, Callable[[Ended], npt.NDArray[np.bool_]]]] = {
    NO_RESALE: lambda end: ~end.panel.resold,
    NOTHING_PUT_IN: lambda end: ~end.equity.has_return,
    ENDED: lambda end: end.panel.defaulted < NEVER,
}
"""Where a reason holds [replications]."""


class Outcome(NamedTuple):
    """The declaration of a figure of a whole replication."""

    name: str
    unit: str  # of the figure; the table has USD in cents
    meaning: str
    better: Better
    column: Callable[[Ended], Ints | Floats]  # [replications]; cents, where the unit is USD
    undefined: tuple[str, ...] = ()  # why it may be NaN: the last that holds, see `WHERE`
    worst_undefined: bool = False  # where it is NaN it is worse than any other

    @property
    def metric(self) -> Metric:
        """The same as a metric [replications]."""
        declared = (self.name, self.unit, self.meaning, self.better)
        return Metric(*declared, self._figure, self.worst_undefined)

    def _figure(self, books: Books) -> Values:
        end = Ended.of(books)
        scale = CENTS_PER_USD if self.unit == "USD" else 1
        figures = np.asarray(self.column(end), np.float64) / scale
        if not self.undefined:
            return Values(figures, None)
        first, *others = self.undefined
        values = undefined_where_nan(figures, first)
        for reason in others:
            values = undefined_where(values, np.isnan(figures) & WHERE[reason](end), reason)
        return values
