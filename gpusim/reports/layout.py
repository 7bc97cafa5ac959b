"""How figures and tables look: negatives in brackets, blank for zero, periods as columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from rich.cells import cell_len
from rich.console import Group, JustifyMethod
from rich.table import Table
from rich.text import Text

from gpusim.economics.core.state import Floats

Format = Callable[[float], str]

MILLION: Final = 1e6
LABEL_WIDTH: Final = 31
GAP: Final = 2
NARROWEST_LABEL: Final = 12
"""What a screen leaves for labels at least; longer ones go on below."""
HEAD_WIDTH: Final = 18
"""What the head of a column of texts may widen it to [characters]."""
LARGEST: Final = 10.0
"""Shares and rates above it are told as above it."""
BEYOND: Final = f"{LARGEST:,.0%}"
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
    """A share or a rate as percent; beyond what tells anything only that it is beyond.

    >>> percent(0.1234), percent(0.0), percent(257842767.8), percent(-40.0)
    ('12.3%', '', '>1,000%', '<-1,000%')
    """
    if np.isnan(figure):
        return "-"
    if is_beyond(figure):
        return f"{'<-' if figure < 0 else '>'}{BEYOND}"
    return f"{figure:.1%}" if abs(figure) >= 0.0005 else ""


def is_beyond(share: float) -> bool:
    """Whether a share or a rate of return is so large that its digits tell nothing.

    An owner who puts in a hundredth of the cost has such a return; JSON and tables in files have
    the number itself.
    """
    return abs(share) > LARGEST


def portion(share: float, decimals: int = 0) -> str:
    """A share of a whole, such as of replications: none and all of it only where it is so.

    >>> portion(0.0), portion(0.001), portion(0.994), portion(0.999), portion(1.0)
    ('0%', '<1%', '99%', '>99%', '100%')
    >>> portion(0.0001, 1), portion(0.9999, 1), portion(0.0, 1), portion(1.0, 1)
    ('<0.1%', '>99.9%', '0.0%', '100.0%')
    """
    text, least = f"{share:.{decimals}%}", 0.1 ** (decimals + 2)
    if 0 < share < 1 and text == f"{0:.{decimals}%}":
        return f"<{least:.{decimals}%}"
    return f">{1 - least:.{decimals}%}" if share < 1 and text == f"{1:.{decimals}%}" else text


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
    for shown in side_by_side([own + GAP for own in wide], label_width, width):
        left = width - sum(wide[place] + GAP for place in shown)
        label = min(label_width, max(left, NARROWEST_LABEL)) - GAP
        yield _table(title, periods, rows, cells, shown, label)
        title = ""


def side_by_side(widths: Sequence[int], label: int, width: int) -> Iterator[range]:
    """Which columns stand beside the labels; those that a screen has no room for go below.

    widths: of each column with the gap behind it; label: of the labels; width: of the screen
    [characters].

    >>> list(side_by_side([20, 20, 20], 30, 75)), list(side_by_side([90, 9], 30, 75))
    ([range(0, 2), range(2, 3)], [range(0, 1), range(1, 2)])
    """
    first = 0
    while first < len(widths):
        last, used = first, label
        while last < len(widths) and (last == first or used + widths[last] <= width):
            used += widths[last]
            last += 1
        yield range(first, last)
        first = last


class Cells(NamedTuple):
    """A column of texts."""

    head: str
    cells: Sequence[str]
    right: bool = True

    @property
    def wide(self) -> int:
        """Columns of the screen that it needs; a long head has several lines."""
        words = max(map(cell_len, self.head.split()), default=0)
        line = max(map(cell_len, self.head.splitlines()), default=0)
        return max(words, min(line, HEAD_WIDTH), *map(cell_len, self.cells), 0)


def blocked(blocks: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> list[list[Cells]]:
    """Columns of texts under heads, in blocks that stay together.

    rows: a text a column each. What is under `by` or under no head stands left.

    >>> [[own.head for own in block] for block in blocked([("a", "by"), ("b",)], [])]
    [['a', 'by'], ['b']]
    """
    heads = [head for block in blocks for head in block]
    columns = iter(zip(*rows, strict=True) if rows else [()] * len(heads))
    return [
        [Cells(head, next(columns), head not in ("by", "")) for head in block] for block in blocks
    ]


def grids(
    labels: Cells,
    blocks: Sequence[Sequence[Cells]],
    width: int,
    strong: Collection[int] = (),
) -> Iterator[Table]:
    """Texts as one table, or as several below each other where a screen is too narrow.

    Labels go on below, down to half of their width, before columns do. labels: begin each table;
    blocks: columns that stay together; width: of the screen [characters]; strong: rows that stand
    out.
    """
    blocks = [part for block in blocks for part in _apart(block, width)]
    rooms = [_room(block) for block in blocks]
    label = min(labels.wide + GAP, width - sum(rooms))
    if not fits(labels, blocks, width):
        most = min(width // 2, width - max(rooms, default=0))
        label = min(labels.wide + GAP, max(most, NARROWEST_LABEL))
    begun = [folded(text, label - GAP) for text in labels.cells]
    for shown in side_by_side(rooms, label, width):
        columns = [one for place in shown for one in blocks[place]]
        whole = label + sum(rooms[place] for place in shown) <= width
        table = Table(box=None, padding=(0, GAP, 0, 0))
        for n, one in enumerate((labels, *columns)):
            own = label - GAP if n == 0 else one.wide if whole else None
            justify: JustifyMethod = "right" if one.right else "left"
            table.add_column(Text(one.head), width=own, justify=justify, overflow="fold")
        for row, texts in enumerate(zip(begun, *(one.cells for one in columns), strict=True)):
            table.add_row(*map(Text, texts), style="bold" if row in strong else "")
        yield table


def fits(labels: Cells, blocks: Sequence[Sequence[Cells]], width: int) -> bool:
    """Whether all columns stand beside the labels, in half of their width if need be."""
    least = min(labels.wide, max(labels.wide // 2, NARROWEST_LABEL)) + GAP
    return least + sum(map(_room, blocks)) <= width


def titled(
    title: str,
    labels: Cells,
    columns: Sequence[Cells],
    width: int,
    strong: Collection[int] = (),
) -> Group:
    """The same under a title, each column apart."""
    return Group(
        Text(title, style="bold"), *grids(labels, [[one] for one in columns], width, strong)
    )


def folded(text: str, width: int) -> str:
    r"""A name that goes on below, where one of its words or keys ends; what has no end in any.

    width: of the lines [characters].

    >>> folded("contracts.anchor.term_months", 20), folded("one", 20)
    ('contracts.anchor.\nterm_months', 'one')
    """
    lines = [""]
    for word in re.findall(r"[^ ._/]*[ ._/]+|[^ ._/]+", text):
        parts = [word]
        while len(parts[-1].rstrip()) > width:
            parts[-1:] = [parts[-1][:width], parts[-1][width:]]
        for part in parts:
            if lines[-1] and cell_len(lines[-1] + part.rstrip()) > width:
                lines.append("")
            lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)


def _apart(block: Sequence[Cells], width: int) -> list[Sequence[Cells]]:
    """Columns that stay together, each alone where a screen has no room for all of them."""
    return [block] if NARROWEST_LABEL + _room(block) <= width else [[one] for one in block]


def _room(block: Sequence[Cells]) -> int:
    """What columns that stay together take, with the gap behind each [characters]."""
    return sum(one.wide + GAP for one in block)


def broken(text: str, width: int) -> Text:
    r"""A sentence in lines, the first as it is indented and the others further.

    width: of the screen [characters].

    >>> broken("  first: one of many", 14).plain
    '  first: one\n    of many'
    """
    lines = textwrap.wrap(
        text, width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    return Text("\n".join(lines))


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
