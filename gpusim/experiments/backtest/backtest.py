"""`backtest`: simulate forward from a model's as-of day and score it against reported figures.

Two columns. `without guidance` weighs all replications alike. `guidance as an input` weighs them by
how likely the company's guidance for the next quarter makes them: outcome over midpoint is taken
as normal about a beat that starts from a stated prior (`PRIORS`), worth one round, and learns from
the rounds whose outcome was known on the as-of day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from gpusim.compiling import cache as compilecache
from gpusim.economics.core.state import Floats
from gpusim.experiments.backtest import benchmark_forecasts as opponents
from gpusim.experiments.backtest import scoring
from gpusim.experiments.backtest.cells import Cell, cells_of
from gpusim.experiments.common import sampled_inputs as drawn
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.common.replicate import BATCH, Job
from gpusim.experiments.run.simulate import simulate
from gpusim.results import metrics, periods
from gpusim.results.metric import Values
from gpusim.results.metrics import METRICS
from gpusim.results.payload import stack
from gpusim.results.periods import Calendar
from gpusim.scenario import Scenario, load
from gpusim.scenario.language.errors import ScenarioError
from gpusim.scenario.lower import lower
from gpusim.scenario.reading.files import read_bytes
from gpusim.scenario.reading.published.actuals import Table, bundled, read

BUNDLED_UNTIL: Final = dt.date(2025, 12, 31)
FEWEST_MEMBERS: Final = 0.1
"""Weights by guidance are flattened until they are worth this share of the replications."""
COLUMNS: Final = ("without guidance", "guidance as an input")
ALIASES: Final = {
    "technology_infrastructure": "technology_and_infrastructure",
    "sales_marketing": "sales_and_marketing",
    "general_administrative": "general_and_administrative",
    "depreciation_amortization": "depreciation_and_amortization",
    "adj_operating_income": "adjusted_operating_income",
    "interest_expense_net": "interest_expense",
    "interest_expense_debt_only": "interest_expense_debt",
    "stock_based_compensation": "stock_compensation",
    "capex_reported": "capex_in_service",
    "capex_reported_check": "capex_in_service",
    "capex": "capex_in_service",
    "capex_cash_revised": "capex_cash",
    "cash_and_equivalents": "cash",
    "accounts_receivable": "receivables",
    "total_debt_principal": "debt_principal",
    "deferred_revenue_total": "deferred_revenue",
    "revenue_backlog": "backlog",
    "active_power": "active_mw",
    "contracted_power": "contracted_mw",
    "total_stockholders_equity": "equity",
}
"""Metrics by the captions of filings."""


class Prior(NamedTuple):
    """What is taken to hold of a company's guidance before any round was seen."""

    beat: float  # outcome over midpoint, less one [share]; of lines near zero, the difference
    sd: float  # of one round [share]; of lines near zero, both in shares of guided revenue


PRIORS: Final = {
    "revenue": Prior(0.02, 0.04),
    "capex_in_service": Prior(0.0, 0.25),
    "interest_expense": Prior(0.0, 0.10),
    "adjusted_operating_income": Prior(0.0, 0.025),
}
"""Assumed, not fitted: guidance for the next quarter is set to be met, so revenue a little above
its midpoint and within a few percent; what is placed in service moves by whole sites; interest
follows draws whose dates are open; adjusted operating income is given with a range of three points
of revenue. Ranges: beats 0 to 4%, -25 to 25%, -10 to 10%, -4 to 4 points."""


class Opinion(NamedTuple):
    """How the guidance weighs the replications (None: the model's operator gave none)."""

    weights: Floats
    power: float  # 1, or less where the weights had to be flattened
    members: float  # equally weighted replications it is worth
    lines: tuple[str, ...]


class Backtest(NamedTuple):
    """A backtest's record and its cells."""

    record: dict[str, Any]
    cells: list[Cell]
    forecasts: list[dict[str, Any]]  # next quarter, of lines with guidance


def backtest(
    model: str,
    actuals: Path | None,
    reps: int,
    seed: int,
    workers: int | None,
    inputs: int = 0,
    progress: Progress | None = None,
) -> Backtest:
    """Simulate, and score every reported line and quarter after the as-of day.

    actuals: a table of reported figures; it goes over the bundled one of the model's operator;
    inputs: points at which uncertain inputs are drawn (`sampled_inputs`), each with its share of
    the replications; 0: as the file says.

    Raises:
        ScenarioError: the model or the table is wrong.
        RunError: a replication failed or its books do not tie.
        KeyboardInterrupt: interrupted.
    """
    scenario = load(model)
    table, files = _table(scenario.name, actuals)
    as_of = scenario.model.as_of
    points = max(inputs, 1)
    each = max(reps // points, 1)
    reps = each * points
    record = _record(scenario, table, files, reps, seed, inputs)  # hashed before anything is scored
    calendar = periods.of_model(scenario.model)
    sets: list[tuple[str, ...]] = [()] * points
    if inputs:
        levels = drawn.levels(points, seed)
        sets = [drawn.settings(scenario, levels[point]) for point in range(points)]
    values = _simulated(model, sets, each, seed, workers, calendar, progress)
    opinion = weigh(table, as_of, values, reps)
    record["guidance"] = _opinion_record(opinion, reps)
    columns = {COLUMNS[0]: scoring.equal(reps)}
    if opinion is not None:
        columns[COLUMNS[1]] = opinion.weights
    cells = [
        cell
        for column, weights in columns.items()
        for cell in cells_of(column, weights, table, as_of, calendar, values)
    ]
    record["newest_figure_scored"] = max(
        (opponents.quarter_after(as_of, cell.ahead).isoformat() for cell in cells), default=None
    )
    return Backtest(record, cells, _ahead(table, as_of, values, columns))


def _simulated(
    model: str,
    points: Sequence[tuple[str, ...]],
    each: int,
    seed: int,
    workers: int | None,
    calendar: Calendar,
    progress: Progress | None,
) -> dict[str, Values]:
    """The metrics of so many replications at each point, one point after the other.

    points: the settings of each; seed: of the first, one more each.
    """
    parts, reps = [], each * len(points)
    for point, sets in enumerate(points):
        report = None if progress is None else partial(_report_after, progress, each * point, reps)
        parts.append(_played(model, sets, each, seed + point, workers, calendar, report))
    return {
        name: Values(np.concatenate([part[name].figures for part in parts]), None)
        for name in METRICS
    }


def _played(
    model: str,
    sets: tuple[str, ...],
    reps: int,
    seed: int,
    workers: int | None,
    calendar: Calendar,
    progress: Progress | None,
) -> dict[str, Values]:
    """Metrics of a point's replications, books checked."""
    job = Job(lower(load(model, sets=sets)), seed, 0, None, BATCH)
    done = simulate(job, reps, workers, progress)
    if done.interrupted:
        raise KeyboardInterrupt
    panel = stack([replicated.payload for replicated in done.results.values()])
    return metrics.compute(panel, calendar)


def _report_after(report: Progress, before: int, of: int, done: int, _: int) -> None:
    """Tell of replications done, counted after those of earlier points."""
    report(before + done, of)


def weigh(table: Table, as_of: dt.date, values: dict[str, Values], reps: int) -> Opinion | None:
    """Weights of the replications under the guidance for the next quarter."""
    log = np.zeros(reps)
    lines = []
    for metric, prior in PRIORS.items():
        middle = opponents.guided_next(table, as_of, metric)
        if middle is None or unit_of_beat(table, as_of, metric) <= 0:
            continue
        mean, sd = expected_beat(table, as_of, metric, prior)
        expected = opponents.beaten(middle, mean, metric)
        away = (values[metric].figures[:, 0] - expected) / (sd * unit_of_beat(table, as_of, metric))
        log -= 0.5 * away**2
        lines.append(metric)
    if not lines:
        return None
    weights, power = scoring.tempered(log, FEWEST_MEMBERS * reps)
    return Opinion(weights, power, scoring.members_worth(weights), tuple(lines))


def expected_beat(table: Table, as_of: dt.date, metric: str, prior: Prior) -> tuple[float, float]:
    """Mean of the next beat, and its standard deviation in `unit_of_beat`.

    The prior, worth one round, and the rounds seen. The mean is a share of the midpoint, or [USD]
    for lines near zero.
    """
    own = opponents.beat(table, as_of, metric)
    rounds, mean = (own.rounds, own.mean) if own else (0, 0.0)
    worth = 1 + rounds
    first = prior.beat
    if metric in opponents.ADDED:
        first *= unit_of_beat(table, as_of, metric)
    return (first + rounds * mean) / worth, prior.sd * float(np.sqrt(1 + 1 / worth))


def unit_of_beat(table: Table, as_of: dt.date, metric: str) -> float:
    """What one is in shares of a prior: the midpoint, for lines near zero that of revenue [USD]."""
    whole = "revenue" if metric in opponents.ADDED else metric
    return opponents.guided_next(table, as_of, whole) or 0.0


def _table(name: str, actuals: Path | None) -> tuple[Table, list[Path]]:
    """Reported figures: the bundled ones, and over them those of the user."""
    own = bundled(name)
    files = [path for path in (own, actuals) if path is not None]
    if not files:
        raise ScenarioError([f"{name} has no bundled table of reported figures; give --actuals"])
    table: Table = {}
    if own is not None:
        table |= {key: row for key, row in read(own, ALIASES).items() if key[0] <= BUNDLED_UNTIL}
    if actuals is not None:
        table |= read(actuals, ALIASES)
    return table, files


def _record(
    scenario: Scenario, table: Table, files: list[Path], reps: int, seed: int, inputs: int
) -> dict[str, Any]:
    as_of = scenario.model.as_of
    told = [s.published or s.as_of or as_of for s in scenario.sources.values()]
    tables = {
        path.name: hashlib.sha256(read_bytes(path, path.name, "a CSV file")).hexdigest()
        for path in files
    }
    parts = [scenario.hash(), str(seed), str(reps), compilecache.source_hash()]
    parts += [str(inputs), repr((drawn.DRAWN, drawn.CLOCKS)), repr(PRIORS)]
    reasons = [a.reason for a in scenario.assumptions.values()]
    reasons += [s.source for s in scenario.sources.values()]
    known = sorted(
        f"{day} {name} {row.value}" for (day, name), row in table.items() if day <= as_of
    )
    return {
        "model": scenario.name,
        "as_of": as_of.isoformat(),
        "newest_datum": max(told, default=as_of).isoformat(),
        "replications": reps,
        "seed": seed,
        "input_points": inputs,
        "scenario_hash": scenario.hash(),
        "rules_hash": compilecache.source_hash(),
        "inputs_hash": hashlib.sha256("\n".join(parts + known).encode()).hexdigest(),
        "actuals": tables,
        "guidance_in_model": any(re.search(r"\bguid", text) for text in reasons),
    }


def _opinion_record(opinion: Opinion | None, reps: int) -> dict[str, Any]:
    if opinion is None:
        return {"modelled": False, "why": "no guidance for the next quarter in the table"}
    return {
        "modelled": True,
        "lines": list(opinion.lines),
        "replications_worth": round(opinion.members, 1),
        "power": round(opinion.power, 4),
        "of": reps,
    }


def _ahead(
    table: Table, as_of: dt.date, values: dict[str, Values], columns: dict[str, Floats]
) -> list[dict[str, Any]]:
    """Next quarter's forecast beside the guidance for it."""
    rows = []
    for metric in METRICS:
        middle = opponents.guided_next(table, as_of, metric)
        if middle is None:
            continue
        row: dict[str, Any] = {"metric": metric, "guidance": middle}
        for column, weights in columns.items():
            figures = values[metric].figures[:, 0]
            row[column] = [scoring.quantile(figures, weights, p) for p in (0.1, 0.5, 0.9)]
        rows.append(row)
    return rows
