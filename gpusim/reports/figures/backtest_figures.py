"""The figures of a backtest kept as JSON: bands around what was reported, and errors beside others.

Errors are shares of the reported value, of income lines shares of reported revenue; zero is what
was reported.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from gpusim.economics.core.state import Floats
from gpusim.reports.layout import MILLION, counted
from gpusim.reports.pages import style
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import SHARE, USD_M
from gpusim.results.stored import contents

LOOKS: Final = ((style.BLUE, "o"), (style.ORANGE, "s"))
"""Colour and marker of the median, by column."""
RIVALS: Final = (
    ("last value", style.GREY, "<"),
    ("last increment", style.GREEN, "^"),
    ("last growth", style.PURPLE, "v"),
    ("guidance", style.DARK, "P"),
    ("guidance + past beat", style.RED, "X"),
)
EDGE: Final = 0.75
"""Errors beyond this share are drawn at the edge."""

Told = dict[str, Any]


def read(path: Path) -> Told:
    """A backtest as `gpusim backtest` wrote or printed it.

    Raises:
        NotARunError: the file is not the JSON of a backtest.
    """
    return contents.document(path)


def title(told: Told) -> str:
    """What was asked."""
    return f"{told['record']['model']}: forecast against reported"


def answer(told: Told) -> str:
    """The answer in a sentence."""
    near = [row for row in told["summary"] if row["ahead"] == 1]
    if not near:
        return f"Nothing to score: no figure was reported after {told['record']['as_of']}."
    told_by = "; ".join(
        f"{row['holds_80']:.0%} of {row['cells']} figures lie in their 80% band {row['column']}"
        for row in near
    )
    return f"One quarter ahead {told_by}."


def figures(told: Told) -> list[Figure]:
    """A figure for each number of quarters ahead, then next quarter beside its guidance."""
    ahead = sorted({cell["ahead"] for cell in told["cells"]})
    found = [scored(told, quarters) for quarters in ahead]
    return [*found, *([guided(told)] if told["next_quarter"] else [])]


def scored(told: Told, ahead: int) -> Figure:
    """Bands around the reported figures of one quarter, and absolute errors beside opponents'."""
    cells = [cell for cell in told["cells"] if cell["ahead"] == ahead]
    columns = list(dict.fromkeys(cell["column"] for cell in cells))
    names = list(dict.fromkeys(cell["metric"] for cell in cells))
    quarter = cells[0]["quarter"]
    against = whole(cells)
    by_column = {
        column: {cell["metric"]: cell for cell in cells if cell["column"] == column}
        for column in columns
    }

    def picture(canvas: Canvas) -> None:
        left, right = canvas.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        for place, column in enumerate(columns):
            bands(left, names, by_column[column], against, place, len(columns))
        errors(right, names, by_column)
        left.set_yticks(range(len(names)), names)
        left.set_ylim(len(names) - 0.4, -0.6)
        left.set_title(f"{quarter}: forecast less reported", pad=26)
        right.set_title("absolute error", pad=52)
        for ax in (left, right):
            style.percents(ax.xaxis)
            ax.grid(axis="y", visible=False)
            ax.grid(axis="x", visible=True)
        left.set_xlabel("share of the reported value; income lines: of reported revenue")
        left.legend(loc="lower left", bbox_to_anchor=(0.0, 0.995), ncols=2)
        right.legend(loc="lower left", bbox_to_anchor=(-0.05, 0.995), ncols=3, columnspacing=0.8)

    table = pl.DataFrame([row_of(cell) for cell in cells], infer_schema_length=None)
    units = dict.fromkeys(("error", *(name for name, *_ in RIVALS)), SHARE)
    units |= dict.fromkeys(("reported", "median", "low_80", "high_80", "CRPS"), f"{USD_M} or MW")
    held = "; ".join(
        f"{sum(cell['holds_80'] for cell in own.values())} of {len(own)} {column}"
        for column, own in by_column.items()
    )
    return Figure(
        key=f"ahead_{ahead}",
        title=f"{counted(ahead, 'quarter')} ahead",
        answer=f"In their 80% band: {held}.",
        table=table,
        units=units,
        draw=picture,
        size=(11.0, 1.9 + 0.30 * len(names)),
        notes=(
            "Left: thick lines hold half of the replications, thin lines 80%, markers the median; "
            "a reported figure lies in a band that crosses zero. Right: errors of the medians and "
            f"of forecasts without a model. What lies beyond {EDGE:.0%} is drawn at the edge.",
        ),
    )


def whole(cells: list[Told]) -> dict[str, float]:
    """What an error is a share of, by metric: what the error of the median was divided by."""
    found = {}
    for cell in cells:
        size = abs(cell["actual"])
        if cell["percent"]:
            size = abs(cell["error"]) / cell["percent"]
        found[cell["metric"]] = size or 1.0
    return found


def bands(
    ax: Axes,
    names: list[str],
    cells: dict[str, Told],
    against: dict[str, float],
    place: int,
    of: int,
) -> None:
    """Bands of one column, a row a metric."""
    colour, marker = LOOKS[place]
    shift = 0.0 if of == 1 else 0.30 * (place - 0.5)
    for row, name in enumerate(names):
        cell = cells[name]
        ends = ("low_80", "high_80", "low_50", "high_50", "median")
        low, high, inner_low, inner_high, middle = (
            edged((cell[end] - cell["actual"]) / against[name]) for end in ends
        )
        y = row + shift
        ax.plot([low, high], [y, y], color=colour, linewidth=1.0)
        ax.plot([inner_low, inner_high], [y, y], color=colour, linewidth=3.5, alpha=0.6)
        label = cell["column"] if row == 0 else None
        ax.plot(middle, y, marker, color=colour, markersize=4.5, label=label, linestyle="")
    ax.axvline(0, color=style.DARK, linewidth=1)
    ax.set_xlim(-EDGE - 0.04, EDGE + 0.04)


def errors(ax: Axes, names: list[str], by_column: dict[str, dict[str, Told]]) -> None:
    """Absolute errors of the medians as bars, those of opponents as markers."""
    height = 0.62 / len(by_column)
    for place, (column, cells) in enumerate(by_column.items()):
        shift = height * (place - (len(by_column) - 1) / 2)
        values = [edged(cells[name]["percent"] or 0.0) for name in names]
        ax.barh(
            np.arange(len(names)) + shift,
            values,
            height=height,
            color=LOOKS[place][0],
            alpha=0.55,
            hatch=style.HATCHES[place],
            edgecolor="white",
            linewidth=0.3,
            label=column,
        )
    first = next(iter(by_column.values()))
    for rival, colour, marker in RIVALS:
        told = [(row, first[name]["opponents"].get(rival)) for row, name in enumerate(names)]
        known = [(row, edged(error)) for row, error in told if error is not None]
        if known:
            rows, shares = zip(*known, strict=True)
            ax.plot(shares, rows, marker, color=colour, markersize=5, linestyle="", label=rival)
    ax.set_xlim(0, EDGE + 0.04)


def edged(share: float) -> float:
    """A share, at the edge if it lies beyond.

    >>> edged(0.5), edged(-3.0)
    (0.5, -0.75)
    """
    return max(-EDGE, min(EDGE, share))


def row_of(cell: Told) -> Told:
    """A cell's row in the table under the picture."""
    scale = MILLION if cell["unit"] == "USD" else 1.0
    row = {"column": cell["column"], "line": cell["metric"]}
    amounts = {"reported": "actual", "median": "median", "low_80": "low_80", "high_80": "high_80"}
    row |= {head: cell[key] / scale for head, key in amounts.items()}
    row |= {"CRPS": cell["crps"] / scale, "PIT": f"{cell['pit']:.2f}", "error": cell["percent"]}
    return row | {name: cell["opponents"].get(name) for name, *_ in RIVALS}


def guided(told: Told) -> Figure:
    """Next quarter's forecast beside the guidance for it."""
    rows = told["next_quarter"]
    columns = [c for c in ("without guidance", "guidance as an input") if c in rows[0]]
    names = [row["metric"] for row in rows]

    def picture(canvas: Canvas) -> None:
        axes = np.atleast_1d(canvas.subplots(1, len(rows)))
        for ax, row in zip(axes, rows, strict=True):
            for place, column in enumerate(columns):
                low, middle, high = np.array(row[column]) / MILLION
                colour, marker = LOOKS[place]
                ax.plot([place, place], [low, high], color=colour, linewidth=2)
                ax.plot(place, middle, marker, color=colour, markersize=7)
            ax.axhline(row["guidance"] / MILLION, color=style.DARK, linestyle="--", linewidth=1)
            ax.set_title(row["metric"], fontsize=8)
            ax.set_xticks(range(len(columns)), [c.replace(" ", "\n", 1) for c in columns])
            ax.tick_params(axis="x", labelsize=7)
            ax.set_xlim(-0.6, len(columns) - 0.4)
            style.money(ax.yaxis, float(row["guidance"]) / MILLION)
        axes[0].set_ylabel(USD_M)

    columns_of: dict[str, Any] = {"line": names, "guidance": amounts_of(rows, "guidance")}
    for column in columns:
        for n, end in enumerate(("p10", "p50", "p90")):
            columns_of[f"{column}, {end}"] = [row[column][n] / MILLION for row in rows]
    table = pl.DataFrame(columns_of)
    return Figure(
        key="next_quarter",
        title="Next quarter and its guidance",
        answer="Median and the band of 80% of replications; the dashed line is the middle of the "
        "company's guidance.",
        table=table,
        units=dict.fromkeys(table.columns[1:], USD_M),
        draw=picture,
        size=(2.6 * max(len(rows), 2), 3.6),
    )


def amounts_of(rows: list[Told], key: str) -> Floats:
    """A column of amounts in USD m."""
    return np.array([row[key] / MILLION for row in rows], float)
