"""`run`: one scenario, many replications, one run folder."""

from __future__ import annotations

import datetime as dt
import hashlib
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gpusim.compiling import cache as compilecache
from gpusim.experiments.common.compile_schedule import helped
from gpusim.experiments.common.drawn_sets import DrawnInputs, drawn_inputs, sets_of
from gpusim.experiments.common.memory import refuse_too_many
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.common.received import code_hashes, inputs_of
from gpusim.experiments.common.replicate import BATCH, Job
from gpusim.experiments.run import fail_if
from gpusim.experiments.run.fail_if import FailIf, Judged
from gpusim.experiments.run.simulate import simulate
from gpusim.results import figures, metrics, periods
from gpusim.results.drawn.sets import DRAWN, EACH, FEWEST, FIXED
from gpusim.results.metric import Coded, Values
from gpusim.results.own import metric as own_metrics
from gpusim.results.payload import EventRow, Panel, stack
from gpusim.results.periods import Calendar
from gpusim.results.planned import Planned
from gpusim.results.replications.covenants import Covenant, covenants_of
from gpusim.results.stored import folder
from gpusim.scenario import Draft, Explained, draft, explained, finish, source_rows
from gpusim.scenario.lower import Book, lower
from gpusim.scenario.spec import Names
from gpusim.strategies import load_strategy, own_strategy

if TYPE_CHECKING:
    import polars as pl

    from gpusim.scenario import Scenario

FEWEST_WORTH_KEEPING: Final = 2
"""An interrupted run with fewer finished replications leaves nothing."""
LIBRARIES: Final = ("numba", "numpy", "polars", "pydantic", "simpy")


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    model: str
    reps: int = 100
    seed: int = 1
    shocks: tuple[str, ...] = ()
    strategy: str | None = None
    sets: tuple[str, ...] = ()
    workers: int | None = None  # None: one a core
    out: Path | None = None  # None: a new folder under runs/
    monthly: bool = False
    events: int = 0  # replications whose events are written
    engine: str = BATCH
    units: bool = False  # realised unit economics are written
    command: tuple[str, ...] = ()
    fail_if: tuple[str, ...] = ()  # conditions at which the command ends with its own exit code
    metrics: tuple[str, ...] = ()  # the user's own, FILE.py:NAME
    capital: str | None = None  # an option of capital, a bundled name or a file
    inputs: str = FIXED  # whether inputs are drawn, see `drawn_sets`, or stay as stated

    @property
    def draws(self) -> bool:
        """Whether sets of inputs are drawn: if asked for, and there are enough replications."""
        return self.inputs == DRAWN and self.reps >= FEWEST


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished or interrupted run, and where it was written (None: nothing worth keeping)."""

    request: Request
    scenario: Scenario
    names: Names
    covenants: tuple[Covenant, ...]
    explained: Explained  # how many of the scenario's numbers have a source or a reason
    path: Path | None
    panel: Panel | None
    calendar: Calendar
    values: dict[str, Values]
    summary: pl.DataFrame | None
    interrupted: bool
    seconds: dict[str, float] = field(default_factory=dict)
    judged: tuple[Judged, ...] = ()  # what came of the conditions
    metrics: tuple[Coded, ...] = ()  # the user's own
    drawn: DrawnInputs | None = None  # which inputs were drawn; None: none, all as stated

    @property
    def finished(self) -> int:
        """Replications in the result."""
        return 0 if self.panel is None else len(self.panel.replications)


def run(request: Request, progress: Progress | None = None) -> RunResult:
    """Load, simulate, check, summarise, write.

    Raises:
        ScenarioError: the scenario is wrong.
        OwnCodeError: code of the user's own cannot be loaded, or failed.
        FolderExistsError: the folder asked for exists.
        TooManyError: so many replications do not fit into memory.
        RunError: a replication failed or its books do not tie.
    """
    started = time.perf_counter()
    own = own_strategy(request.strategy)
    mine = own_metrics.loaded(own_metrics.allowed((*request.metrics, *request.fail_if)))
    drafted = _draft(request)
    scenario = finish(drafted)
    folder.refuse_target(request.out)
    with helped():
        refuse_too_many((book := lower(scenario)).state, request.reps)
        calendar, named = periods.of_model(scenario.model), book.names.facilities
        covenants = covenants_of(book.state, named)
        asked = _asked(scenario, book, covenants)
        figure = partial(figures.parse, calendar=calendar, facilities=named, own=mine, **asked)
        conditions = [fail_if.parse(text, figure) for text in request.fail_if]
        sets = sets_of(drafted, scenario, request.seed) if request.draws else None
        loaded = time.perf_counter()
        job = Job(book, request.seed, request.events, own, request.engine, request.units, sets)
        done = simulate(job, request.reps, request.workers, progress)
    simulated = time.perf_counter()
    base = RunResult(
        request,
        scenario,
        book.names,
        covenants,
        explained(source_rows(scenario)),
        None,
        None,
        calendar,
        {},
        None,
        done.interrupted,
        metrics=mine,
        drawn=drawn_inputs(sets, done.results) if sets else None,
    )
    if done.interrupted and len(done.results) < FEWEST_WORTH_KEEPING:
        return base
    panel = stack([one.payload for one in done.results.values()], 1 if sets is None else EACH)
    seconds = {"load": loaded - started, "simulate": simulated - loaded}
    events = {n: done.results[n].events for n in range(request.events) if n in done.results}
    told = figures.columns(panel, calendar, named, [one.figure for one in conditions], **asked)
    return replace(write(base, panel, events, seconds), judged=_judged(conditions, told, panel))


def _judged(
    conditions: Sequence[FailIf], told: Sequence[Values], panel: Panel
) -> tuple[Judged, ...]:
    """What came of the conditions, by the figures that each is about."""
    pairs = zip(conditions, told, strict=True)
    return tuple(one.judge(own.figures, sets=panel.sets) for one, own in pairs)


def _asked(scenario: Scenario, book: Book, covenants: tuple[Covenant, ...]) -> dict[str, Any]:
    """What figures may be asked of, besides facilities."""
    return {"plans": Planned(scenario), "covenants": covenants, "gpus": book.names.gens}


def _draft(request: Request) -> Draft:
    """The draft asked for, once a strategy of the user's own is known to load.

    Raises:
        ScenarioError: the scenario is wrong.
        StrategyError: a strategy of the user's own cannot be loaded.
    """
    own = own_strategy(request.strategy)
    if own is not None:
        load_strategy(own)
    return draft(
        request.model,
        shocks=request.shocks,
        strategy=None if own else request.strategy,
        sets=request.sets,
        capital=request.capital,
    )


def write(
    base: RunResult, panel: Panel, events: dict[int, list[EventRow]], seconds: dict[str, float]
) -> RunResult:
    """Summarise a panel and write the run folder."""
    import polars as pl

    from gpusim.results import report_tables, tables
    from gpusim.results.drawn import tables as drawn_tables
    from gpusim.results.replications import events as event_table
    from gpusim.results.replications import realised_tables

    request, scenario, quarterly = base.request, base.scenario, base.calendar
    began, named, gpus = time.perf_counter(), base.names.facilities, base.names.gens
    values = metrics.compute(panel, quarterly, named, base.metrics, base.covenants, gpus)
    summed: list[tuple[dict[str, Values], Calendar]] = [(values, quarterly)]
    files = {
        "statements": tables.statements(panel, quarterly),
        "metrics": tables.metrics(panel, quarterly, values),
        "backlog": tables.backlog(panel, quarterly),
        "outcomes": tables.outcome_table(panel, quarterly, base.covenants),
        "outcome_summary": tables.outcome_summary(panel, quarterly, named, base.covenants),
        "facilities": tables.facilities(panel, named, quarterly, base.covenants),
    }
    files |= report_tables.tables(panel, quarterly, base.covenants, source_rows(scenario))
    if events:
        files["events"] = pl.concat([event_table.table(rows, n) for n, rows in events.items()])
    if request.units:
        files |= realised_tables.of_run(panel, quarterly, base.names)
    if base.drawn is not None:
        whole = tables.own_outcomes(panel, quarterly, base.covenants)
        own, sets = base.drawn, panel.sets
        files |= drawn_tables.of_run(own.levels, own.families, values, whole, sets, quarterly.names)
    if request.monthly:
        monthly = periods.by_month(quarterly.as_of, quarterly.months, quarterly.year_ends)
        by_month = metrics.compute(panel, monthly, named, base.metrics, base.covenants, gpus)
        summed.append((by_month, monthly))
        files["statements_monthly"] = tables.statements(panel, monthly)
        files["metrics_monthly"] = tables.metrics(panel, monthly, by_month)
        files["backlog_monthly"] = tables.backlog(panel, monthly)
    files["summary"] = summary = tables.summaries(summed, base.metrics, panel.sets)
    seconds = seconds | {"summarise": time.perf_counter() - began}
    texts = {
        "scenario.toml": scenario.resolved_toml(),
        "metrics.json": folder.json_text(metrics.described(values, base.metrics)),
    } | inputs_of([scenario.tree])
    hashed, now = content_hash(request, scenario, base.drawn), dt.datetime.now(dt.UTC)
    target = request.out or folder.DEFAULT_PARENT / folder.default_name(scenario.name, hashed, now)
    told = (target, manifest(base, panel, seconds), files, texts)
    path = folder.write(*told, rename_if_taken=request.out is None)
    return replace(base, path=path, panel=panel, values=values, summary=summary, seconds=seconds)


def content_hash(request: Request, scenario: Scenario, drawn: DrawnInputs | None = None) -> str:
    """A fingerprint of all that decides the figures of a run; drawn: inputs, if any."""
    text = f"{scenario.hash()} {request.seed} {request.reps} {compilecache.source_hash()}"
    text += f" {drawn.fingerprint}" if drawn else ""
    return hashlib.sha256(text.encode()).hexdigest()


def manifest(base: RunResult, panel: Panel, seconds: dict[str, float]) -> dict[str, Any]:
    """What was run, by what, when, and how it ended."""
    request, scenario = base.request, base.scenario
    return {
        "command": list(request.command),
        "status": "interrupted" if base.interrupted else "finished",
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "model": scenario.name,
        "model_argument": request.model,
        "title": scenario.model.title,
        "as_of": scenario.model.as_of.isoformat(),
        "quarters": scenario.model.quarters,
        "assumed_share": round(base.explained.assumed_share, 4),
        "explained": base.explained._asdict(),
        "strategy": request.strategy,
        "metrics": [one.code for one in base.metrics],
        **code_hashes(request.strategy, request.shocks, (one.code for one in base.metrics)),
        "shocks": list(request.shocks),
        "shock_titles": list(scenario.shocked),
        "sets": list(request.sets),
        "capital": request.capital,
        "inputs": DRAWN if base.drawn else FIXED,
        "seed": request.seed,
        "replications": len(panel.replications),
        "replications_asked": request.reps,
        "scenario_hash": scenario.hash(),
        "rules_hash": compilecache.source_hash(),
        "engine": request.engine,
        "versions": {"python": platform.python_version()}
        | {name: version_of(name) for name in ("gpusim", *LIBRARIES)},
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "amounts": "tables: whole US cents; metrics, summary: see unit",
    }


def version_of(name: str) -> str:
    """Version of an installed package; a source tree that is not installed has none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def command_line(arguments: Sequence[str]) -> tuple[str, ...]:
    """The command as typed, for the manifest."""
    return ("gpusim", *arguments)
