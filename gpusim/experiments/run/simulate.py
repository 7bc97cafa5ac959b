"""All replications of a run, on threads or processes, their books checked."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from gpusim.compiling import cache as compilecache
from gpusim.engines import batch
from gpusim.experiments.common import pool
from gpusim.experiments.common.compile_schedule import COMPILED_BATCH, compile_rules
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.common.replicate import (
    BATCH,
    Job,
    Replicated,
    replicate,
    replicate_chunk,
    replicate_sets,
)
from gpusim.results.drawn.sets import EACH
from gpusim.strategies import is_python
from gpusim.units_of_measure import date_of

WARM_UP: Final = 2
"""Replications run before workers are started."""
WORTH_WORKERS: Final = 3.0
"""Processor time that workers are started for [s]; each takes about two seconds to load."""


class RunError(Exception):
    """The run failed, and why; nothing was written."""


class ClusterError(RunError):
    """A cluster cannot go on, and why; points that arrived are kept."""


def simulate(
    job: Job, reps: int, workers: int | None, progress: Progress | None
) -> pool.Done[Replicated]:
    """All replications, books checked.

    Raises:
        RunError: a replication failed or its books do not tie.
    """
    report = progress or (lambda done, of: None)
    report(0, reps)
    narrated = range(min(job.narrated, reps))
    try:
        done = one_by_one(job, narrated, workers, report)
        rest = range(len(narrated), reps)
        if rest and not done.interrupted:
            counted = partial(report_after, report, len(narrated), reps)
            if job.engine == BATCH and job.strategy is None and not job.units:
                more = in_batch(job, rest, workers, counted)
            else:
                more = one_by_one(job, rest, workers, counted)
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
    if job.sets is not None:
        return in_sets(job, numbers, workers, report)
    run = batch.Batch(job.book.state, job.book.spec, job.seed)
    return pool.on_threads(
        partial(replicate_chunk, run), numbers, workers or os.cpu_count() or 1, report
    )


def in_sets(
    job: Job, numbers: Sequence[int], workers: int | None, report: Progress
) -> pool.Done[Replicated]:
    """Replications by the set, on threads: a thread makes a set while another plays one."""
    own = sorted({number // EACH for number in numbers})
    first, room = min(numbers), batch.Room()

    def play(chunk: Sequence[int]) -> dict[int, dict[int, Replicated]]:
        last = max(numbers)
        of = {n: range(max(n * EACH, first), min((n + 1) * EACH, last + 1)) for n in chunk}
        return {number: replicate_sets(job, room, of[number]) for number in chunk}

    def told(done: int, _: int) -> None:
        report(min(done * EACH, len(numbers)), len(numbers))

    done = pool.on_threads(play, own, workers or os.cpu_count() or 1, told)
    results = {n: one for by_number in done.results.values() for n, one in by_number.items()}
    return pool.Done(results, done.interrupted)


def one_by_one(
    job: Job, numbers: Sequence[int], workers: int | None, report: Progress
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
    shared = workers or enough_workers((moments[-1] - moments[-2]) * len(rest))
    counted = partial(report_after, report, WARM_UP, len(numbers))
    more = pool.run(replicate, job, rest, shared, counted)
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
