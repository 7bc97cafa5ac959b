"""The request of a sensitivity."""

from __future__ import annotations

from gpusim.api.asked.arguments import AnyMetric, Texts, check_means, named, one_of, texts, within
from gpusim.experiments.run.points import Point
from gpusim.experiments.sensitivity.sensitivity import METHODS, Request
from gpusim.own_code import METRIC


def request(
    point: Point,
    *,
    vary: Texts | None,
    method: str,
    metric: AnyMetric,
    when: str,
    reps: int | None,
    rows: int | None,
    top: int,
    seed: int,
    workers: int | None,
) -> Request:
    """The request of a sensitivity.

    Raises:
        ScenarioError: an argument is out of bounds.
    """
    within("reps", reps, 2, 10**5, "one alone gives no interval")
    within("rows", rows, 2, 10**5, "one alone gives no spread of effects")
    within("top", top, 1, 50)
    check_means(seed, workers)
    one_of("method", method, METHODS)
    return Request(
        model=point.model,
        method=method,
        vary=texts(vary),
        metric=named(metric, METRIC) or "",
        when=when,
        strategy=point.strategy,
        capital=point.capital,
        shocks=point.shocks,
        sets=point.sets,
        reps=reps,
        rows=rows,
        top=top,
        seed=seed,
        workers=workers,
    )
