"""The figures of a run, in the order in which people ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from matplotlib.figure import Figure as Canvas

from gpusim.reports.figures.backlog_figures import roll_forward, way_to_cash
from gpusim.reports.figures.debt_figures import bounded, chances, covenants, draw_limit, service
from gpusim.reports.pages import draw, headline, style
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import (
    COUNT,
    MW,
    RATIO,
    SHARE,
    USD_M,
    after_the_end,
    arrays,
    by_replication,
    largest_of,
    millions,
    periods_of,
    spread,
    spread_of,
    unit_of,
    written,
)
from gpusim.results.formulas.lenders import family_of
from gpusim.results.metrics import METRICS
from gpusim.results.stored.opened import Opened

MARGINS = (
    ("adjusted_ebitda", "Adjusted EBITDA"),
    ("operating_income", "Operating income"),
    ("net_income", "Net income"),
)
WATTS = (
    ("contracted_mw", "contracted"),
    ("powered_mw", "powered"),
    ("active_mw", "active"),
    ("billing_mw", "billing"),
)
BY_PERIOD = ("backlog", "revenue", "cash", "debt_service", "leverage", "capacity")
"""Figures of amounts and stocks by period, in which firms that have ended still count."""


def title(run: Opened) -> str:
    """What was simulated."""
    return f"{run.manifest['model']}: {run.manifest['title']}"


def answer(run: Opened) -> str:
    """The answer in a sentence."""
    return headline.answer(run)


def figures(run: Opened) -> list[Figure]:
    """All figures of a run."""
    periods = periods_of(run)
    tested = [covenants(run, periods)] if run.table("covenants").height else []
    ended = after_the_end(run, periods)
    told = [
        chances(run, periods),
        way_to_cash(run, periods),
        roll_forward(run, periods),
        revenue(run, periods),
        margins(run, periods),
        cash(run, periods),
        service(run, periods),
        *tested,
        leverage(run, periods),
        capacity(run, periods),
        *own_metrics(run, periods),
    ]
    return [
        replace(figure, notes=(*figure.notes, *ended)) if figure.key in BY_PERIOD else figure
        for figure in told
    ]


def units_of(table: pl.DataFrame, unit: str) -> dict[str, str]:
    """Units of a table of one metric."""
    return {name: COUNT if name == "n" else unit for name in table.columns if name != "period"}


def revenue(run: Opened, periods: Sequence[str]) -> Figure:
    """Fan of revenue."""
    table = spread(run, "revenue", periods)
    figures = arrays(table)
    first, last = figures["p50"][0], figures["p50"][-1]

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        draw.fan(ax, figures)
        ax.set_ylim(bottom=0)
        ax.set_ylabel("Revenue a quarter [USD m]")
        style.money(ax.yaxis, largest_of(figures["p95"]))
        style.period_axis(ax, periods)
        style.legend(ax, 3)

    answer = f"{millions(first)} in {periods[0]}, {millions(last)} in {periods[-1]} (medians)."
    return Figure("revenue", "Revenue", answer, table, units_of(table, USD_M), picture)


def margins(run: Opened, periods: Sequence[str]) -> Figure:
    """Fans of three margins beside each other."""
    sales = by_replication(run, "metrics", "revenue", periods)
    spreads = {}
    for name, _ in MARGINS:
        part = by_replication(run, "metrics", name, periods)
        quotient = np.full(sales.shape, np.nan)
        np.divide(part, sales, out=quotient, where=sales > 0)
        spreads[name] = spread_of(quotient, periods)
    figures = {name: arrays(table) for name, table in spreads.items()}

    def picture(canvas: Canvas) -> None:
        for place, (name, label) in enumerate(MARGINS):
            ax = canvas.add_subplot(3, 1, place + 1)
            draw.fan(ax, figures[name], colour=style.PALETTE[(0, 2, 4)[place]])
            ax.set_ylim(*bounded(figures[name], -2.0, 1.5))
            ax.set_title(f"{label} margin", fontsize=9)
            ax.set_ylabel("share of\nrevenue [%]", fontsize=8)
            style.percents(ax.yaxis)
            style.period_axis(ax, periods)
            draw.zero(ax)
            if place == 0:
                style.legend(ax, 3)

    table = wide({f"{name}_margin": spreads[name] for name, _ in MARGINS})
    last = {name: figures[name]["p50"][-1] for name, _ in MARGINS}
    answer = (
        f"In {periods[-1]}: adjusted EBITDA {last['adjusted_ebitda']:.0%} of revenue, operating "
        f"income {last['operating_income']:.0%}, net income {last['net_income']:.0%} (medians)."
    )
    notes = ("Quarters without revenue have no margin and are left out; axes end at -200%.",)
    units = {name: SHARE for name in table.columns if name != "period"}
    return Figure("margins", "Margins", answer, table, units, picture, (9.6, 7.0), notes)


def cash(run: Opened, periods: Sequence[str]) -> Figure:
    """Fans of cash and liquidity, with the lines that cash must stay above."""
    spreads = {name: spread(run, name, periods) for name in ("cash", "liquidity")}
    figures = {name: arrays(table) for name, table in spreads.items()}
    floors = run.table("covenants").filter(pl.col("test") == "minimum_liquidity")

    def picture(canvas: Canvas) -> None:
        upper, lower = canvas.subplots(2, 1, sharex=True)
        for ax, name, colour in ((upper, "cash", style.BLUE), (lower, "liquidity", style.GREEN)):
            draw.fan(ax, figures[name], colour=colour)
            style.money(ax.yaxis, largest_of(figures[name]["p95"]))
            style.period_axis(ax, periods)
        for row in floors.iter_rows(named=True):
            draw_limit(upper, periods, row["minimum"] / 1e6, row["tested_from"], row["facility"])
        upper.set_title("Cash at quarter end")
        upper.set_ylabel("[USD m]")
        lower.set_title("Cash and the revolver that can be drawn")
        lower.set_ylabel("[USD m]")
        draw.zero(upper)
        style.legend(upper, 4)

    low = int(np.nanargmin(figures["cash"]["p50"]))
    answer = (
        f"Cash at quarter ends is lowest in {periods[low]}: median "
        f"{millions(figures['cash']['p50'][low])}, {millions(figures['cash']['p05'][low])} in the "
        f"worst twentieth."
    )
    table = wide(spreads)
    units = {name: USD_M for name in table.columns if name != "period"}
    return Figure("cash", "Cash", answer, table, units, picture, (9.6, 5.6))


def leverage(run: Opened, periods: Sequence[str]) -> Figure:
    """Fans of debt and of net debt over EBITDA."""
    spreads = {
        name: spread(run, name, periods) for name in ("debt_principal", "net_debt_to_ebitda")
    }
    figures = {name: arrays(table) for name, table in spreads.items()}

    def picture(canvas: Canvas) -> None:
        upper, lower = canvas.subplots(2, 1)
        draw.fan(upper, figures["debt_principal"], colour=style.RED)
        upper.set_ylim(bottom=0)
        upper.set_title("Debt, principal at quarter end")
        upper.set_ylabel("[USD m]")
        style.money(upper.yaxis, largest_of(figures["debt_principal"]["p95"]))
        draw.fan(lower, figures["net_debt_to_ebitda"], colour=style.PURPLE)
        lower.set_ylim(*bounded(figures["net_debt_to_ebitda"], -5.0, 20.0))
        lower.set_title("Net debt over adjusted EBITDA of the last 12 months")
        lower.set_ylabel("[ratio]")
        for ax in (upper, lower):
            style.period_axis(ax, periods)
        draw.zero(lower)
        style.legend(upper, 3)

    debt, ratio = figures["debt_principal"]["p50"], figures["net_debt_to_ebitda"]["p50"]
    top = int(np.nanargmax(debt))
    answer = f"Debt is highest in {periods[top]}, at {millions(debt[top])} (median)"
    if np.isfinite(ratio[-1]):
        answer += f"; net debt is {ratio[-1]:.1f} times adjusted EBITDA in {periods[-1]}"
    table = wide(spreads)
    units = {
        name: USD_M if name.startswith("debt") else RATIO
        for name in table.columns
        if name != "period"
    }
    notes = (
        "The ratio is not defined in the first three quarters and while EBITDA is not positive.",
    )
    return Figure("leverage", "Leverage", f"{answer}.", table, units, picture, (9.6, 5.6), notes)


def capacity(run: Opened, periods: Sequence[str]) -> Figure:
    """Contracted, powered, active and billing power, medians."""
    spreads = {name: spread(run, name, periods) for name, _ in WATTS}
    figures = {name: arrays(table) for name, table in spreads.items()}

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        x = np.arange(len(periods))
        for n, (name, label) in enumerate(WATTS):
            ax.fill_between(
                x,
                figures[name]["p10"],
                figures[name]["p90"],
                color=style.PALETTE[n],
                alpha=0.12,
                linewidth=0,
            )
            ax.plot(
                x,
                figures[name]["p50"],
                color=style.PALETTE[n],
                linestyle=style.DASHES[n],
                marker=style.MARKERS[n],
                markersize=4,
                label=label,
            )
        ax.set_ylim(bottom=0)
        ax.set_ylabel("Critical IT power at quarter end [MW]")
        style.thousands(ax.yaxis)
        style.period_axis(ax, periods)
        style.legend(ax, 4)

    last = {name: figures[name]["p50"][-1] for name, _ in WATTS}
    answer = (
        f"In {periods[-1]}: {last['contracted_mw']:,.0f} MW contracted, {last['powered_mw']:,.0f} "
        f"powered, {last['active_mw']:,.0f} active, {last['billing_mw']:,.0f} billing (medians)."
    )
    table = wide(spreads)
    units = {name: MW for name in table.columns if name != "period"}
    notes = ("Lines are medians, bands 10-90%.",)
    return Figure("capacity", "Capacity", answer, table, units, picture, notes=notes)


def own_metrics(run: Opened, periods: Sequence[str]) -> list[Figure]:
    """A fan of each metric of the user's own, in the order in which he named them."""
    if not run.manifest.get("metrics"):
        return []
    told = run.described()
    own = [name for name in told if name not in METRICS and family_of(name) is None]
    return [own_metric(run, name, told[name], periods) for name in own]


def own_metric(run: Opened, name: str, told: dict[str, str], periods: Sequence[str]) -> Figure:
    """Fan of a metric of the user's own; told: its unit and meaning."""
    table = spread(run, name, periods)
    figures = arrays(table)
    unit, _ = unit_of(told["unit"])

    def picture(canvas: Canvas) -> None:
        ax = canvas.subplots()
        draw.fan(ax, figures)
        ax.set_ylabel(f"{name} [{unit}]")
        style.scale(ax.yaxis, unit, largest_of(figures["p95"]))
        style.period_axis(ax, periods)
        style.legend(ax, 3)

    last = figures["p50"][-1]
    show = written(unit, largest_of(figures["p95"]))
    answer = f"In {periods[-1]}: " + ("undefined" if np.isnan(last) else f"{show(last)} {unit}")
    notes = (f"{told['meaning']}; a metric of the user's own.",)
    key = f"own_{name}"
    units = units_of(table, unit)
    return Figure(key, name, f"{answer} (median).", table, units, picture, notes=notes)


def wide(spreads: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Several metrics in one table: mean, p10, p50 and p90 of each."""
    table = next(iter(spreads.values())).select("period")
    for name, spread_ in spreads.items():
        columns = ("mean", "p10", "p50", "p90")
        table = table.hstack([spread_[c].alias(f"{name}_{c}") for c in columns])
    return table
