"""How figures and tables look: negatives in brackets, blank for zero, periods as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from rich.table import Table
from rich.text import Text

from gpusim.economics.core.state import Floats

Format = Callable[[float], str]

MILLION: Final = 1e6
LABEL_WIDTH: Final = 31
GAP: Final = 2
NARROWEST_LABEL: Final = 12
"""What a screen leaves for labels at least; longer ones go on below."""
QUARTERS_SHOWN: Final = 8
"""Quarters in a table before it goes on in years."""


class Row(NamedTuple):
    """A line of a table: a figure a period, and the band it lies in (None: none is shown)."""

    label: str
    figures: Floats  # [periods]; NaN where undefined
    low: Floats | None
    high: Floats | None
    show: Format
    strong: bool = False

    def shows(self) -> bool:
        """Whether any figure is large enough to be seen."""
        return any(self.show(float(figure)) for figure in self.figures)


def counted(count: int, noun: str) -> str:
    """A number of things, one or many.

    >>> counted(1, "row"), counted(2_000, "replication"), counted(0, "point")
    ('1 row', '2,000 replications', '0 points')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def number(decimals: int) -> Format:
    """A format with thousands separators.

    >>> number(0)(-1234.4), number(1)(0.01), number(0)(float("nan"))
    ('(1,234)', '', '-')
    """

    def show(figure: float) -> str:
        if np.isnan(figure):
            return "-"
        text = f"{abs(figure):,.{decimals}f}"
        if not text.strip("0.,"):
            return ""
        return f"({text})" if figure < 0 else text

    return show


def percent(figure: float) -> str:
    """A share as percent.

    >>> percent(0.1234), percent(0.0)
    ('12.3%', '')
    """
    if np.isnan(figure):
        return "-"
    return f"{figure:.1%}" if abs(figure) >= 0.0005 else ""


def money_decimals(figures: Floats) -> int:
    """Decimals for USD m: one when the largest figure is below a thousand."""
    largest = np.nanmax(np.abs(figures), initial=0.0) / MILLION
    return 0 if largest >= 1000 else 1


def tables(
    title: str,
    periods: Sequence[str],
    rows: Sequence[Row],
    width: int,
    label_width: int = LABEL_WIDTH,
) -> Iterator[Table]:
    """The rows as one table, or as several below each other where a screen is too narrow.

    width, label_width [characters]: of the screen, and of the labels with the gap behind them.
    """
    cells = [_cells(row) for row in rows]
    wide = [
        max(len(period), *(len(line) for row in cells for line in row[place]))
        for place, period in enumerate(periods)
    ]
    first = 0
    while first < len(periods):
        last, used = first, label_width
        while last < len(periods) and (last == first or used + wide[last] + GAP <= width):
            used += wide[last] + GAP
            last += 1
        label = min(label_width, max(width - used + label_width, NARROWEST_LABEL)) - GAP
        yield _table(title, periods, rows, cells, range(first, last), label)
        title, first = "", last


def _table(
    title: str,
    periods: Sequence[str],
    rows: Sequence[Row],
    cells: list[list[list[str]]],
    shown: range,
    label: int,
) -> Table:
    table = Table(box=None, title=title or None, title_justify="left", title_style="bold")
    table.padding = (0, GAP, 0, 0)
    table.add_column("", width=label, overflow="fold")
    for place in shown:
        longest = max(len(periods[place]), *(len(line) for own in cells for line in own[place]))
        table.add_column(periods[place], justify="right", no_wrap=True, min_width=longest)
    for row, lines in zip(rows, cells, strict=True):
        style = "bold" if row.strong else ""
        table.add_row(row.label, *(lines[place][0] for place in shown), style=style)
        if any(len(lines[place]) > 1 for place in shown):
            band = [Text(lines[place][1] if len(lines[place]) > 1 else "") for place in shown]
            table.add_row("", *band, style="dim")
    return table


def _cells(row: Row) -> list[list[str]]:
    """Each period's figure and, where it has width, its band."""
    texts = []
    for place, figure in enumerate(row.figures):
        lines = [row.show(float(figure))]
        if row.low is not None and row.high is not None:
            low, high = (row.show(float(end[place])) or "0" for end in (row.low, row.high))
            if low != high:
                lines.append(f"{low} - {high}")
        texts.append(lines)
    return texts
