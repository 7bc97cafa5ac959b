"""Debt service against cash, covenants, and when things go wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from gpusim.economics.core.state import Floats, Ints
from gpusim.economics.debt.covenants import KIND_OF, KINDS
from gpusim.reports.layout import MILLION
from gpusim.reports.pages import draw, style
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.headline import no_default
from gpusim.reports.pages.reading import (
    CENTS_PER_MILLION,
    RATIO,
    SHARE,
    USD_M,
    arrays,
    by_replication,
    largest_of,
    millions,
    spread,
    spread_of,
)
from gpusim.results.credit.happened import by_day
from gpusim.results.intervals import of_chance
from gpusim.results.periods import quarter_end
from gpusim.results.stored.opened import Opened

HIGHEST_COVER = 5.0
"""Cover above this is plenty; the axis ends there."""
UNPAID, ENDED = "an amount stays unpaid", "the firm ends"


class Service(NamedTuple):
    """Debt service by quarter."""

    means: dict[str, Floats]  # of what is due and of what there is for it [USD m]
    available: pl.DataFrame  # percentiles of cash available for debt service [USD m]
    cover: pl.DataFrame  # percentiles of cover [ratio]
    cash: Floats  # median at quarter end [USD m]
    limits: pl.DataFrame  # covenants on cover
    own: dict[str, Floats]  # median cover of facilities that are tested on their own contracts


def service(run: Opened, periods: Sequence[str]) -> Figure:
    """What falls due to lenders, against the cash there is for it and the cover they ask for."""
    found = _service_of(run, periods)
    means = found.means
    table = pl.DataFrame(
        {
            "period": list(periods),
            "interest_paid_mean": means["interest_paid"],
            "scheduled_principal_mean": means["scheduled_principal"],
            "debt_service_mean": means["debt_service"],
            "cfads_mean": means["cfads"],
            **{f"cfads_{p}": found.available[p] for p in ("p10", "p50", "p90")},
            "cash_p50": found.cash,
            **{f"dscr_{p}": found.cover[p] for p in ("p10", "p50", "p90")},
            **{f"dscr.{facility}_p50": median for facility, median in found.own.items()},
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
        "which cover ratios leave out. Covenant lines start at their first test. The band is the "
        "whole operator's cover; where a covenant counts a loan's own contracts, their cover is a "
        f"line of its own. Once a firm has ended it has no cover: later bands are of firms still "
        f"running. The axis ends at {HIGHEST_COVER:.0f}.",
    )
    title = "Debt service against cash"
    picture = partial(_draw_service, found, periods)
    return Figure("debt_service", title, answer, table, units, picture, (9.6, 6.2), notes)


def _service_of(run: Opened, periods: Sequence[str]) -> Service:
    """What the tables of a run say of its debt service."""
    amounts = {
        name: by_replication(run, "debt_service", name, periods, CENTS_PER_MILLION)
        for name in ("interest_paid", "scheduled_principal", "cfads", "debt_service")
    }
    limits = run.table("covenants").filter(pl.col("test") == "dscr")
    return Service(
        means={name: values.mean(axis=0) for name, values in amounts.items()},
        available=spread_of(amounts["cfads"], periods),
        cover=spread(run, "dscr", periods),
        cash=arrays(spread(run, "cash", periods))["p50"],
        limits=limits,
        own={
            row["facility"]: arrays(spread(run, f"dscr.{row['facility']}", periods))["p50"]
            for row in limits.filter(pl.col("scope") == "facility").iter_rows(named=True)
        },
    )


def _draw_service(found: Service, periods: Sequence[str], canvas: Canvas) -> None:
    """Amounts above, cover below."""
    upper, lower = canvas.subplots(2, 1, height_ratios=(1.4, 1))
    _draw_due(found, upper, np.arange(len(periods)))
    _draw_cover(found, periods, lower)
    for ax in (upper, lower):
        style.period_axis(ax, periods)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        draw.zero(ax)


def _draw_due(found: Service, ax: Axes, x: Ints) -> None:
    means, cash, band = found.means, found.cash, arrays(found.available)
    parts = {
        "interest paid": means["interest_paid"],
        "principal due": means["scheduled_principal"],
    }
    draw.stack(ax, parts, at=1)
    ax.fill_between(x, band["p10"], band["p90"], color=style.BLUE, alpha=0.2, linewidth=0)
    ax.plot(x, band["p50"], "o-", color=style.BLUE, markersize=4, label="cash for debt")
    ax.plot(x, cash, "s--", color=style.DARK, markersize=4, label="cash at quarter end")
    top = largest_of(np.concatenate([band["p90"], sum(parts.values()), cash]))
    style.money(ax.yaxis, top)
    ax.set_title("Due to lenders (bars, means) against cash (lines, medians, 10-90%)")
    ax.set_ylabel("a quarter [USD m]")


def _draw_cover(found: Service, periods: Sequence[str], ax: Axes) -> None:
    dscr, x = arrays(found.cover), np.arange(len(periods))
    draw.fan(ax, dscr, colour=style.BLUE)
    also = [*found.limits["minimum"].to_list(), *(c for own in found.own.values() for c in own)]
    ax.set_ylim(*bounded(dscr, -1.0, HIGHEST_COVER, also))
    for n, (facility, median) in enumerate(found.own.items(), start=2):
        marker = style.MARKERS[n % len(style.MARKERS)]
        colour = style.PALETTE[n % len(style.PALETTE)]
        words = f"{facility}, its own contracts: median"
        ax.plot(x, median, marker=marker, color=colour, markersize=3, label=words)
    for row in found.limits.iter_rows(named=True):
        draw_limit(ax, periods, row["minimum"], row["tested_from"], row["facility"])
    ax.set_title("Debt service cover, last 12 months")
    ax.set_ylabel("DSCR [ratio]")


def covenants(run: Opened, periods: Sequence[str]) -> Figure:
    """Every covenant, of cover, value, realisation and cash: from when, and when first broken."""
    rows = run.table("covenants").sort("tested_from", "facility", "test")
    outcomes = run.table("outcomes")
    ends = np.array([quarter_end(period).toordinal() for period in periods])
    names = [covenant_name(row) for row in rows.iter_rows(named=True)]
    starts = quarters_of(rows["tested_from"].to_list(), ends)
    broken = [outcomes[column].drop_nulls().to_list() for column in rows["column"]]
    spans = [np.percentile(quarters_of(d, ends), (10, 50, 90)) if d else None for d in broken]
    counts, total, sets = [len(days) for days in broken], outcomes.height, run.sets()
    hits = [outcomes[column].is_not_null().to_numpy() for column in rows["column"]]
    shares = [(hit.mean(), *of_chance(hit, sets)) for hit in hits]

    table = pl.DataFrame(
        {
            "covenant": names,
            "tested_from": rows["tested_from"],
            "broken": [share for share, _, _ in shares],
            "broken_low": [low for _, low, _ in shares],
            "broken_high": [high for _, _, high in shares],
            "first_broken_median": [
                sorted(days)[(len(days) - 1) // 2] if days else None for days in broken
            ],
        },
        schema_overrides={"first_broken_median": pl.Date},
    )
    worst = max(range(len(names)), key=lambda n: counts[n])
    answer = f"None of {len(names)} covenants is broken."
    if counts[worst]:
        answer = f"{names[worst]} is broken most often, in {counts[worst] / total:.1%} of "
        answer += "replications."
    notes = (
        "Lines run from the first test to the end; red: the days of the first breach, 80% of "
        "those replications that have one, the diamond is their median. What is cured later still "
        f"counts, and so does the end of the firm or of the loan's borrower. {measures()}.",
    )
    units = dict.fromkeys(("broken", "broken_low", "broken_high"), SHARE)
    size = (9.6, 1.4 + 0.36 * len(names))
    told = [f"broken in {n / total:.1%}" for n in counts]
    picture = partial(_draw_breaches, names, starts, spans, told, periods)
    return Figure("covenants", "Covenants", answer, table, units, picture, size, notes)


def _draw_breaches(
    names: Sequence[str],
    starts: Sequence[float] | Floats,
    spans: Sequence[Floats | None],
    told: Sequence[str],
    periods: Sequence[str],
    canvas: Canvas,
) -> None:
    """A line a covenant from its first test on, and when it is first broken, if it is."""
    ax = canvas.subplots()
    for place, (start, span, broken) in enumerate(zip(starts, spans, told, strict=True)):
        tested = np.array([start, len(periods) - 0.5])
        ax.plot(tested, [place] * 2, "-", color=style.BLUE, linewidth=1.6)
        ax.plot(start, place, "|", color=style.BLUE, markersize=12)
        if span is not None:
            low, middle, high = span
            ax.plot([low, high], [place] * 2, "-", color=style.RED, linewidth=6, alpha=0.6)
            ax.plot(middle, place, "D", color=style.RED, markersize=6)
        ax.annotate(
            "never broken" if span is None else broken,
            (len(periods) - 0.4, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            annotation_clip=False,
        )
    style.period_axis(ax, periods)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def measures() -> str:
    """How kinds of covenant are measured whose names do not say it, by the alphabet."""
    return ", ".join(sorted(kind.measured for kind in KINDS if kind.measured))


def covenant_name(row: Mapping[str, Any]) -> str:
    """A covenant in words.

    >>> covenant_name({"facility": "ddtl", "test": "ltv_market", "minimum": 0.8, "scope": ""})
    'ddtl: LTV on market value, at most 0.80'
    """
    limit = row["minimum"]
    kind = KIND_OF[row["test"]]
    what = f"{kind.short}, at {kind.side}"
    if row["scope"] == "facility":
        what = what.replace("DSCR", "DSCR of its own contracts")
    amount = millions(limit / MILLION) if kind.unit == "USD" else f"{limit:.2f}"
    return f"{row['facility']}: {what} {amount}"


def quarters_of(days: Sequence[dt.date], ends: Ints) -> Floats:
    """Where days stand on an axis of quarters, whose ends stand at 0.5, 1.5 and so on."""
    bounds = np.concatenate([[ends[0] - 91], ends])
    told: Floats = np.interp(
        [day.toordinal() for day in days], bounds, np.arange(len(bounds)) - 0.5
    )
    return told


def chances(run: Opened, periods: Sequence[str]) -> Figure:
    """By when an amount has stayed unpaid, a covenant was broken, the firm has ended."""
    told, sets = _first_days(run), run.sets()
    ends = [quarter_end(period) for period in periods]
    hits = {name: [by_day(days, end, sets) for end in ends] for name, days in told.items()}
    columns: dict[str, Any] = {"period": list(periods)}
    for name, happened in hits.items():
        columns[name] = [one.chance for one in happened]
        columns[f"{name}, 95% low"] = [one.low for one in happened]
        columns[f"{name}, 95% high"] = [one.high for one in happened]
    table = pl.DataFrame(columns)
    answer = f"An amount stays unpaid in {hits[UNPAID][-1].chance:.1%} of replications by "
    answer += periods[-1]
    if ENDED in hits:
        answer += f", the firm ends in {hits[ENDED][-1].chance:.1%}"
    answer += "."
    units = {name: SHARE for name in table.columns if name != "period"}
    notes = (
        "First days only: what is cured later still counts. The end of the firm, or of a loan's "
        "borrower, breaks each covenant that still runs. Bands are 95% intervals.",
    )
    picture = partial(_draw_chances, table, list(hits), periods)
    return Figure("chances", "When it goes wrong", answer, table, units, picture, notes=notes)


def _first_days(run: Opened) -> dict[str, list[dt.date | None]]:
    """The day on which each thing first went wrong, by replication."""
    outcomes = run.table("outcomes")
    told: dict[str, list[dt.date | None]] = {UNPAID: outcomes["shortfall_first"].to_list()}
    if not no_default(run):
        told[ENDED] = outcomes["defaulted"].to_list()
    for row in run.table("covenants").iter_rows(named=True):
        short = KIND_OF[row["test"]].short
        told[f"{row['facility']}: {short}"] = outcomes[row["column"]].to_list()
    return told


def _draw_chances(
    table: pl.DataFrame, names: Sequence[str], periods: Sequence[str], canvas: Canvas
) -> None:
    """A line a kind; the band of those that all firms have."""
    ax = canvas.subplots()
    x = np.arange(len(periods))
    for n, name in enumerate(names):
        look = n % len(style.PALETTE)
        colour = style.PALETTE[look]
        low, high = table[f"{name}, 95% low"], table[f"{name}, 95% high"]
        if name in (UNPAID, ENDED):
            ax.fill_between(x, low, high, step="mid", color=colour, alpha=0.15, linewidth=0)
        ax.plot(
            x,
            table[name],
            drawstyle="steps-mid",
            color=colour,
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
