"""Debt service against cash, covenants, and when things go wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from gpusim.economics.state import Floats
from gpusim.reports.pages import draw, style
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import (
    CENTS_PER_MILLION,
    RATIO,
    SHARE,
    USD_M,
    arrays,
    by_replication,
    largest_of,
    spread,
    spread_of,
)
from gpusim.results.opened import Opened
from gpusim.results.summary import wilson

HIGHEST_COVER = 5.0
"""Cover above this is plenty; the axis ends there."""


def service(run: Opened, periods: Sequence[str]) -> Figure:
    """What falls due to lenders, against the cash there is for it and the cover they ask for."""
    amounts = {
        name: by_replication(run, "debt_service", name, periods, CENTS_PER_MILLION)
        for name in ("interest_paid", "scheduled_principal", "cfads", "debt_service")
    }
    means = {name: values.mean(axis=0) for name, values in amounts.items()}
    available, cover = spread_of(amounts["cfads"], periods), spread(run, "dscr", periods)
    cash = arrays(spread(run, "cash", periods))["p50"]
    dscr, band = arrays(cover), arrays(available)
    limits = run.table("covenants").filter(pl.col("test") == "dscr")

    def picture(canvas: Canvas) -> None:
        upper, lower = canvas.subplots(2, 1, height_ratios=(1.4, 1))
        parts = {
            "interest paid": means["interest_paid"],
            "principal due": means["scheduled_principal"],
        }
        draw.stack(upper, parts, at=1)
        x = np.arange(len(periods))
        upper.fill_between(x, band["p10"], band["p90"], color=style.BLUE, alpha=0.2, linewidth=0)
        upper.plot(x, band["p50"], "o-", color=style.BLUE, markersize=4, label="cash for debt")
        upper.plot(x, cash, "s--", color=style.DARK, markersize=4, label="cash at quarter end")
        top = largest_of(np.concatenate([band["p90"], sum(parts.values()), cash]))
        style.money(upper.yaxis, top)
        upper.set_title("Due to lenders (bars, means) against cash (lines, medians, 10-90%)")
        upper.set_ylabel("a quarter [USD m]")
        draw.fan(lower, dscr, colour=style.BLUE)
        lower.set_ylim(*bounded(dscr, -1.0, HIGHEST_COVER, [float(m) for m in limits["minimum"]]))
        for row in limits.iter_rows(named=True):
            draw_limit(lower, periods, row["minimum"], row["tested_from"], row["facility"])
        lower.set_title("Debt service cover, last 12 months")
        lower.set_ylabel("DSCR [ratio]")
        for ax in (upper, lower):
            style.period_axis(ax, periods)
            ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
            draw.zero(ax)

    table = pl.DataFrame(
        {
            "period": list(periods),
            "interest_paid_mean": means["interest_paid"],
            "scheduled_principal_mean": means["scheduled_principal"],
            "debt_service_mean": means["debt_service"],
            "cfads_mean": means["cfads"],
            **{f"cfads_{p}": available[p] for p in ("p10", "p50", "p90")},
            "cash_p50": cash,
            **{f"dscr_{p}": cover[p] for p in ("p10", "p50", "p90")},
        }
    )
    units = {name: RATIO if "dscr" in name else USD_M for name in table.columns if name != "period"}
    short = means["cfads"] < means["debt_service"]
    answer = "Cash for debt covers what falls due in every quarter (means)."
    if short.any():
        first = periods[int(short.argmax())]
        answer = (
            f"In {int(short.sum())} of {len(periods)} quarters less comes in for debt than falls "
            f"due (means), first in {first}"
        )
        answer += "; the rest is cash, new debt or unpaid."
    notes = (
        "Cash for debt: cash available for debt service (CFADS). Principal due includes balloons, "
        "which cover ratios leave out. Covenant lines start at their first test; the cover shown "
        f"is the whole operator's, and its axis ends at {HIGHEST_COVER:.0f}.",
    )
    title = "Debt service against cash"
    return Figure("debt_service", title, answer, table, units, picture, (9.6, 6.2), notes)


def chances(run: Opened, periods: Sequence[str]) -> Figure:
    """By when an amount has stayed unpaid, a covenant was broken, the firm has ended."""
    outcomes = run.table("outcomes")
    told: dict[str, list[dt.date | None]] = {
        "an amount stays unpaid": outcomes["shortfall_first"].to_list(),
        "the firm ends": outcomes["defaulted"].to_list(),
    }
    for row in run.table("covenants").iter_rows(named=True):
        words = row["test"].replace("_", " ").replace("dscr", "DSCR").replace("ltv", "LTV")
        told[f"{row['facility']}: {words}"] = outcomes[row["column"]].to_list()
    ends = [quarter_end(period) for period in periods]
    count = outcomes.height
    hits = {
        name: np.array([sum(d is not None and d <= end for d in days) for end in ends])
        for name, days in told.items()
    }
    columns: dict[str, Any] = {"period": list(periods)}
    for name, happened in hits.items():
        bounds = [wilson(int(k), count) for k in happened]
        columns[name] = happened / count
        columns[f"{name}, 95% low"] = [low for low, _ in bounds]
        columns[f"{name}, 95% high"] = [high for _, high in bounds]
    table = pl.DataFrame(columns)

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        x = np.arange(len(periods))
        for n, name in enumerate(hits):
            look = n % len(style.PALETTE)
            low, high = table[f"{name}, 95% low"], table[f"{name}, 95% high"]
            if n < 2:
                ax.fill_between(
                    x, low, high, step="mid", color=style.PALETTE[look], alpha=0.15, linewidth=0
                )
            ax.plot(
                x,
                table[name],
                drawstyle="steps-mid",
                color=style.PALETTE[look],
                linestyle=style.DASHES[look],
                marker=style.MARKERS[look],
                markersize=4,
                label=name,
            )
        ax.set_ylim(-0.03, 1.03)
        ax.set_ylabel("Share of replications\nin which it has happened [%]")
        style.percents(ax.yaxis)
        style.period_axis(ax, periods)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title="by the quarter's end")

    names = list(hits)
    answer = (
        f"An amount stays unpaid in {hits[names[0]][-1] / count:.0%} of replications by "
        f"{periods[-1]}, the firm ends in {hits[names[1]][-1] / count:.0%}."
    )
    units = {name: SHARE for name in table.columns if name != "period"}
    notes = ("First days only: what is cured later still counts. Bands are 95% intervals.",)
    return Figure("chances", "When it goes wrong", answer, table, units, picture, notes=notes)


def quarter_end(period: str) -> dt.date:
    """Last day of a quarter.

    >>> quarter_end("2026Q1")
    datetime.date(2026, 3, 31)
    """
    year, quarter = int(period[:4]), int(period[5:])
    first = dt.date(year + quarter // 4, 3 * quarter % 12 + 1, 1)
    return first - dt.timedelta(days=1)


def draw_limit(
    ax: Axes, periods: Sequence[str], limit: float, since: dt.date, facility: str
) -> None:
    """A covenant's limit from the quarter of its first test on."""
    first = next((n for n, p in enumerate(periods) if quarter_end(p) >= since), None)
    if first is None:
        return
    ax.plot(
        [first - 0.5, len(periods) - 0.5],
        [limit, limit],
        color=style.RED,
        linestyle=(0, (6, 2)),
        linewidth=1.6,
        label=f"{facility}: at least {limit:,.4g}",
    )


def bounded(
    figures: Mapping[str, Floats], low: float, high: float, also: Sequence[float] = ()
) -> tuple[float, float]:
    """Ends of an axis that shows the bands, within limits beyond which figures say nothing."""
    ends = np.concatenate([figures["p05"], figures["p95"], np.array(also)])
    ends = ends[np.isfinite(ends)]
    if len(ends) == 0:
        return 0.0, 1.0
    bottom = min(max(float(ends.min()), low), high)
    top = max(min(float(ends.max()), high), low)
    room = 0.08 * (top - bottom) or 0.1
    return bottom - room, top + room
