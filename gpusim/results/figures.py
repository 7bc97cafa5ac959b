"""One figure a replication, by name: METRIC or METRIC@PERIOD.

A metric, a margin (`adjusted_ebitda_margin`: a line over revenue), a statement line, or a column
of the outcomes. Without a period a flow is summed over the whole run and a stock is the last; a
period is a month (2027-03), a quarter (2027Q1) or a whole calendar year (2027). Yes and no are 1
and 0, so that a mean is a probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.state import CAUSES, NEVER
from gpusim.economics.statements import BALANCE, LINES, line
from gpusim.results import metrics, outcomes, periods
from gpusim.results.metrics import METRICS, Metric, Values
from gpusim.results.payload import Panel, shortfall_happened
from gpusim.results.periods import Calendar, ends, sums
from gpusim.scenario.errors import Mistake, ScenarioError, listed, nearest
from gpusim.units import CENTS_PER_USD

MARGIN: Final = "_margin"
MARGINS: Final = (
    "operating_income",
    "adjusted_operating_income",
    "adjusted_ebitda",
    "net_income",
    "operating_cash_flow",
    "equity_cash",
)
"""What has a margin, as `adjusted_ebitda_margin`."""
EQUITY_CASH: Final = Metric(
    "USD", "operating cash flow, which is after interest, less principal repaid; before capex"
)
CHANCES: Final = {
    "defaulted": Metric("probability", "the firm ended"),
    "shortfall": Metric("probability", "an amount fell due and stayed unpaid"),
}
COUNTS: Final = {
    "shares_issued": Metric("shares", "issued since the as-of day"),
    "dilution": Metric("share", "of all shares, issued since the as-of day"),
    "deferred_orders_most": Metric("orders", "waiting for money at once, at most"),
}
CAUSED: Final = [f"{what}_{c.replace('-', '_')}" for what in ("slipped", "lost") for c in CAUSES]
AMOUNTS: Final = (
    "shortfall_worst",
    "liquidity_lowest",
    "cash_ending",
    "debt_ending",
    "backlog_opening",
    "backlog_opening_recognised",
    "backlog_opening_lost",
    "backlog_ending",
    "slipped",
    "lost",
    "lost_put_unused",
    "swept",
    "cured",
    "claims_at_default",
    "recovered_at_default",
    "deferred_cost_most",
    *CAUSED,
)
OUTCOMES: Final = (
    CHANCES
    | COUNTS
    | {name: Metric("USD", "outcome of the whole run, see outcomes.parquet") for name in AMOUNTS}
)
"""Columns of the outcomes that are figures; they have no period."""
BY_PERIOD: Final = (
    {name: Metric("USD", "statement line") for name in LINES}
    | METRICS
    | {"equity_cash": EQUITY_CASH}
    | {f"{name}{MARGIN}": Metric("share", f"{name} over revenue") for name in MARGINS}
)
"""What can be had of a period."""


class Figure(NamedTuple):
    """A figure asked for."""

    text: str  # as typed
    name: str
    period: str  # empty: the whole run, or its end

    @property
    def unit(self) -> str:
        """Its unit."""
        return (OUTCOMES | BY_PERIOD)[self.name].unit

    @property
    def is_chance(self) -> bool:
        """Whether it is 1 or 0 in each replication."""
        return self.name in CHANCES


def parse(text: str, calendar: Calendar) -> Figure:
    """A figure from METRIC or METRIC@PERIOD.

    Raises:
        ScenarioError: no such metric or period; names the nearest.
    """
    name, at, period = text.partition("@")
    if name not in BY_PERIOD and name not in OUTCOMES:
        names = (*BY_PERIOD, *OUTCOMES)
        what = f"one of {listed(METRICS, 100)}, {listed(OUTCOMES, 5)}, or a statement line"
        raise _wrong(text, f"no metric {name!r}", what, nearest(name, names))
    if at and name in OUTCOMES and name not in BY_PERIOD:
        raise _wrong(text, f"a period of {name}", "no period: it belongs to a whole run")
    if at and period not in (known := _bounds(calendar)):
        what = f"a month, quarter or whole year of {calendar.names[0]} to {calendar.names[-1]}"
        raise _wrong(text, f"the period {period!r}", what, nearest(period, known))
    return Figure(text, name, period)


def column(panel: Panel, calendar: Calendar, text: str) -> Values:
    """A figure of every replication [replications], NaN where undefined, and why.

    Raises:
        ScenarioError: no such metric or period.
    """
    return columns(panel, calendar, (parse(text, calendar),))[0]


def columns(panel: Panel, calendar: Calendar, asked: Sequence[Figure]) -> list[Values]:
    """Several figures [replications]; what they share is computed once."""
    by_period: dict[str, dict[str, Values]] = {}
    whole: dict[str, Values] | None = None
    found = []
    for figure in asked:
        if figure.name not in BY_PERIOD:
            whole = whole or of_outcomes(panel, calendar)
            found.append(whole[figure.name])
            continue
        span = _span(calendar, figure.period)
        if figure.name not in METRICS:
            found.append(_of_lines(panel, span, figure.name))
            continue
        if figure.period not in by_period:
            by_period[figure.period] = metrics.compute(panel, span)
        values = by_period[figure.period][figure.name]
        reasons = None if values.reasons is None else values.reasons[:, 0]
        found.append(Values(values.figures[:, 0], reasons))
    return found


def of_outcomes(panel: Panel, calendar: Calendar) -> dict[str, Values]:
    """All figures of the outcomes [replications]."""
    table = outcomes.columns(panel, calendar)
    figures = {name: np.asarray(table[name], np.float64) for name in COUNTS}
    figures |= {name: np.asarray(table[name]) / CENTS_PER_USD for name in AMOUNTS}
    figures["defaulted"] = (panel.defaulted < NEVER).astype(np.float64)
    figures["shortfall"] = shortfall_happened(panel).astype(np.float64)
    return {name: Values(values, None) for name, values in figures.items()}


def _of_lines(panel: Panel, span: Calendar, name: str) -> Values:
    """A statement line, equity cash or a margin over one period [replications]."""
    if name.endswith(MARGIN) and name in BY_PERIOD:
        revenue = _of_lines(panel, span, "revenue").figures
        reasons = np.where(revenue > 0, 0, metrics.NO_REVENUE).astype(np.int8)
        share = np.full(len(revenue), np.nan)
        part = _of_lines(panel, span, name.removesuffix(MARGIN)).figures
        np.divide(part, revenue, out=share, where=revenue > 0)
        return Values(share, reasons)
    if name == "equity_cash":
        flow, repaid = "operating_cash_flow", "debt_repaid_cash"
        both = line(panel.ledger, flow) + line(panel.ledger, repaid)
        return Values(sums(both, span)[:, 0] / CENTS_PER_USD, None)
    monthly = line(panel.ledger, name)
    cents = ends(monthly, span) if name in BALANCE else sums(monthly, span)
    return Values(cents[:, 0] / CENTS_PER_USD, None)


def _span(calendar: Calendar, period: str) -> Calendar:
    """A calendar of one period; empty: of the whole run."""
    bounds = _bounds(calendar)[period] if period else (0, calendar.months)
    return calendar._replace(bounds=bounds, names=(period or "whole run",))


def _bounds(calendar: Calendar) -> dict[str, tuple[int, int]]:
    """First and last bound of each month, quarter and whole year."""
    makers = (periods.by_month, periods.quarters, periods.fiscal_years)
    kinds = [make(calendar.as_of, calendar.months) for make in makers]
    return {
        name: (kind.bounds[n], kind.bounds[n + 1])
        for kind in kinds
        for n, name in enumerate(kind.names)
    }


def _wrong(text: str, found: str, expected: str, near: str = "") -> ScenarioError:
    return ScenarioError([Mistake(f"metric {text}", 0, 0, "", found, expected, near)])
