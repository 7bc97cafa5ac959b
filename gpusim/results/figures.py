"""One figure a replication, by name: METRIC or METRIC@PERIOD.

A metric, a facility's own cover (`dscr.FACILITY`), a margin (`adjusted_ebitda_margin`: a line over
revenue), a statement line, or a column of the outcomes. Without a period a flow is summed over the
whole run and a stock is the last; a period is a month (2027-03), a quarter (2027Q1) or a whole
calendar year (2027). Yes and no are 1 and 0, so that a mean is a probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.books.statements import BALANCE, LINES, line
from gpusim.economics.core.state import CAUSES, NEVER
from gpusim.economics.debt.sizing import CAPS
from gpusim.results import metrics, outcomes, periods
from gpusim.results.metrics import METRICS, OWN_COVER, Metric, Values
from gpusim.results.payload import Panel, shortfall_happened
from gpusim.results.periods import Calendar, ends, sums
from gpusim.scenario.language.errors import Mistake, ScenarioError, listed, nearest
from gpusim.units_of_measure import CENTS_PER_USD

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
AMOUNTS: Final = (
    {
        "shortfall_worst": "most that was unpaid at once",
        "liquidity_lowest": "lowest cash and revolver at a month's end",
        "cash_ending": "cash at the end",
        "debt_ending": "face of all debt at the end",
        "backlog_opening": "backlog on the as-of day",
        "backlog_opening_recognised": "of it, became revenue",
        "backlog_opening_lost": "of it, lost; lower prices are no loss",
        "backlog_ending": "backlog at the end",
        "slipped": "value that moved to a later month, as often as it did",
        "lost": "value of all contracts lost; an unused backstop is no loss",
        "backstop_unused": "value of backstops that expired unused",
        "backlog_opening_unused": "of the opening backlog, backstops that expired unused",
        "backlog_opening_convertible": "of it, could become revenue: with what its prepayments "
        "grew by, without unused backstops",
        "raised_debt": "face of notes issued for the firm's own outlook",
        "raised_equity": "shares issued for it, before costs",
        "swept": "repaid by cash sweeps",
        "cured": "paid in by shareholders to cure covenants",
        "claims_at_default": "owed to lenders on the day the firm ended",
        "recovered_at_default": "what they got of it",
        "deferred_cost_most": "of orders waiting for money at once, at most",
    }
    | {f"slipped_{c.replace('-', '_')}": f"slipped, held up by {c}" for c in CAUSES}
    | {f"lost_{c.replace('-', '_')}": f"lost through {c}" for c in CAUSES}
    | {
        f"sized_by_{cap.lower().replace(' ', '_')}": f"of sized loans, what {cap} bound"
        for cap in CAPS
    }
)
OUTCOMES: Final = (
    CHANCES | COUNTS | {name: Metric("USD", meaning) for name, meaning in AMOUNTS.items()}
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
        return metric_of(self.name).unit

    @property
    def is_chance(self) -> bool:
        """Whether it is 1 or 0 in each replication."""
        return self.name in CHANCES


def known(facilities: Sequence[str]) -> dict[str, Metric]:
    """Every figure that can be asked for of a run with these facilities."""
    own = [OWN_COVER + name for name in facilities]
    return BY_PERIOD | {name: metrics.metric_of(name) for name in own} | OUTCOMES


def metric_of(name: str) -> Metric:
    """How a figure reads."""
    return (OUTCOMES | BY_PERIOD).get(name) or metrics.metric_of(name)


def has_periods(name: str) -> bool:
    """Whether a figure can be had of a period; others belong to the whole run."""
    return name in BY_PERIOD or name.startswith(OWN_COVER)


def parse(text: str, calendar: Calendar, facilities: Sequence[str]) -> Figure:
    """A figure from METRIC or METRIC@PERIOD.

    facilities: those whose own cover can be asked for, in the order of `Panel.lent`.

    Raises:
        ScenarioError: no such metric or period; names the nearest.
    """
    name, at, period = text.partition("@")
    names = known(facilities)
    if name not in names:
        what = "a metric; `gpusim models metrics MODEL` lists them"
        near = nearest(name, names)
        if name.startswith(OWN_COVER):
            what = f"the own cover of one of its facilities: {listed(facilities)}"
            near = nearest(name, [OWN_COVER + facility for facility in facilities], cutoff=0.3)
        raise _wrong(text, f"no metric {name!r}", what, near)
    if at and not has_periods(name):
        raise _wrong(text, f"a period of {name}", "no period: it belongs to a whole run")
    if at and period not in (spans := _bounds(calendar)):
        what = f"a month, quarter or whole year of {calendar.names[0]} to {calendar.names[-1]}"
        raise _wrong(text, f"the period {period!r}", what, nearest(period, spans))
    return Figure(text, name, period)


def columns(
    panel: Panel, calendar: Calendar, facilities: Sequence[str], asked: Sequence[Figure]
) -> list[Values]:
    """Several figures [replications], NaN where undefined; what they share is computed once."""
    by_period: dict[str, dict[str, Values]] = {}
    whole: dict[str, Values] | None = None
    found = []
    for figure in asked:
        if not has_periods(figure.name):
            whole = whole or of_outcomes(panel, calendar)
            found.append(whole[figure.name])
            continue
        span = _span(calendar, figure.period)
        if figure.name in BY_PERIOD and figure.name not in METRICS:
            found.append(_of_lines(panel, span, figure.name))
            continue
        if figure.period not in by_period:
            by_period[figure.period] = metrics.compute(panel, span, facilities)
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
