"""The table of a run's first screen: chosen lines by fiscal year or by quarter, cut to fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Final, NamedTuple

import numpy as np
from rich.console import Console

from gpusim.economics.core.state import Floats
from gpusim.experiments.run.run import RunResult
from gpusim.reports import layout
from gpusim.reports.first_screen.size import Size
from gpusim.reports.layout import Format, Row, number, percent
from gpusim.results import figures, metrics
from gpusim.results.formulas import lenders
from gpusim.results.metric import Books, Coded, Metric
from gpusim.results.metrics import METRICS
from gpusim.results.payload import Panel
from gpusim.results.periods import Calendar
from gpusim.results.replications.covenants import Covenant
from gpusim.scenario.language.errors import Mistake, ScenarioError, nearest

LINES: Final = {
    "revenue": "Revenue",
    "adjusted_ebitda": "Adjusted EBITDA",
    "interest_expense": "Interest expense",
    "net_income": "Net income",
    "capex_cash": "Capex, cash",
    "cash": "Cash",
    "debt_principal": "Debt, principal",
    "backlog": "Backlog",
    "dscr": "DSCR",
    "utilisation": "Utilisation",
    "active_mw": "Active MW",
}
"""The lines of the first screen, by metric, as they are called there."""
FIRST: Final = ("cash", "dscr", "revenue", "adjusted_ebitda", "debt_principal", "net_income")
"""Whose band is shown where there is no room for all, and which lines stay: the first ones."""
LOW, HIGH = "  low", "  high"
BAND: Final = (10, 50, 90)
FULL_WIDTH: Final = 100
"""Columns from which on no screen is narrow [characters]."""
LABEL: Final = 19
"""Columns for labels with the gap behind them."""

TO_HUNDREDTHS: Final = ("ratio", "USD/GPU-hour")
"""Units with two decimals."""


class Line(NamedTuple):
    """A line of the table: its figures by period over replications, and how they are written."""

    name: str
    label: str
    low: Floats  # [periods]; NaN where it is defined in no replication
    middle: Floats
    high: Floats
    show: Format

    def row(self, *, band: bool) -> Row:
        """As one row, its band below the figures."""
        low, high = (self.low, self.high) if band else (None, None)
        return Row(self.label, self.middle, low, high, self.show, strong=self.name in FIRST[:4])

    def rows(self) -> list[Row]:
        """As three rows, the ends of the band below, each alone."""
        ends = ((LOW, self.low), (HIGH, self.high))
        return [self.row(band=False), *(Row(own, end, None, None, self._end) for own, end in ends)]

    def _end(self, figure: float) -> str:
        """An end of the band; nought is told, for a blank would read as none."""
        return self.show(figure) or "0"


def known(
    own: Sequence[Coded],
    facilities: Sequence[str],
    covenants: Sequence[Covenant] = (),
    gpus: Sequence[str] = (),
) -> dict[str, Metric]:
    """What a table can have a line of: metrics, statement lines, of loans and GPUs, own metrics."""
    of_subjects = lenders.known(facilities, covenants, gpus)
    by_period = {name: metric for name, metric in of_subjects.items() if lenders.by_period(name)}
    return figures.BY_PERIOD | by_period | {one.metric.name: one.metric for one in own}


def parse(
    text: str,
    own: Sequence[Coded],
    facilities: Sequence[str] | None = None,
    covenants: Sequence[Covenant] = (),
    gpus: Sequence[str] = (),
) -> list[str]:
    """Names of lines from a list with commas, each once.

    own: metrics of the user's own; facilities, covenants, gpus: of the model; None: not known
    yet, so that any line of a loan, covenant or GPU is let pass.

    Raises:
        ScenarioError: no such line, with the nearest name; or none at all.
    """
    names = list(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
    lines = known(own, facilities or (), covenants, gpus)
    for name in names:
        if name not in lines and not (facilities is None and lenders.by_period(name)):
            family = lenders.family_of(name)
            if name in figures.OUTCOMES or (family is not None and not family.by_period):
                raise _wrong(f"{name}, a figure of a whole replication, not of a period", "")
            raise _wrong(f"no line {name!r}", nearest(name.lower(), lines))
    if not names:
        raise _wrong("no name", "")
    return names


def _wrong(found: str, near: str) -> ScenarioError:
    expected = (
        "names of metrics by period or statement lines with commas; "
        "`gpusim models metrics` lists them"
    )
    return ScenarioError([Mistake("--lines", 0, 0, "", found, expected, near)])


def read(result: RunResult, calendar: Calendar, names: Sequence[str], size: Size) -> list[Line]:
    """Median and 80% band of lines by period, in the unit of the screen.

    Ratios are of firms still running.

    Raises:
        ScenarioError: the model has no such line.
    """
    if result.panel is None:
        return []
    subjects = result.names.facilities, result.covenants, result.names.gens
    books = Books(result.panel, calendar, result.covenants)
    lines = known(result.metrics, *subjects)
    return [
        _line(lines[name], metrics.value(lines[name], books).figures, size)
        for name in parse(",".join(names), result.metrics, *subjects)
    ]


def _line(metric: Metric, found: Floats, size: Size) -> Line:
    unit = metric.unit
    show = {"USD": size.show, "share": percent, "1/year": percent}.get(unit)
    show = show or number(2 if unit in TO_HUNDREDTHS else 0)
    scaled = found / size.scale if unit == "USD" else found
    columns = [column[~np.isnan(column)] for column in scaled.T]
    low, middle, high = (
        np.array([np.percentile(own, p) if len(own) else np.nan for own in columns]) for p in BAND
    )
    return Line(metric.name, LINES.get(metric.name, metric.name), low, middle, high, show)


def largest_of(panel: Panel, calendar: Calendar) -> float:
    """The amount that sets the unit of a screen: median revenue or debt, of the largest period."""
    books = Books(panel, calendar)
    found = [METRICS[name].of(books).figures for name in ("revenue", "debt_principal")]
    return max(float(np.median(own, axis=0).max(initial=0.0)) for own in found)


def early_cover(panel: Panel, calendar: Calendar) -> str:
    """What a DSCR measures in periods before any revenue; empty where there is none such.

    Source: definitions, DSCR: interest earned is cash for debt service, undrawn fees are service.
    """
    books = Books(panel, calendar)
    cover, revenue = (METRICS[name].of(books).figures for name in ("dscr", "revenue"))
    early = ~np.isnan(cover).all(axis=0) & (revenue == 0).all(axis=0)
    names = [name for name, is_early in zip(calendar.names, early, strict=True) if is_early]
    if not names:
        return ""
    span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    return f"DSCR of {span}: no revenue yet; interest earned less costs, over fees and interest due"


def choose(
    periods: Sequence[str], lines: Sequence[Line], width: int, room: int | None
) -> list[Row]:
    """The rows to print: what fits into so many lines, where the screen is wide enough for that.

    width [characters]; room: lines there are, None: as many as all bands take. What is tried: every
    line with its band below; the ends of fewer bands on rows of their own, which takes fewer
    columns; no bands; fewer lines. On a screen too narrow for any of them all lines stand without
    bands, in blocks of as many periods as fit.
    """
    if room is None:
        below = [line.row(band=True) for line in lines]
        apart = [row for line in lines for row in line.rows()]
        return min((below, apart), key=lambda rows: height(periods, rows, width))
    for rows in _choices(lines, fewer=width >= FULL_WIDTH):
        if height(periods, rows, width) <= room:
            return rows
    return [line.row(band=False) for line in lines]


def _choices(lines: Sequence[Line], *, fewer: bool) -> Iterator[list[Row]]:
    """What is tried, the fullest first; fewer: fewer lines too. Metrics of the user's own stay."""
    own = [line.name for line in lines if line.name not in LINES]
    first = [*own, *(name for name in FIRST if any(line.name == name for line in lines))]
    yield [line.row(band=True) for line in lines]
    for count in range(len(first), len(own) + 2, -1):
        yield [line.row(band=line.name in first[:count]) for line in lines]
    for count in range(len(first), -1, -1):
        yield [
            row
            for line in lines
            for row in (line.rows() if line.name in first[:count] else [line.row(band=False)])
        ]
    for count in range(len(first), len(own) + 1, -1) if fewer else ():
        yield [line.row(band=False) for line in lines if line.name in first[:count]]


def has_bands(rows: Sequence[Row]) -> bool:
    """Whether any band is among the rows, below its line or on rows of its own."""
    return any(row.low is not None or row.label == LOW for row in rows)


def height(periods: Sequence[str], rows: Sequence[Row], width: int) -> int:
    """Lines that a table takes."""
    text = StringIO()
    show(Console(file=text, width=width), periods, rows)
    return text.getvalue().count("\n")


def show(console: Console, periods: Sequence[str], rows: Sequence[Row]) -> None:
    """Print a table, blocks of periods below each other where the screen is narrow."""
    for block in layout.tables("", periods, rows, console.width, LABEL):
        console.print(block)
