"""How the figures of a column are written, all with as many decimals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gpusim.appraisal.returns import Figure
from gpusim.reports.layout import MILLION, number, percent

SMALL: Final = 50_000.0
"""Amounts below it are nothing in millions with one decimal [USD]."""
Show = Callable[[float], str]
Form = Callable[[Sequence[float]], Show]
"""How the figures of a column are written."""
Column = tuple[str, str, Form]
"""Its head, the figure, its form."""


def millions(figures: Sequence[float]) -> Show:
    """Of a column with a single GPU, such as one on demand, decimals that tell it from nothing.

    >>> millions([3e8, 49_286.0])(3e8), millions([3e8, 0.0])(3e8)
    ('300.000', '300.0')
    """
    show = number(3 if any(0 < abs(figure) < SMALL for figure in figures) else 1)
    return lambda usd: show(usd / MILLION)


def each(show: Show) -> Form:
    """One way of writing, whatever else the column holds."""
    return lambda figures: show


WHOLE, PRICE, RATIO = (each(number(decimals)) for decimals in (0, 2, 3))
PERCENT: Final = each(percent)


def column(figures: Sequence[Figure], form: Form) -> list[str]:
    """The cells of a column; a dash where a figure is undefined."""
    show = form([figure.value for figure in figures if figure.value is not None])
    return ["-" if one.value is None else show(one.value) or "0" for one in figures]
