"""The figures of an answer kept as JSON, of `gpusim compare` or `gpusim sensitivity`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from matplotlib.figure import Figure as Canvas

from gpusim.economics.state import Floats
from gpusim.reports.layout import MILLION
from gpusim.reports.pages import draw, style
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import COUNT, SHARE, USD_M, largest_of, written
from gpusim.results.opened import NotARunError

UNITS: Final = {"USD": USD_M, "probability": SHARE, "cents": USD_M}
SCALES: Final = {"USD": MILLION, "cents": 100 * MILLION}
MOST_BARS: Final = 20
LOW_HIGH: Final = ("low", "high")
UNKNOWN: Final = float("nan")


def read(path: Path) -> dict[str, Any]:
    """An answer.

    Raises:
        NotARunError: the file is not the JSON of a comparison, a tornado or a backtest.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotARunError(f"{path} cannot be read as JSON: {error}") from error
    keys = set(told) if isinstance(told, dict) else set()
    if not any(kind <= keys for kind in ({"options", "metrics"}, {"bars"}, {"record", "cells"})):
        raise NotARunError(
            f"{path} is neither what `gpusim compare --json` nor what `gpusim backtest --json` nor "
            f"what `gpusim sensitivity --json` with the tornado method prints"
        )
    found: dict[str, Any] = told
    return found


def title(told: dict[str, Any]) -> str:
    """What was asked."""
    if "bars" in told:
        return f"{told['model']}: what moves {told['metric']}"
    return f"{', '.join(told['options'][1:])} against {told['options'][0]}"


def figures(told: dict[str, Any]) -> list[Figure]:
    """The figures of an answer."""
    if "bars" in told:
        return [tornado(told)]
    return [paired(told, metric) for metric in told["metrics"]]


def answer(told: dict[str, Any]) -> str:
    """The answer in a sentence."""
    if "bars" in told:
        figure = figures(told)[0]
        return figure.answer
    first = told["metrics"][0]
    sure = "is best" if first["selection"]["sure"] else "looks best, which is not sure yet"
    worlds = told["worlds"]
    return f"By {first['metric']}, {first['selection']['best']} {sure}, on {worlds} same worlds."


def paired(told: dict[str, Any], metric: dict[str, Any]) -> Figure:
    """Each option less the base on the same worlds."""
    unit, scale = unit_of(metric["unit"])
    rows = metric["options"][1:]
    names = [row["option"] for row in rows]
    middle, low, high = (
        column([row["difference"][end] for row in rows], scale) for end in ("mean", "low", "high")
    )
    table = pl.DataFrame(
        {
            "option": names,
            "mean": column([row["mean"]["mean"] for row in rows], scale),
            "difference": middle,
            "difference_low": low,
            "difference_high": high,
            "wins": column([row["wins"] for row in rows]),
            "variance_ratio": column([row["variance_ratio"] for row in rows]),
            "regret_mean": column([row["regret"]["mean"] for row in rows], scale),
            "regret_worst": column([row["regret"]["worst"] for row in rows], scale),
        }
    )

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        draw.intervals(ax, names, middle, low, high)
        ax.set_xlabel(f"{metric['metric']} less that of the base ({told['base']}) [{unit}]")
        if unit == SHARE:
            style.percents(ax.xaxis)
        else:
            style.money(ax.xaxis, largest_of(np.concatenate([low, high])))

    amounts = ("mean", "difference", "difference_low", "difference_high")
    units = dict.fromkeys((*amounts, "regret_mean", "regret_worst"), unit)
    units |= {"wins": SHARE, "variance_ratio": "ratio"}
    best = metric["selection"]["best"]
    text = f"Best is {best}, {'surely' if metric['selection']['sure'] else 'not surely'}."
    notes = (
        "Points are mean differences on the same worlds, lines their 95% intervals. Filled: the "
        "interval leaves zero out. Variance ratio: how many times more worlds separate luck needs.",
    )
    size = (9.6, 1.6 + 0.5 * len(names))
    key = f"paired_{safe(metric['metric'])}"
    return Figure(key, metric["metric"], text, table, units, picture, size, notes)


def tornado(told: dict[str, Any]) -> Figure:
    """What each input alone moves the metric by, from the low to the high end of its range."""
    unit, scale = unit_of(told["unit"])
    bars = [bar for bar in told["bars"] if bar["low"] is not None or bar["high"] is not None]
    base = (told["base"]["mean"] if told.get("base") else 0.0) / scale
    names = [bar["input"] for bar in bars]
    ends = [
        column([(bar[end] or {"mean": 0.0})["mean"] for bar in bars], scale) for end in LOW_HIGH
    ]
    ends = [np.nan_to_num(end) for end in ends]
    order = np.argsort(-np.abs(ends[1] - ends[0]), kind="stable")
    shown = order[:MOST_BARS]
    table = pl.DataFrame(
        {
            "input": [names[n] for n in order],
            "change_at_low": ends[0][order],
            "change_at_high": ends[1][order],
            "swing": (ends[1] - ends[0])[order],
            "swing_low": column([bars[n]["swing"]["low"] for n in order], scale),
            "swing_high": column([bars[n]["swing"]["high"] for n in order], scale),
            "more_than_luck": [bool(bars[n]["matters"]) for n in order],
        }
    )
    show = written(unit, largest_of(base + np.concatenate(ends)))

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        low, high = base + ends[0][shown], base + ends[1][shown]
        draw.tornado(ax, [names[n] for n in shown], low, high, base, show)
        ax.set_xlabel(f"{told['metric']} [{unit}], mean; the line is the base, {show(base)}")
        if unit == SHARE:
            style.percents(ax.xaxis)
        else:
            style.money(ax.xaxis, largest_of(base + np.concatenate(ends)))
        style.legend(ax, 2)

    columns = ("change_at_low", "change_at_high", "swing", "swing_low", "swing_high")
    text = "No input moves it."
    if len(order):
        first = order[0]
        low, high = (show(base + end[first]) for end in ends)
        text = f"{names[first]} moves {told['metric']} most: {low} to {high} {unit}."
    units = dict.fromkeys(columns, unit)
    notes = (
        "One input at a time over its plausible range, the rest as it is; widest swing first.",
    )
    size = (9.6, 1.6 + 0.36 * max(len(shown), 1))
    return Figure("tornado", "Tornado", text, table, units, picture, size, notes)


def unit_of(unit: str) -> tuple[str, float]:
    """A unit as a page has it, and what figures are divided by."""
    return UNITS.get(unit, unit or COUNT), SCALES.get(unit, 1.0)


def column(values: Sequence[float | None], scale: float = 1.0) -> Floats:
    """Figures, null as NaN."""
    return np.array([UNKNOWN if v is None else v / scale for v in values], float)


def safe(name: str) -> str:
    """A name for a file.

    >>> safe("revenue@2027Q4")
    'revenue_2027Q4'
    """
    return "".join(c if c.isalnum() or c in "_-" else "_" for c in name)
