"""A credit memo as a page that prints, and as text for a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpusim.reports.credit import sections
from gpusim.reports.credit.cells import Cell, Section
from gpusim.reports.first_screen.sentences import FULL_WIDTH, wrapped
from gpusim.reports.pages import page
from gpusim.reports.report import refuse_unwritable, replace
from gpusim.results.credit import memo
from gpusim.results.stored.opened import Opened
from gpusim.signs import visible

PAGE: Final = "credit.html"
TEMPLATE: Final = "memo.html.j2"
NARROW_GAP: Final = 1


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
    told = sections.of(memo.of_run(run, downside))
    width = min(console.width, FULL_WIDTH)
    facts = ", ".join(f"{name} {value}" for name, value in told.facts)
    lines = wrapped(visible(told.title), width)
    console.print(Text("\n".join(lines), style="bold"))
    for sentence in (facts, *told.changes, told.explained):
        for line in wrapped(visible(sentence), width):
            console.print(Text(line))
    for section in told.sections:
        _show(section, console, width)


def _show(section: Section, console: Console, width: int) -> None:
    console.print()
    console.print(Text(section.title, style="bold"))
    if section.rows:
        console.print(_table(section, width), width=width)
    for note in section.notes:
        for line in wrapped(visible(note), width):
            console.print(Text(line, style="dim"))


def _table(section: Section, width: int) -> Table:
    """A table as wide as it must be, its bands below their figures."""
    table = Table(box=None, padding=(0, NARROW_GAP, 0, 0), header_style="bold", pad_edge=False)
    table.add_column(Text(section.heads[0]), overflow="fold", max_width=width // 3)
    for place, head in enumerate(section.heads[1:]):
        table.add_column(
            Text(head), justify="left" if place in section.words else "right", overflow="fold"
        )
    for row in section.rows:
        label = Text(("  " if row.below else "") + visible(row.label))
        table.add_row(label, *map(_cell, row.cells), style="bold" if row.strong else "")
    return table


def _cell(cell: Cell) -> Text:
    text = Text(visible(cell.text))
    if cell.band:
        text.append("\n" + cell.band.replace(" to ", "-"), style="dim")
    return text
