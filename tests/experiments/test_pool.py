"""Numbered tasks on worker processes: order, failures, deaths, interruptions."""

import operator
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from gpusim.experiments.common import pool
from gpusim.experiments.common.pool import TaskError, WorkerDiedError

TASKS = """
import os, signal, sys, time

def loaded(shared, number):
    return sorted(set(shared) & set(sys.modules))

def failing(shared, number):
    if number == shared:
        raise ValueError("negative rent")
    return number

def dying(shared, number):
    if number == shared:
        os.kill(os.getpid(), signal.SIGKILL)
    return number

def slow(shared, number):
    time.sleep(shared)
    return number
"""


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Tasks in a module that workers can import."""
    (tmp_path / "pool_tasks.py").write_text(TASKS)
    monkeypatch.syspath_prepend(tmp_path)
    import pool_tasks

    return pool_tasks


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_task_is_done_once_on_any_number_of_workers(workers: int):
    told = []
    done = pool.run(operator.mul, 3, range(20), workers, lambda n, of: told.append((n, of)))
    assert dict(sorted(done.results.items())) == {n: 3 * n for n in range(20)}
    assert not done.interrupted
    assert told[-1] == (20, 20)


def test_a_failure_names_its_replication_and_keeps_its_traceback(tasks):
    with pytest.raises(TaskError, match="replication 5: ValueError: negative rent") as caught:
        pool.run(tasks.failing, 5, range(12), 2)
    assert "in failing" in caught.value.trace


def test_a_failure_in_this_process_reads_the_same(tasks):
    with pytest.raises(TaskError, match="replication 1: ValueError: negative rent"):
        pool.run(tasks.failing, 1, range(3), 2)


def test_a_killed_worker_is_told_and_does_not_hang(tasks):
    with pytest.raises(WorkerDiedError, match="killed"):
        pool.run(tasks.dying, 7, range(30), 2)


def test_an_interruption_keeps_what_was_finished(tasks):
    threading.Timer(3.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    begun = time.monotonic()
    done = pool.run(tasks.slow, 0.25, range(400), 2)
    assert done.interrupted
    assert 0 < len(done.results) < 400
    assert all(number == result for number, result in done.results.items())
    assert time.monotonic() - begun < 60  # 400 tasks would take 50 s and more


def test_an_interruption_while_workers_start_is_kept(tasks, monkeypatch: pytest.MonkeyPatch):
    submit = pool.ProcessPoolExecutor.submit

    def interrupted(*call):
        os.kill(os.getpid(), signal.SIGINT)
        return submit(*call)

    monkeypatch.setattr(pool.ProcessPoolExecutor, "submit", interrupted)
    done = pool.run(tasks.slow, 0.25, range(400), 2)
    assert done.interrupted
    assert len(done.results) < 400


def test_workers_load_no_tables_and_no_command_line(tasks):
    heavy = ["polars", "pandas", "typer", "rich", "numba"]
    done = pool.run(tasks.loaded, heavy, range(8), 2)
    assert {name for names in done.results.values() for name in names} == set()
