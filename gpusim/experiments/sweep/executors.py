"""Who simulates a sweep's points: threads, processes, or a Dask cluster. Same bytes, any order.

Each is a generator of finished points. Closing it stops the work; points under way are lost.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import threading
import time
from collections.abc import Generator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from gpusim.compiling import cache as compilecache
from gpusim.experiments.common import pool
from gpusim.experiments.run.simulate import WORTH_WORKERS, ClusterError
from gpusim.experiments.sweep.sweep_point import FIRST, Part, Task, do, failed
from gpusim.scenario.language.errors import Mistake, ScenarioError

WORTH_THREADS: Final = 0.3
"""Share of a point's time in replications from which threads help: the rest holds the GIL, and
threads that wait for it lose a seventh of the time (benchmarks/sweeps.py)."""
SURELY_WORTH: Final = 1_000
"""Replications that are worth worker processes, however quick they are."""
WORTH_SHARING: Final = 1.0
"""Work of all points that threads help with [s]: less is done before they have warmed up."""
WARM_UP: Final = 2
"""Points done alone: one loads the compiled rules, one tells how long a point takes."""
IN_FLIGHT: Final = 3
"""Points sent to a worker of a cluster at once."""
TRIES: Final = 3
"""Workers a point may kill before it counts as failed."""
ANSWER_SECONDS: Final = 10
"""How long a scheduler may take to answer, and its first worker to come [s]."""
PATIENCE_SECONDS: Final = 60
"""How long, once work has begun, a scheduler may be silent, or a cluster have no worker [s]."""
LOOK_SECONDS: Final = 1
"""Between two looks at what the cluster has, while no point arrives [s]."""
PAUSE: Final = 0.02
LOGGERS: Final = (
    "distributed",
    "distributed.client",
    "distributed.scheduler",
    "tornado",
    "tornado.application",
    "asyncio",
)
"""Who tells of a lost connection besides us."""


def nobody() -> Generator[Part]:
    """No points."""
    yield from ()


def here(task: Task, numbers: Sequence[int], workers: int) -> Generator[Part]:
    """One point after another, each on all workers."""
    for number in numbers:
        yield do(task, number, workers)


def on_threads(task: Task, numbers: Sequence[int], workers: int) -> Generator[Part]:
    """Points on threads; making one ready overlaps with the others' replications.

    The first two are done alone, on all threads each: they tell whether points are worth sharing.
    The last ones, when there are fewer than threads, get several threads each.
    """
    waiting = dict.fromkeys(numbers)
    part = yield from _first(task, waiting, workers)
    left = list(waiting)
    few = workers == 1 or len(left) < workers
    if few or part is None or not worth_threads(part, len(left)):
        yield from here(task, left, workers)
        return
    alone = len(left) - len(left) % workers
    yield from _side_by_side(task, left[:alone], workers)
    yield from here(task, left[alone:], workers)


def worth_threads(part: Part, left: int) -> bool:
    """Whether points like one that was measured are done sooner side by side.

    left: how many there are.
    """
    return part.played >= WORTH_THREADS and part.seconds * left >= WORTH_SHARING


def _side_by_side(task: Task, numbers: Sequence[int], workers: int) -> Generator[Part]:
    stop = threading.Event()
    threads = ThreadPoolExecutor(workers)
    waiting = list(numbers)
    under_way: set[Future[Part]] = set()
    try:
        while waiting or under_way:
            while waiting and len(under_way) <= workers:
                under_way.add(threads.submit(do, task, waiting.pop(0), 1, stop.is_set))
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        stop.set()
        threads.shutdown(wait=True, cancel_futures=True)


def on_processes(task: Task, numbers: Sequence[int], workers: int) -> Generator[Part]:
    """Points on processes, for engines and strategies that hold the interpreter.

    Each takes about two seconds to start: less work than that is done here. Of few replications
    the first points tell; of many none is tried here, for what kills its process should kill a
    worker. A worker that dies takes the others with it; what they had under way is done again. A
    point that is under way at the third death is done alone, and has failed if that kills its
    worker.
    """
    left = dict.fromkeys(numbers)
    if workers > 1 and replications(task, len(left)) <= SURELY_WORTH:
        part = yield from _first(task, left)
        each = part.seconds if part is not None else 0.0
        if each * len(left) < WORTH_WORKERS:
            workers = 1
    if len(left) < workers or workers == 1:
        yield from here(task, list(left), workers)
        return
    for _ in range(TRIES):
        try:
            for part in _in_pool(task, list(left), workers):
                del left[part.entry["point"]]
                yield part
        except BrokenProcessPool:
            continue
        return
    for number in list(left):
        try:
            yield from _in_pool(task, [number], 1)
        except BrokenProcessPool:
            yield failed(number, "worker", "its worker process died each time")


def replications(task: Task, count: int) -> int:
    """Replications of some points, or the least there are of them."""
    return count * (min(task.reps, FIRST) if task.until else task.reps)


def _first(
    task: Task, left: dict[int, None], workers: int = 1
) -> Generator[Part, None, Part | None]:
    """Do the first points alone, and take them off; the last of them that worked.

    One loads the compiled rules, the next tells how long a point takes.
    """
    last, done = None, 0
    while left and done < WARM_UP:
        number = next(iter(left))
        part = do(task, number, workers)
        del left[number]
        if part.seconds:
            last, done = part, done + 1
        yield part
    return last


def _in_pool(task: Task, numbers: Sequence[int], workers: int) -> Generator[Part]:
    processes = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=pool.enter,
        initargs=(do, task),
    )
    waiting = list(numbers)
    under_way: set[Future[Part]] = set()
    try:
        while waiting or under_way:
            with pool.deaf_to_interrupts():
                while waiting and len(under_way) < 2 * workers:
                    under_way.add(processes.submit(_entered, waiting.pop(0)))
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        processes.shutdown(wait=True, cancel_futures=True)


def _entered(number: int) -> Part:
    task_of, shared = pool.entered()
    return task_of(shared, number)  # type: ignore[no-any-return]


def on_cluster(address: str, task: Task, numbers: Sequence[int]) -> Generator[Part]:
    """Points on the workers of an existing Dask cluster.

    Workers need gpusim of the same version, but neither model files nor this machine's disk:
    what they need travels with the task, what they find comes back and is written here.

    Raises:
        ScenarioError: no scheduler answers there, or distributed is not installed.
        ClusterError: no workers, workers with other rules, or scheduler or workers were lost.
    """
    _hush()
    client = _client(address)
    try:
        _refuse_others(client, address)
        yield from _on_workers_of(client, address, task, list(numbers))
    except OSError as error:
        raise ClusterError(f"the scheduler at {address} does not answer any more") from error
    finally:
        client.close()


def _on_workers_of(client: Any, address: str, task: Task, waiting: list[int]) -> Generator[Part]:
    import distributed

    library: Any = distributed  # untyped
    sent = pickle.dumps(task)
    under_way: dict[str, int] = {}
    arriving = library.as_completed(loop=client.loop)
    _send(client, sent, waiting, under_way, arriving)
    while under_way:
        _wait_for_one(client, address, arriving)
        future = next(arriving)
        number = under_way.pop(future.key)
        try:
            part: Part = future.result(timeout=PATIENCE_SECONDS)
        except library.KilledWorker as error:
            yield failed(number, "worker", f"killed its workers: {error}")
        except Exception as error:
            if future.status == "error":
                told = f"the cluster at {address} failed: {_in_one_line(error)}"
                raise ClusterError(told) from error
            if client.status != "running":  # lost with the scheduler
                raise ConnectionError from error
            waiting.append(number)  # its worker was lost before it handed it out: done again
        else:
            yield part
        future.release()
        _send(client, sent, waiting, under_way, arriving)


def _send(
    client: Any, sent: bytes, waiting: list[int], under_way: dict[str, int], arriving: Any
) -> None:
    """Keep every thread of the cluster busy, also of workers that came later."""
    room = IN_FLIGHT * max(1, _threads_of(client))
    while waiting and len(under_way) < room:
        number = waiting.pop(0)
        future = client.submit(remote, sent, number, pure=False, retries=1)
        under_way[future.key] = number
        arriving.add(future)


def _wait_for_one(client: Any, address: str, arriving: Any) -> None:
    """Wait until a point has arrived, as long as there is a worker that may send one.

    Raises:
        OSError: the scheduler does not answer.
        ClusterError: there has been no worker for too long.
    """
    looked = seen = time.monotonic()
    while not arriving.has_ready():
        time.sleep(PAUSE)
        now = time.monotonic()
        if now - looked < LOOK_SECONDS:
            continue
        if _threads_of(client):
            seen = now
        elif now - seen > PATIENCE_SECONDS:
            raise ClusterError(f"the cluster at {address} has lost its workers, and no other came")
        looked = now


def _threads_of(client: Any) -> int:
    """Threads of all workers.

    Raises:
        OSError: the scheduler does not answer.
    """
    if client.status not in ("running", "connecting"):
        raise ConnectionError
    told = client.sync(client.scheduler.ncores, workers=None, callback_timeout=PATIENCE_SECONDS)
    return sum(told.values())


def _hush() -> None:
    """Keep what distributed logs about a lost connection off stderr: an error says it.

    For the rest of the process: its threads go on telling after the client is closed.
    """
    with suppress(ImportError):
        import distributed  # noqa: F401  (sets levels when it is loaded)
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _in_one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def refuse_silent(address: str) -> None:
    """Check that a scheduler answers.

    Raises:
        ScenarioError: none does, or distributed is not installed.
    """
    _hush()
    _client(address).close()


def remote(sent: bytes, number: int) -> Part:
    """A point on a worker of a cluster."""
    return do(_task(sent), number)


@lru_cache(maxsize=2)
def _task(sent: bytes) -> Task:
    task: Task = pickle.loads(sent)
    return task


def _client(address: str) -> Any:
    found = "distributed is not installed"
    try:
        import distributed

        library: Any = distributed  # untyped
        return library.Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
    except ImportError:
        expected = "pip install 'gpusim[cluster]'"
    except (OSError, ValueError, TimeoutError):
        found, expected = "no scheduler that answers", "the address of one, tcp://HOST:PORT"
    raise ScenarioError([Mistake(f"--cluster {address}", 0, 0, "", found, expected)])


def _refuse_others(client: Any, address: str) -> None:
    """Check that there are workers and that their rules are ours.

    Raises:
        OSError: the scheduler does not answer.
        ClusterError: they are not.
    """
    try:
        client.wait_for_workers(1, timeout=ANSWER_SECONDS)
    except TimeoutError:
        raise ClusterError(f"the cluster at {address} has no workers") from None
    ours = compilecache.source_hash()
    try:
        told = client.run(compilecache.source_hash)
    except ImportError as error:
        raise ClusterError(f"workers of {address} lack gpusim: {_in_one_line(error)}") from error
    except OSError as error:
        _threads_of(client)
        raise ClusterError(f"a worker of {address} was lost: {_in_one_line(error)}") from error
    others = {worker for worker, theirs in told.items() if theirs != ours}
    if others:
        on = ", ".join(sorted(others))
        raise ClusterError(f"other rules than here on {on}; install the same")


def cores() -> int:
    """Workers where none are asked for."""
    return os.cpu_count() or 1
