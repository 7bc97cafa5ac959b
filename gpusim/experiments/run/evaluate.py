"""Many points on the same replications: figures by point, metric and replication.

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
    """What one point gave: figures [metrics, replications], or why it cannot be simulated."""

    figures: Floats
    refused: str


class Answers(NamedTuple):
    """Answers by point, None where an interruption came first."""

    by_point: list[Answer | None]
    interrupted: bool


def figures_of(
    prepared: Prepared, player: Player, asked: Sequence[Figure], replications: Sequence[int]
) -> Floats:
    """Figures of a point in some replications [metrics, replications]; NaN where undefined.

    None is played where all are figures of `units`.
    """
    if all(figure.planned for figure in asked):
        count = len(replications)
        return np.stack([prepared.plans.values(one.name, count).figures for one in asked])
    panel = player.play(replications)
    return np.stack([value.figures for value in prepared.read(panel, asked)])


def answer(
    base: Base, sets: Sequence[str], asked: Sequence[Figure], seed: int, replications: Sequence[int]
) -> Answer:
    """Simulate a base with some settings.

    Raises:
        RunError: a replication failed.
    """
    try:
        prepared = points.at(base, sets)
    except ScenarioError as error:
        return Answer(np.full((len(asked), len(replications)), np.nan), str(error).splitlines()[0])
    return Answer(figures_of(prepared, Player(prepared, seed), asked, replications), "")


def evaluate(
    base: Base,
    settings: Sequence[Sequence[str]],
    asked: Sequence[Figure],
    seed: int,
    replications: Sequence[int] | Sequence[Sequence[int]],
    workers: int,
    progress: Progress | None = None,
) -> Answers:
    """Simulate a base at many settings.

    replications: their numbers, the same for all points, or a list of them by point.

    Raises:
        RunError: a replication failed.
    """

    def one(place: int) -> Answer:
        own = replications if isinstance(replications[0], int) else replications[place]
        return answer(base, settings[place], asked, seed, own)  # type: ignore[arg-type]

    return on_threads(one, len(settings), workers, progress)


def on_threads(
    one: Callable[[int], Answer], count: int, workers: int, progress: Progress | None
) -> Answers:
    """Answer every place; after an interruption those under way are finished and kept."""
    report = progress or (lambda done, of: None)
    found: list[Answer | None] = [None] * count
    futures: dict[Future[Answer], int] = {}
    report(0, count)
    pool = ThreadPoolExecutor(workers)
    try:
        for place in range(min(WARM_UP, count)):
            found[place] = one(place)
            report(place + 1, count)
        futures = {pool.submit(one, place): place for place in range(WARM_UP, count)}
        for done, future in enumerate(as_completed(futures), start=WARM_UP + 1):
            found[futures[future]] = future.result()
            report(done, count)
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
