"""Figures of one unit as text: USD in millions, shares in percent, the rest as they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from gpusim.reports.layout import BEYOND, is_beyond
from gpusim.results.intervals import ALIKE, FEW, PLANNED, Interval

MILLION: Final = 1e6
SMALLEST_IN_MILLIONS: Final = 10_000.0
"""Amounts below it are told in dollars [USD]."""
PERCENT: Final = ("share", "probability", "1/year")
DECIMALS: Final = {"ratio": 3, "USD/GPU-hour": 3, "years": 2, "USD/GPU": 0}


class Quantity(NamedTuple):
    """How figures of one unit are written."""

    unit: str  # as told above a table
    scale: float
    decimals: int
    suffix: str = ""

    def show(self, figure: float) -> str:
        """A figure; negatives in brackets, "-" where undefined.

        >>> rate = quantity("share", [])
        >>> rate.show(257842767.8), rate.show(-40.0), rate.show(10.0)
        ('>1,000%', '(>1,000%)', '1,000.0%')
        >>> Quantity("ratio", 1.0, 2, "x").show(18.217)
        '18.22x'
        """
        if math.isnan(figure):
            return "-"
        text = f"{abs(figure) / self.scale:,.{self.decimals}f}{self.suffix}"
        if self.suffix == "%" and is_beyond(figure):
            text = f">{BEYOND}"
        zero = not text.strip(f"0.,{self.suffix}")
        return f"({text})" if figure < 0 and not zero else text

    def signed(self, figure: float) -> str:
        """A difference; a plus where it is one, and points of a share."""
        text = self.points(figure)
        return f"+{text}" if figure > 0 and text.strip("0.,pt ") else text

    def points(self, figure: float) -> str:
        """A difference without a plus; of shares in points."""
        return self.show(figure).replace("%", " pt")

    def span(self, low: float, high: float) -> str:
        """An interval."""
        if math.isnan(low) or math.isnan(high):
            return "-"
        return f"{self.show(low)} to {self.show(high)}"

    def interval(self, told: Interval) -> str:
        """An interval, or what there is instead of one."""
        if told.how in (ALIKE, PLANNED):
            return told.how
        ends = self.span(told.low, told.high)
        return f"{ends} (few)" if told.how == FEW else ends

    def interval_of_difference(self, told: Interval) -> str:
        """The same of a difference; of shares in points.

        >>> told = Interval(-0.005, -0.028, 0.013, "counts")
        >>> quantity("probability", []).interval_of_difference(told)
        '(2.8 pt) to 1.3 pt'
        """
        return self.interval(told).replace("%", " pt")

    def exact(self, figure: float) -> str:
        """An amount in a sentence, with its unit.

        >>> usd = quantity("USD", [1e9])
        >>> usd.exact(1.0), usd.exact(2_500_000.0)
        ('USD 1', 'USD 2.5m')
        """
        if self.suffix == "%":
            points = f"{figure / self.scale:.3g}"
            return f"{points} point{'' if points == '1' else 's'}"
        if self.unit.startswith("USD m") and abs(figure) < SMALLEST_IN_MILLIONS:
            return f"USD {figure:,.10g}"
        if self.unit.startswith("USD m"):
            return f"USD {figure / self.scale:,.4g}m"
        return f"{figure:,.4g} {self.unit}"


def quantity(unit: str, figures: Sequence[float]) -> Quantity:
    """How figures of a unit are written, given the largest of them.

    >>> q = quantity("USD", [1.2e9, -3.4e7])
    >>> q.unit, q.show(-3.4e7), q.signed(2e6), quantity("share", [0.1]).show(0.1234)
    ('USD m', '(34)', '+2', '12.3%')
    """
    if unit == "USD":
        largest = max((abs(f) for f in figures if math.isfinite(f)), default=0.0)
        return Quantity("USD m", MILLION, 0 if largest >= 1000 * MILLION else 1)
    if unit in PERCENT:
        return Quantity(unit, 0.01, 1, "%")
    return Quantity(unit, 1.0, DECIMALS.get(unit, 1))


def confidence(chance: float) -> str:
    """How sure is asked for, with the digits it has.

    >>> confidence(0.95), confidence(1 - 0.001)
    ('95%', '99.9%')
    """
    return f"{100 * chance:.6g}%"
