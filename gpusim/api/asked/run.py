"""The request of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gpusim.api.asked.arguments import (
    Metrics,
    Texts,
    check_means,
    one_of,
    several,
    texts,
    within,
)
from gpusim.experiments.run.points import Point
from gpusim.experiments.run.run import Request
from gpusim.own_code import METRIC, named_in
from gpusim.results.drawn.sets import DRAWN, FIXED
from gpusim.scenario import Mistake, ScenarioError
from gpusim.scenario.language.limits import MOST_REPS

ENGINES: Final = ("batch", "process")


def request(
    point: Point,
    *,
    reps: int,
    seed: int,
    inputs: str,
    engine: str,
    events: int | None,
    monthly: bool,
    units: bool,
    metrics: Metrics | None,
    fail_if: Texts | None,
    workers: int | None,
    out: Path | None,
    command: tuple[str, ...] = ("gpusim.run",),
) -> Request:
    """The request of a run.

    events: None: those of one replication where the process engine plays it, else of none.

    Raises:
        ScenarioError: an argument is out of bounds, or a metric is none of the user's own.
        OwnCodeError: see `named`.
    """
    own = _own(metrics)
    within("reps", reps, 1, MOST_REPS)
    within("events", events, 0, 10_000)
    check_means(seed, workers)
    one_of("engine", engine, ENGINES)
    one_of("inputs", inputs, (DRAWN, FIXED))
    return Request(
        model=point.model,
        reps=reps,
        seed=seed,
        shocks=point.shocks,
        strategy=point.strategy,
        sets=point.sets,
        capital=point.capital,
        workers=workers,
        out=out,
        monthly=monthly,
        events=int(engine == "process") if events is None else events,
        engine=engine,
        inputs=inputs,
        units=units,
        command=command,
        fail_if=texts(fail_if),
        metrics=own,
    )


def _own(metrics: Metrics | None) -> tuple[str, ...]:
    """Metrics of the user's own.

    Raises:
        ScenarioError: one is none of them.
        OwnCodeError: see `named`.
    """
    own = several(metrics, METRIC)
    for name in own:
        if named_in([name]) != (name,):
            what = "FILE.py:NAME; a run has all of gpusim's own metrics, in every period"
            raise ScenarioError([Mistake(f"--metric {name}", 0, 0, "", name, what)])
    return own
