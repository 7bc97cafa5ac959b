"""The requests of break-evens, one a condition, and how they are answered: one after the other."""

from __future__ import annotations

from gpusim.api.asked.arguments import Texts, check_means, texts, within
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run.points import Point
from gpusim.experiments.solve.solve import Request, Solution, refuse, solve
from gpusim.scenario import Mistake, ScenarioError
from gpusim.scenario.language.limits import MOST_REPS


def requests(
    point: Point,
    key: str,
    until: Texts,
    *,
    probability: float | None,
    along: str | None,
    reps: int,
    alpha: float,
    seed: int,
    workers: int | None,
) -> list[Request]:
    """The requests, in the order of the conditions.

    Raises:
        ScenarioError: an argument is out of bounds, or there is no condition, or one cannot be.
    """
    within("probability", probability, 0.001, 0.999)
    within("reps", reps, 10, MOST_REPS, "on fewer no side of a target can be sure")
    within("alpha", alpha, 0.001, 0.5)
    check_means(seed, workers)
    conditions = texts(until)
    if not conditions:
        raise ScenarioError([Mistake("until", 0, 0, "", "none", "METRIC<VALUE")])
    found = [
        Request(
            model=point.model,
            key=key,
            until=one,
            probability=probability,
            along=along,
            strategy=point.strategy,
            capital=point.capital,
            shocks=point.shocks,
            sets=point.sets,
            reps=reps,
            alpha=alpha,
            seed=seed,
            workers=workers,
        )
        for one in conditions
    ]
    refuse(found)
    return found


def solved(requests: list[Request], progress: Progress | None) -> list[Solution]:
    """Answer each; where one is interrupted, it is the last."""
    found: list[Solution] = []
    for one in requests:
        found.append(solve(one, progress))
        if found[-1].interrupted:
            break
    return found
