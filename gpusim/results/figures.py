"""One figure a replication, by name: METRIC or METRIC@PERIOD.

A metric, one of the user's own (FILE.py:NAME, or once a command names that, the name it declares),
a figure of one loan (`dscr.FACILITY`), of one covenant (`breach.FACILITY.TEST`) or of one GPU
generation (`rent.GPU`), a figure of `units` (`planned.py`), a margin (`adjusted_ebitda_margin`: a
line over revenue), a statement line, or a column of the outcomes. Without a period a flow is summed
over the whole run, a mean is of all its months and a stock is the last; a period is a month
(2027-03), a quarter (2027Q1) or a fiscal year (2027, FY2027). Yes and no are 1 and 0, so that a
mean is a probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gpusim.economics.books.statements import LINES
from gpusim.results import metrics, periods
from gpusim.results.formulas import lenders
from gpusim.results.metric import (
    PROBABILITY,
    REASONS,
    Better,
    Books,
    Coded,
    Metric,
    Values,
    usd,
)
from gpusim.results.metrics import METRICS
from gpusim.results.payload import Panel
from gpusim.results.periods import Calendar
from gpusim.results.planned import Planned, is_planned
from gpusim.results.planned import listed as listed_plans
from gpusim.results.planned import metric_of as planned_metric
from gpusim.results.replications import outcome_metrics
from gpusim.results.replications.outcome_metrics import CHANCES
from gpusim.scenario.language.errors import Mistake, ScenarioError, listed, nearest

if TYPE_CHECKING:
    from gpusim.results.replications.covenants import Covenant

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


def _equity_cash(books: Books) -> Values:
    return usd(books.sums(books.line("operating_cash_flow") + books.line("debt_repaid_cash")))


def _line(name: str) -> Metric:
    """A line of the statements that no metric is declared for."""
    return Metric(name, "USD", "statement line", Better.NEITHER)


def _margin(of: Metric) -> Metric:
    """A line over revenue."""

    def share(books: Books) -> Values:
        revenue, part = (one.of(books).figures for one in (METRICS["revenue"], of))
        none = revenue <= 0
        figures = np.full(revenue.shape, np.nan)
        np.divide(part, revenue, out=figures, where=~none)
        return Values(figures, np.where(none, REASONS.index("no revenue"), 0).astype(np.int8))

    return Metric(f"{of.name}{MARGIN}", "share", f"{of.name} over revenue", of.better, share)


EQUITY_CASH: Final = Metric(
    "equity_cash",
    "USD",
    "operating cash flow, which is after interest, less principal repaid; before capex",
    Better.HIGHER,
    _equity_cash,
)
OUTCOMES: Final = {one.name: one for one in CHANCES} | {
    one.name: one.metric for one in outcome_metrics.OUTCOMES
}
"""Figures of a whole replication; they have no period."""
LINE_BY_LINE: Final = {name: _line(name) for name in LINES if name not in METRICS}
BY_PERIOD: Final = (
    {name: METRICS.get(name) or LINE_BY_LINE[name] for name in LINES}
    | METRICS
    | {EQUITY_CASH.name: EQUITY_CASH}
    | {
        f"{name}{MARGIN}": _margin((METRICS | {EQUITY_CASH.name: EQUITY_CASH})[name])
        for name in MARGINS
    }
)
"""What can be had of a period."""


class Figure(NamedTuple):
    """A figure asked for."""

    text: str  # as typed
    name: str
    period: str  # empty: the whole run, or its end
    own: Metric | None = None  # of the user's own

    @property
    def metric(self) -> Metric:
        """How it reads."""
        return self.own or metric_of(self.name)

    @property
    def unit(self) -> str:
        """Its unit."""
        return self.metric.unit

    @property
    def better(self) -> Better:
        """Which way it is better."""
        return self.metric.better

    @property
    def planned(self) -> bool:
        """Whether it is a figure of `units`, which nothing that is drawn moves."""
        return self.own is None and is_planned(self.name)

    @property
    def is_chance(self) -> bool:
        """Whether it is 1 or 0 in each replication."""
        return self.unit == PROBABILITY


def known(
    facilities: Sequence[str],
    contracts: Sequence[str] = (),
    covenants: Sequence[Covenant] = (),
    gpus: Sequence[str] = (),
    tenants: Sequence[str] = (),
) -> dict[str, Metric]:
    """Every figure that can be asked for of a run with these facilities, covenants and GPUs.

    contracts, and tenants of those that let power: those whose figures of `units` are among them;
    those of all together always are.
    """
    of_subjects = lenders.known(facilities, covenants, gpus)
    return BY_PERIOD | of_subjects | OUTCOMES | listed_plans(contracts, tenants)


def metric_of(name: str) -> Metric:
    """How a figure reads."""
    if is_planned(name):
        return planned_metric(name)
    return (OUTCOMES | BY_PERIOD).get(name) or metrics.metric_of(name)


def has_periods(name: str) -> bool:
    """Whether a figure can be had of a period; others belong to the whole run."""
    return name in BY_PERIOD or lenders.by_period(name)


def instead_of(figure: Figure) -> str:
    """What to write where a figure without a period tells nothing; empty: nothing else."""
    if figure.own is not None or figure.period or not has_periods(figure.name):
        return ""
    word, dot, whose = figure.name.partition(lenders.DOT)
    lowest = f"{word}{lenders.LOWEST}{dot}{whose}"
    there = lowest in OUTCOMES or lenders.family_of(lowest) is not None
    other = f", or {lowest} for the lowest" if there else ""
    return f"without a period it is that of the end: write {figure.name}@PERIOD{other}"


def parse(
    text: str,
    calendar: Calendar,
    facilities: Sequence[str],
    own: Sequence[Coded] = (),
    plans: Planned | None = None,
    covenants: Sequence[Covenant] = (),
    gpus: Sequence[str] = (),
) -> Figure:
    """A figure from METRIC or METRIC@PERIOD.

    facilities: those whose figures can be asked for, in the order of `Panel.lent`; own: metrics
    of the user's own, which go by FILE.py:NAME and by name; plans: the figures of `units`;
    covenants: in the order of `Panel.tests`; gpus: generations, in that of `Panel.market`.

    Raises:
        ScenarioError: no such metric or period; names the nearest.
    """
    name, at, period = split(text)
    mine = {key: one.metric for one in own for key in (one.code, one.metric.name)}
    if is_planned(name) and name not in mine and plans is not None:
        return _planned(text, name, at, plans)
    names = known(facilities, (), covenants, gpus) | mine
    if name not in names:
        what = "a metric; `gpusim models metrics MODEL` lists them"
        near = nearest(name, names)
        if (family := lenders.family_of(name)) is not None:
            of = [
                one.partition(lenders.DOT)[2] for one in names if one.startswith(f"{family.word}.")
            ]
            whose = lenders.SUBJECTS[family.of].plural
            what = f"{family.word}. and the name of one of its {whose}: {listed(of)}"
            near = nearest(name, [f"{family.word}.{one}" for one in of], cutoff=0.3)
        raise _wrong(text, f"no metric {name!r}", what, near)
    if at and not (name in mine or has_periods(name)):
        raise _wrong(text, f"a period of {name}", "no period: it belongs to a whole run")
    if at and period not in (spans := _bounds(calendar)):
        what = f"a month, quarter or whole year of {calendar.names[0]} to {calendar.names[-1]}"
        raise _wrong(text, f"the period {period!r}", what, nearest(period, spans))
    if name in mine:
        return Figure(f"{mine[name].name}{at}{period}", mine[name].name, period, mine[name])
    return Figure(text, name, period)


def _planned(text: str, name: str, at: str, plans: Planned) -> Figure:
    """A figure of `units`.

    Raises:
        ScenarioError: the model has no such row or figure; a period is asked for.
    """
    names = plans.names()
    if name not in names:
        what = "units.FIGURE, units.CONTRACT.FIGURE or units.KIND.NAME.FIGURE of `gpusim units`"
        raise _wrong(text, f"no figure {name!r}", what, nearest(name, names))
    if at:
        raise _wrong(text, f"a period of {name}", "no period: it belongs to the planned path")
    return Figure(text, name, "")


def split(text: str) -> tuple[str, str, str]:
    """Metric, @ and period; the path of a file may hold an @ too.

    >>> split("cash@2027"), split("a@b/mine.py:RUNWAY"), split("a@b/mine.py:RUNWAY@2027")
    (('cash', '@', '2027'), ('a@b/mine.py:RUNWAY', '', ''), ('a@b/mine.py:RUNWAY', '@', '2027'))
    """
    file, mark, rest = text.rpartition(".py:")
    name, at, period = rest.partition("@")
    return f"{file}{mark}{name}", at, period


def columns(
    panel: Panel,
    calendar: Calendar,
    facilities: Sequence[str],
    asked: Sequence[Figure],
    plans: Planned | None = None,
    covenants: Sequence[Covenant] = (),
    gpus: Sequence[str] = (),
) -> list[Values]:
    """Several figures [replications], NaN where undefined; what they share is computed once.

    plans: the figures of `units`, where some are asked for.
    """
    books: dict[str, Books] = {}
    found = []
    of_subjects = lenders.known(facilities, covenants, gpus)
    run = Books(panel, calendar, covenants)
    for figure in asked:
        if figure.planned and plans is not None:
            found.append(plans.values(figure.name, len(panel.replications)))
            continue
        if figure.own is None and not has_periods(figure.name):
            whole = OUTCOMES.get(figure.name) or of_subjects[figure.name]
            found.append(whole.of(run))
            continue
        if figure.period not in books:
            books[figure.period] = Books(panel, _span(calendar, figure.period), covenants)
        metric = figure.own or of_subjects.get(figure.name) or BY_PERIOD[figure.name]
        as_in_files = figure.own is not None or metric.name in METRICS or metric.name in of_subjects
        found.append(_of_replications(metric, books[figure.period], as_in_files=as_in_files))
    return found


def _of_replications(metric: Metric, books: Books, *, as_in_files: bool) -> Values:
    """A metric of the one period there is [replications].

    as_in_files: undefined once the firm has ended, where it is a ratio.
    """
    values = metrics.value(metric, books) if as_in_files else metric.of(books)
    reasons = None if values.reasons is None else values.reasons[:, 0]
    return Values(values.figures[:, 0], reasons)


def _span(calendar: Calendar, period: str) -> Calendar:
    """A calendar of one period; empty: of the whole run."""
    bounds = _bounds(calendar)[period] if period else (0, calendar.months)
    return calendar._replace(bounds=bounds, names=(period or "whole run",))


def _bounds(calendar: Calendar) -> dict[str, tuple[int, int]]:
    """First and last bound of each month, quarter and whole fiscal year, 2027 or FY2027."""
    makers = (periods.by_month, periods.quarters, periods.fiscal_years)
    kinds = [make(calendar.as_of, calendar.months, calendar.year_ends) for make in makers]
    found = {
        name: (kind.bounds[n], kind.bounds[n + 1])
        for kind in kinds
        for n, name in enumerate(kind.names)
    }
    return found | {f"FY{year}": found[year] for year in kinds[-1].names}


def _wrong(text: str, found: str, expected: str, near: str = "") -> ScenarioError:
    return ScenarioError([Mistake(f"metric {text}", 0, 0, "", found, expected, near)])
