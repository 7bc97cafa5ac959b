"""The request of a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from gpusim.api.asked.arguments import (
    Metrics,
    Texts,
    check_means,
    one_of,
    several,
    texts,
    within,
)
from gpusim.api.asked.run import ENGINES
from gpusim.experiments.common import design
from gpusim.experiments.common.design import Design
from gpusim.experiments.run.points import Point
from gpusim.experiments.sweep import sweep as sweeps
from gpusim.experiments.sweep.sweep_point import Until
from gpusim.own_code import METRIC
from gpusim.scenario.language.limits import MOST_REPS

KINDS: Final = ("grid", "zip", "list", "lhs", "sobol")
LIST: Final = "list"


class Chosen(NamedTuple):
    """How the points of a sweep are chosen."""

    vary: Texts | None = None
    kind: str | None = None  # None: a grid, or a list where there is a file of one
    points: int | None = None
    list_file: Path | None = None
    correlate: Texts | None = None


def request(
    point: Point,
    *,
    chosen: Chosen,
    reps: int | None,
    until: Texts | None,
    metrics: Metrics | None,
    seed: int,
    engine: str,
    fail_if: Texts | None,
    workers: int | None,
) -> sweeps.Request:
    """The request of a sweep; where there is something to wait for, one point will do.

    workers: checked only, they are no part of it.

    Raises:
        ScenarioError: an argument is out of bounds, an `until` is none, or there are no points, or
            they cannot be.
    """
    within("reps", reps, 1, MOST_REPS)
    check_means(seed, workers)
    one_of("design", chosen.kind, KINDS)
    one_of("engine", engine, ENGINES)
    waiting = tuple(until_of(text) for text in dict.fromkeys(texts(until)))
    return sweeps.Request(
        point,
        design_of(chosen, seed, alone=bool(waiting)),
        seed,
        reps or (sweeps.MOST_REPS if waiting else sweeps.DEFAULT_REPS),
        waiting,
        tuple(dict.fromkeys(several(metrics, METRIC) or sweeps.DEFAULT_METRICS)),
        engine,
        texts(fail_if),
    )


def design_of(chosen: Chosen, seed: int, *, alone: bool) -> Design:
    """The points asked for.

    alone: the model as it is will do, for there is something to wait for.

    Raises:
        ScenarioError: there are none, or they cannot be.
    """
    _, kind, points, list_file, _ = chosen
    vary, correlate = texts(chosen.vary), texts(chosen.correlate)
    listing = (list_file, kind, points) != (None, None, None)
    if alone and not (vary or correlate or listing):
        return design.as_it_is()
    if list_file is None and kind != LIST:
        axes = [design.parse_axis(text) for text in vary]
        return design.make(kind or "grid", axes, points, seed, correlate)
    if list_file is None or vary or points is not None or correlate or kind not in (None, LIST):
        expected = "--list FILE.csv alone: the file holds keys and points"
        raise design.wrong(
            "", "a list of points mixed with another design", expected, flag="--list"
        )
    return design.read_list(list_file)


def until_of(text: str) -> Until:
    """METRIC:HALFWIDTH or METRIC:P%.

    Raises:
        ScenarioError: it is neither.

    >>> until_of("revenue:1%")
    Until(metric='revenue', half=0.01, relative=True)
    """
    metric, _, width = text.rpartition(":")
    relative = width.endswith("%")
    try:
        half = float(width.removesuffix("%")) / (100 if relative else 1)
    except ValueError:
        half = 0.0
    if not metric or not 0 < half < float("inf"):
        expected = "METRIC:HALFWIDTH, such as cash:5e6, revenue:1% or shortfall:0.02"
        raise design.wrong(text, "no metric with a half-width above 0", expected, flag="--until")
    return Until(metric, half, relative)
