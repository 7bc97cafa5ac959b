"""`run`: one scenario, many replications, one run folder."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gpusim.compiling import cache as compilecache
from gpusim.engines import batch
from gpusim.experiments.common import pool
from gpusim.experiments.common.compile_schedule import COMPILED_BATCH, compile_rules, helped
from gpusim.experiments.common.memory import refuse_too_many
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.common.received import code_hashes, inputs_of
from gpusim.experiments.common.replicate import BATCH, Job, Replicated, replicate, replicate_chunk
from gpusim.experiments.run import fail_if
from gpusim.experiments.run.fail_if import Judged
from gpusim.results import figures, metrics, periods
from gpusim.results.metric import Coded, Values
from gpusim.results.own import metric as own_metrics
from gpusim.results.payload import EventRow, Panel, stack
from gpusim.results.periods import Calendar
from gpusim.results.planned import Planned
from gpusim.results.replications.covenants import Covenant, covenants_of
from gpusim.results.stored import folder
from gpusim.scenario import Explained, explained, load, source_rows
from gpusim.scenario.lower import Book, lower
from gpusim.scenario.spec import Names
from gpusim.strategies import is_python, load_strategy, own_strategy
from gpusim.units_of_measure import date_of

if TYPE_CHECKING:
    import polars as pl

    from gpusim.scenario import Scenario

FEWEST_WORTH_KEEPING: Final = 2
"""An interrupted run with fewer finished replications leaves nothing."""
WARM_UP: Final = 2
"""Replications run before workers are started."""
WORTH_WORKERS: Final = 3.0
"""Processor time that workers are started for [s]; each takes about two seconds to load."""
LIBRARIES: Final = ("numba", "numpy", "polars", "pydantic", "simpy")


class RunError(Exception):
    """The run failed, and why; nothing was written."""


class ClusterError(RunError):
    """A cluster cannot go on, and why; points that arrived are kept."""


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
    scenario = _load(request)
    folder.refuse_target(request.out)
    with helped():
        book = lower(scenario)
        refuse_too_many(book.state, request.reps)
        calendar = periods.of_model(scenario.model)
        named = book.names.facilities
        covenants = covenants_of(book.state, named)
        asked = _asked(scenario, book, covenants)
        figure = partial(figures.parse, calendar=calendar, facilities=named, own=mine, **asked)
        conditions = [fail_if.parse(text, figure) for text in request.fail_if]
        loaded = time.perf_counter()
        job = Job(book, request.seed, request.events, own, request.engine, request.units)
        done = simulate(job, request, progress)
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
    )
    if done.interrupted and len(done.results) < FEWEST_WORTH_KEEPING:
        return base
    panel = stack([replicated.payload for replicated in done.results.values()])
    seconds = {"load": loaded - started, "simulate": simulated - loaded}
    events = {n: done.results[n].events for n in range(request.events) if n in done.results}
    told = figures.columns(panel, calendar, named, [one.figure for one in conditions], **asked)
    judged = tuple(one.judge(own.figures) for one, own in zip(conditions, told, strict=True))
    return replace(write(base, panel, events, seconds), judged=judged)


def _asked(scenario: Scenario, book: Book, covenants: tuple[Covenant, ...]) -> dict[str, Any]:
    """What figures may be asked of, besides facilities."""
    return {"plans": Planned(scenario), "covenants": covenants, "gpus": book.names.gens}


def _load(request: Request) -> Scenario:
    """The scenario asked for, once a strategy of the user's own is known to load.

    Raises:
        ScenarioError: the scenario is wrong.
        StrategyError: a strategy of the user's own cannot be loaded.
    """
    own = own_strategy(request.strategy)
    if own is not None:
        load_strategy(own)
    return load(
        request.model,
        shocks=request.shocks,
        strategy=None if own else request.strategy,
        sets=request.sets,
        capital=request.capital,
    )


def simulate(job: Job, request: Request, progress: Progress | None) -> pool.Done[Replicated]:
    """All replications, books checked.

    Raises:
        RunError: a replication failed or its books do not tie.
    """
    report = progress or (lambda done, of: None)
    report(0, request.reps)
    narrated = range(min(job.narrated, request.reps))
    try:
        done = one_by_one(job, narrated, request, report)
        rest = range(len(narrated), request.reps)
        if rest and not done.interrupted:
            counted = partial(report_after, report, len(narrated), request.reps)
            if job.engine == BATCH and job.strategy is None and not job.units:
                more = in_batch(job, rest, request.workers, counted)
            else:
                more = one_by_one(job, rest, request, counted)
            done = pool.Done(done.results | more.results, more.interrupted)
    except (pool.TaskError, pool.WorkerDiedError) as error:
        raise RunError(str(error)) from error
    refuse_untied(job, done.results)
    if len(done.results) > job.narrated:
        compilecache.note(compiled_by(job.engine, job.strategy))
    return done


def report_after(report: Progress, before: int, of: int, done: int, _: int) -> None:
    """Report replications done, counted after some that were done before."""
    report(before + done, of)


def in_batch(
    job: Job, numbers: Sequence[int], workers: int | None, report: Progress
) -> pool.Done[Replicated]:
    """Replications in the batch engine, by the chunk, on threads; rules are compiled first."""
    try:
        compile_rules()
    except KeyboardInterrupt:
        return pool.Done({}, interrupted=True)
    run = batch.Batch(job.book.state, job.book.spec, job.seed)
    return pool.on_threads(
        partial(replicate_chunk, run), numbers, workers or os.cpu_count() or 1, report
    )


def one_by_one(
    job: Job, numbers: Sequence[int], request: Request, report: Progress
) -> pool.Done[Replicated]:
    """Replications one at a time, on processes where they are worth it.

    The first is run here, so that rules are compiled once; the next tells how much processor time
    one takes: on a busy machine the wall would tell of others, and of work that is worth no worker.
    """
    moments = [time.thread_time()]

    def timed(done: int, of: int) -> None:
        moments.append(time.thread_time())
        report(done, of)

    done = pool.run(replicate, job, numbers[:WARM_UP], 1, timed)
    rest = numbers[WARM_UP:]
    if not rest or done.interrupted:
        return done
    workers = request.workers or enough_workers((moments[-1] - moments[-2]) * len(rest))
    counted = partial(report_after, report, WARM_UP, len(numbers))
    more = pool.run(replicate, job, rest, workers, counted)
    return pool.Done(done.results | more.results, more.interrupted)


def enough_workers(seconds: float) -> int:
    """One a core, or none besides this process where starting them would take longer."""
    return 1 if seconds < WORTH_WORKERS else os.cpu_count() or 1


def refuse_untied(job: Job, results: dict[int, Replicated]) -> None:
    """Check that every replication's books tie.

    Raises:
        RunError: they do not; names the check, the replication and the month.
    """
    for number, replicated in sorted(results.items()):
        if (breach := replicated.breach) is not None:
            month = date_of(job.book.spec.month_end[breach.month])
            raise RunError(
                f"replication {number}: the books do not tie in {month:%Y-%m}: "
                f"{breach.check} is off by {breach.residual}"
            )


def compiled(engine: str = BATCH, strategy: str | None = None) -> bool:
    """Whether the rules that replications need were compiled before on this machine."""
    return compilecache.knows(COMPILED_BATCH, compiled_by(engine, strategy))


def compiled_by(engine: str, strategy: str | None) -> str:
    """What a run compiles; the batch engine's chunks hold every rule."""
    if engine == BATCH and not is_python(strategy):
        return COMPILED_BATCH
    return f"compiled-{engine}-one-by-one"


def write(
    base: RunResult, panel: Panel, events: dict[int, list[EventRow]], seconds: dict[str, float]
) -> RunResult:
    """Summarise a panel and write the run folder."""
    import polars as pl

    from gpusim.results import report_tables, tables
    from gpusim.results.replications import events as event_table
    from gpusim.results.replications import realised_tables

    request, scenario, quarterly = base.request, base.scenario, base.calendar
    began = time.perf_counter()
    named, gpus = base.names.facilities, base.names.gens
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
    if request.monthly:
        monthly = periods.by_month(quarterly.as_of, quarterly.months, quarterly.year_ends)
        by_month = metrics.compute(panel, monthly, named, base.metrics, base.covenants, gpus)
        summed.append((by_month, monthly))
        files["statements_monthly"] = tables.statements(panel, monthly)
        files["metrics_monthly"] = tables.metrics(panel, monthly, by_month)
        files["backlog_monthly"] = tables.backlog(panel, monthly)
    files["summary"] = summary = tables.summaries(summed, base.metrics)
    seconds = seconds | {"summarise": time.perf_counter() - began}
    texts = {
        "scenario.toml": scenario.resolved_toml(),
        "metrics.json": folder.json_text(metrics.described(values, base.metrics)),
    } | inputs_of([scenario.tree])
    target = request.out or folder.DEFAULT_PARENT / folder.default_name(
        scenario.name, content_hash(request, scenario), dt.datetime.now(dt.UTC)
    )
    about = manifest(base, panel, seconds)
    path = folder.write(target, about, files, texts, rename_if_taken=request.out is None)
    return replace(base, path=path, panel=panel, values=values, summary=summary, seconds=seconds)


def content_hash(request: Request, scenario: Scenario) -> str:
    """A fingerprint of all that decides the figures of a run."""
    text = f"{scenario.hash()} {request.seed} {request.reps} {compilecache.source_hash()}"
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
