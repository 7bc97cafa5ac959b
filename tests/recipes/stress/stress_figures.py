"""The page of a stress: what each shock changes."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.figure import Figure as Canvas

from gpusim.reports.pages import draw, style
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import array, in_units, largest_of, unit_of, written
from gpusim.results.stored.opened import Opened

MEAN = ("mean", "mean_low", "mean_high")
CHANGE = ("change", "change_low", "change_high")


def title(run: Opened) -> str:
    """What was asked."""
    return f"{run.manifest['model']}: {run.table('stress').height - 1} shocks"


def answer(run: Opened) -> str:
    """The answer in a sentence."""
    rows = run.table("stress")[1:]
    unit = unit_of(rows["unit"][0])[0]
    rows = in_units(rows, CHANGE).filter(pl.col("change").is_not_null())
    if rows.is_empty():
        return "The metric is undefined under every shock."
    most = rows.sort(pl.col("change").abs()).row(-1, named=True)
    change = written(unit, abs(most["change"]))(most["change"])
    return f"{most['shock']} changes {most['metric']} most: by {change} [{unit}] in the mean."


def figures(run: Opened) -> list[Figure]:
    """One figure: the change under each shock, with its interval."""
    rows = run.table("stress")
    unit = unit_of(rows["unit"][0])[0]
    table = in_units(rows.select("shock", *MEAN, *CHANGE, "unit"), (*MEAN, *CHANGE)).drop("unit")
    names = table["shock"].to_list()[1:]
    middle, low, high = (array(table[name])[1:] for name in CHANGE)

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        draw.intervals(ax, names, middle, low, high)
        ax.set_xlabel(f"change of {rows['metric'][0]} [{unit}]")
        style.scale(ax.xaxis, unit, largest_of(np.concatenate([low, high])))

    units = dict.fromkeys((*MEAN, *CHANGE), unit)
    size = (9.6, 1.6 + 0.5 * len(names))
    told = "Means on the same replications, with their 95% intervals."
    return [Figure("stress", "What each shock changes", told, table, units, picture, size)]
