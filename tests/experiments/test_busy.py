"""A busy machine: what is started, and how large a chunk is, follows from processor time alone.

A clock stands for the machine: work takes its processor time, and on the wall some times as much.
"""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from gpusim.experiments.common import pool
from gpusim.experiments.common.design import make, parse_axis
from gpusim.experiments.run import simulate
from gpusim.experiments.run.points import Player, Point
from gpusim.experiments.sweep import executors, sweep, sweep_point

BUSY = [1.0, 4.0, 100.0]
"""How many times its processor time work takes on the wall."""


class Clock:
    """Time that passes only by work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, busy: float) -> None:
        self.used, self.busy = 1.0, busy
        for name in ("thread_time", "process_time"):
            monkeypatch.setattr(time, name, lambda: self.used)
        for name in ("perf_counter", "monotonic"):
            monkeypatch.setattr(time, name, lambda: self.used * self.busy)

    def work(self, seconds: float) -> None:
        self.used += seconds


@pytest.fixture(params=BUSY)
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, request.param)


@pytest.mark.parametrize(
    ("each", "tasks", "size"), [(0.002, 200, 200), (0.0195, 200, 10), (0.0195, 40, 5), (0.5, 40, 1)]
)
def test_chunks_on_threads_are_as_on_a_quiet_machine(clock, each, tasks, size):
    sizes: list[int] = []

    def task(numbers):
        sizes.append(len(numbers))
        clock.work(each * len(numbers))
        return dict.fromkeys(numbers)

    pool.on_threads(task, range(tasks), 2)
    assert sizes[: pool.TRIED] == [1] * pool.TRIED
    assert max(sizes[pool.TRIED :]) == min(size, tasks - pool.TRIED)


def test_a_task_that_waits_is_no_work_to_share():
    """By this machine's own clocks: 60 ms on the wall, next to none of a processor's."""
    sizes: list[int] = []

    def task(numbers):
        sizes.append(len(numbers))
        time.sleep(0.06)
        return dict.fromkeys(numbers)

    pool.on_threads(task, range(200), 2)
    assert sizes == [1, 1, 198]


@pytest.mark.parametrize(("each", "workers"), [(0.001, 1), (0.02, 1), (0.2, None)])
def test_a_run_starts_workers_as_on_a_quiet_machine(clock, monkeypatch, each, workers):
    asked: list[int] = []

    def record(task, job, numbers, workers, report):
        asked.append(workers)
        for done, _ in enumerate(numbers, 1):
            clock.work(each)
            report(done, len(numbers))
        return pool.Done(dict.fromkeys(numbers), interrupted=False)

    monkeypatch.setattr(simulate.pool, "run", record)
    monkeypatch.setattr(simulate.os, "cpu_count", lambda: 7)
    simulate.one_by_one(SimpleNamespace(), range(100), None, lambda done, of: None)
    assert asked == [1, workers or 7]


def task_of(engine: str, reps: int) -> sweep_point.Task:
    grid = make("grid", [parse_axis("sites.*.tariff_usd_per_kwh*=0.8:1.2:40")], None, 1, ())
    point = Point("single-site", sets=("model.quarters=2",))
    asked = sweep.Request(point, grid, reps=reps, metrics=("cash",), engine=engine)
    return sweep_point.Task(
        sweep.check(asked), grid, 1, asked.reps, (), asked.metrics, asked.engine
    )


def slowed(clock: Clock, monkeypatch: pytest.MonkeyPatch, making: float, playing: float) -> None:
    """Have a point take so long to be made ready, and its replications [s]."""
    at, play = sweep_point.points.at, Player.play

    def made(*given):
        clock.work(making)
        return at(*given)

    def played(self, *given):
        clock.work(playing)
        return play(self, *given)

    monkeypatch.setattr(sweep_point.points, "at", made)
    monkeypatch.setattr(Player, "play", played)


@pytest.mark.parametrize(
    ("making", "playing", "worth"), [(0.05, 0.1, True), (0.05, 0.01, False), (0.001, 0.01, False)]
)
def test_points_are_shared_by_threads_as_on_a_quiet_machine(
    clock, monkeypatch, making, playing, worth
):
    task = task_of("batch", 20)
    slowed(clock, monkeypatch, making, playing)
    part = sweep_point.do(task, 0, 2)
    assert part.played == pytest.approx(playing / 2 / (making + playing / 2))
    assert part.seconds == pytest.approx(making + playing / 2)
    assert executors.worth_threads(part, 40) is worth


def test_few_replications_are_all_on_one_thread(clock, monkeypatch):
    task = task_of("batch", pool.FEW_ON_THREADS)
    slowed(clock, monkeypatch, 0.1, 0.1)
    part = sweep_point.do(task, 0, 2)
    assert (part.played, part.seconds) == (pytest.approx(0.5), pytest.approx(0.2))


@pytest.mark.parametrize(("playing", "started"), [(0.01, 0), (0.2, 2)])
def test_a_sweep_starts_workers_as_on_a_quiet_machine(clock, monkeypatch, playing, started):
    asked: list[int] = []

    def in_pool(task, numbers, workers):
        asked.append(workers)
        return iter(())

    monkeypatch.setattr(executors, "_in_pool", in_pool)
    task = task_of("process", 2)
    slowed(clock, monkeypatch, 0.01, playing)
    list(executors.on_processes(task, range(40), 2))
    assert asked == [started] * bool(started)


def test_the_pace_of_a_rehearsal_is_that_of_a_quiet_machine(clock, monkeypatch):
    task = task_of("batch", 2)
    prepared = sweep_point.points.at(task.base)
    slowed(clock, monkeypatch, 0.0, 0.5)
    assert sweep_point.pace(prepared, task) == pytest.approx(0.5 / sweep_point.TRIED)


def test_a_rehearsal_counts_what_a_condition_needs_played(clock, monkeypatch):
    """Of figures of `units` alone nothing is played; a condition on a run asks for replications."""
    planned = task_of("batch", 2)._replace(metrics=("units.npv",))
    prepared = sweep_point.points.at(planned.base)
    slowed(clock, monkeypatch, 0.0, 0.5)
    assert sweep_point.pace(prepared, planned) == 0.0
    asked = planned._replace(fail_if=("units.npv<0", "P[shortfall]>0.1"))
    assert sweep_point.pace(prepared, asked) == pytest.approx(0.5 / sweep_point.TRIED)


def test_no_decision_is_made_by_the_wall():
    """Where the wall is read it only tells people how long something took."""
    package = Path(simulate.__file__).parent
    read = {
        path.name: text.count("perf_counter(")
        for path in package.glob("*.py")
        if "perf_counter(" in (text := path.read_text())
    }
    assert set(read) <= {"run.py", "sweep.py"}
