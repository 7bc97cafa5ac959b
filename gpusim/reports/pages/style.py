"""How pictures look: colours that colour-blind readers tell apart, and a second cue for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

BLUE: Final = "#0072B2"
ORANGE: Final = "#E69F00"
GREEN: Final = "#009E73"
RED: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
SKY: Final = "#56B4E9"
DARK: Final = "#333333"
GREY: Final = "#999999"
PALETTE: Final = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, DARK, GREY)
"""Source: Okabe and Ito, 2008, Color Universal Design."""
DASHES: Final = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1)), (0, (8, 2)))
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "h")
HATCHES: Final = ("", "///", "...", "\\\\\\", "xxx", "ooo", "++", "--")
RC: Final[dict[str, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "path",
    "text.parse_math": False,  # a name with $ is a name
}
MOST_QUARTERS: Final = 32
"""Periods that are all labelled; of more, every fourth."""


def thousands(axis: Any, decimals: int = 0) -> None:
    """Ticks with thousands separators, negatives in brackets."""

    def show(value: float, _: int) -> str:
        text = f"{abs(value):,.{decimals}f}"
        return f"({text})" if value < 0 else text

    axis.set_major_formatter(FuncFormatter(show))


def percents(axis: Any) -> None:
    """Ticks as percent."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g}%"))


def money(axis: Any, largest: float) -> None:
    """Ticks of USD m, with as many decimals as their size asks for."""
    thousands(axis, 0 if largest >= 10 else 1 if largest >= 1 else 2)


def scale(axis: Any, unit: str, largest: float) -> None:
    """Ticks of figures of a unit: percent of shares, thousands of amounts."""
    if unit == "share":
        percents(axis)
    else:
        money(axis, largest)


def period_axis(ax: Axes, periods: Sequence[str]) -> None:
    """A place a quarter; the year stands under its first."""
    places = range(len(periods))
    step = 1 if len(periods) <= MOST_QUARTERS else 4
    shown = [place for place in places if place % step == 0]
    ax.set_xticks(shown, [_tick(periods, place) for place in shown], fontsize=7)
    ax.set_xlim(-0.6, len(periods) - 0.4)


def legend(ax: Axes, columns: int) -> None:
    """A legend above the axes, at the right, where no figure is."""
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 0.99), ncols=columns, borderaxespad=0.2)


def _tick(periods: Sequence[str], place: int) -> str:
    year, quarter = periods[place][:4], periods[place][4:].lstrip("-")
    starts = place == 0 or periods[place - 1][:4] != year
    return f"{quarter}\n{year}" if starts else quarter
