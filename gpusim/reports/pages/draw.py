"""One function a kind of picture. Each takes axes and figures in the units they are shown in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, TwoSlopeNorm

from gpusim.economics.core.state import Floats
from gpusim.reports.pages import style

BANDS: Final = (("p05", "p95", 0.14, "5-95%"), ("p25", "p75", 0.28, "25-75%"))
LABEL_ROOM: Final = 0.14
"""Room beside a bar for its figure, as a share of the axis."""


def fan(
    ax: Axes, figures: Mapping[str, Floats], *, colour: str = style.BLUE, label: str = "median"
) -> None:
    """Nested bands of percentiles (p05, p25, p50, p75, p95) around the median."""
    x = np.arange(len(figures["p50"]))
    for low, high, alpha, words in BANDS:
        ax.fill_between(
            x, figures[low], figures[high], color=colour, alpha=alpha, linewidth=0, label=words
        )
    for end in ("p05", "p95"):
        ax.plot(x, figures[end], color=colour, linewidth=0.6, linestyle=":")
    ax.plot(x, figures["p50"], color=colour, linewidth=1.6, marker="o", markersize=3, label=label)


def zero(ax: Axes) -> None:
    """A line at zero where the axis holds it."""
    low, high = ax.get_ylim()
    if low < 0 < high:
        ax.axhline(0, color=style.DARK, linewidth=0.8)


def stack(ax: Axes, parts: Mapping[str, Floats], *, looks: Sequence[str] = (), at: int = 0) -> None:
    """Stacked bars; what is negative hangs below zero. Colour and hatch go together.

    looks: names whose places choose the look, where a name looks alike in every picture; at: look
    of the first part otherwise.
    """
    up = down = np.zeros(len(next(iter(parts.values()))))
    for n, (name, figures) in enumerate(parts.items(), start=at):
        values = np.nan_to_num(figures)
        look = (looks.index(name) if looks else n) % len(style.PALETTE)
        ax.bar(
            np.arange(len(values)),
            values,
            bottom=np.where(values >= 0, up, down),
            label=name,
            color=style.PALETTE[look],
            hatch=style.HATCHES[look],
            edgecolor="white",
            linewidth=0.4,
        )
        up = np.where(values >= 0, up + values, up)
        down = np.where(values < 0, down + values, down)


def waterfall(
    ax: Axes,
    labels: Sequence[str],
    steps: Sequence[float],
    totals: Sequence[bool],
    show: Any,
) -> None:
    """Bars from the running total; a total starts at zero and takes what is above it.

    steps: signed; of a total, the level itself. show: a figure in words.
    """
    level = 0.0
    ends: list[float] = [0.0]
    for place, (step, total) in enumerate(zip(steps, totals, strict=True)):
        start = 0.0 if total or place == 0 else level
        level = step if total else level + step
        _waterfall_bar(ax, place, start, level, total=total)
        if place + 1 < len(steps):
            ax.plot([level, level], [place, place + 1], color=style.GREY, linewidth=0.7)
        text = show(step) if total or place == 0 else f"{'+' if step > 0 else ''}{show(step)}"
        ax.annotate(
            text or "0",
            (max(start, level), place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            fontweight="bold" if total else "normal",
        )
        ends += [start, level]
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0
    ax.set_xlim(low - 0.02 * span, high + LABEL_ROOM * span)
    ax.set_yticks(range(len(labels)), labels)
    for tick, total in zip(ax.get_yticklabels(), totals, strict=True):
        tick.set_fontweight("bold" if total else "normal")
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.axvline(0, color=style.DARK, linewidth=0.8)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def _waterfall_bar(ax: Axes, place: int, start: float, end: float, *, total: bool) -> None:
    """A bar; one that falls is hatched, so that no colour is needed to tell it."""
    rise = end >= start
    colour = style.DARK if total else style.BLUE if place == 0 else None
    ax.barh(
        place,
        end - start,
        left=start,
        height=0.68,
        color=colour or (style.GREEN if rise else style.RED),
        hatch="" if total or place == 0 or rise else "///",
        edgecolor="white",
        linewidth=0.4,
    )


def heatmap(
    ax: Axes,
    xs: Sequence[str],
    ys: Sequence[str],
    values: Floats,
    show: Any,
    *,
    base: tuple[int, int] | None = None,
) -> None:
    """Cells [ys, xs] with their figures in them; the base case outlined."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if low == high:
        low, high = low - abs(low) - 1.0, low + abs(low) + 1.0
        norm: Normalize = Normalize(2 * low - high, high)
    else:
        norm = TwoSlopeNorm(0.0, low, high) if low < 0 < high else Normalize(low, high)
    two_sided = isinstance(norm, TwoSlopeNorm)
    image = ax.imshow(
        values, cmap="PuOr" if two_sided else "cividis", norm=norm, aspect="auto", origin="lower"
    )
    ax.set_xticks(range(len(xs)), xs)
    ax.set_yticks(range(len(ys)), ys)
    ax.grid(visible=False)
    for (row, column), value in np.ndenumerate(values):
        if not np.isfinite(value):
            ax.text(column, row, "no value", ha="center", va="center", fontsize=7)
            continue
        red, green, blue, _ = np.asarray(image.cmap(image.norm(np.array([value]))))[0]
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
        ax.text(
            column,
            row,
            show(value),
            ha="center",
            va="center",
            fontsize=8,
            color="white" if dark else "black",
        )
    if base is not None:
        from matplotlib.patches import Rectangle

        ax.add_patch(
            Rectangle(
                (base[1] - 0.5, base[0] - 0.5), 1, 1, fill=False, edgecolor=style.RED, linewidth=2.5
            )
        )


def tornado(
    ax: Axes, names: Sequence[str], low: Floats, high: Floats, base: float, show: Any
) -> None:
    """The result at the low and the high end of each input, the widest swing on top."""
    order = np.argsort(-np.abs(high - low), kind="stable")
    looks = (
        (low, style.ORANGE, "///", "input at its low end"),
        (high, style.BLUE, "", "input at its high end"),
    )
    for place, n in enumerate(order):
        for values, colour, hatch, words in sorted(looks, key=lambda look: -abs(look[0][n] - base)):
            ax.barh(
                place,
                values[n] - base,
                left=base,
                height=0.62,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.4,
                label=words if place == 0 else None,
            )
        far, near = sorted((float(low[n]), float(high[n])), key=lambda end: -abs(end - base))
        right = far >= base
        beside(ax, far, place, show(far), right=right)
        apart = (near - base) * (far - base) < 0
        beside(ax, near if apart else base, place, show(near), right=not right)
    ends = np.concatenate([low, high, [base]])
    span = float(ends.max() - ends.min()) or 1.0
    ax.set_xlim(ends.min() - LABEL_ROOM * span, ends.max() + LABEL_ROOM * span)
    ax.axvline(base, color=style.DARK, linewidth=1)
    ax.set_yticks(range(len(order)), [names[n] for n in order])
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def beside(ax: Axes, x: float, place: int, text: str, *, right: bool) -> None:
    """A figure beside the end of a bar."""
    ax.annotate(
        text,
        (x, place),
        xytext=(4 if right else -4, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=8,
    )


def intervals(
    ax: Axes,
    names: Sequence[str],
    middle: Floats,
    low: Floats,
    high: Floats,
    *,
    higher: bool = True,
) -> None:
    """A difference and its interval a row; a filled marker where the interval leaves 0 out.

    higher: whether more is better, and green.
    """
    for place in range(len(names)):
        sure = low[place] > 0 or high[place] < 0
        good = (middle[place] > 0) == higher
        colour = style.GREY if not sure else style.GREEN if good else style.RED
        ax.plot([low[place], high[place]], [place, place], color=colour, linewidth=2)
        ax.plot(
            middle[place],
            place,
            marker="o" if sure else "s",
            color=colour,
            markerfacecolor=colour if sure else "white",
            markersize=7,
        )
    ax.axvline(0, color=style.DARK, linewidth=1)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def ranges(
    ax: Axes,
    names: Sequence[str],
    middle: Floats,
    low: Floats,
    high: Floats,
    *,
    colour: str = style.BLUE,
    marker: str = "o",
    shift: float = 0.0,
    label: str | None = None,
) -> None:
    """A point and its interval a row; shift: of all rows, so that two kinds stand side by side."""
    places = np.arange(len(names)) + shift
    ax.hlines(places, low, high, color=colour, linewidth=2)
    ax.plot(middle, places, marker, color=colour, markersize=6, label=label)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def frontier(ax: Axes, x: Floats, y: Floats, names: Sequence[str], best: Sequence[bool]) -> None:
    """Points, those that no other beats in both directions joined and named."""
    kept = np.array(best, bool)
    ax.plot(x[~kept], y[~kept], "o", color=style.GREY, markersize=5, label="beaten by another")
    order = np.argsort(x[kept], kind="stable")
    ax.plot(
        x[kept][order],
        y[kept][order],
        "D-",
        color=style.BLUE,
        markersize=6,
        linewidth=1,
        label="not beaten",
    )
    for place, name in enumerate(names):
        if name:
            ax.annotate(
                name,
                (x[place], y[place]),
                xytext=(5, 5),
                textcoords="offset points",
                fontsize=8,
            )
