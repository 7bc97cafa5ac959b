"""The backtests as tables: errors against the bars, bands, and simple forecasts beside them."""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from scipy import stats

from gpusim.experiments.backtest import BUNDLED_UNTIL, COLUMNS, Cell, backtest
from gpusim.scenario import load
from gpusim.scenario.actuals import bundled
from gpusim.scenario.bundled import names, root

REPLICATIONS, SEED, INPUTS = 400, 1, 40
BAND, LEVEL = 0.8, 0.05
"""What a band should hold, and the level of the test that it does not."""


class Verdict(NamedTuple):
    """A bar of the backtest, and whether it is met."""

    line: str
    column: str
    ahead: int
    bar: str
    obtained: str
    holds: bool


class Backtests(NamedTuple):
    """All rounds: what each scored, and what has nothing to score."""

    cells: list[Cell]
    records: list[dict[str, Any]]
    unscored: list[str]


def bars() -> dict[str, tuple[float | None, float | None, float | None]]:
    """Largest mean error one and two quarters ahead, and largest half-width of the 80% band."""
    found: dict[str, Any] = runpy.run_path(str(Path(root()) / "freeze" / "bars.py"))["BARS"]
    return found


def play() -> Backtests:
    """Backtest each bundled model whose operator has reported figures."""
    cells, records, unscored = [], [], []
    for name in names("operators"):
        if bundled(name) is None:
            continue
        if load(name).model.as_of >= BUNDLED_UNTIL:
            unscored.append(name)
            continue
        found = backtest(name, None, REPLICATIONS, SEED, None, INPUTS)
        cells += found.cells
        records.append(found.record)
    return Backtests(cells, records, unscored)


def verdicts(cells: Sequence[Cell]) -> list[Verdict]:
    """Every bar, by line, column and quarters ahead; the bands last."""
    found = []
    for column in COLUMNS:
        for ahead in (1, 2):
            for line, (one, two, width) in bars().items():
                own = chosen(cells, line, column, ahead)
                errors = [c.percent for c in own if c.percent is not None]
                bar = (one, two)[ahead - 1]
                if bar is not None and errors:
                    mean = sum(errors) / len(errors)
                    found.append(
                        Verdict(line, column, ahead, f"{bar:.0%}", f"{mean:.1%}", mean <= bar)
                    )
                if width is not None and own:
                    wide = half_width(own)
                    told = f"half-width {width:.0%}"
                    found.append(Verdict(line, column, ahead, told, f"{wide:.1%}", wide <= width))
            barred = [
                c for c in cells if (c.column, c.ahead) == (column, ahead) and c.metric in bars()
            ]
            if barred:
                held = sum(c.holds_80 for c in barred)
                few = stats.binomtest(held, len(barred), BAND, alternative="less").pvalue
                told = f"{held} of {len(barred)}"
                found.append(Verdict("80% bands", column, ahead, "80% of cells", told, few > LEVEL))
    return found


def chosen(cells: Sequence[Cell], line: str, column: str, ahead: int) -> list[Cell]:
    """Cells of a line."""
    return [c for c in cells if (c.metric, c.column, c.ahead) == (line, column, ahead)]


def half_width(cells: Sequence[Cell]) -> float:
    """Mean half-width of the 80% band over the reported value."""
    return sum((c.high_80 - c.low_80) / 2 / abs(c.actual) for c in cells) / len(cells)


def table(cells: Sequence[Cell], column: str, ahead: int) -> list[list[str]]:
    """A row a line: mean error and errors by round, half-width, band, simple forecasts."""
    rivals = list(cells[0].opponents)
    rows = [["line", "mean error (rounds)", "half-width", "80% band holds", *rivals]]
    for line in bars():
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
