"""The figures of a break-even: the metric along the key with its bracket, or the frontier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from gpusim.reports.pages import style
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import (
    COUNT,
    SHARE,
    array,
    in_units,
    largest_of,
    safe,
    unit_of,
    value_text,
)
from gpusim.results.stored.opened import Opened


def title(run: Opened) -> str:
    """What was asked."""
    asked = run.manifest["requests"][0]
    key = asked["key"].rpartition("=")[0]
    along = f", along {asked['along'].rpartition('=')[0]}" if asked["along"] else ""
    return f"{run.manifest['model']}: break-even of {key}{along}"


def answer(run: Opened) -> str:
    """The answer in sentences, one a condition."""
    return " ".join(figure.answer for figure in figures(run))


def figures(run: Opened) -> list[Figure]:
    """A figure a condition."""
    rows = run.table("breakevens")
    along = run.manifest["requests"][0]["along"] is not None
    make = frontier if along else crossing
    return [make(run, part) for part in rows.partition_by("until", maintain_order=True)]


def crossing(run: Opened, part: pl.DataFrame) -> Figure:
    """The metric at every value tested, the target, and the bracket of the break-even."""
    row = part.row(0, named=True)
    chance = row["probability"] is not None
    unit, scale = (SHARE, 1.0) if chance else unit_of(row["unit"])
    tests = run.table("tested").filter(pl.col("until") == row["until"])
    if not chance:
        tests = in_units(tests, ("mean", "low", "high"))
    target = row["target"] / scale
    place, name = placed(tests["value"].to_list())
    middle, low, high = (array(tests[end]) for end in ("mean", "low", "high"))
    colours = {"above": style.GREEN, "below": style.RED, "unsure": style.GREY}
    markers = {"above": "^", "below": "v", "unsure": "s"}

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        x = np.array([place(v) for v in tests["value"]])
        for side, colour in colours.items():
            own = np.array([one == side for one in tests["side"]])
            if own.any():
                ax.vlines(x[own], low[own], high[own], color=colour, linewidth=1.6)
                ax.plot(x[own], middle[own], markers[side], color=colour, markersize=6, label=side)
        ax.axhline(target, color=style.DARK, linewidth=1, linestyle="--", label="target")
        if row["low"] is not None and row["high"] is not None:
            ax.axvspan(place(row["low"]), place(row["high"]), color=style.SKY, alpha=0.35)
            ax.axvline(place(row["estimate"]), color=style.BLUE, linewidth=1.2, label="break-even")
        name(ax)
        ax.set_xlabel(row["key"])
        ax.set_ylabel(f"P[{row['until']}]" if chance else f"{row['metric']} [{unit}], mean")
        style.scale(ax.yaxis, unit, largest_of(np.concatenate([middle, [target]])))
        style.legend(ax, 5)

    units = dict.fromkeys(("mean", "low", "high"), unit) | {"replications": COUNT}
    table = tests.select("value", "mean", "low", "high", "replications", "side")
    notes = (
        "Lines are the intervals of the tests, wide enough that all of them together hold at the "
        "confidence asked for; the shaded band is the bracket.",
    )
    text = f"{row['until']}: {verdict(row)}."
    key = f"breakeven_{safe(row['until'])}"
    return Figure(key, row["until"], text, table, units, picture, notes=notes)


def verdict(row: dict[str, Any]) -> str:
    """A bracket in words, or why there is none."""
    if row["low"] is None or row["high"] is None:
        return f"{row['why']}; key {row['key']}"
    return (
        f"break-even of {row['key']} between {value_text(row['low'])} and "
        f"{value_text(row['high'])}, about {value_text(row['estimate'])}"
    )


def frontier(run: Opened, part: pl.DataFrame) -> Figure:
    """The break-even of one key at each value of another."""
    asked = run.manifest["requests"][0]
    second, until = asked["along"].rpartition("=")[0], part["until"][0]
    found = part.filter(pl.col("estimate").is_not_null())
    places, name_x = placed(part["along"].to_list())
    heights, name_y = placed([*found["estimate"], *found["low"], *found["high"]])

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        x = np.array([places(v) for v in found["along"]])
        low, middle, high = (
            np.array([heights(v) for v in found[end]]) for end in ("low", "estimate", "high")
        )
        ax.fill_between(x, low, high, color=style.SKY, alpha=0.4, label="bracket")
        ax.plot(x, middle, "o-", color=style.BLUE, markersize=5, label="break-even")
        missing = [places(v) for v in part.filter(pl.col("estimate").is_null())["along"]]
        for n, at in enumerate(missing):
            words = "none in the range" if n == 0 else None
            ax.axvline(at, color=style.GREY, linestyle=":", label=words)
        name_x(ax)
        name_y(ax, vertical=True)
        ax.set_xlabel(second)
        ax.set_ylabel(f"break-even of {part['key'][0]}")
        style.legend(ax, 3)

    ends = found.sort("along") if found.height else found
    text = f"{until}: no break-even in the range anywhere."
    if ends.height:
        first, last = ends.row(0, named=True), ends.row(-1, named=True)
        low, high = (
            f"{value_text(end['estimate'])} at {value_text(end['along'])}" for end in (first, last)
        )
        text = f"{until}: break-even of {part['key'][0]} by {second}: about {low}, {high}."
    table = part.select("along", "low", "estimate", "high", "why")
    units = {
        name: "value" for name in ("low", "estimate", "high") if table[name].dtype == pl.Float64
    }
    key = f"frontier_{safe(until)}"
    return Figure(key, f"Frontier of {until}", text, table, units, picture)


def placed(values: Sequence[Any]) -> tuple[Callable[[Any], float], Callable[..., None]]:
    """Where values of a key stand on an axis, and how that axis is named: numbers, or dates."""
    if any(isinstance(value, dt.date) for value in values):

        def days(ax: Axes, *, vertical: bool = False) -> None:
            dates = sorted({value for value in values if value is not None})
            shown = dates[:: max(1, len(dates) // 6)]
            axis = ax.yaxis if vertical else ax.xaxis
            axis.set_ticks([d.toordinal() for d in shown], [d.isoformat() for d in shown])

        return (lambda value: float(value.toordinal())), days

    def numbers(ax: Axes, *, vertical: bool = False) -> None:
        largest = max((abs(value) for value in values if value is not None), default=0.0)
        if largest >= 1000:
            style.thousands(ax.yaxis if vertical else ax.xaxis)

    return float, numbers
