"""Sections and cells of a credit memo, for the page and for the terminal alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from gpusim.reports.layout import portion
from gpusim.reports.quantity import Quantity
from gpusim.results.credit.happened import Happened
from gpusim.results.credit.spreads import Spread
from gpusim.results.intervals import ALIKE, FEW, Interval, method_text

NONE: Final = "-"


class Cell(NamedTuple):
    """A figure or a word, and the band or interval that belongs to it."""

    text: str
    band: str = ""
    of: str = ""  # how many replications it is of, where not of all, or rests on, where on few


class Row(NamedTuple):
    """A row of a section: its label, then a cell a column."""

    label: str
    cells: list[Cell]
    strong: bool = False  # a total
    below: bool = False  # belongs to the row above it


class Section(NamedTuple):
    """A table with what stands above and below it."""

    key: str
    title: str
    heads: list[str]  # of the label, then a column
    rows: list[Row]
    notes: list[str]
    words: frozenset[int] = frozenset()  # columns of words, counted from 0; others hold figures


def plain(text: object) -> str:
    r"""A text that a folder holds, on one line.

    >>> plain("a\n  b\tc")
    'a b c'
    """
    return " ".join(str(text).split())


def of_spread(spread: Spread, show: Quantity, trials: int, beyond: str = "") -> Cell:
    """A median, its 80% band, and of how many replications; a dash where it is undefined in all.

    beyond: what stands for an infinite figure.

    >>> percent = Quantity("share", 0.01, 1, "%")
    >>> of_spread(Spread(20, 0.1, 0.2, math.inf), percent, 100, "160.0%+")
    Cell(text='20.0%', band='10.0% to 160.0%+', of='20 of 100')
    """
    if not spread.n:
        return Cell(NONE)
    low, middle, high = (
        beyond if math.isinf(figure) else show.show(figure) for figure in spread[1:]
    )
    of = f"{spread.n} of {trials}" if spread.n < trials else ""
    return Cell(middle, "" if low == high else f"{low} to {high}", of)


def of_happened(told: Happened) -> Cell:
    """A chance and its 95% interval; none and all of it only where it is so."""
    chance, low, high = (portion(share, 1) for share in (told.chance, told.low, told.high))
    return Cell(chance, f"{low} to {high}")


def of_interval(
    told: Interval | None, show: Quantity, trials: int, *, signed: bool = False
) -> Cell:
    """A mean and its 95% interval, or what there is instead of one; trials: it is taken over.

    signed: a difference, of shares in points.

    >>> percent = Quantity("share", 0.01, 1, "%")
    >>> of_interval(Interval(0.04, -0.01, 0.09, "counts"), percent, 50, signed=True)
    Cell(text='+4.0 pt', band='(1.0 pt) to 9.0 pt', of='')
    >>> of_interval(Interval(0.04, 0.0, 0.09, FEW, 2, 300), percent, 100)
    Cell(text='4.0%', band='0.0% to 9.0%', of='few: 2 of 100')
    """
    if told is None or math.isnan(told.mean):
        return Cell(NONE)
    band = ALIKE if told.how == ALIKE else show.span(told.low, told.high)
    text = show.show(told.mean)
    if signed:
        text, band = show.signed(told.mean), band.replace("%", " pt")
    few = method_text(told, trials) if told.how == FEW else ""
    return Cell(text, "" if band == NONE else band, few)


def labelled(label: str, cells: Sequence[Cell], *, below: bool = False) -> Row:
    """A row whose label may be a name that a folder holds."""
    return Row(plain(label), list(cells), below=below)
