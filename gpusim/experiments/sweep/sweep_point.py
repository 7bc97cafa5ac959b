"""One point of a sweep, from its settings to the bytes of its tables. Imported by workers.

Every point gets the same seed, so points differ by their settings only (common random numbers).
Replications are simulated by the block; what is kept of a block is a row of outcomes a
replication, and metrics that wait in a scratch file until they are summarised.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.common import pool
from gpusim.experiments.common.design import Design
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run import fail_if, points
from gpusim.experiments.run.fail_if import FailIf, Judged
from gpusim.experiments.run.points import Base, Player, Prepared
from gpusim.experiments.run.simulate import RunError
from gpusim.results import intervals, metrics
from gpusim.results.figures import Figure
from gpusim.results.intervals import Interval
from gpusim.results.metric import Values
from gpusim.results.stored import folder
from gpusim.results.summary import PERCENTILES, summarise
from gpusim.scenario import ScenarioError

if TYPE_CHECKING:
    import polars as pl

BLOCK: Final = 256
"""Replications in memory at once, a thread."""
FIRST: Final = 100
"""Replications before an interval is looked at: rare outcomes have to be seen."""
TRIED: Final = 2
"""Replications that tell the pace."""
SETTLED: Final = 70
"""Percent of the replications that must be narrow enough alone, where a figure is lopsided."""
TICK: Final = 1e-6
"""The least time a point is said to take [s]: one of no time has failed."""
GROWTH: Final = 1.25
"""The least a number of replications grows by when an interval is still too wide."""
DONE, FAILED = "done", "failed"


class Until(NamedTuple):
    """When a point has enough replications."""

    metric: str
    half: float  # of the 95% interval, in the metric's unit or as a share of the mean
    relative: bool


class Task(NamedTuple):
    """What all points of a sweep share."""

    base: Base
    design: Design
    seed: int
    reps: int  # exactly, or at most where there is an `until`
    until: tuple[Until, ...]  # all must hold
    metrics: tuple[str, ...]
    engine: str
    fail_if: tuple[str, ...] = ()


class Part(NamedTuple):
    """A finished point: its line of the journal, and its two tables as parquet bytes."""

    entry: dict[str, Any]
    tables: dict[str, bytes]
    played: float = 0.0  # share of its time spent in replications
    seconds: float = 0.0  # it takes where nothing else runs; 0: it failed


class CancelledError(Exception):
    """A point was abandoned on request."""


Stop = Callable[[], bool]


def do(task: Task, number: int, workers: int = 1, stop: Stop | None = None) -> Part:
    """Simulate a point. What is wrong with it is its result, not an error.

    Raises:
        CancelledError: asked to stop.
        KeyboardInterrupt: interrupted.
    """
    try:
        with tempfile.TemporaryFile() as scratch:
            return _simulate(task, number, workers, stop, _Scratch(scratch))
    except ScenarioError as error:
        return failed(number, "scenario", str(error))
    except RunError as error:
        return failed(number, "run", str(error))


def figures_asked(task: Task) -> list[str]:
    """Metrics of a sweep, reported or waited for."""
    return [*task.metrics, *(one.metric for one in task.until)]


def pace(prepared: Prepared, task: Task) -> float:
    """Processor time of a replication on one worker, once the rules are loaded [s].

    Raises:
        RunError: one of the first failed.
    """
    conditions = (fail_if.parse(text, prepared.figure).figure for text in task.fail_if)
    figures = (prepared.figure(text) for text in figures_asked(task))
    if all(figure.planned for figure in (*figures, *conditions)):
        return 0.0
    player = Player(prepared, task.seed, task.engine)
    player.play([0])
    began = time.process_time()
    player.play(range(1, 1 + TRIED))
    return (time.process_time() - began) / TRIED


def failed(number: int, kind: str, error: str) -> Part:
    """The result of a point that failed.

    kind: scenario (it is invalid there), run (a rule failed or books do not tie), worker (died).
    """
    entry = {"point": number, "status": FAILED, "error_kind": kind, "error": error}
    return Part(entry | {"replications": 0, "enough": None, "figures": [], "sha256": {}}, {})


def _simulate(task: Task, number: int, workers: int, stop: Stop | None, scratch: _Scratch) -> Part:
    began = time.process_time()
    prepared = points.at(task.base, task.design.settings(number))
    asked = list(dict.fromkeys(prepared.figure(text) for text in task.metrics))
    watched = [prepared.figure(one.metric) for one in task.until]
    player = Player(prepared, task.seed, task.engine)
    limits = [fail_if.parse(text, prepared.figure) for text in task.fail_if]
    kept = _Kept(number, prepared, asked, watched, scratch, limits)
    if all(figure.planned for figure in kept.figures):
        return _planned(task, number, kept, time.process_time() - began)
    playing = shared = 0.0  # processor time of replications; a thread's share of it
    aim = min(task.reps, FIRST) if task.until else task.reps
    while kept.count < aim:
        block = range(kept.count, min(aim, kept.count + BLOCK))
        started = time.process_time()
        panel = player.play(block, workers, _stopper(stop))
        took = time.process_time() - started
        playing += took
        shared += took / pool.threads_for(len(block), workers)
        kept.add(panel)
        if kept.count == aim and task.until:
            aim = min(task.reps, kept.wanted(task.until))
    enough = kept.wanted(task.until) <= kept.count if task.until else None
    tables = {"outcomes": kept.outcomes(), "summary": kept.summary()}
    stored = {name: folder.parquet(frame) for name, frame in tables.items()}
    entry = {
        "point": number,
        "status": DONE,
        "error_kind": None,
        "error": None,
        "replications": kept.count,
        "enough": enough,
        "figures": kept.rows(),
        **({"fail_if": fail_if.rows(kept.judged())} if kept.limits else {}),
        "sha256": {name: folder.digest(data) for name, data in stored.items()},
    }
    seconds = time.process_time() - began - playing + shared
    return Part(entry, stored, shared / seconds, seconds)


def _planned(task: Task, number: int, kept: _Kept, seconds: float) -> Part:
    """A point of which only figures of `units` are asked: none of its replications is played."""
    plans = kept.prepared.plans
    kept.values = [[plans.values(figure.name, 1).figures] for figure in kept.figures]
    entry: dict[str, Any] = {
        "point": number,
        "status": DONE,
        "error_kind": None,
        "error": None,
        "replications": 0,
        "enough": True if task.until else None,
        "figures": kept.rows(),
        **({"fail_if": fail_if.rows(kept.judged())} if kept.limits else {}),
        "sha256": {},
    }
    return Part(entry, {}, 0.0, max(seconds, TICK))


def _stopper(stop: Stop | None) -> Progress | None:
    """A progress that ends the work when asked to."""
    if stop is None:
        return None

    def report(done: int, of: int) -> None:
        if stop():
            raise CancelledError

    return report


def wanted(values: Floats, until: Until, count: int, figure: Figure | None) -> int:
    """Replications after which the interval should be narrow enough; `count` if it is.

    Grows by at least a quarter, to a multiple of ten, so that no interval is looked at too often.
    A figure that was the same in every replication, or rests on a few, is not narrow: more is asked
    for, up to four times as many.
    """
    if figure is not None and figure.planned:
        return count
    told = interval(values, is_chance=figure is not None and figure.is_chance)
    aim = until.half * abs(told.mean) if until.relative else until.half
    narrow = told.half <= aim and not math.isnan(told.mean)
    if narrow and told.how == intervals.SKEWED:  # few of the long tail look narrow, and low
        narrow = interval(values[: SETTLED * count // 100], is_chance=False).half <= aim
    if narrow:
        return count
    least = count * GROWTH
    guess = count * (told.half / aim) ** 2 if aim > 0 else math.inf
    return 10 * math.ceil(max(least, min(guess, 4 * count)) / 10)


def interval(values: Floats, *, is_chance: bool) -> Interval:
    """The mean of a figure [replications] with its interval; of a chance by Wilson's score."""
    return intervals.of_mean(values, chance=is_chance)


def statistics_of(values: Floats, *, is_chance: bool, planned: bool = False) -> dict[str, Any]:
    """n, mean, sd, 95% interval, how it was made, and percentiles; None where undefined."""
    summary = summarise(values[:, None])
    told = intervals.of_mean(values, chance=is_chance, planned=planned)
    row: dict[str, Any] = {
        "n": int(summary.n[0]),
        "mean": _number(summary.mean[0]),
        "sd": _number(summary.sd[0]),
        "ci_low": _number(told.low),
        "ci_high": _number(told.high),
        "ci_by": told.how,
        "rests_on": told.rests_on,
    }
    for place, percentile in enumerate(PERCENTILES):
        row[f"p{percentile:02d}"] = _number(summary.percentiles[place, 0])
    return row


class _Kept:
    """What is kept of a point's replications while it is simulated."""

    def __init__(
        self,
        number: int,
        prepared: Prepared,
        asked: Sequence[Figure],
        watched: Sequence[Figure],
        scratch: _Scratch,
        limits: Sequence[FailIf] = (),
    ) -> None:
        self.number = number
        self.prepared, self.asked = prepared, list(asked)
        self.limits = limits
        self.figures = [*asked, *(one.figure for one in limits), *watched]
        self.covenants = prepared.covenants
        self.count = 0
        self.frames: list[pl.DataFrame] = []
        self.values: list[list[Floats]] = [[] for _ in self.figures]
        self.scratch = scratch

    def wanted(self, until: Sequence[Until]) -> int:
        """Replications after which every interval that is waited for should be narrow enough."""
        last = len(self.figures) - len(until)
        both = zip(until, self.figures[last:], self.values[last:], strict=True)
        return max(
            wanted(np.concatenate(values), one, self.count, figure) for one, figure, values in both
        )

    def add(self, panel: Any) -> None:
        """Take what is needed from a block."""
        import polars as pl

        from gpusim.results import tables

        calendar = self.prepared.calendar
        found = self.prepared.read(panel, self.figures)
        for kept, values in zip(self.values, found, strict=True):
            kept.append(values.figures)
        frame = tables.outcome_table(panel, calendar, self.covenants)
        self.frames.append(
            frame.with_columns(
                pl.Series(figure.text, values.figures).fill_nan(None)
                for figure, values in zip(self.asked, found, strict=False)
                if figure.text not in frame.columns
            )
        )
        own = self.prepared.metrics
        self.scratch.add(
            metrics.compute(
                panel,
                calendar,
                self.prepared.facilities,
                own,
                self.covenants,
                self.prepared.gpus,
            )
        )
        self.count += len(panel.replications)

    def outcomes(self) -> pl.DataFrame:
        """A row a replication."""
        import polars as pl

        return self.numbered(pl.concat(self.frames))

    def summary(self) -> pl.DataFrame:
        """A row a metric and quarter."""
        from gpusim.results import tables

        calendar = self.prepared.calendar
        one = (({name: values}, calendar) for name, values in self.scratch.metrics())
        return self.numbered(tables.summaries(one, self.prepared.metrics))

    def numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A table with the point's number before it, so that all points' can be read as one."""
        import polars as pl

        return frame.select(pl.lit(self.number, pl.Int64).alias("point"), pl.all()).rechunk()

    def judged(self) -> list[Judged]:
        """What came of the conditions of --fail-if."""
        own = self.values[len(self.asked) :]
        return [
            limit.judge(np.concatenate(values), f"point {self.number}")
            for limit, values in zip(self.limits, own, strict=False)
        ]

    def rows(self) -> list[dict[str, Any]]:
        """A row a figure asked for."""
        return [
            {"metric": figure.text, "unit": figure.unit}
            | statistics_of(
                np.concatenate(values), is_chance=figure.is_chance, planned=figure.planned
            )
            for figure, values in zip(self.asked, self.values, strict=False)
        ]


class _Scratch:
    """Metrics of many replications in a file, read back one metric at a time."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.names: list[str] = []
        self.blocks: list[tuple[int, int, int]] = []  # where, replications, periods

    def add(self, values: Mapping[str, Values]) -> None:
        """Append a block of replications."""
        self.names = list(values)
        block = np.stack([value.figures for value in values.values()])
        self.blocks.append((self.file.tell(), block.shape[1], block.shape[2]))
        self.file.write(block.tobytes())

    def metrics(self) -> Iterator[tuple[str, Values]]:
        """Every metric of all replications, one at a time."""
        for place, name in enumerate(self.names):
            parts = []
            for where, count, periods in self.blocks:
                size = count * periods * np.dtype(np.float64).itemsize
                self.file.seek(where + place * size)
                parts.append(np.frombuffer(self.file.read(size)).reshape(count, periods))
            yield name, Values(np.concatenate(parts), None)


def _number(figure: float) -> float | None:
    return None if math.isnan(figure) else float(figure)
