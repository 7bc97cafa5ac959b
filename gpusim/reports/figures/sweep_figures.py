"""The figures of a sweep: a heatmap or a line a metric, and the frontier of two metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from gpusim.economics.core.state import Floats
from gpusim.reports.layout import counted
from gpusim.reports.pages import draw, style
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
    written,
)
from gpusim.results.stored.opened import NotARunError, Opened

MOST_CELLS: Final = 15
"""Columns or rows of a heatmap at most; more points are drawn as points."""
PREFERRED: Final = ("revenue", "equity_cash", "adjusted_ebitda_margin")
RISKS: Final = ("defaulted", "shortfall")
KEY_SHOWN: Final = 36


class Sweep:
    """The results of a sweep by point."""

    def __init__(self, run: Opened) -> None:
        """Read a sweep.

        Raises:
            NotARunError: it is not finished, or no point could be simulated.
        """
        if not run.has("results"):
            raise NotARunError(f"{run.path} is an unfinished sweep: --resume it first")
        self.rows = run.table("results")
        self.points = run.table("points")
        figures = ("point", "metric", "unit", "n", "mean", "sd", "ci_low", "ci_high")
        self.keys = [c for c in run.table("design").columns if c != "point"]
        self.metrics = self.rows["metric"].unique(maintain_order=True).to_list()
        if not self.metrics:
            raise NotARunError(f"no point of {run.path} could be simulated; see points.parquet")
        self.failed = int((self.points["status"] != "done").sum()) if self.points.height else 0
        self.rows = self.rows.select(*self.keys, *figures)
        standing = run.manifest.get("standing", {})
        self.base = [standing.get(key) for key in self.keys]  # None: no single value

    def of(self, metric: str) -> tuple[pl.DataFrame, str]:
        """A metric's rows in the units of a page, and its unit."""
        rows = self.rows.filter(pl.col("metric") == metric)
        return in_units(rows, ("mean", "ci_low", "ci_high")), unit_of(str(rows["unit"][0]))[0]


def title(run: Opened) -> str:
    """What was swept."""
    return f"{run.manifest.get('model', run.path.name)}: a sweep"


def figures(run: Opened) -> list[Figure]:
    """All figures of a sweep: one a metric, then the frontier."""
    sweep = Sweep(run)
    drawn = [of_metric(sweep, metric) for metric in sweep.metrics]
    return [*drawn, *frontier(sweep)]


def answer(run: Opened) -> str:
    """The answer in a sentence: where risk and result are best."""
    sweep = Sweep(run)
    metric = next((m for m in PREFERRED if m in sweep.metrics), sweep.metrics[0])
    rows, unit = sweep.of(metric)
    rows = rows.filter(pl.col("mean").is_not_null())
    if rows.height == 0:
        return f"{metric} is defined at no point."
    best, worst = (rows.sort("mean", descending=down).row(0, named=True) for down in (True, False))
    show = written(unit, largest_of(rows["mean"].to_numpy()))
    text = (
        f"{metric} [{unit}] goes from {show(worst['mean'])} at {at(worst, sweep.keys)} to "
        f"{show(best['mean'])} at {at(best, sweep.keys)} (means)"
    )
    if sweep.failed:
        text += f"; {counted(sweep.failed, 'point')} could not be simulated"
    return f"{text}."


def at(row: dict[str, Any], keys: Sequence[str]) -> str:
    """A point in words."""
    return ", ".join(f"{key} = {value_text(row[key])}" for key in keys)


def of_metric(sweep: Sweep, metric: str) -> Figure:
    """A heatmap over two keys, else means with their intervals."""
    rows, unit = sweep.of(metric)
    table = rows.select(*sweep.keys, "n", "mean", "ci_low", "ci_high")
    means = array(rows["mean"])
    show = written(unit, largest_of(means))
    picture, size = chosen(sweep, rows, metric, unit, show)
    finite = means[np.isfinite(means)]
    low, high = (finite.min(), finite.max()) if len(finite) else (np.nan, np.nan)
    text = f"From {show(low)} to {show(high)} over {counted(len(means), 'point')} (means, {unit})."
    units = {"n": COUNT, "mean": unit, "ci_low": unit, "ci_high": unit}
    notes = ("Means over replications; ci_low and ci_high are the 95% interval of the mean.",)
    return Figure(f"sweep_{safe(metric)}", metric, text, table, units, picture, size, notes)


def chosen(
    sweep: Sweep, rows: pl.DataFrame, metric: str, unit: str, show: Callable[[float], str]
) -> tuple[Callable[[Canvas], None], tuple[float, float]]:
    """How a metric is drawn, and how large."""
    if len(sweep.keys) == 2:
        xs, ys = (rows[key].unique(maintain_order=True).to_list() for key in sweep.keys)
        if max(len(xs), len(ys)) <= MOST_CELLS and len(xs) * len(ys) >= rows.height:
            cells = grid(rows, sweep.keys, xs, ys)
            base = cell_of(sweep.base, xs, ys)

            def heat(canvas: Canvas) -> None:
                ax = canvas.subplots()
                draw.heatmap(
                    ax,
                    [value_text(x) for x in xs],
                    [value_text(y) for y in ys],
                    cells,
                    show,
                    base=base,
                )
                ax.set_xlabel(sweep.keys[0])
                ax.set_ylabel(short(sweep.keys[1]))
                outlined = "" if base is None else "; outlined: the model as it is"
                ax.set_title(f"{metric} [{unit}], mean{outlined}")

            return heat, (9.6, 2.2 + 0.42 * len(ys))

    def points(canvas: Canvas) -> None:
        keys = sweep.keys[:6]
        grid_ = canvas.subplots(1, len(keys), sharey=True, squeeze=False)[0]
        for ax, key in zip(grid_, keys, strict=True):
            scatter(ax, rows, key)
            ax.set_xlabel(short(key), fontsize=8)
        grid_[0].set_ylabel(f"{metric} [{unit}], mean")

    return points, (9.6, 4.0)


def grid(rows: pl.DataFrame, keys: Sequence[str], xs: list[Any], ys: list[Any]) -> Floats:
    """Means as [ys, xs]; NaN where there is none."""
    cells = np.full((len(ys), len(xs)), np.nan)
    for x, y, mean in rows.select(*keys, "mean").iter_rows():
        if mean is not None:
            cells[ys.index(y), xs.index(x)] = mean
    return cells


def cell_of(base: Sequence[Any], xs: Sequence[Any], ys: Sequence[Any]) -> tuple[int, int] | None:
    """The cell [y, x] of the model as it is; None where the grid has none.

    >>> cell_of([1.0, "scarce"], [0.9, 1, 1.1], ["glut", "scarce"]), cell_of([None, 1], [1], [1])
    ((1, 1), None)
    """
    if None in base:
        return None
    x, y = (value_text(value) for value in base)
    columns, rows = [value_text(value) for value in xs], [value_text(value) for value in ys]
    return (rows.index(y), columns.index(x)) if x in columns and y in rows else None


def scatter(ax: Axes, rows: pl.DataFrame, key: str) -> None:
    """Means with their intervals along one key."""
    values = rows[key].to_list()
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    names = list(dict.fromkeys(value_text(v) for v in values))
    x = (
        np.array(values, float)
        if numeric
        else np.array([names.index(value_text(v)) for v in values])
    )
    middle, low, high = (array(rows[c]) for c in ("mean", "ci_low", "ci_high"))
    ax.vlines(x, low, high, color=style.GREY, linewidth=1.2)
    ax.plot(x, middle, "o", color=style.BLUE, markersize=4)
    if not numeric:
        ax.set_xticks(range(len(names)), names, rotation=20, ha="right")


def frontier(sweep: Sweep) -> list[Figure]:
    """Result against risk, where the sweep has one of each: no point beats those on the line."""
    risk = next((m for m in RISKS if m in sweep.metrics and spread(sweep, m)), None)
    gain = next((m for m in reversed(PREFERRED) if m in sweep.metrics and m != risk), None)
    gain = "equity_cash" if "equity_cash" in sweep.metrics else gain
    if risk is None or gain is None:
        return []
    (risks, _), (gains, unit) = sweep.of(risk), sweep.of(gain)
    both = risks.select("point", *sweep.keys, risk=pl.col("mean")).join(
        gains.select("point", gain=pl.col("mean")), on="point", maintain_order="left"
    )
    both = both.drop_nulls(["risk", "gain"])
    x, y = both["risk"].to_numpy(), both["gain"].to_numpy()
    best = [
        not bool(np.any((x <= a) & (y >= b) & ((x < a) | (y > b))))
        for a, b in zip(x, y, strict=True)
    ]
    table = both.drop("point").with_columns(not_beaten=pl.Series(best))
    table = table.rename({"risk": f"{risk}_mean", "gain": f"{gain}_mean"})
    seen: set[tuple[float, float]] = set()
    names = []
    for place, row in enumerate(both.iter_rows(named=True)):
        spot = (float(x[place]), float(y[place]))
        fresh = best[place] and spot not in seen
        names.append(", ".join(value_text(row[key]) for key in sweep.keys) if fresh else "")
        seen.add(spot)

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        draw.frontier(ax, x, y, names, best)
        ax.set_xlabel(f"P({risk}) [%]")
        ax.set_ylabel(f"{gain} [{unit}], mean")
        ax.margins(x=0.12, y=0.12)
        style.percents(ax.xaxis)
        style.scale(ax.yaxis, unit, largest_of(y))
        style.legend(ax, 2)

    kept = sum(best)
    text = f"{kept} of {len(best)} points are not beaten in both P({risk}) and {gain}."
    units = {f"{risk}_mean": SHARE, f"{gain}_mean": unit}
    notes = (f"Labels: {', '.join(sweep.keys)}. Means; neighbours may differ by noise alone.",)
    title = f"{gain} against P({risk})"
    return [Figure("frontier", title, text, table, units, picture, (9.6, 4.6), notes)]


def spread(sweep: Sweep, metric: str) -> bool:
    """Whether a metric differs between points."""
    values = sweep.of(metric)[0]["mean"].drop_nulls()
    return values.n_unique() > 1


def short(key: str) -> str:
    """A key that fits beside an axis.

    >>> short("sites.alpha.phases.0.tariff_usd_per_kwh")
    '...alpha.phases.0.tariff_usd_per_kwh'
    """
    if len(key) <= KEY_SHOWN:
        return key
    parts = key.split(".")
    while len(parts) > 1 and len(".".join(parts)) > KEY_SHOWN:
        parts = parts[1:]
    return "..." + ".".join(parts)
