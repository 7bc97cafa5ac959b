"""The first screen of a run: the verdict, a table by year, where it is kept and how to go on.

On a screen of 100 columns or more it takes `SCREEN` lines at most, unless the user asks for more.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from gpusim.experiments.run.run import Request, RunResult
from gpusim.reports.first_screen import lines as table
from gpusim.reports.first_screen import sentences
from gpusim.reports.first_screen.paragraphs import wrapped
from gpusim.reports.first_screen.size import Size, size_of
from gpusim.reports.printed.run_report import typed
from gpusim.results import periods
from gpusim.results.replications import outcomes
from gpusim.results.stored.folder import DEFAULT_PARENT, near
from gpusim.results.stored.opened import SCENARIO
from gpusim.results.verdict.headline import headline
from gpusim.scenario.reading.own_files import STDIN
from gpusim.strategies import is_python

SCREEN: Final = 45
"""Lines of the screen at most."""

TO_GO_ON: Final = (
    "a page with pictures; what made up cash at lowest liquidity; which inputs move that most"
)
"""What the three commands are for."""


def show(
    result: RunResult, console: Console, *, quarterly: bool = False, names: Sequence[str] = ()
) -> None:
    """Print the verdict, the table and what to do next.

    quarterly: periods of the table, else fiscal years; names: its lines, none: `table.LINES`.
    Either of them asks for more than the screen holds.
    """
    if result.panel is None:
        return
    panel, calendar = result.panel, result.calendar
    head = outcomes.headline(panel, calendar, result.covenants, result.names.facilities)
    told = headline(panel, calendar, result.covenants, result.names.orders)
    years = periods.years_and_parts(calendar.as_of, calendar.months, calendar.year_ends)
    size = size_of(table.largest_of(panel, years))
    above = sentences.lines(result, head, told, size, console.width)
    period = head["liquidity_lowest_period"]
    asked_about = outcomes.lowest_in(panel, calendar, period)
    below = ending(result, period, asked_about, console.width)
    shown = calendar if quarterly else years
    own = [one.metric.name for one in result.metrics]
    asked = list(dict.fromkeys([*(names or table.LINES), *own]))
    lines = table.read(result, shown, asked, size)
    note = table.early_cover(panel, shown) if "dscr" in asked else ""
    notes = wrapped(note, console.width) if note else []
    room = SCREEN - len(above) - len(below) - len(notes) - 3
    rows = table.choose(shown.names, lines, console.width, None if quarterly or names else room)
    for line in above:
        console.print(line)
    console.print()
    figures = ""
    if result.finished > 1:
        figures = "median and 80% band" if table.has_bands(rows) else "median"
    title = title_of(size, figures, quarterly=quarterly)
    for text in wrapped(title, console.width):
        console.print(Text(text, style="bold"))
    table.show(console, shown.names, rows)
    for text in notes:
        console.print(Text(text))
    console.print()
    for line in below:
        console.print(line, soft_wrap=True)


def title_of(size: Size, figures: str, *, quarterly: bool) -> str:
    """Above the table: unit, figures, periods, and how to have more of it.

    figures: of several replications; of one there is nothing to say.
    """
    text = f"{size.unit} by {'quarter' if quarterly else 'fiscal year'}"
    text += f", {figures}" if figures else ""
    return f"{text}; {'' if quarterly else '--quarterly, '}--full, --lines NAME,... show more"


def ending(result: RunResult, period: str, replication: int, width: int) -> list[Text]:
    """Where the run is kept, and three commands to go on with it.

    period: the quarter that one of them asks about, of a replication; width [characters]: of what
    is no command.
    """
    if result.path is None:
        return []
    path, request = near(result.path), result.request
    name = shlex.quote(str(Path(path.name) if path.parent == DEFAULT_PARENT else path))
    if request.model == str(STDIN):  # the folder has all of it, as asked
        request = Request(str(path / SCENARIO), strategy=request.strategy)
    codes = [("--strategy", request.strategy), *(("--shock", own) for own in request.shocks)]
    own = "".join(f" {to} {shlex.quote(code)}" for to, code in codes if code and is_python(code))
    of = f" --rep {replication}" if replication else ""
    commands = (
        f"gpusim report {name}",
        f"gpusim explain {name} --line cash --period {period}{of}{own}",
        f"gpusim sensitivity {typed(request)} --metric liquidity_lowest",
    )
    told = wrapped(f"To go on: {TO_GO_ON}", width)
    return [Text(line) for line in (f"Written to {path}", *told, *(f"  {c}" for c in commands))]
