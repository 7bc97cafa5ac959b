"""The figure of a sensitivity: tornado, elementary effects, Sobol' indices, or a region."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.figure import Figure as Canvas

from gpusim.own_code import called
from gpusim.reports.pages import draw, style
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import (
    SHARE,
    array,
    difference_unit,
    in_units,
    largest_of,
    unit_of,
    written,
)
from gpusim.results.stored.opened import NotARunError, Opened

MOST_BARS = 20
TOLD = ("bars", "effects", "indices", "region")
"""Tables of which a sensitivity has one, by its method."""


def request(run: Opened) -> dict[str, str]:
    """What was asked; a metric of the user's own goes by its name."""
    asked: dict[str, str] = run.manifest["requests"][0]
    names = run.manifest.get("metric_names", {})
    return asked | {key: called(asked[key], names) for key in ("metric", "when")}


def title(run: Opened) -> str:
    """What was asked, in words."""
    asked = request(run)
    if asked["method"] == "discover":
        return f"{run.manifest['model']}: where {asked['when']}"
    return f"{run.manifest['model']}: what moves {asked['metric']}"


def answer(run: Opened) -> str:
    """The answer in a sentence."""
    return figures(run)[0].answer


def figures(run: Opened) -> list[Figure]:
    """The figure of the method that was asked for.

    Raises:
        NotARunError: it found nothing to draw.
    """
    draws = {"bars": tornado, "effects": morris, "indices": sobol, "region": region}
    for name in TOLD:
        if run.has(name):
            return [draws[name](run)]
    raise NotARunError(
        f"{run.path} holds points but no {request(run)['method']}: it was interrupted, or what "
        f"was asked for happens everywhere or nowhere"
    )


def tornado(run: Opened) -> Figure:
    """What each input alone moves the metric by, from the low to the high end of its range."""
    unit, scale = unit_of(run.table("bars")["unit"][0])
    metric = request(run)["metric"]
    both = _both_ends(run)
    ends = [np.nan_to_num(array(both[f"change_{end}"])) for end in ("low", "high")]
    order = np.argsort(-np.abs(ends[1] - ends[0]), kind="stable")
    base = float(run.table("points")[metric][0] or 0.0) / scale
    names = both["input"].to_list()
    table = both[[int(n) for n in order]].select(
        "input",
        at_low="value_low",
        at_high="value_high",
        change_at_low=pl.Series(ends[0][order]),
        change_at_high=pl.Series(ends[1][order]),
        swing="swing",
        swing_low="swing_low",
        swing_high="swing_high",
        more_than_noise="matters",
    )
    largest = largest_of(base + np.concatenate(ends))
    show, shown = written(unit, largest), order[:MOST_BARS]

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        low, high = base + ends[0][shown], base + ends[1][shown]
        draw.tornado(ax, [names[n] for n in shown], low, high, base, show)
        ax.set_xlabel(f"{metric} [{unit}], mean; the line is the base, {show(base)}")
        style.scale(ax.xaxis, unit, largest)
        style.legend(ax, 2)

    columns = ("change_at_low", "change_at_high", "swing", "swing_low", "swing_high")
    change, by = difference_unit(unit)
    table = table.with_columns(pl.col(name) * by for name in columns)
    text = "No input moves it."
    if len(order):
        low, high = (show(base + end[order[0]]) for end in ends)
        text = f"{names[order[0]]} moves {metric} most: {low} to {high} {unit}."
    notes = (
        "One input at a time over its plausible range, the rest as it is; widest swing first.",
    )
    size = (9.6, 1.6 + 0.36 * max(len(shown), 1))
    units = dict.fromkeys(columns, change)
    return Figure("tornado", "Tornado", text, table, units, picture, size, notes)


def _both_ends(run: Opened) -> pl.DataFrame:
    """A row an input with what came of its low and its high end, but for those that had neither."""
    rows = in_units(run.table("bars"), ("change", "swing", "swing_low", "swing_high"))
    wide = rows.pivot(
        "end", index="input", values=("change", "refused", "value"), maintain_order=True
    )
    shared = rows.unique("input", maintain_order=True)
    return wide.join(
        shared.select("input", "swing", "swing_low", "swing_high", "matters"),
        on="input",
        maintain_order="left",
    ).filter(pl.col("change_low").is_not_null() | pl.col("change_high").is_not_null())


def morris(run: Opened) -> Figure:
    """Mean absolute effect of each input over its whole range, and how it varies."""
    rows = run.table("effects").sort("size", descending=True)
    metric = request(run)["metric"]
    unit, by = difference_unit(unit_of(rows["unit"][0])[0])
    amounts = ("mean", "size", "spread", "low", "high", "noise")
    rows = in_units(rows, amounts).with_columns(pl.col(name) * by for name in amounts)
    table = rows.select("input", *amounts, "matters")
    shown = rows[:MOST_BARS]
    names = shown["input"].to_list()
    middle, low, high, noise, spread = (
        array(shown[name]) for name in ("size", "low", "high", "noise", "spread")
    )

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        draw.ranges(ax, names, middle, low, high, label="size, with its 95% interval")
        places = np.arange(len(names))
        ax.plot(spread, places, "x", color=style.ORANGE, label="sigma: curvature, interaction")
        ax.plot(noise, places, "|", color=style.DARK, markersize=12, label="noise alone")
        ax.set_xlabel(f"effect on {metric} over the whole range [{unit}]")
        style.scale(ax.xaxis, unit, largest_of(np.concatenate([high, spread])))
        ax.legend(loc="lower right")

    sure = int(rows["matters"].sum())
    text = f"{sure} of {rows.height} inputs move {metric} by more than noise explains"
    text += f", {names[0]} most." if sure else "."
    notes = (
        "The size is the root of the mean squared elementary effect without noise, sigma their "
        "standard deviation; noise alone is what noise would have added to the size.",
    )
    size = (9.6, 1.6 + 0.36 * len(names))
    units = dict.fromkeys(amounts, unit)
    return Figure("morris", "Elementary effects", text, table, units, picture, size, notes)


def sobol(run: Opened) -> Figure:
    """First-order and total indices with their intervals."""
    rows = run.table("indices")
    metric = request(run)["metric"]
    first, total = (rows.filter(pl.col("order") == order) for order in ("first", "total"))
    order = np.argsort(-array(total["value"]), kind="stable")
    names = [total["input"][int(n)] for n in order]
    looks = ((total, style.BLUE, "total", -0.14, "o"), (first, style.ORANGE, "first", 0.14, "s"))

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        for part, colour, words, shift, marker in looks:
            middle, low, high = (array(part[name])[order] for name in ("value", "low", "high"))
            draw.ranges(
                ax,
                names,
                middle,
                low,
                high,
                colour=colour,
                shift=shift,
                marker=marker,
                label=f"{words} order, with its 95% interval",
            )
        ax.axvline(0, color=style.DARK, linewidth=0.8)
        ax.set_xlabel(f"share of the variance of mean {metric} over the inputs")
        style.percents(ax.xaxis)
        ax.legend(loc="lower right")

    top = float(array(total["value"])[order[0]])
    text = f"{names[0]} has a share of {top:.0%} in what moves {metric}, interactions included."
    if not total["moved"].all():
        text = f"No input surely moves the mean of {metric}: there is no variance to split."
    notes = (
        "The interval holds other points and other replications; the columns design and noise tell "
        "them apart, as half widths.",
    )
    units = dict.fromkeys(("value", "low", "high", "design", "noise"), SHARE)
    table = rows.drop("unit")
    size = (9.6, 1.6 + 0.5 * len(names))
    return Figure("sobol", "Sobol' indices", text, table, units, picture, size, notes)


def region(run: Opened) -> Figure:
    """The box of inputs in which something happens, and how peeling led there."""
    limits, quality = run.table("box"), run.table("region").row(0, named=True)
    path, when = run.table("peeling"), request(run)["when"]
    names = limits["input"].to_list()

    def picture(canvas: Canvas) -> None:
        left, right = canvas.subplots(1, 2, width_ratios=(1.3, 1))
        places = np.arange(len(names))
        low, high = array(limits["low_level"]), array(limits["high_level"])
        left.barh(places, np.ones(len(names)), color="#eeeeee", height=0.6)
        left.barh(places, high - low, left=low, color=style.RED, height=0.6, hatch="///")
        left.set_yticks(places, names)
        left.set_ylim(len(names) - 0.4, -0.6)
        left.set_xlim(0, 1)
        left.set_xlabel("share of the input's range")
        left.set_title(f"Where {when}")
        style.percents(left.xaxis)
        right.plot(path["coverage"], path["density"], ".-", color=style.GREY, label="peeling")
        right.plot(
            quality["coverage"],
            quality["density"],
            "D",
            color=style.RED,
            label="the box, on points that did not find it",
        )
        right.set_xlabel("coverage: share of all cases inside")
        right.set_ylabel("density: share of replications inside")
        style.percents(right.xaxis)
        style.percents(right.yaxis)
        right.legend(loc="best", fontsize=7)

    text = (
        f"{when} happens in {quality['base_rate']:.1%} of all replications and in "
        f"{quality['density']:.1%} ({quality['density_low']:.1%} to {quality['density_high']:.1%}) "
        f"of those in the box, which holds {quality['coverage']:.0%} of all cases."
    )
    if not names:
        text = f"{when} happens in {quality['base_rate']:.1%} of all replications; "
        text += "no range tells where."
    table = limits.select("input", "low", "high", "low_level", "high_level", "chance")
    units = {"low_level": SHARE, "high_level": SHARE, "chance": "ratio"}
    notes = ("chance: of such a density if the input did nothing.",)
    size = (9.6, max(3.4, 1.6 + 0.4 * len(names)))
    return Figure("region", "Where it happens", text, table, units, picture, size, notes)
