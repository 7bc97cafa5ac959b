"""The tables and the JSON of `gpusim backtest`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from rich.console import Console, Group

from gpusim.experiments.backtest.backtest import COLUMNS, Backtest
from gpusim.experiments.backtest.benchmark_forecasts import NAMES
from gpusim.experiments.backtest.cells import Cell
from gpusim.reports.layout import Cells, blocked, broken, counted, grids, titled
from gpusim.results.verdict.chances import few_for_bands

MILLION: Final = 1e6
SHORT: Final = {
    "last value": "last",
    "last increment": "step",
    "last growth": "growth",
    "guidance": "guide",
    "guidance + past beat": "g+beat",
}


def document(result: Backtest) -> dict[str, Any]:
    """All of a backtest, for JSON."""
    return {
        "record": result.record,
        "next_quarter": result.forecasts,
        "summary": summary(result.cells),
        "cells": [cell._asdict() for cell in result.cells],
    }


def text(result: Backtest) -> str:
    """The document as JSON; undefined figures are null."""
    return json.dumps(document(result), indent=2, allow_nan=False) + "\n"


def summary(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Coverage and mean transform by column and quarters ahead."""
    rows = []
    for column in COLUMNS:
        for ahead in sorted({c.ahead for c in cells}):
            own = [c for c in cells if c.column == column and c.ahead == ahead]
            if own:
                rows.append(
                    {
                        "column": column,
                        "ahead": ahead,
                        "cells": len(own),
                        "holds_50": float(np.mean([c.holds_50 for c in own])),
                        "holds_80": float(np.mean([c.holds_80 for c in own])),
                        "pit_mean": float(np.mean([c.pit for c in own])),
                    }
                )
    return rows


def show(result: Backtest, console: Console) -> None:
    """Print the tables."""
    record = result.record
    console.print(
        f"{record['model']}, as of {record['as_of']}, newest datum {record['newest_datum']}, "
        f"{counted(record['replications'], 'replication')}, seed {record['seed']}, "
        f"inputs drawn {record['input_points']} times"
    )
    console.print(f"inputs {record['inputs_hash'][:16]}, hashed before scoring", style="dim")
    if few := few_for_bands(record["replications"]):
        console.print(broken(few, console.width))
    told = record["guidance"]
    if told["modelled"]:
        lines = ", ".join(told["lines"])
        worth = counted(round(told["replications_worth"]), "replication")
        console.print(
            f"{COLUMNS[1]}: {lines}; worth {worth}"
            + (f", flattened to the power {told['power']:.2f}" if told["power"] < 1 else "")
        )
    else:
        console.print(f"{COLUMNS[1]}: not modelled: {told['why']}")
    if record["guidance_in_model"]:
        console.print(
            "note: the model file names guidance among its reasons, so its own calendar holds some"
        )
    if result.cells:
        for column in COLUMNS:
            own = [cell for cell in result.cells if cell.column == column]
            if own:
                console.print()
                console.print(_scores(column, own, console.width))
        console.print()
        console.print(_coverage(result.cells, console.width))
    else:
        console.print(f"\nnothing to score: no figure reported after {record['as_of']}")
    if result.forecasts:
        console.print()
        console.print(_next(result.forecasts, console.width))


def _scores(column: str, cells: Sequence[Cell], width: int) -> Group:
    """A row a line and quarter: the forecast, then its scores, then errors of the opponents."""
    heads = (
        *("reported", "median", "error", "CRPS", "80% band"),
        *("score 80", "score 50", "PIT", "in 50/80", *SHORT.values()),
    )
    rows = []
    for cell in cells:
        scale = MILLION if cell.unit == "USD" else 1.0
        figures = [_money(x / scale) for x in (cell.actual, cell.median)]
        band = f"{_money(cell.low_80 / scale)} - {_money(cell.high_80 / scale)}"
        scores = [_money(x / scale) for x in (cell.score_80, cell.score_50)]
        held = "/".join("yes" if held else "no" for held in (cell.holds_50, cell.holds_80))
        opponents = [_percent(cell.opponents[name]) for name in NAMES]
        crps = _money(cell.crps / scale)
        forecast = [*figures, _percent(cell.percent), crps, band]
        rows.append([*forecast, *scores, f"{cell.pit:.2f}", held, *opponents])
    lines = [f"{cell.metric} {cell.quarter}" for cell in cells]
    (columns,) = blocked([heads], rows)
    labels = Cells("line and quarter", lines, right=False)
    return titled(f"{column}: USD m or MW", labels, columns, width)


def _coverage(cells: Sequence[Cell], width: int) -> Group:
    """How often bands hold, by column and quarters ahead."""
    told = summary(cells)
    rows = [
        (
            str(row["ahead"]),
            str(row["cells"]),
            f"{row['holds_50']:.0%}",
            f"{row['holds_80']:.0%}",
            f"{row['pit_mean']:.2f}",
        )
        for row in told
    ]
    heads = ("quarters ahead", "cells", "50% bands hold", "80% bands hold", "mean PIT")
    labels = Cells("", [row["column"] for row in told], right=False)
    return Group(*grids(labels, blocked([(head,) for head in heads], rows), width))


def _next(rows: Sequence[dict[str, Any]], width: int) -> Group:
    """Forecasts of the quarter that guidance is about."""
    told = []
    for row in rows:
        cells = [_money(row["guidance"] / MILLION)]
        for column in COLUMNS:
            if column in row:
                low, middle, high = (_money(x / MILLION) for x in row[column])
                cells.append(f"{middle} ({low} - {high})")
            else:
                cells.append("not modelled")
        told.append(cells)
    (columns,) = blocked([("guidance midpoint", *COLUMNS)], told)
    labels = Cells("line", [row["metric"] for row in rows], right=False)
    return titled("next quarter, USD m", labels, columns, width)


def _money(figure: float) -> str:
    return f"{figure:,.0f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
