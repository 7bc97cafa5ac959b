"""One unit of money for a screen, by the size of the firm: USD thousand, m or bn."""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.reports.layout import Format, number


class Size(NamedTuple):
    """How amounts of a screen are written."""

    unit: str  # as told above a table
    scale: float  # [USD]
    decimals: int
    suffix: str

    @property
    def show(self) -> Format:
        """An amount in the unit; negatives in brackets, blank for what rounds to nothing."""
        return number(self.decimals)

    def amount(self, usd: float) -> str:
        """An amount in a sentence, its unit with it; the spaces in it do not break a line.

        >>> size_of(4e10).amount(-2.534e9).replace(NO_BREAK, " ")
        'USD (2.53)bn'
        >>> size_of(4e10).amount(1.0).replace(NO_BREAK, " ")
        'USD 0bn'
        """
        return f"USD{NO_BREAK}{self.plain(usd)}{self.suffix}"

    def plain(self, usd: float) -> str:
        """An amount without its currency and unit, as the second of two.

        >>> size_of(2e9).plain(1.234e9)
        '1,234'
        """
        return self.show(usd / self.scale) or "0"


NO_BREAK: Final = "\N{NO-BREAK SPACE}"
"""A space at which no line is broken; printed as a plain one."""
SIZES: Final = (
    (10e9, Size("USD bn", 1e9, 2, "bn")),
    (1e9, Size("USD m", 1e6, 0, "m")),
    (10e6, Size("USD m", 1e6, 1, "m")),
    (0.0, Size("USD thousand", 1e3, 0, f"{NO_BREAK}thousand")),
)
"""From which largest amount on [USD] a unit is taken."""


def size_of(largest: float) -> Size:
    """The unit for a firm whose largest amount a year, or balance, is so large [USD].

    >>> [size_of(largest).unit for largest in (4e10, 2e9, 5e7, 9.9e6, 0.0)]
    ['USD bn', 'USD m', 'USD m', 'USD thousand', 'USD thousand']
    """
    return next(size for least, size in SIZES if largest >= least)
