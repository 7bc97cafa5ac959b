"""The request of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from gpusim.api.asked.arguments import (
    AnyStrategy,
    Metrics,
    Shocks,
    Texts,
    check_means,
    many_names,
    one_of,
    several,
    texts,
    within,
)
from gpusim.experiments.compare.compare import Request
from gpusim.experiments.compare.judgement import BATCH
from gpusim.experiments.compare.selection import FIRST_BATCHES
from gpusim.own_code import METRIC, SHOCK, STRATEGY
from gpusim.results.drawn.sets import DRAWN, FIXED
from gpusim.scenario.language.limits import MOST_REPS

LEAST: Final = BATCH * FIRST_BATCHES
TOO_FEW: Final = (
    f"options are judged on means of {BATCH} replications each, and a judgement needs "
    f"{FIRST_BATCHES} such means"
)
"""Why a comparison has no fewer replications."""


class Compared(NamedTuple):
    """What is compared; `none` is as is."""

    models: Texts
    strategies: Sequence[AnyStrategy] | AnyStrategy | None
    shocks: Shocks | None
    sets: Texts | None  # of all
    capital: Texts | None = None
    cross: bool = (
        False  # every strategy, model or option of capital, or each with each, under every shock
    )


def request(
    what: Compared,
    *,
    metrics: Metrics | None,
    satisfy: Texts | None,
    indifference: Texts | None,
    better: Texts | None,
    alpha: float,
    reps: int,
    most: int,
    seed: int,
    fail_if: Texts | None,
    inputs: str,
    workers: int | None,
) -> Request:
    """The request of a comparison.

    Raises:
        ScenarioError: an argument is out of bounds, or no text.
        OwnCodeError: see `named`.
    """
    within("alpha", alpha, 0.001, 0.5)
    within("reps", reps, LEAST, MOST_REPS, TOO_FEW)
    within("most", most, LEAST, MOST_REPS, TOO_FEW)
    check_means(seed, workers)
    one_of("inputs", inputs, (DRAWN, FIXED))
    return Request(
        models=many_names("models", what.models),
        strategies=several(what.strategies, STRATEGY),
        shocks=several(what.shocks, SHOCK),
        sets=texts(what.sets),
        metrics=several(metrics, METRIC),
        satisfy=texts(satisfy),
        indifference=texts(indifference),
        better=texts(better),
        alpha=alpha,
        reps=reps,
        most=most,
        seed=seed,
        workers=workers,
        fail_if=texts(fail_if),
        capital=many_names("capital", what.capital),
        cross=what.cross,
        inputs=inputs,
    )
