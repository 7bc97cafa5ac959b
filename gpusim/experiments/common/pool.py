"""Numbered tasks on worker processes: results by number, whatever order they finish in.

Workers are fresh processes (spawn): rules hold the GIL in the process engine, and a forked child
would inherit threads. Imported by workers, so nothing heavy stands here.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import resource_tracker
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")
Task = Callable[[Any, int], T]
"""A task: what all share, and its own number."""
Progress = Callable[[int, int], None]
"""Told how many tasks are done, of how many."""

FEW = 8
"""Fewer tasks than this are done here: starting workers would take longer."""
CHUNK = 4
"""Most tasks a worker takes at once; a chunk should last about a second."""


SECONDS_A_CHUNK, CHUNKS_A_THREAD, LARGEST_CHUNK = 0.2, 4, 64
"""How long a chunk on a thread should last, and bounds."""
WORTH_THREADS = 0.5
"""Work of all tasks that is shared between threads [s]."""


TRIED = 2
"""Tasks done one by one before there are chunks."""
FEW_ON_THREADS = 16
"""So many tasks or fewer are one chunk on this thread: some ten milliseconds of work."""


class TaskError(Exception):
    """A task failed: its number, and the failure with its traceback."""

    def __init__(self, number: int, error: str, trace: str) -> None:
        super().__init__(number, error, trace)
        self.number, self.error, self.trace = number, error, trace

    def __str__(self) -> str:
        return f"replication {self.number}: {self.error}"


def error_text(error: Exception) -> str:
    """A failure in words: with its type, unless its text was written for people."""
    text = str(error)
    return text if getattr(error, "plain", False) else f"{type(error).__name__}: {text}"


class WorkerDiedError(Exception):
    """A worker process ended without an answer."""

    def __str__(self) -> str:
        return (
            "a worker process was killed, perhaps for want of memory; "
            "fewer workers (-j 1) need less of it"
        )


class Done(NamedTuple, Generic[T]):
    """What was finished before the end or the interruption."""

    results: dict[int, T]
    interrupted: bool


def run(
    task: Task[T],
    shared: Any,
    numbers: Sequence[int],
    workers: int,
    progress: Progress | None = None,
) -> Done[T]:
    """Do every task once and give the results by number.

    Raises:
        TaskError: a task failed.
        WorkerDiedError: a worker process ended.
    """
    report = progress or (lambda done, of: None)
    if workers == 1 or len(numbers) < FEW:
        return _here(task, shared, numbers, report)
    return _on_workers(task, shared, numbers, min(workers, len(numbers)), report)


def _here(task: Task[T], shared: Any, numbers: Sequence[int], report: Progress) -> Done[T]:
    results: dict[int, T] = {}
    try:
        for number in numbers:
            results[number] = _one(task, shared, number)
            report(len(results), len(numbers))
    except KeyboardInterrupt:
        return Done(results, interrupted=True)
    return Done(results, interrupted=False)


def _on_workers(
    task: Task[T], shared: Any, numbers: Sequence[int], workers: int, report: Progress
) -> Done[T]:
    results: dict[int, T] = {}
    size = max(1, min(CHUNK, len(numbers) // (4 * workers)))
    chunks = [numbers[at : at + size] for at in range(0, len(numbers), size)]
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=enter,
        initargs=(task, shared),
    )
    futures: list[Future[dict[int, T]]] = []
    interrupted = False
    try:
        with deaf_to_interrupts():
            futures = [pool.submit(_chunk, chunk) for chunk in chunks]
        for future in as_completed(futures):
            results |= future.result()
            report(len(results), len(numbers))
    except KeyboardInterrupt:
        interrupted = True
    except BrokenProcessPool:
        raise WorkerDiedError from None
    finally:
        _close(pool)
    for future in futures:
        if interrupted and future.done() and not future.cancelled() and not future.exception():
            results |= future.result()
    return Done(results, interrupted)


def on_threads(
    task: Callable[[Sequence[int]], dict[int, T]],
    numbers: Sequence[int],
    threads: int,
    progress: Progress | None = None,
) -> Done[T]:
    """Do tasks by the chunk on threads, for tasks that run without the GIL.

    The first two are done alone: one compiles, one tells how long a chunk should be, by the
    processor time that it took this thread: on a busy machine the wall would tell of others. After
    an interrupt chunks under way are finished and kept. Few tasks are done on this thread.

    Raises:
        TaskError: a chunk failed; numbered by its first task.
    """
    if threads_for(len(numbers), threads) == 1:
        return in_chunks(task, numbers, progress)
    report = progress or (lambda done, of: None)
    results: dict[int, T] = {}
    task = partial(_some, task)
    futures: list[Future[dict[int, T]]] = []
    pool = ThreadPoolExecutor(threads)
    try:
        for n in range(min(len(numbers), TRIED)):
            began = time.thread_time()
            results |= task(numbers[n : n + 1])
            report(len(results), len(numbers))
        size = chunk_size(time.thread_time() - began, len(numbers), threads)
        starts = range(TRIED, len(numbers), size)
        futures = [pool.submit(task, numbers[n : n + size]) for n in starts]
        for future in as_completed(futures):
            results |= future.result()
            report(len(results), len(numbers))
    except KeyboardInterrupt:
        _finish(pool, futures, results)
        return Done(results, interrupted=True)
    except BaseException:
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()
    return Done(results, interrupted=False)


def threads_for(tasks: int, threads: int) -> int:
    """Threads that share so many tasks, of those there are.

    >>> threads_for(16, 2), threads_for(17, 2)
    (1, 2)
    """
    return 1 if tasks <= FEW_ON_THREADS else threads


def in_chunks(
    task: Callable[[Sequence[int]], dict[int, T]],
    numbers: Sequence[int],
    progress: Progress | None = None,
) -> Done[T]:
    """Do tasks by the chunk on this thread.

    Raises:
        TaskError: a chunk failed; numbered by its first task.
    """
    results: dict[int, T] = {}
    try:
        for n in range(0, len(numbers), LARGEST_CHUNK):
            results |= _some(task, numbers[n : n + LARGEST_CHUNK])
            if progress is not None:
                progress(len(results), len(numbers))
    except KeyboardInterrupt:
        return Done(results, interrupted=True)
    return Done(results, interrupted=False)


def _some(task: Callable[[Sequence[int]], dict[int, T]], numbers: Sequence[int]) -> dict[int, T]:
    try:
        return task(numbers)
    except Exception as error:
        text = error_text(error)
        raise TaskError(numbers[0], text, traceback.format_exc()) from None


def _finish(
    pool: ThreadPoolExecutor, futures: list[Future[dict[int, T]]], results: dict[int, T]
) -> None:
    """Let chunks under way end, and keep them."""
    pool.shutdown(wait=True, cancel_futures=True)
    for future in futures:
        if future.done() and not future.cancelled() and future.exception() is None:
            results |= future.result()


def chunk_size(seconds: float, tasks: int, threads: int) -> int:
    """Tasks a chunk: a fifth of a second's, and at least four chunks a thread where there are many.

    Tasks that take less in all are one chunk: sharing them would cost more than it saves.

    seconds: processor time of one task.

    >>> chunk_size(0.002, 1000, 2), chunk_size(0.1, 10, 2), chunk_size(60.0, 10, 2)
    (64, 1, 1)
    >>> chunk_size(0.002, 10, 2)
    10
    """
    if seconds * tasks < WORTH_THREADS:
        return max(1, tasks)
    wanted = min(int(SECONDS_A_CHUNK / max(seconds, 1e-6)), tasks // (CHUNKS_A_THREAD * threads))
    return max(1, min(wanted, LARGEST_CHUNK))


def _close(pool: ProcessPoolExecutor) -> None:
    """Let chunks under way finish; a second interrupt ends them."""
    try:
        pool.shutdown(wait=True, cancel_futures=True)
    except KeyboardInterrupt:
        for child in multiprocessing.active_children():
            child.kill()


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Processes started inside never see Ctrl-C, which a terminal sends to all of them.

    They inherit that the signal is blocked; here it waits for the end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    resource_tracker.ensure_running()  # its own start would lift the block
    handler = signal.signal(signal.SIGINT, lambda number, _: caught.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if caught:
            signal.raise_signal(signal.SIGINT)


# --- in the worker -----------------------------------------------------------------------------

_entered: list[tuple[Task[Any], Any]] = []


def enter(task: Task[Any], shared: Any) -> None:
    """Begin as a worker: keep the task and what all share."""
    _entered.append((task, shared))
    threading.Thread(target=_follow_parent, daemon=True).start()


def entered() -> tuple[Task[Any], Any]:
    """The task of this worker, and what all share."""
    return _entered[-1]


def _follow_parent() -> None:
    """End with the parent, however it ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _chunk(numbers: Sequence[int]) -> dict[int, Any]:
    task, shared = entered()
    return {number: _one(task, shared, number) for number in numbers}


def _one(task: Task[T], shared: Any, number: int) -> T:
    try:
        return task(shared, number)
    except Exception as error:
        text = error_text(error)
        raise TaskError(number, text, traceback.format_exc()) from None
