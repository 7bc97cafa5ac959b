"""`sweep`: many points of one model, each with many replications, kept as they finish.

The folder is there from the start. A finished point is two files under `parts/`, flushed and
renamed, then a line of `journal.jsonl`, flushed; what has no line is done again on resume. When
all points are finished the journal becomes `points.parquet` and `results.parquet`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gpusim import files
from gpusim.compiling import cache as compilecache
from gpusim.experiments.common.design import Design, wrong
from gpusim.experiments.common.inputs import standing
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.common.received import code_hashes, received
from gpusim.experiments.common.replicate import BATCH
from gpusim.experiments.run import fail_if, points
from gpusim.experiments.run.fail_if import Judged
from gpusim.experiments.run.points import Base, Point
from gpusim.experiments.run.run import LIBRARIES, version_of
from gpusim.experiments.sweep import executors, sweep_files
from gpusim.experiments.sweep.sweep_point import FAILED, Part, Task, Until, pace
from gpusim.own_code import METRIC, NOTHING, Named, hash_of, is_python
from gpusim.results.stored import folder, opened
from gpusim.results.stored.folder import OWN_HASH
from gpusim.results.stored.opened import Opened
from gpusim.scenario import Mistake, ScenarioError
from gpusim.scenario.language.provenance import PROVENANCE
from gpusim.scenario.overlay import apply
from gpusim.scenario.paths import parse_setting

if TYPE_CHECKING:
    import polars as pl

DEFAULT_METRICS: Final = (
    "revenue",
    "adjusted_ebitda_margin",
    "equity_cash",
    "cash",
    "shortfall",
    "defaulted",
)
DEFAULT_REPS: Final = 100
"""Replications a point, where none are asked for."""
MOST_REPS: Final = 10_000
"""Replications a point at most, where an interval decides and no number is given."""

REHEARSED: Final = 1_000
"""Points that a rehearsal checks."""
SHOWN: Final = 5
"""Points that a rehearsal names."""


@dataclass(frozen=True, slots=True)
class Request:
    """What decides the figures of a sweep."""

    point: Point
    design: Design
    seed: int = 1
    reps: int = DEFAULT_REPS
    until: tuple[Until, ...] = ()
    metrics: tuple[str, ...] = DEFAULT_METRICS
    engine: str = BATCH
    fail_if: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Means:
    """What decides how it is done: no figure depends on it."""

    workers: int | None = None  # None: one a core
    cluster: str | None = None
    out: Path | None = None  # None: a new folder under runs/
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SweepResult:
    """A sweep, finished or not, and its folder."""

    request: Request
    path: Path
    entries: list[dict[str, Any]]  # finished points in order
    interrupted: bool
    seconds: float
    financed: str = ""  # the option of capital of all points, with its title

    @property
    def failed(self) -> list[dict[str, Any]]:
        """Points that failed."""
        return [entry for entry in self.entries if entry["status"] == FAILED]

    @property
    def judged(self) -> list[Judged]:
        """What came of --fail-if at each point."""
        return [Judged(**row) for entry in self.entries for row in entry.get("fail_if", ())]

    @property
    def results(self) -> pl.DataFrame:
        """A row a point and metric."""
        return sweep_files.results_table(self.request.design, self.entries)


def check(request: Request) -> Base:
    """Refuse what no point could be, before anything is written; the files, read.

    Raises:
        ScenarioError: unknown keys, metrics or periods, files that cannot be read.
        StrategyError: a strategy of the user's own cannot be loaded.
    """
    waits = (one.metric for one in request.until)
    based = points.base(request.point, (*request.metrics, *waits, *request.fail_if))
    mistakes = list(based.draft.mistakes)
    columns = zip(*request.design.rows, strict=True)
    for name, column in zip(request.design.names, columns, strict=True):
        text = next((cell for cell in column if cell is not None), None)
        mistakes += _unplaced(based, name, text) if text is not None else []
    if mistakes:
        raise ScenarioError(mistakes)
    prepared = points.at(based)
    asked = (*request.metrics, *(one.metric for one in request.until))
    for text in asked:
        prepared.figure(text)
    for text in request.fail_if:
        fail_if.parse(text, prepared.figure)
    return based


def _unplaced(based: Base, name: str, text: str) -> list[Mistake]:
    """Why a value can be put nowhere in the model."""
    change = parse_setting(f"{name}={text}")
    found = [change] if isinstance(change, Mistake) else apply(based.draft.tree.copy(), [change])
    return [mistake._replace(file=f"--vary {name}") for mistake in found]


def run(request: Request, means: Means, progress: Progress | None = None) -> SweepResult:
    """Start a sweep.

    Raises:
        ScenarioError, StrategyError: the input is wrong; nothing was written.
        FolderExistsError: the folder asked for exists.
        RunError: no worker could go on; what is finished is kept.
    """
    based = check(request)
    _refuse_target(means.out)
    if means.cluster is not None:
        executors.refuse_silent(means.cluster)
    scenario = points.at(based).scenario
    record = manifest(request, based, means)
    record["standing"] = {name: standing(name, scenario) for name in request.design.names}
    target = _target(request, based, means)
    free = means.out is None
    path = sweep_files.create(target, record, request.design, scenario, rename_if_taken=free)
    run = opened.open_run(str(path))
    return _go_on(request, based, means, run, progress)


def _refuse_target(out: Path | None) -> None:
    """`folder.refuse_target`; of a sweep that is there already it is told how to go on with it."""
    try:
        folder.refuse_target(out)
    except folder.FolderExistsError as error:
        if out is None or not (out / sweep_files.JOURNAL).is_file():
            raise
        text = f"{error}; to go on with that sweep: gpusim sweep --resume {out}"
        raise folder.FolderExistsError(text) from None


def _target(request: Request, based: Base, means: Means) -> Path:
    """The folder asked for, or a new one named by time and content."""
    return means.out or folder.DEFAULT_PARENT / folder.default_name(
        f"{based.draft.name}-sweep", content_hash(request, based), dt.datetime.now(dt.UTC)
    )


def resume(
    path: Path, means: Means, progress: Progress | None = None, named: Named = NOTHING
) -> SweepResult:
    """Go on with a sweep that was interrupted or killed.

    named: code that the user allows, see `received`.

    Raises:
        ScenarioError: it is no sweep, or its model or rules are not what they were.
        NotARunError: its files are not what was written.
        RunError: no worker could go on; what is finished is kept.
    """
    run = opened.open_run(str(path))
    request = read(run)
    files.in_hand.append(path)
    written = run.manifest
    if OWN_HASH not in written:
        found = "a sweep of an earlier version, which kept no hashes"
        raise wrong(str(path), found, "a sweep of this one", flag="--resume")
    with received(run, named=named):
        based = check(request)
    for key, now in (("draft_hash", draft_hash(based)), ("rules_hash", compilecache.source_hash())):
        if written.get(key) != now:
            what = "bundled model files" if key == "draft_hash" else "rules"
            raise wrong(
                str(path), f"other {what} than the sweep began with", "the same", flag="--resume"
            )
    if written.get(sweep_files.REQUEST_HASH) != content_hash(request, based):
        found = "another request than the sweep began with"
        raise wrong(str(path), found, "the same", flag="--resume")
    return _go_on(request, based, means, run, progress)


def read(run: Opened) -> Request:
    """The request of a sweep's folder.

    Raises:
        ScenarioError: it is no sweep.
        NotARunError: its design is not what was written.
    """
    where = str(run.path)
    if run.manifest.get("kind") != "sweep":
        raise wrong(where, "no sweep", "the folder of a sweep", flag="--resume")
    design = sweep_files.read_design(run)
    try:
        asked = run.manifest["request"]
        point = asked["point"]
        return Request(
            Point(
                point["model"],
                point["strategy"],
                tuple(point["shocks"]),
                tuple(point["sets"]),
                point.get("capital"),
            ),
            design,
            asked["seed"],
            asked["reps"],
            tuple(Until(**one) for one in asked["until"]),
            tuple(asked["metrics"]),
            asked["engine"],
            tuple(asked.get("fail_if", ())),
        )
    except KeyError as error:
        found = f"a request that lacks {error}"
        raise wrong(where, found, "the folder of a sweep", flag="--resume") from None
    except (TypeError, ValueError):
        found = "a request that is none"
        raise wrong(where, found, "the folder of a sweep", flag="--resume") from None


def _go_on(
    request: Request, based: Base, means: Means, run: Opened, progress: Progress | None
) -> SweepResult:
    """Simulate what is not finished yet, and write the tables when all is."""
    report = progress or (lambda done, of: None)
    began = time.perf_counter()
    interrupted = False
    with sweep_files.locked(run.path):
        entries = sweep_files.journal_of(run, len(request.design.rows))
        left = [n for n in range(len(request.design.rows)) if n not in entries]
        task = _task(request, based)
        report(len(entries), len(request.design.rows))
        arriving = parts(task, left, means)
        try:
            for part in arriving:
                sweep_files.save_part(run, part)
                entries[part.entry["point"]] = part.entry
                report(len(entries), len(request.design.rows))
        except KeyboardInterrupt:
            interrupted = True
        finally:
            arriving.close()
        ordered = [entries[n] for n in sorted(entries)]
        seconds = time.perf_counter() - began
        if len(ordered) == len(request.design.rows):
            sweep_files.finish(run, request.design, ordered, seconds)
    financed = based.draft.financed
    return SweepResult(request, run.path, ordered, interrupted, seconds, financed)


def _task(request: Request, based: Base) -> Task:
    """What all points share."""
    return Task(
        based,
        request.design,
        request.seed,
        request.reps,
        request.until,
        request.metrics,
        request.engine,
        request.fail_if,
    )


def parts(task: Task, numbers: list[int], means: Means) -> Generator[Part]:
    """Finished points as they come, from whoever is to simulate them."""
    workers = means.workers or executors.cores()
    if not numbers:
        return executors.nobody()
    if means.cluster is not None:
        return executors.on_cluster(means.cluster, task, numbers)
    if task.engine != BATCH or is_python(task.base.point.strategy):
        return executors.on_processes(task, numbers, workers)
    return executors.on_threads(task, numbers, workers)


def draft_hash(based: Base) -> str:
    """A fingerprint of all values that the points share; sources are left out."""
    values = {k: v for k, v in based.draft.tree.values.items() if k not in PROVENANCE}
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def content_hash(request: Request, based: Base) -> str:
    """A fingerprint of all that decides the figures of a sweep."""
    asked = asdict(replace(request, point=Point("")))
    own = based.point.strategy
    strategy = (hash_of(own),) if own is not None and is_python(own) else ()
    metrics = (hash_of(own, METRIC) for _, own in based.codes)
    parts = (draft_hash(based), *strategy, *metrics, json.dumps(asked, default=str))
    text = " ".join((*parts, compilecache.source_hash()))
    return hashlib.sha256(text.encode()).hexdigest()


def manifest(request: Request, based: Base, means: Means) -> dict[str, Any]:
    """What is asked for, by what, since when."""
    point = request.point
    return {
        "kind": "sweep",
        "command": list(means.command),
        "status": sweep_files.RUNNING,
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "model": based.draft.name,
        "strategy": point.strategy,
        "capital": point.capital,
        "shocks": list(point.shocks),
        "sets": list(point.sets),
        "seed": request.seed,
        "points": len(request.design.rows),
        "request": {
            "point": point._asdict(),
            "seed": request.seed,
            "reps": request.reps,
            "until": [one._asdict() for one in request.until],
            "metrics": list(request.metrics),
            "engine": request.engine,
            "fail_if": list(request.fail_if),
        },
        **code_hashes(point.strategy, point.shocks, (name for name, _ in based.codes)),
        "draft_hash": draft_hash(based),
        sweep_files.REQUEST_HASH: content_hash(request, based),
        "rules_hash": compilecache.source_hash(),
        "versions": {"python": platform.python_version()}
        | {name: version_of(name) for name in ("gpusim", *LIBRARIES)},
        "amounts": "outcomes: whole US cents; figures, results, summary: see unit",
    }


def rehearse(request: Request, means: Means) -> dict[str, Any]:
    """What a sweep would do: points, which of them are invalid, folder, time; nothing is written.

    Raises:
        ScenarioError, StrategyError, FolderExistsError: as `run`.
    """
    based = check(request)
    _refuse_target(means.out)
    target = _target(request, based, means)
    workers = means.workers or executors.cores()
    count = len(request.design.rows)
    invalid, first = [], None
    began = time.perf_counter()
    for number in range(min(count, REHEARSED)):
        try:
            prepared = points.at(based, request.design.settings(number))
            first = first or prepared
        except ScenarioError as error:
            invalid.append({"point": number, "error": str(error)})
    ready = (time.perf_counter() - began) / min(count, REHEARSED)
    each = request.reps * pace(first, _task(request, based)) if first else 0.0
    return {
        "points": count,
        "design": request.design.kind,
        "replications": request.reps,
        "until": [one._asdict() for one in request.until],
        "seed": request.seed,
        "first": [
            {"point": n, "sets": request.design.settings(n)} for n in range(min(count, SHOWN))
        ],
        "checked": min(count, REHEARSED),
        "invalid": invalid,
        "workers": workers,
        "seconds": count * (ready + each) / workers,
        "folder": str(target),
    }
