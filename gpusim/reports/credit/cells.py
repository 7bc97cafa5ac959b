"""Sections and cells of a credit memo, for the page and for the terminal alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from gpusim.reports.quantity import Quantity
from gpusim.results.credit.by_date import Broken, Spread
from gpusim.results.intervals import Interval

NONE: Final = "-"


class Cell(NamedTuple):
    """A figure or a word, and the band or interval that belongs to it."""

    text: str
    band: str = ""


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


def of_spread(spread: Spread, show: Quantity) -> Cell:
    """A median and its 80% band; a dash where the figure is undefined."""
    if not spread.n:
        return Cell(NONE)
    low, high = show.show(spread.p10), show.show(spread.p90)
    return Cell(show.show(spread.p50), "" if low == high else f"{low} to {high}")


def of_broken(broken: Broken) -> Cell:
    """A chance and its 95% interval."""
    return Cell(f"{broken.chance:.1%}", f"{broken.low:.1%} to {broken.high:.1%}")


def of_interval(told: Interval | None, show: Quantity, *, signed: bool = False) -> Cell:
    """A mean and its 95% interval, or what there is instead of one."""
    if told is None or math.isnan(told.mean):
        return Cell(NONE)
    text = show.signed(told.mean) if signed else show.show(told.mean)
    band = show.interval(told)
    return Cell(text, "" if band == NONE else band)


def labelled(label: str, cells: Sequence[Cell], *, below: bool = False) -> Row:
    """A row whose label may be a name that a folder holds."""
    return Row(plain(label), list(cells), below=below)
