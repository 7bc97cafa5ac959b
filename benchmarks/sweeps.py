"""A sweep's points on one worker and on two, taking turns: ratios, small sweeps and large ones."""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from measure import show

from gpusim.experiments.common import design
from gpusim.experiments.run import points
from gpusim.experiments.run.points import Point
from gpusim.experiments.sweep import executors, sweep
from gpusim.experiments.sweep.sweep_point import Task, do

KEYS = ("sites.*.tariff_usd_per_kwh*=0.8:1.2", "gpus.*.capex_usd_per_gpu*=0.9:1.1")


class Case(NamedTuple):
    name: str
    model: str
    steps: int  # of each of two keys
    reps: int
    turns: int  # of a group of points, once on one worker and once on two
    group: int  # points
    engine: str = "batch"


CASES = (
    Case("small", "coreweave-2025q4", 2, 10, 9, 4),
    Case("small, process engine", "single-site", 2, 10, 5, 4, "process"),
    Case("quick points", "single-site", 10, 10, 5, 100),
    Case("large", "coreweave-2025q4", 5, 400, 5, 5),
)


class Spent(NamedTuple):
    wall: float  # [s]
    busy: float  # processor time, ended worker processes included [s]


def task_of(case: Case) -> Task:
    axes = [design.parse_axis(f"{key}:{case.steps}") for key in KEYS]
    grid = design.make("grid", axes, None, 1, ())
    base = points.base(Point(case.model))
    return Task(base, grid, 1, case.reps, (), sweep.DEFAULT_METRICS, case.engine)


def spent(parts: Iterable[object]) -> Spent:
    began, before = time.perf_counter(), busy()
    for _ in parts:
        pass
    return Spent(time.perf_counter() - began, busy() - before)


def busy() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(own.ru_utime + own.ru_stime for own in used)


def measure(case: Case) -> None:
    task = task_of(case)
    go = executors.on_threads if case.engine == "batch" else executors.on_processes
    do(task, 0)  # loads the compiled rules
    one, two = [], []
    for turn in range(case.turns):
        first = turn * case.group % case.steps**2
        numbers = range(first, first + case.group)
        for workers, told in ((1, one), (2, two)) if turn % 2 == 0 else ((2, two), (1, one)):
            told.append(spent(go(task, numbers, workers)))
    name = f"{case.name}, {case.group} points x {case.reps}"
    show(f"{name}, one worker", median(s.wall for s in one), "s")
    show("  two workers", median(s.wall for s in two), "s")
    ratios = [a.wall / b.wall for a, b in zip(one, two, strict=True)]
    show("  one over two, wall, of the sums", total(one, 0) / total(two, 0), "times")
    show("  the least and the most of a turn", min(ratios), f"to {max(ratios):.2f} times")
    show("  one over two, processor time", total(one, 1) / total(two, 1), "times")


def total(told: Sequence[Spent], place: int) -> float:
    return sum(s[place] for s in told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=[case.name for case in CASES], help="only this one")
    given = parser.parse_args()
    for case in CASES:
        if given.case in (None, case.name):
            measure(case)


if __name__ == "__main__":
    main()
