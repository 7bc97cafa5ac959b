"""Points whose inputs are drawn, played on the same sets: all points a set, set by set.

Every point of a set meets the same levels of its inputs and the same luck, so that a difference
between points holds what the points make of both.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from gpusim.compiling import cache as compilecache
from gpusim.economics.core.state import Floats
from gpusim.engines.batch import Room
from gpusim.experiments.common.compile_schedule import compile_rules
from gpusim.experiments.common.drawn_sets import CommonSets, DrawnInputs, Set, drawn_inputs
from gpusim.experiments.common.memory import refuse_too_many
from gpusim.experiments.common.pool import Progress, error_text
from gpusim.experiments.common.replicate import Job, Replicated, replicate_set
from gpusim.experiments.run.points import Prepared
from gpusim.experiments.run.simulate import RunError, compiled_by, refuse_untied
from gpusim.results.drawn.sets import EACH
from gpusim.results.figures import Figure
from gpusim.results.payload import stack

KEPT: Final = 1_024
"""Replications of all points that are kept before their figures are read."""
Played = list[dict[int, Replicated]]
"""Of a set: of each point, its replications by number."""


class DrawnPlayers:
    """Points that are played on the same sets of drawn inputs."""

    def __init__(self, points: Sequence[Prepared], seeds: Sequence[int]) -> None:
        """Make ready; seeds: of each point's luck."""
        self.points = tuple(points)
        self.common = CommonSets([one.sets for one in points if one.sets is not None])
        self.jobs = [
            Job(one.book, seed, 0, one.own) for one, seed in zip(points, seeds, strict=True)
        ]
        self.rooms = [Room() for _ in points]
        self.stayed: dict[int, Replicated] = {}  # first replications of sets of the first point

    def figures(
        self,
        asked: Sequence[Figure],
        numbers: Sequence[int],
        workers: int | None,
        progress: Progress | None = None,
    ) -> Floats:
        """Figures of all points in some replications [points, figures, replications].

        numbers: rising; NaN where undefined. Figures of `units` are those of the stated inputs;
        none is played where all are.

        Raises:
            TooManyError: they do not fit into memory at once.
            ScenarioError: a set cannot be simulated though its inputs stay as stated.
            RunError: a replication failed or its books do not tie.
            KeyboardInterrupt: interrupted; what was finished is lost.
        """
        if all(figure.planned for figure in asked):
            return np.stack([_planned(one, asked, len(numbers)) for one in self.points])
        report, threads = progress or (lambda done, of: None), workers or os.cpu_count() or 1
        own = sorted({number // EACH for number in numbers})
        step = max(threads, KEPT // (EACH * len(self.points)))
        for job in self.jobs:
            refuse_too_many(job.book.state, step * EACH * len(self.points))
        compile_rules()
        parts = []
        for start in range(0, len(own), step):
            played = self._played(numbers, own[start : start + step], threads)
            parts.append(self._read(played, asked))
            report(min(start + step, len(own)), len(own))
        return np.concatenate(parts, axis=2)

    def drawn(self) -> DrawnInputs:
        """What was drawn in the sets played so far: the inputs of all points."""
        told = [drawn_inputs(own, self.stayed) for own in self.common.members]
        levels = {name: own for one in reversed(told) for name, own in one.levels.items()}
        families = {name: own for one in reversed(told) for name, own in one.families.items()}
        names = list(dict.fromkeys(name for one in told for name in one.levels))
        return told[0]._replace(levels={name: levels[name] for name in names}, families=families)

    def _played(self, numbers: Sequence[int], own: Sequence[int], threads: int) -> list[Played]:
        """Replications of all points in some sets, a set a thread."""
        by_set = {set_: [n for n in numbers if n // EACH == set_] for set_ in own}
        pool = ThreadPoolExecutor(threads)
        try:
            return list(pool.map(self._set, by_set, by_set.values()))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _set(self, number: int, numbers: Sequence[int]) -> Played:
        """All points in a set.

        Raises:
            RunError: a replication failed.
        """
        made = self.common.at(number)
        try:
            return [self._point(n, one, numbers) for n, one in enumerate(made)]
        except Exception as error:
            raise RunError(f"replication {numbers[0]}: {error_text(error)}") from error

    def _point(self, n: int, made: Set, numbers: Sequence[int]) -> dict[int, Replicated]:
        return replicate_set(self.jobs[n], self.rooms[n], made, numbers)

    def _read(self, played: Sequence[Played], asked: Sequence[Figure]) -> Floats:
        """Figures of what was played [points, figures, replications], books checked."""
        told = []
        for n, (one, job) in enumerate(zip(self.points, self.jobs, strict=True)):
            own = {r: replicated for of in played for r, replicated in of[n].items()}
            refuse_untied(job, own)
            compilecache.note(compiled_by(job.engine, job.strategy))
            if n == 0:
                self.stayed |= {r: own[r] for r in own if r % EACH == 0}
            panel = stack([replicated.payload for replicated in own.values()])
            told.append(np.stack([value.figures for value in one.read(panel, asked)]))
        return np.stack(told)


def _planned(point: Prepared, asked: Sequence[Figure], replications: int) -> Floats:
    """Figures of `units` [figures, replications]."""
    return np.stack([point.plans.values(one.name, replications).figures for one in asked])
