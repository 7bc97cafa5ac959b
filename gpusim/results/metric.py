"""What a metric is, in one declaration: name, unit, meaning, which way is better, its formula.

A figure that is undefined is NaN here, null in every file, and has a reason: a place in `REASONS`,
0 where it is defined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from gpusim.economics.books.statements import BALANCE, line
from gpusim.economics.core.state import Floats, Ints
from gpusim.results.payload import Panel
from gpusim.results.periods import Calendar, ends, means, sums, trailing
from gpusim.units_of_measure import CENTS_PER_USD

if TYPE_CHECKING:
    from gpusim.results.replications.covenants import Covenant

Codes = npt.NDArray[np.int8]

MICROWATTS_PER_MW: Final = 1e12
MONTHS_PER_YEAR: Final = 12
REASONS: Final = (
    "",
    "no debt service yet",
    "fewer than four quarters",
    "adjusted EBITDA is not positive",
    "no interest expense",
    "no GPUs in service",
    "none of its contracts has billed",
    "no revenue",
    "the firm has ended",
    "no whole quarter yet",
    "no hardware",
    "no accepted hardware",
    "nothing is owed",
    "none of its contracts has paid",
    "no quarter's end",
    "not tested",
    "no cover was tested",
    "nothing was put in, or less than nothing",
    "not paid back by the end",
    "no resale market is stated",
    "no rent is stated",
    "undefined by its own rule",
)
UNDEFINED: Final = REASONS[-1]
"""Of a user's own metric."""
ENDED: Final = "the firm has ended"
"""Of a ratio."""
NO_RENT: Final = "no rent is stated"
"""Of a GPU that is not offered by the hour: the model has no on-demand price of it."""
NO_RESALE: Final = "no resale market is stated"
"""Of what GPUs would fetch, where the model has no [market.resale]."""
PROBABILITY: Final = "probability"
"""Unit of what is 1 or 0 in each replication."""
RATIOS: Final = ("ratio", "share")
"""Units of what is undefined once the firm has ended; amounts and stocks stay as it left them."""


class Better(StrEnum):
    """Which way a metric is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"  # it is compared only where the user says which way


class Values(NamedTuple):
    """One metric of a run."""

    figures: Floats  # [replications, periods]; NaN where undefined
    reasons: Codes | None  # [replications, periods]; None: always defined


class Books:
    """What metrics are worked out from: all replications, by the periods of a calendar."""

    def __init__(
        self, panel: Panel, calendar: Calendar, covenants: Sequence[Covenant] = ()
    ) -> None:
        """covenants: those agreed, in the order of `Panel.tests`; without them none is told."""
        self.panel, self.calendar, self.covenants = panel, calendar, covenants
        self.shared: dict[str, Any] = {}  # what several figures are worked out from, by name

    def line(self, name: str) -> Ints:
        """A line of the statements by month [cents]; none is kept, for a panel can be large."""
        return line(self.panel.ledger, name)

    def measure(self, row: int) -> Ints:
        """A measure by month [its unit]."""
        return self.panel.stocks[:, row]

    def sums(self, flow: Ints) -> Ints:
        """A monthly flow by period."""
        return sums(flow, self.calendar)

    def ends(self, stock: Ints) -> Ints:
        """A month-end stock at each period's end."""
        return ends(stock, self.calendar)

    def means(self, months: Floats) -> Floats:
        """The mean of each period's months."""
        return means(months, self.calendar)

    def year(self, flow: Ints) -> Ints:
        """A monthly flow over the last twelve months at each period's end, or since the start."""
        return trailing(flow, self.calendar, MONTHS_PER_YEAR)

    def amount(self, name: str) -> Ints:
        """A line of the statements by period: flows summed, balances at the end [cents]."""
        return self.ends(self.line(name)) if name in BALANCE else self.sums(self.line(name))


Compute: TypeAlias = Callable[[Books], Values]


class Metric(NamedTuple):
    """The declaration of a metric."""

    name: str
    unit: str
    meaning: str
    better: Better
    compute: Compute | None = None  # None: the line of the statements that has its name
    worst_undefined: bool = False  # a replication in which it is undefined is worse than any other

    def of(self, books: Books) -> Values:
        """Its figures and why some are undefined [replications, periods]."""
        return usd(books.amount(self.name)) if self.compute is None else self.compute(books)


class Coded(NamedTuple):
    """A metric of the user's own."""

    code: str  # FILE.py:NAME, as it was typed
    metric: Metric


def usd(cents: Ints) -> Values:
    """Amounts that are always defined."""
    return Values(cents / CENTS_PER_USD, None)


def undefined_where(values: Values, where: npt.NDArray[np.bool_], reason: str) -> Values:
    """Figures that are also undefined where a condition holds, for one reason.

    where: of the figures' shape, or of one that is stretched to it.
    """
    if not where.any():
        return values
    there = np.broadcast_to(where, values.figures.shape)
    codes = np.zeros(there.shape, np.int8) if values.reasons is None else values.reasons
    return Values(
        np.where(there, np.nan, values.figures),
        np.where(there, REASONS.index(reason), codes).astype(np.int8),
    )


def undefined_where_nan(figures: Floats, reason: str) -> Values:
    """Figures that are undefined where they are NaN, for one reason."""
    codes = np.where(np.isnan(figures), REASONS.index(reason), 0)
    return Values(figures, codes.astype(np.int8))


def flow(row: int) -> Compute:
    """A measure summed over the period [cents]."""
    return lambda books: usd(books.sums(books.measure(row)))


def stock(row: int) -> Compute:
    """A measure at the period's end [cents]."""
    return lambda books: usd(books.ends(books.measure(row)))


def megawatts(row: int) -> Compute:
    """A measure of power at the period's end [microwatts]."""
    return lambda books: Values(books.ends(books.measure(row)) / MICROWATTS_PER_MW, None)


def count(row: int) -> Compute:
    """A measure that counts things, at the period's end."""
    return lambda books: Values(books.ends(books.measure(row)).astype(np.float64), None)


def movement(move: int) -> Compute:
    """A movement of the backlog in the period [cents]."""
    return lambda books: usd(books.panel.backlog.movement(books.calendar, move))


def ratio(
    numerator: Ints, denominator: Ints, *undefined: tuple[npt.NDArray[np.bool_], str]
) -> Values:
    """A quotient; where a condition holds it is undefined, for the last condition's reason."""
    reasons = np.zeros(numerator.shape, np.int8)
    for where, reason in undefined:
        reasons[where] = REASONS.index(reason)
    quotient = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=quotient, where=reasons == 0)
    return Values(quotient, reasons)
