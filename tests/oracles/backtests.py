"""The backtests as tables: errors against the bars, bands, and simple forecasts beside them."""

from __future__ import annotations

import runpy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gpusim.experiments.backtest.backtest import BUNDLED_UNTIL, COLUMNS, backtest
from gpusim.experiments.backtest.cells import Cell
from gpusim.scenario import load
from gpusim.scenario.reading.bundled import names, root
from gpusim.scenario.reading.published.actuals import bundled

REPLICATIONS, SEED, INPUTS = 400, 1, 100
JUDGED = "coreweave"
"""The operator that the bars were set for."""
BANDS = {1: (0.70, 0.90), 2: (0.65, 0.95)}
"""Share of figures that the 80% bands should hold, by quarters ahead."""
FREEZE: dict[str, Any] = runpy.run_path(str(Path(root()) / "freeze" / "bars.py"))


class Verdict(NamedTuple):
    """A bar of the backtest, and whether it is met."""

    line: str
    column: str
    ahead: str
    bar: str
    obtained: str
    holds: bool


class Backtests(NamedTuple):
    """All rounds: what each scored by operator and model, and what has nothing to score."""

    rounds: dict[str, list[list[Cell]]]
    records: list[dict[str, Any]]
    unscored: list[str]

    def cells(self, operator: str) -> list[Cell]:
        """All cells of an operator."""
        return [cell for own in self.rounds[operator] for cell in own]


def bars() -> dict[str, tuple[float | None, float | None, float | None]]:
    """Largest mean error one and two quarters ahead, and largest half-width of the 80% band."""
    found: dict[str, Any] = FREEZE["BARS"]
    return found


def play() -> Backtests:
    """Backtest each bundled model whose operator has reported figures."""
    rounds: dict[str, list[list[Cell]]] = {}
    records, unscored = [], []
    for name in names("operators"):
        if bundled(name) is None:
            continue
        if load(name).model.as_of >= BUNDLED_UNTIL:
            unscored.append(name)
            continue
        found = backtest(name, None, REPLICATIONS, SEED, None, INPUTS)
        rounds.setdefault(name.rpartition("-")[0], []).append(list(found.cells))
        records.append(found.record)
    return Backtests(rounds, records, unscored)


def verdicts(found: Backtests) -> list[Verdict]:
    """Every bar, by line, column and quarters ahead; the bands, backlog and year last."""
    cells = found.cells(JUDGED)
    told = [v for column in COLUMNS for ahead in (1, 2) for v in of_lines(cells, column, ahead)]
    rounds = [[cell._asdict() for cell in own] for own in found.rounds[JUDGED]]
    signed = FREEZE["given_signings"](rounds)
    bar = FREEZE["GIVEN_SIGNINGS"]
    mean = sum(signed) / len(signed)
    kind = "given signings"
    told.append(Verdict("backlog", kind, "1", f"{bar:.0%}", f"{mean:.2%}", mean <= bar))
    column, bar = COLUMNS[1], FREEZE["YEAR"]
    worst = max(FREEZE["year"](rounds, column))
    told.append(
        Verdict("revenue, fiscal year", column, "year", f"{bar:.0%}", f"{worst:.1%}", worst <= bar)
    )
    return told


def of_lines(cells: Sequence[Cell], column: str, ahead: int) -> Iterator[Verdict]:
    """Errors and, one quarter ahead, half-widths by line; then what share the bands hold."""
    for line, (one, two, width) in bars().items():
        own = chosen(cells, line, column, ahead)
        errors = [c.percent for c in own if c.percent is not None]
        bar = (one, two)[ahead - 1]
        if bar is not None and errors:
            mean = sum(errors) / len(errors)
            yield Verdict(line, column, str(ahead), f"{bar:.0%}", f"{mean:.1%}", mean <= bar)
        if width is not None and own and ahead == 1:
            wide, bar = half_width(own), f"half-width {width:.0%}"
            yield Verdict(line, column, str(ahead), bar, f"{wide:.1%}", wide <= width)
    barred = [c for c in cells if (c.column, c.ahead) == (column, ahead) and c.metric in bars()]
    if barred:
        held = sum(c.holds_80 for c in barred)
        low, high = BANDS[ahead]
        told = f"{held} of {len(barred)}"
        holds = low <= held / len(barred) <= high
        yield Verdict("80% bands", column, str(ahead), f"{low:.0%} to {high:.0%}", told, holds)


def chosen(cells: Sequence[Cell], line: str, column: str, ahead: int) -> list[Cell]:
    """Cells of a line."""
    return [c for c in cells if (c.metric, c.column, c.ahead) == (line, column, ahead)]


def half_width(cells: Sequence[Cell]) -> float:
    """Mean half-width of the 80% band, over what errors are a share of."""
    return sum(FREEZE["half_width"](c._asdict()) for c in cells) / len(cells)


def table(cells: Sequence[Cell], column: str, ahead: int) -> list[list[str]]:
    """A row a line: mean error and errors by round, half-width, band, simple forecasts.

    Lines with a bar first, then the others.
    """
    rivals = list(cells[0].opponents)
    rows = [["line", "mean error (rounds)", "half-width", "80% band holds", *rivals]]
    for line in dict.fromkeys([*bars(), *(c.metric for c in cells)]):
        own = chosen(cells, line, column, ahead)
        errors = [c.percent for c in own if c.percent is not None]
        if not errors:
            continue
        rounds = ", ".join(f"{100 * e:.1f}" for e in errors)
        beside = []
        for rival in rivals:
            theirs = [c.opponents[rival] for c in own if c.opponents[rival] is not None]
            beside.append(f"{sum(theirs) / len(theirs):.1%}" if theirs else "-")
        held = f"{sum(c.holds_80 for c in own)} of {len(own)}"
        mean = f"{sum(errors) / len(errors):.1%} ({rounds})"
        rows.append([line, mean, f"{half_width(own):.1%}", held, *beside])
    return rows
