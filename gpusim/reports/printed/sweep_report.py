"""A sweep in words: the table of its points, what failed, where it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from gpusim.experiments.common.toml_text import plain
from gpusim.experiments.sweep.sweep_point import FAILED
from gpusim.reports import laid_over
from gpusim.reports.layout import (
    HEAD_WIDTH,
    Cells,
    blocked,
    broken,
    counted,
    folded,
    grids,
    is_beyond,
    percent,
)
from gpusim.reports.quantity import PERCENT
from gpusim.results.intervals import PLANNED
from gpusim.results.stored.folder import near

if TYPE_CHECKING:
    from rich.console import Console

    from gpusim.experiments.sweep.sweep import SweepResult

MOST_ROWS: Final = 60
MILLION: Final = 1e6


def show(result: SweepResult, console: Console) -> None:
    """Print a sweep: a row a point, mean and half of the 95% interval of each metric."""
    console.print(_headline(result), style="bold")
    for line in laid_over.lines(_laid_over(result)):
        console.print(line)
    console.print()
    for table in _tables(result, console.width):
        console.print(table)
    if len(result.entries) > MOST_ROWS:
        console.print(f"and {len(result.entries) - MOST_ROWS:,} more in points.parquet")
    console.print("\nmean and half of its 95% interval over replications")
    rows = [row for entry in result.entries for row in entry["figures"]]
    if any(row["rests_on"] for row in rows):
        console.print(
            "on k: the mean rests on k replications, which hold half of its variance: no interval "
            "(a bound is in results.parquet; more --reps give one)"
        )
    if any(row["mean"] is not None and row["ci_low"] is None for row in rows):
        console.print("alike: the same in all n replications; up to 3/n of them could differ")
    short = [entry["point"] for entry in result.entries if entry["enough"] is False]
    if short:
        points = f"{counted(len(short), 'point')} {'is' if len(short) == 1 else 'are'}"
        reps = counted(result.request.reps, "replication")
        console.print(f"{points} not as narrow after {reps}")
    for entry in result.failed[:5]:
        failed = f"point {entry['point']} failed: {entry['error']}"
        console.print(broken(failed, console.width))
    if len(result.failed) > 5:
        console.print(f"and {len(result.failed) - 5:,} more failed, see points.parquet")
    console.print(Text(f"written to {near(result.path)}"), soft_wrap=True)


def _headline(result: SweepResult) -> str:
    """What was asked for, and how many replications it took."""
    request = result.request
    halves = (
        f"the interval of {one.metric} is +-"
        + (f"{100 * one.half:.3g}% of the mean" if one.relative else f"{one.half:.3g}")
        for one in request.until
    )
    aim = f", until {' and '.join(halves)}" if request.until else ""
    points = counted(len(request.design.rows), "point")
    total = sum(entry["replications"] for entry in result.entries)
    return (
        f"{request.point.model}: {points} ({request.design.kind}), "
        f"{total:,} replications{aim}, seed {request.seed}"
    )


def _laid_over(result: SweepResult) -> list[str]:
    """What all points have over the model."""
    point = result.request.point
    return laid_over.in_words([result.financed], [point.strategy], point.shocks, point.sets)


def _tables(result: SweepResult, width: int) -> Iterator[Table]:
    """A row a point: its values, then each metric. width: of the screen [characters]."""
    request = result.request
    units = {row["metric"]: row["unit"] for e in result.entries for row in e["figures"]}
    metrics = list(units or request.metrics)
    rows = []
    for entry in result.entries[:MOST_ROWS]:
        values = [_plain(plain(cell)) for cell in request.design.rows[entry["point"]]]
        told = [figure(row) for row in entry["figures"]]
        if entry["status"] == FAILED:
            told = [f"failed ({entry['error_kind']})", *told]
        told += [""] * (len(metrics) - len(told))
        rows.append([*values, f"{entry['replications']:,}", *told[: len(metrics)]])
    of = {name: "USD m" if units.get(name) == "USD" else units.get(name, "") for name in metrics}
    names = [folded(name, HEAD_WIDTH) for name in request.design.names]
    heads = [*names, "reps", *(f"{name}\n{of[name]}" for name in metrics)]
    labels = Cells("point", [str(entry["point"]) for entry in result.entries[:MOST_ROWS]])
    (columns,) = blocked([heads], rows)
    yield from grids(labels, [[column] for column in columns], width)


def figure(row: dict[str, Any]) -> str:
    """A mean and half of its interval, or what there is instead of one.

    >>> row = {"mean": 2.5e9, "ci_low": 2.4e9, "ci_high": 2.6e9, "unit": "USD", "rests_on": 0}
    >>> row |= {"ci_by": "t"}
    >>> figure(row)
    '2,500 +-100'
    >>> figure(row | {"rests_on": 2}), figure(row | {"ci_low": None})
    ('2,500 on 2', '2,500 alike')
    >>> figure(row | {"mean": 1057275.0, "unit": "1/year", "ci_by": PLANNED})
    '>1,000%'
    """
    if row["mean"] is None:
        return "undefined"
    if row["unit"] == "USD":
        scale, form = MILLION, ",.0f" if abs(row["mean"]) >= 100 * MILLION else ",.1f"
    elif row["unit"] in PERCENT:
        scale, form = 1.0, ".1%"
    else:
        scale, form = 1.0, ",.2f" if abs(row["mean"]) < 1000 else ",.0f"
    text = f"{row['mean'] / scale:{form}}"
    if row["unit"] in PERCENT and is_beyond(row["mean"]):
        text = percent(row["mean"])
    if row["rests_on"]:
        return f"{text} on {row['rests_on']}"
    if row["ci_by"] == PLANNED:
        return text
    if row["ci_low"] is None:
        return f"{text} alike"
    return f"{text} +-{(row['ci_high'] - row['ci_low']) / 2 / scale:{form}}"


def text(result: SweepResult) -> str:
    """A sweep as JSON."""
    names = result.request.design.names
    return json.dumps(
        {
            "run": str(result.path),
            "model": result.request.point.model,
            "design": result.request.design.kind,
            "seed": result.request.seed,
            "points": [
                {
                    "point": entry["point"],
                    "values": {
                        name: plain(cell)
                        for name, cell in zip(
                            names, result.request.design.rows[entry["point"]], strict=True
                        )
                    },
                    **{k: entry[k] for k in ("status", "error_kind", "error", "replications")},
                    "enough": entry["enough"],
                    "figures": entry["figures"],
                    "fail_if": entry.get("fail_if", []),
                }
                for entry in result.entries
            ],
        },
        default=str,
    )


def show_plan(plan: dict[str, Any], console: Console) -> None:
    """Print what a sweep would do."""
    reps = f"{plan['replications']:,} replications each"
    if plan["until"]:
        reps = f"at most {reps}"
    console.print(f"{plan['points']:,} points ({plan['design']}), {reps}, seed {plan['seed']}")
    for row in plan["first"]:
        console.print(Text(f"  point {row['point']}: {', '.join(row['sets'])}"))
    if plan["points"] > len(plan["first"]):
        console.print(f"  and {plan['points'] - len(plan['first']):,} more")
    for row in plan["invalid"]:
        console.print(Text(f"would fail, point {row['point']}: {row['error']}"))
    console.print(f"about {plan['seconds']:.0f} s on {plan['workers']} workers")
    console.print(
        Text(f"would be written to {plan['folder']}; nothing was written"), soft_wrap=True
    )


def _plain(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else "" if value is None else str(value)
