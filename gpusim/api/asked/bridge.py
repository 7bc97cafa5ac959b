"""The request of a bridge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

from gpusim.api.asked.arguments import (
    AnyMetric,
    AnyStrategy,
    Shocks,
    Texts,
    check_means,
    named,
    one_of,
    point,
    within,
)
from gpusim.experiments.bridge import bridge as bridges
from gpusim.experiments.common.received import received
from gpusim.experiments.compare.options import NONE
from gpusim.experiments.run.points import Point
from gpusim.own_code import METRIC, Named, is_python, named_in
from gpusim.results.stored.opened import open_single
from gpusim.scenario import Mistake, ScenarioError
from gpusim.scenario.language.limits import MOST_REPS

BRIDGE_REPS: Final = 100
"""Replications of a bridge between two ends of a model, where none are asked for."""

CHANGES: Final = "--to-set, --to-shock, --to-strategy, --to-capital"
"""What makes a second end of a model."""
LaidOver: TypeAlias = tuple[AnyStrategy | None, Shocks | None, Texts | None, str | None]
"""Strategy, shocks, settings and option of capital."""


@contextmanager
def request(
    first: str,
    second: str | None,
    *,
    metric: AnyMetric,
    shared: LaidOver,
    changed: LaidOver,
    method: str | None,
    reps: int | None,
    seed: int,
    workers: int | None,
) -> Iterator[bridges.Request]:
    """The request of a bridge, while what two folders keep is read and nothing else.

    shared: what is laid over both ends of a model; changed: over its second, where `none` is no
    strategy, no option of capital.

    Raises:
        ScenarioError: an argument is out of bounds, or the ends are no two ends.
        NotARunError: an end is no run.
        OwnCodeError: see `named` and `received`.
    """
    within("reps", reps, 2, MOST_REPS, "one alone gives no interval")
    check_means(seed, workers)
    one_of("method", method, (bridges.SHAPLEY, bridges.ORDER))
    base, other = point(first, *shared), point(first, *changed, none=True)
    asked = named(metric, METRIC) or ""
    if second is None:
        start, end = _ends_of_model(base, other, seed)
        names = first, f"{first} changed"
        yield bridges.Request(start, end, asked, reps or BRIDGE_REPS, names, method, workers)
        return
    again = _refuse_changes(base, other)
    runs = open_single(first), open_single(second)
    with received(*runs, named=again, asked=named_in([asked])):
        (start, n), (end, m) = map(bridges.end_of_run, runs)
        replications = reps or min(n, m, bridges.MOST_REPLAYED)
        yield bridges.Request(start, end, asked, replications, (first, second), method, workers)


def _refuse_changes(base: Point, other: Point) -> Named:
    """Check that two folders are all there is; the code of theirs that may run."""
    strategies = tuple(name for name in (base.strategy, other.strategy) if name is not None)
    shocks = (*base.shocks, *other.shocks)
    laid = (*base.sets, *other.sets, base.capital, other.capital)
    if any(laid) or not all(map(is_python, (*strategies, *shocks))):
        what = f"two run folders alone, or a model with {CHANGES}"
        raise ScenarioError([Mistake("bridge", 0, 0, "", "both kinds of ends", what)])
    return Named(strategies, (), shocks)


def _ends_of_model(base: Point, other: Point, seed: int) -> tuple[bridges.End, bridges.End]:
    """A model as it is, and changed."""
    if not (other.sets or other.shocks or other.strategy or other.capital):
        what = f"a second run folder, or {CHANGES}"
        raise ScenarioError([Mistake("bridge", 0, 0, "", "one end", what)])
    goal = base._replace(
        strategy=_of_second(base.strategy, other.strategy),
        shocks=(*base.shocks, *other.shocks),
        sets=(*base.sets, *other.sets),
        capital=_of_second(base.capital, other.capital),
    )
    return bridges.End(base, seed), bridges.End(goal, seed)


def _of_second(shared: str | None, own: str | None) -> str | None:
    """What the second end has, where it is asked for of both ends and of the second.

    >>> _of_second("bank", None), _of_second("bank", "equity"), _of_second("bank", "none")
    ('bank', 'equity', None)
    """
    return None if own == NONE else own or shared
