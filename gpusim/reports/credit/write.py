"""A credit memo as a page that prints, and as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpusim.reports.credit import sections, tests_by_date
from gpusim.reports.credit.cells import Cell, Section
from gpusim.reports.first_screen.paragraphs import FULL_WIDTH, wrapped
from gpusim.reports.pages import page
from gpusim.reports.report import refuse_unwritable, replace
from gpusim.results.credit import memo
from gpusim.results.credit.by_date import by_date
from gpusim.results.stored.opened import Opened
from gpusim.signs import visible

PAGE: Final = "credit.html"
TEMPLATE: Final = "memo.html.j2"
GAP: Final = 1
LONGEST_WORD: Final = 16
"""Characters of a name that are not broken."""


def write(run: Opened, downside: Opened | None = None, out: Path | None = None) -> Path:
    """Write the memo of a run as a page; returns where: credit.html in the run's folder, or `out`.

    A page that is there is replaced.

    Raises:
        NotARunError: it is no run, the downside is not one of it, or nothing can be written there.
    """
    target = out or run.path / PAGE
    refuse_unwritable(target)
    replace(target, html(run, downside).encode("utf-8"))
    return target


def html(run: Opened, downside: Opened | None = None) -> str:
    """The page: one file without scripts, which asks for nothing from elsewhere.

    Raises:
        NotARunError: it is no run, or the downside is not one of it.
    """
    told = sections.of(memo.of_run(run, downside))
    return page.render(TEMPLATE, told=told)


def show(run: Opened, downside: Opened | None, console: Console) -> None:
    """Print the memo as text, as wide as the console and 100 columns at most.

    Raises:
        NotARunError: it is no run, or the downside is not one of it.
    """
    width = min(console.width, FULL_WIDTH)
    told = sections.of(_that_fits(memo.of_run(run, downside), width))
    facts = ", ".join(f"{name} {value}" for name, value in told.facts)
    lines = wrapped(visible(told.title), width)
    console.print(Text("\n".join(lines), style="bold"))
    for sentence in (facts, *told.changes, told.explained):
        for line in wrapped(visible(sentence), width):
            console.print(Text(line))
    for section in told.sections:
        _show(section, console, width)


def _that_fits(found: memo.Memo, width: int) -> memo.Memo:
    """The memo with as many test dates as a screen has room for; one at least."""
    for most in range(memo.MOST_DATES, 0, -1):
        found = found._replace(by_date=by_date(found.run, most))
        least = _columns(tests_by_date.by_date(found)).least
        if sum(least) + GAP * len(least) <= width:
            break
    return found


def _show(section: Section, console: Console, width: int) -> None:
    console.print()
    console.print(Text(section.title, style="bold"))
    if section.rows:
        console.print(_table(section, width), width=width)
    for note in section.notes:
        for line in wrapped(visible(note), width):
            console.print(Text(line, style="dim"))


class Columns(NamedTuple):
    """The cells of a section, and how wide its columns are [characters]."""

    rows: list[list[Text]]
    natural: list[int]
    least: list[int]  # without breaking a figure, or a word that is not long
    words: set[int]


def _columns(section: Section) -> Columns:
    rows = [
        [Text(visible(("  " if row.below else "") + row.label)), *map(_cell, row.cells)]
        for row in section.rows
    ]
    columns = [
        [section.heads[n], *(row[n].plain for row in rows if n < len(row))]
        for n in range(len(section.heads))
    ]
    words = {0, *(n + 1 for n in section.words)}
    natural = [max(len(line) for t in texts for line in t.split("\n")) for texts in columns]
    least = [_longest(texts) if n in words else natural[n] for n, texts in enumerate(columns)]
    return Columns(rows, natural, least, words)


def _table(section: Section, width: int) -> Table:
    """A table whose bands stand below their figures; where it is too wide words are broken first.

    width: of all columns [characters].
    """
    table = Table(box=None, padding=(0, GAP, 0, 0), header_style="bold")
    rows, natural, least, words = _columns(section)
    for n, wide in enumerate(fitted(natural, least, width - GAP * len(natural))):
        justify: Literal["left", "right"] = "left" if n in words else "right"
        table.add_column(Text(section.heads[n]), justify=justify, overflow="fold", width=wide)
    for row, told in zip(section.rows, rows, strict=True):
        table.add_row(*told, style="bold" if row.strong else "")
    return table


def fitted(natural: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Widths of columns that fit: the widest give way first, down to their least, then all.

    natural, least, room [characters].

    >>> fitted([20, 8, 6], [5, 8, 6], 30), fitted([20, 8, 6], [5, 8, 6], 12)
    ([16, 8, 6], [4, 4, 4])
    """
    widths = list(natural)
    while sum(widths) > max(room, len(widths)):
        above = [n for n, wide in enumerate(widths) if wide > least[n]] or range(len(widths))
        widths[max(above, key=lambda n: widths[n])] -= 1
    return widths


def _longest(texts: Sequence[str]) -> int:
    """Characters of the longest word, of which a name may have so many at most."""
    return max(min(len(word), LONGEST_WORD) for text in texts for word in [*text.split(), ""])


def _cell(cell: Cell) -> Text:
    text = Text(visible(cell.text))
    for below in (cell.band, cell.of):
        if below:
            text.append(f"\n{below}", style="dim")
    return text
