"""The request of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gpusim.api.asked.arguments import Texts, check_means, one_of, texts, within
from gpusim.experiments.run.points import Point
from gpusim.experiments.run.run import Request
from gpusim.scenario.language.limits import MOST_REPS

ENGINES: Final = ("batch", "process")


def request(
    point: Point,
    *,
    reps: int,
    seed: int,
    engine: str,
    events: int | None,
    monthly: bool,
    units: bool,
    fail_if: Texts | None,
    workers: int | None,
    out: Path | None,
    command: tuple[str, ...],
) -> Request:
    """The request of a run.

    events: None: those of one replication where the process engine plays it, else of none.

    Raises:
        ScenarioError: an argument is out of bounds.
    """
    within("reps", reps, 1, MOST_REPS)
    within("events", events, 0, 10_000)
    check_means(seed, workers)
    one_of("engine", engine, ENGINES)
    return Request(
        model=point.model,
        reps=reps,
        seed=seed,
        shocks=point.shocks,
        strategy=point.strategy,
        sets=point.sets,
        workers=workers,
        out=out,
        monthly=monthly,
        events=int(engine == "process") if events is None else events,
        engine=engine,
        units=units,
        command=command,
        fail_if=texts(fail_if),
    )
