"""The two tables of a run: the quarters, and what becomes of the opening backlog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from gpusim.economics.books.checks import LOSSES
from gpusim.economics.books.ledger import COST_LINES
from gpusim.economics.core import state
from gpusim.economics.core.state import Floats, Ints
from gpusim.reports.layout import (
    MILLION,
    QUARTERS_SHOWN,
    Format,
    Row,
    money_decimals,
    number,
    percent,
)
from gpusim.results import metrics, periods
from gpusim.results.metric import PROBABILITY, Books, Coded, Values
from gpusim.results.moves import OPENING_VINTAGE
from gpusim.results.payload import Panel
from gpusim.results.periods import Calendar
from gpusim.results.replications import outcomes
from gpusim.units_of_measure import CENTS_PER_USD

BAND: Final = (10, 50, 90)
INCOME_ROWS: Final = (
    ("revenue", "Revenue"),
    *((line.statement, line.title) for line in COST_LINES),
    ("impairment", "Impairment"),
    ("disposal_gain", "Gain or loss on disposals"),
    ("operating_income", "Operating income"),
    ("interest_expense", "Interest expense"),
    ("other_income_net", "Other income, net"),
    ("income_tax", "Income tax"),
    ("net_income", "Net income"),
)
"""The income statement: its means add up, medians need not."""
STATEMENT_ROWS: Final = (
    *INCOME_ROWS,
    ("adjusted_operating_income", "Adjusted operating income"),
    ("adjusted_ebitda", "Adjusted EBITDA"),
    ("depreciation_and_amortization", "D&A"),
    ("capex_in_service", "Capex, placed in service"),
    ("capex_cash", "Capex, cash"),
    ("cash", "Cash"),
    ("debt_principal", "Debt, principal"),
    ("backlog", "Backlog"),
    ("rpo", "RPO"),
    ("active_mw", "Active MW"),
    ("utilisation", "Utilisation"),
    ("dscr", "DSCR"),
    ("operating_cash_cover", "Operating cash cover"),
)
NOT_OF_ALL: Final = ("impairment", "disposal_gain")
"""Lines of the statements that are left out where nothing of them is to be seen."""
STRONG: Final = ("revenue", "operating_income", "adjusted_ebitda", "net_income", "cash")


class Spans:
    """The columns of a report: the first quarters, then whole fiscal years."""

    def __init__(self, panel: Panel, quarterly: Calendar) -> None:
        yearly = periods.fiscal_years(quarterly.as_of, quarterly.months, quarterly.year_ends)
        self.panel = panel
        self.calendars = (quarterly, yearly)
        self.shown = (min(QUARTERS_SHOWN, len(quarterly.names)), len(yearly.names))
        self.names = [
            *quarterly.names[: self.shown[0]],
            *(f"FY{name}" for name in yearly.names),
        ]

    def join(self, quarterly: Floats, yearly: Floats) -> Floats:
        """Figures [replications, quarters] and [replications, years] of the columns shown."""
        return np.concatenate([quarterly[:, : self.shown[0]], yearly], axis=1)

    def movement(self, move: int, vintage: int | None, cause: int | None = None) -> Floats:
        """A backlog movement in the columns shown [USD]."""
        parts = [
            self.panel.backlog.movement(calendar, move, vintage, cause)
            if calendar.names
            else np.zeros((len(self.panel.replications), 0), np.int64)
            for calendar in self.calendars
        ]
        return self.join(parts[0] / CENTS_PER_USD, parts[1] / CENTS_PER_USD)

    def share(self, cumulated: tuple[Ints, Ints], whole: Ints) -> Floats:
        """Cumulated amounts as a share of a whole a replication; NaN where that is zero."""
        joined = self.join(cumulated[0].astype(float), cumulated[1].astype(float))
        parts = np.full(joined.shape, np.nan)
        np.divide(joined, whole[:, None], out=parts, where=whole[:, None] != 0)
        return parts


def statement_rows(spans: Spans, quarterly: dict[str, Values]) -> list[Row]:
    """Median and 80% band of the lines people read first, USD m."""
    yearly = spans.calendars[1]
    by_year = metrics.compute(spans.panel, yearly) if yearly.names else None
    empty = np.zeros((len(spans.panel.replications), 0))
    figures = {
        name: spans.join(quarterly[name].figures, by_year[name].figures if by_year else empty)
        for name, _ in STATEMENT_ROWS
    }
    money = number(money_decimals(figures["revenue"]))
    return [
        _banded(
            label, *_scaled(metrics.METRICS[name].unit, figures[name], money), strong=name in STRONG
        )
        for name, label in STATEMENT_ROWS
        if name not in NOT_OF_ALL or figures[name].any()
    ]


def own_rows(spans: Spans, result: dict[str, Values], own: Sequence[Coded]) -> list[Row]:
    """Median and 80% band of the user's own metrics, in their units; USD as USD m."""
    yearly = spans.calendars[1]
    empty = np.zeros((len(spans.panel.replications), 0))
    rows = []
    for _, metric in own:
        books = Books(spans.panel, yearly)
        by_year = metrics.value(metric, books).figures if yearly.names else empty
        figures = spans.join(result[metric.name].figures, by_year)
        money = number(money_decimals(figures))
        label = f"{metric.name}, {'USD m' if metric.unit == 'USD' else metric.unit}"
        rows.append(_banded(label, *_scaled(metric.unit, figures, money)))
    return rows


def backlog_rows(spans: Spans, quarterly: Calendar) -> list[Row]:
    """The opening backlog: means that add up, USD m, then the share recognised and its band."""
    opening = outcomes.opening_backlog(spans.panel)
    money = number(money_decimals(opening / CENTS_PER_USD))
    first = OPENING_VINTAGE

    def mean(label: str, figures: Floats, *, strong: bool = False) -> Row:
        return Row(label, figures.mean(axis=0) / MILLION, None, None, money, strong)

    rows = [
        mean("Planned (losses when lost)", spans.movement(state.PLANNED, first)),
        mean("Recognised", spans.movement(state.RECOGNISED, first), strong=True),
        mean("Slipped, net", spans.movement(state.SLIPPED, first)),
    ]
    slips = [mean(f"  held up by {name}", f) for name, f in _by_cause(spans, (state.SLIPPED,))]
    rows += [row for row in slips if row.shows()]
    through = list(_by_cause(spans, LOSSES, (state.REPRICED,)))
    unused = spans.movement(state.EXPIRED, first, state.N_CAUSES)
    rows.append(mean("Lost", np.sum([f for _, f in through], axis=0) + np.zeros_like(unused)))
    rows += [mean(f"  through {name}", f) for name, f in through]
    if unused.any():
        rows.append(mean("Backstop unused", unused))
    later = spans.movement(state.RECOGNISED, None) - spans.movement(state.RECOGNISED, first)
    if later.any():
        rows.append(mean("Recognised, signed later", later))
    rows.append(_share_row(spans, quarterly))
    return rows


def _share_row(spans: Spans, quarterly: Calendar) -> Row:
    cumulated = outcomes.of_opening(spans.panel, quarterly, state.RECOGNISED)
    yearly = spans.calendars[1]
    at_year_end = [quarterly.bounds.index(month) - 1 for month in yearly.bounds[1:]]
    whole = outcomes.convertible(spans.panel, quarterly)
    share = spans.share((cumulated, cumulated[:, at_year_end]), whole)
    return _banded("Share recognised, cumulative", share, percent, strong=True)


def _by_cause(
    spans: Spans, moves: tuple[int, ...], less: tuple[int, ...] = ()
) -> Iterator[tuple[str, Floats]]:
    """The opening backlog's movements by cause, less others; causes without any left out."""
    for cause, name in enumerate(state.CAUSES):
        parts = [spans.movement(move, OPENING_VINTAGE, cause) for move in moves]
        parts += [-spans.movement(move, OPENING_VINTAGE, cause) for move in less]
        total = np.sum(parts, axis=0)
        if total.any():
            yield name, total


def _scaled(unit: str, figures: Floats, money: Format) -> tuple[Floats, Format]:
    if unit == "USD":
        return figures / MILLION, money
    if unit in ("share", PROBABILITY):
        return figures, percent
    return figures, number(0 if unit in ("MW", "GPUs") else 2)


def _banded(label: str, figures: Floats, show: Format, *, strong: bool = False) -> Row:
    low, middle, high = (
        np.array([np.percentile(c, p) if len(c) else np.nan for c in _defined(figures)])
        for p in BAND
    )
    return Row(label, middle, low, high, show, strong)


def _defined(figures: Floats) -> list[Floats]:
    return [column[~np.isnan(column)] for column in figures.T]
