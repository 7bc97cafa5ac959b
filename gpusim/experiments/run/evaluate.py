"""Many points on the same worlds: figures by point, metric and world.

Points are asked on threads; the replications of one run without the interpreter's lock while the
files of another are being read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run import points
from gpusim.experiments.run.points import Base, Player, Prepared
from gpusim.results.figures import Figure
from gpusim.scenario import ScenarioError

WARM_UP = 1
"""Points asked before there are threads: the first compiles the rules."""


class Answer(NamedTuple):
    """What one point gave: figures [metrics, worlds], or why it cannot be simulated."""

    figures: Floats
    refused: str


class Answers(NamedTuple):
    """Answers by point, None where an interruption came first."""

    by_point: list[Answer | None]
    interrupted: bool


def figures_of(
    prepared: Prepared, player: Player, asked: Sequence[Figure], worlds: Sequence[int]
) -> Floats:
    """Figures of a point in some worlds [metrics, worlds]; NaN where undefined."""
    panel = player.play(worlds)
    return np.stack([value.figures for value in prepared.read(panel, asked)])


def answer(
    base: Base, sets: Sequence[str], asked: Sequence[Figure], seed: int, worlds: Sequence[int]
) -> Answer:
    """Simulate a base with some settings.

    Raises:
        RunError: a replication failed.
    """
    try:
        prepared = points.at(base, sets)
    except ScenarioError as error:
        return Answer(np.full((len(asked), len(worlds)), np.nan), str(error).splitlines()[0])
    return Answer(figures_of(prepared, Player(prepared, seed), asked, worlds), "")


def evaluate(
    base: Base,
    settings: Sequence[Sequence[str]],
    asked: Sequence[Figure],
    seed: int,
    worlds: Sequence[int] | Sequence[Sequence[int]],
    workers: int,
    progress: Progress | None = None,
) -> Answers:
    """Simulate a base at many settings.

    worlds: their numbers, the same for all points, or a list of them by point.

    Raises:
        RunError: a replication failed.
    """

    def one(place: int) -> Answer:
        own = worlds if isinstance(worlds[0], int) else worlds[place]
        return answer(base, settings[place], asked, seed, own)  # type: ignore[arg-type]

    return on_threads(one, len(settings), workers, progress)


def on_threads(
    one: Callable[[int], Answer], count: int, workers: int, progress: Progress | None
) -> Answers:
    """Answer every place; after an interruption those under way are finished and kept."""
    told = progress or (lambda done, of: None)
    found: list[Answer | None] = [None] * count
    futures: dict[Future[Answer], int] = {}
    told(0, count)
    pool = ThreadPoolExecutor(workers)
    try:
        for place in range(min(WARM_UP, count)):
            found[place] = one(place)
            told(place + 1, count)
        futures = {pool.submit(one, place): place for place in range(WARM_UP, count)}
        for done, future in enumerate(as_completed(futures), start=WARM_UP + 1):
            found[futures[future]] = future.result()
            told(done, count)
    except KeyboardInterrupt:
        pool.shutdown(wait=True, cancel_futures=True)
        for future, place in futures.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                found[place] = future.result()
        return Answers(found, interrupted=True)
    except BaseException:
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()
    return Answers(found, interrupted=False)
