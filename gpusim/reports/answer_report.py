"""What a command prints of an answer that has no words of its own: those of its page."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpusim.reports import report
from gpusim.reports.pages import page
from gpusim.reports.pages.figure import Figure
from gpusim.results.stored.opened import Opened


def show(run: Opened, screen: Console) -> None:
    """Title, answer and the table of every figure."""
    told = report.findings(run)
    screen.print(Text(told.title, style="bold"))
    screen.print(Text(told.answer))
    for figure in told.figures:
        screen.print()
        screen.print(Text(f"{figure.title}: {figure.answer}"))
        screen.print(table(figure))


def table(figure: Figure) -> Table:
    """The table of a figure, with units."""
    told = page.table_of(figure)
    rows = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for head in told.heads:
        rows.add_column(Text(head.text), justify="right" if head.numeric else "left")
    for row in told.rows:
        rows.add_row(*(Text(cell.text) for cell in row))
    return rows


def text(run: Opened) -> str:
    """The same as JSON: of each figure its rows, and the unit of each column that has one."""
    told = report.findings(run)
    figures = {
        one.key: {"answer": one.answer, "units": dict(one.units), "rows": one.table.to_dicts()}
        for one in told.figures
    }
    entries = {"run": str(run.path), "answer": told.answer, "figures": figures}
    return json.dumps(entries, default=str, allow_nan=False)
