"""The figures of a comparison: paired differences a metric, or regrets, and the conditions."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.figure import Figure as Canvas

from gpusim.experiments.compare.options import Named, labels, listed, together
from gpusim.reports.layout import counted
from gpusim.reports.pages import draw, style
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import (
    SHARE,
    array,
    difference_unit,
    in_units,
    largest_of,
    safe,
    unit_of,
    written,
)
from gpusim.reports.regret_words import UNDEFINED, WEIGHTS, beside, regret_is
from gpusim.results.intervals import PLANNED
from gpusim.results.stored.forms.compare import CELL, ONE_OF
from gpusim.results.stored.opened import Opened

AMOUNTS = ("mean", "low", "high", "difference", "difference_low", "difference_high")
NOT_SURE = "looks best, which is not sure yet"
REGRETS = ("regret_mean", "regret_cvar", "regret_worst")


def titled(run: Opened, name: str) -> pl.DataFrame:
    """A table of a comparison in which options and shocks are called by the titles in their files.

    As on the terminal; by their names in a folder that keeps no titles.
    """
    if run.has("crossed"):
        rows = rows_of(run)
        options = dict(zip(rows, labels(tuple(rows.values())), strict=True))
        shocks = called(run.table("crossed"), "shock", "shock_title")
        options |= {
            f"{one} under {other}": f"{options[one]} under {shocks[other]}"
            for one in list(options)
            for other in shocks
        }
    else:
        options, shocks = called(run.table("options"), "option", "title"), {}
    table = run.table(name)
    by_column = {"option": options, "shock": shocks, "worst_shock": shocks}
    return table.with_columns(
        pl.col(column).replace(names) for column, names in by_column.items() if column in table
    )


def rows_of(run: Opened) -> dict[str, Named]:
    """The options that are crossed with shocks, by name; of several kinds each as one of each."""
    table = run.table("regrets")
    kinds = [kind for kind in ONE_OF.values() if {kind, f"{kind}_title"} <= set(table.columns)]
    found = {}
    for row in table.iter_rows(named=True):
        parts = tuple(Named(row[kind], row[f"{kind}_title"]) for kind in kinds)
        found[row["option"]] = together(parts or (Named(row["option"], row["title"]),))
    return found


def called(table: pl.DataFrame, name: str, title: str) -> dict[str, str]:
    """What the things that a column names are called, from the titles in another."""
    names = table[name].to_list()
    titles = table[title].to_list() if title in table.columns else names
    named = {one: Named(one, other or one) for one, other in zip(names, titles, strict=True)}
    return dict(zip(named, labels(tuple(named.values())), strict=True))


def title(run: Opened) -> str:
    """What was compared."""
    if run.has("crossed"):
        shocks = titled(run, "crossed")["shock"].unique(maintain_order=True)
        names = listed(tuple(rows_of(run).values()))
        return f"{run.manifest['model']}: {names} under {', '.join(shocks)}"
    base, *others = titled(run, "options")["option"]
    return f"{run.manifest['model']}: {', '.join(others)} against {base}"


def answer(run: Opened) -> str:
    """The answer in a sentence."""
    count = run.table("replications")["replication"].n_unique()
    if run.has("crossed"):
        rows = titled(run, "regrets")
        own = rows.filter(metric=rows["metric"][0])
        if own["worst_regret"].has_nulls():
            return f"{rows['metric'][0]} is {UNDEFINED}."
        (worst, of_worst), (mean, of_mean) = least(own, "worst"), least(own, "mean")
        text = f"By {rows['metric'][0]}, {worst} has the least worst regret{of_worst}; "
        text += f"{mean} has the least mean regret, every shock with the same weight{of_mean}"
        same = "on the planned path" if planned(own) else f"on the same {count} replications"
        return f"{text}; {same}."
    rows = titled(run, "comparison")
    metric = rows["metric"][0]
    best = rows.filter(pl.col("best") & (pl.col("metric") == metric)).row(0, named=True)
    sure = "is best" if best["sure"] else NOT_SURE
    return f"By {metric}, {best['option']} {sure}, on the same {count} replications."


def figures(run: Opened) -> list[Figure]:
    """One figure a metric, then the conditions if there are any."""
    if run.has("crossed"):
        by_metric = titled(run, "crossed").partition_by("metric", maintain_order=True)
        drawn = [crossed(part, titled(run, "regrets")) for part in by_metric]
        return [*drawn, *([conditions(run)] if run.has("conditions") else [])]
    rows = titled(run, "comparison")
    drawn = [paired(part) for part in rows.partition_by("metric", maintain_order=True)]
    return [*drawn, *([conditions(run)] if run.has("conditions") else [])]


def paired(part: pl.DataFrame) -> Figure:
    """Each option less the base on the same replications."""
    metric, base, higher = (part[name][0] for name in ("metric", "option", "higher_is_better"))
    unit, _ = unit_of(part["unit"][0])
    by, scale = difference_unit(unit)
    part = in_units(part, (*AMOUNTS, *REGRETS))
    part = part.with_columns(pl.col(name) * scale for name in (*AMOUNTS[3:], *REGRETS))
    table = part.select(
        "option", *AMOUNTS, "wins", "ties", *REGRETS, "variance_reduction", "in_race"
    )
    rows = part[1:]
    names = rows["option"].to_list()
    middle, low, high = (array(rows[name]) for name in AMOUNTS[3:])

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        draw.intervals(ax, names, middle, low, high, higher=higher)
        ax.set_xlabel(f"{metric} less that of the base ({base}) [{by}]")
        style.scale(ax.xaxis, by, largest_of(np.concatenate([low, high])))

    units = dict.fromkeys(AMOUNTS[:3], unit) | dict.fromkeys((*AMOUNTS[3:], *REGRETS), by)
    units |= {"wins": SHARE, "ties": SHARE, "variance_reduction": "ratio"}
    best = part.filter(pl.col("best")).row(0, named=True)
    text = f"{best['option']} {'is best' if best['sure'] else NOT_SURE}."
    notes = (
        "Points are mean differences on the same replications, lines their 95% intervals. Filled: "
        "the interval leaves zero out; green: better than the base. Variance reduction: how many "
        "times more replications separate random numbers need.",
    )
    size = (9.6, 1.6 + 0.5 * len(names))
    return Figure(f"paired_{safe(metric)}", metric, text, table, units, picture, size, notes)


def crossed(part: pl.DataFrame, regrets: pl.DataFrame) -> Figure:
    """Regrets of each option by shock, and whom the worst of them and their mean would choose."""
    metric = part["metric"][0]
    unit, _ = unit_of(part["unit"][0])
    by, scale = difference_unit(unit)
    table = in_units(part, CELL).with_columns(pl.col(name) * scale for name in CELL[3:])
    table = table.select("option", "shock", *CELL, "best")
    axes = (table[key].unique(maintain_order=True).to_list() for key in ("option", "shock"))
    names, shocks = axes
    values = array(table["regret"]).reshape(len(names), len(shocks))

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        draw.heatmap(ax, shocks, names[::-1], values[::-1], written(by, largest_of(values)))
        ax.set_title(f"regret by {metric} [{by}]", fontsize=8)

    units = dict.fromkeys(CELL[:3], unit) | dict.fromkeys(CELL[3:], by)
    notes = (
        f"Regret: {regret_is(higher=part['higher_is_better'][0])}, on the same replications. "
        f"In the mean regret {WEIGHTS}.",
    )
    size = (9.6, 1.8 + 0.5 * len(names))
    key, text = f"regret_{safe(metric)}", chosen(regrets.filter(metric=metric))
    return Figure(key, metric, text, table, units, picture, size, notes)


def chosen(own: pl.DataFrame) -> str:
    """Whom the least worst regret and the least mean regret choose; rows of one metric."""
    if own["worst_regret"].has_nulls():
        return f"{UNDEFINED[0].upper()}{UNDEFINED[1:]}."
    (worst, of_worst), (mean, of_mean) = least(own, "worst"), least(own, "mean")
    return f"Least worst regret: {worst}{of_worst}. Least mean regret: {mean}{of_mean}."


def least(own: pl.DataFrame, what: str) -> tuple[str, str]:
    """Who has the least worst or mean regret by a metric, and whom it may belong to as well."""
    (name,) = own.filter(pl.col(f"least_{what}"))["option"]
    others = own.filter(pl.col(f"may_be_least_{what}") & (pl.col("option") != name))["option"]
    return name, beside(others.to_list(), planned=planned(own))


def planned(own: pl.DataFrame) -> bool:
    """Whether regrets are of figures of `units`."""
    return (own["worst_regret_how"] == PLANNED).any()


def conditions(run: Opened) -> Figure:
    """With what probability each option meets the conditions."""
    rows = titled(run, "conditions")
    asked = rows["condition"].unique(maintain_order=True).to_list()
    options = rows["option"].unique(maintain_order=True).to_list()

    def picture(canvas: Canvas) -> None:
        axes = canvas.subplots(1, len(asked), sharey=True, squeeze=False)[0]
        for ax, condition in zip(axes, asked, strict=True):
            own = rows.filter(pl.col("condition") == condition)
            middle, low, high = (array(own[name]) for name in ("share", "low", "high"))
            draw.ranges(ax, options, middle, low, high)
            ax.set_xlim(-0.03, 1.03)
            style.percents(ax.xaxis)
            chance = own["of"][0] == "probability"
            head = f"P[{condition}]" if chance else f"replications with {condition}"
            ax.set_title(head, fontsize=8)

    units = dict.fromkeys(("share", "low", "high"), SHARE)
    text = f"{counted(len(asked), 'condition')}: with what probability, or in which share of "
    text += "replications, each option meets them."
    notes = (
        "A condition on a probability is met where its whole interval is; of others the share of "
        "replications in which all of them hold is shown. Lines are 95% intervals.",
    )
    size = (9.6, 1.8 + 0.4 * len(options))
    return Figure("conditions", "Conditions", text, rows, units, picture, size, notes)
