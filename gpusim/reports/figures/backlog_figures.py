"""Backlog: what becomes of it by quarter and cause, and what it leaves for shareholders."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl
from matplotlib.figure import Figure as Canvas

from gpusim.economics.core.state import CAUSES, Floats
from gpusim.reports.pages import draw, style
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import (
    CENTS_PER_MILLION,
    SMALLEST_SAID,
    USD_M,
    formats,
    largest_of,
    millions,
)
from gpusim.results.replications.backlog_to_cash import STEPS, Step
from gpusim.results.stored.opened import Opened

UNUSED = "backstop unused"
LOSSES = ("cancelled", "defaulted", "expired")


def way_to_cash(run: Opened, periods: Sequence[str]) -> Figure:
    """The waterfall from backlog to what is left for shareholders, mean over replications."""
    frame = run.table("backlog_to_cash")
    steps = [step for step in STEPS if step.name in frame.columns]
    shown = rounded_chain([int(frame[step.name].sum()) for step in steps], len(frame), steps)
    spreads = [frame[step.name].to_numpy() / CENTS_PER_MILLION for step in steps]
    table = pl.DataFrame(
        {
            "step": [step.label for step in steps],
            "mean": shown,
            "p10": [float(np.percentile(values, 10)) for values in spreads],
            "p50": [float(np.percentile(values, 50)) for values in spreads],
            "p90": [float(np.percentile(values, 90)) for values in spreads],
            "meaning": [("= " if step.total else "") + step.meaning for step in steps],
        }
    )
    show = formats(USD_M, largest_of(np.array(shown)))

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        totals = [step.total for step in steps]
        draw.waterfall(ax, [step.label for step in steps], shown, totals, show)
        ax.set_xlabel(f"Sum from {periods[0]} to {periods[-1]} [USD m], mean over replications")
        style.money(ax.xaxis, largest_of(np.array(shown)))

    value = dict(zip((step.name for step in steps), shown, strict=True))
    answer = (
        f"Of {millions(value['backlog_opening'])} of backlog and {_added(value)}, "
        f"{millions(value['recognised'])} is earned, "
        f"{millions(-value['lost'])} lost. Customers pay {millions(value['collected'])}; after all "
        f"costs, equipment and lenders {millions(value['left_for_shareholders'])} is left for "
        "shareholders."
    )
    notes = (
        "Bold bars are totals; each is the exact sum of the steps above it. In every replication "
        "the steps sum to the cent; means are rounded so that they still do.",
        "Left for shareholders is the change in cash without new shares. A negative end is paid "
        "from the opening cash and from shareholders.",
        "Slipped can be positive: lost value that was planned after the run's end counts in Lost.",
    )
    units = dict.fromkeys(("mean", "p10", "p50", "p90"), USD_M)
    title = "From backlog to cash for shareholders"
    return Figure("backlog_to_cash", title, answer, table, units, picture, (9.6, 7.2), notes)


def _added(value: dict[str, float]) -> str:
    """What came to the opening backlog, in words. value: mean of each step [USD m].

    >>> _added({"signed": 55.8, "repriced": -87.2})
    'USD 55.8m renewed and newly signed, less USD 87.2m by which prices fell'
    """
    text, moved = f"{millions(value['signed'])} renewed and newly signed", value.get("repriced", 0)
    if moved <= -SMALLEST_SAID:
        text += f", less {millions(-moved)} by which prices fell"
    elif moved >= SMALLEST_SAID:
        text += f", with {millions(moved)} of prepayments kept or prices risen"
    return text


def rounded_chain(
    sums: Sequence[int], replications: int, steps: Sequence[Step] = STEPS
) -> list[float]:
    """Mean steps in USD m, one decimal, rounded level by level so that they sum to the totals.

    sums: of each of the steps over replications [cents].

    >>> [float(x) for x in rounded_chain([4_000_000, 4_000_000] + [8_000_000] * 20, 1)][:2]
    [0.0, 0.1]
    """
    unit = CENTS_PER_MILLION / 10 * replications
    shown, exact, level = [], 0, 0
    for step, amount in zip(steps, sums, strict=True):
        if step.total:
            shown.append(level / 10)
            continue
        exact += amount
        after = round(exact / unit)
        shown.append((after - level) / 10)
        level = after
    return shown


class Roll(NamedTuple):
    """Backlog by quarter [USD m]."""

    moves: dict[str, Floats]
    opening: float
    start: Floats
    closing: Floats
    lost: dict[str, Floats]  # by cause, those that there are
    slipped: dict[str, Floats]


def roll_forward(run: Opened, periods: Sequence[str]) -> Figure:
    """Backlog by quarter: signed, recognised, lost by cause, and what slipped by cause."""
    roll = _roll_of(run, periods)
    moves = roll.moves
    columns: dict[str, Floats | list[str]] = {
        "period": list(periods),
        "opening": roll.start,
        "signed": moves["signed"],
        "repriced": moves["repriced"],
        "recognised": -moves["recognised"],
        **{f"lost, {cause}": -values for cause, values in roll.lost.items()},
        UNUSED: -moves[UNUSED],
        "closing": roll.closing,
        **{f"slipped, {cause}": values for cause, values in roll.slipped.items()},
    }
    table = pl.DataFrame({k: v for k, v in columns.items() if k == "period" or np.any(v)})
    notes = (
        "Means over replications. Closing = opening + signed + repriced - recognised - lost - "
        "backstop unused, in every row; the next row opens there. Service credits are lost through "
        "failure. Slipped moves value between quarters and is no part "
        "of the balance.",
    )
    units = {name: USD_M for name in table.columns if name != "period"}
    title = "Backlog by quarter and cause"
    picture = partial(_draw_roll, roll, periods)
    return Figure("backlog", title, _told_of(roll), table, units, picture, (9.6, 7.6), notes)


def _roll_of(run: Opened, periods: Sequence[str]) -> Roll:
    """What the tables of a run say of its backlog."""
    moves = quarterly(run, periods)
    opening = sum_of(run, "opening")
    lost = {cause: moves[f"lost_{cause}"] for cause in CAUSES}
    slipped = {cause: moves[f"slipped_{cause}"] for cause in CAUSES}
    change = moves["signed"] + moves["repriced"] - moves["recognised"]
    change = change - sum(lost.values()) - moves[UNUSED]
    closing = opening + np.cumsum(change)
    return Roll(
        moves,
        opening,
        np.concatenate([[opening], closing[:-1]]),
        closing,
        {cause: values for cause, values in lost.items() if values.any()},
        {cause: values for cause, values in slipped.items() if values.any()},
    )


def _told_of(roll: Roll) -> str:
    """The answer in a sentence."""
    told = f"Backlog goes from {millions(roll.opening)} to {millions(roll.closing[-1])} (means)"
    if roll.lost:
        gone = sum(float(values.sum()) for values in roll.lost.values())
        worst = max(roll.lost, key=lambda cause: float(roll.lost[cause].sum()))
        told += f"; {millions(gone)} is lost, most of it through {worst}"
    unused = roll.moves[UNUSED]
    if unused.any():
        told += f"; backstops of {millions(float(unused.sum()))} expire unused, which is no loss"
    if roll.slipped:
        slipped = roll.slipped
        most = max(slipped, key=lambda cause: float(np.maximum(slipped[cause], 0).sum()))
        told += f"; what slips is held up most by {most}"
    return f"{told}."


def _draw_roll(roll: Roll, periods: Sequence[str], canvas: Canvas) -> None:
    """Signed and recognised with the balance, then losses, then slips."""
    upper, middle, lower = canvas.subplots(3, 1, height_ratios=(1.5, 1, 1.2))
    signed, recognised = roll.moves["signed"], roll.moves["recognised"]
    draw.stack(upper, {"signed": signed, "recognised": -recognised}, at=1)
    line = upper.twinx()
    line.plot(range(len(periods)), roll.closing, color=style.DARK, marker="o", markersize=3)
    line.set_ylabel("closing backlog (line)\n[USD m]")
    line.set_ylim(0, 1.1 * largest_of(roll.closing) or 1.0)
    line.grid(visible=False)
    line.spines["right"].set_visible(True)
    style.money(line.yaxis, largest_of(roll.closing))
    upper.set_title("Backlog, signed and recognised")
    losses = {cause: -values for cause, values in roll.lost.items()}
    for ax, parts, title in (
        (middle, losses, "Lost, by cause"),
        (lower, roll.slipped, "Slipped to later quarters, by cause; below zero: earned back"),
    ):
        if parts:
            draw.stack(ax, parts, looks=CAUSES)
            ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        else:
            ax.text(0.5, 0.5, "none", transform=ax.transAxes, ha="center", color=style.GREY)
        ax.set_title(title)
    for ax in (upper, middle, lower):
        ax.set_ylabel("a quarter\n[USD m]")
        style.money(ax.yaxis, max(abs(end) for end in ax.get_ylim()))
        style.period_axis(ax, periods)
        draw.zero(ax)
    style.legend(upper, 2)


def quarterly(run: Opened, periods: Sequence[str]) -> dict[str, Floats]:
    """Movements of all backlog by quarter, mean over replications [USD m]."""
    frame = run.table("backlog").filter(pl.col("period").is_in(list(periods)))
    count = run.table("outcomes").height
    summed = frame.group_by("period", "movement", "cause").agg(pl.col("cents").sum())
    place = {period: n for n, period in enumerate(periods)}
    moves = {name: np.zeros(len(periods)) for name in ("signed", "recognised", "repriced")}
    moves |= {f"lost_{cause}": np.zeros(len(periods)) for cause in CAUSES}
    moves[UNUSED] = np.zeros(len(periods))
    moves |= {f"slipped_{cause}": np.zeros(len(periods)) for cause in CAUSES}
    for period, movement, cause, cents in summed.iter_rows():
        key, sign = movement, 1
        if movement in LOSSES:
            key = f"lost_{cause}" if cause else UNUSED
        elif movement == "repriced" and cause:
            key, sign = f"lost_{cause}", -1
        elif movement == "slipped":
            key = f"slipped_{cause}"
        elif movement == "accretion_added":
            key = "signed"
        if key in moves:
            moves[key][place[period]] += sign * cents / CENTS_PER_MILLION / count
    return moves


def sum_of(run: Opened, movement: str) -> float:
    """A movement's sum over all periods, mean over replications [USD m]."""
    frame = run.table("backlog").filter(pl.col("movement") == movement)
    return float(frame["cents"].sum()) / CENTS_PER_MILLION / run.table("outcomes").height
