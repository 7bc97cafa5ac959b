"""Reported figures beside simulated ones: errors, scores and intervals by line and quarter."""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple

from gpusim.economics.core.state import Floats
from gpusim.experiments.backtest import benchmark_forecasts as opponents
from gpusim.experiments.backtest import scoring
from gpusim.results.metric import Values
from gpusim.results.metrics import METRICS
from gpusim.results.periods import Calendar
from gpusim.scenario.reading.published.actuals import Table


class Cell(NamedTuple):
    """One line in one quarter, in one column."""

    column: str
    metric: str
    quarter: str
    ahead: int  # quarters
    unit: str
    actual: float
    median: float
    error: float
    percent: float | None  # absolute error over the reported value; of revenue for income lines
    crps: float
    low_50: float
    high_50: float
    score_50: float
    holds_50: bool
    low_80: float
    high_80: float
    score_80: float
    holds_80: bool
    pit: float
    opponents: dict[str, float | None]  # absolute errors, as `percent`


def cells_of(
    column: str,
    weights: Floats,
    table: Table,
    as_of: dt.date,
    calendar: Calendar,
    values: dict[str, Values],
) -> list[Cell]:
    """A cell a reported figure that is simulated and in the same unit."""
    cells = []
    for day in opponents.scored_days(table, as_of, tuple(METRICS)):
        ahead = quarters_between(as_of, day)
        if not 1 <= ahead <= len(calendar.names):
            continue
        revenue = opponents.reported(table, day, "revenue")
        for metric in METRICS:
            outcome = table.get((day, metric))
            if outcome is None or outcome.unit != METRICS[metric].unit:
                continue
            against = revenue if metric in INCOME else abs(outcome.value)
            rivals = opponents.forecasts(table, as_of, metric, ahead)
            figures, y = values[metric].figures[:, ahead - 1], outcome.value
            where = (column, metric, calendar.names[ahead - 1], ahead, outcome.unit)
            told = {
                name: None if told is None else _share(told, y, against)
                for name, told in rivals.items()
            }
            cells.append(_cell(where, figures, weights, y, against, told))
    return cells


def _cell(
    where: tuple[str, str, str, int, str],
    figures: Floats,
    weights: Floats,
    y: float,
    against: float | None,
    opponents_errors: dict[str, float | None],
) -> Cell:
    """A reported figure beside what was simulated.

    where: column, metric, quarter, quarters ahead, unit; y: as reported; against: what errors are
    shares of.
    """
    half, wide = (scoring.interval(figures, weights, y, p) for p in (0.5, 0.8))
    median = scoring.quantile(figures, weights, 0.5)
    return Cell(
        *where,
        y,
        median,
        median - y,
        _share(median, y, against),
        scoring.crps(figures, weights, y),
        half.low,
        half.high,
        half.score,
        half.holds,
        wide.low,
        wide.high,
        wide.score,
        wide.holds,
        scoring.pit(figures, weights, y),
        opponents_errors,
    )


def _share(forecast: float, outcome: float, against: float | None) -> float | None:
    return abs(forecast - outcome) / against if against else None


def quarters_between(first: dt.date, last: dt.date) -> int:
    """Quarters from one quarter end to another."""
    return (last.year - first.year) * 4 + (last.month - first.month) // 3


INCOME: Final = frozenset(
    {"operating_income", "adjusted_operating_income", "net_income", "operating_cash_flow"}
)
"""Lines near zero: errors are counted in points of revenue."""
