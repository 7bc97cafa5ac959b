"""`bridge`: what moved a metric between two runs, cause by cause, summing exactly.

Both runs are a model with a strategy, shocks and settings. Each difference is a cause; runs with
some of the causes and not the others are simulated on the same replications, and each cause gets
its mean effect over all orders (Shapley), or over the declared order where there are many.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.bridge import shapley
from gpusim.experiments.bridge.shapley import MOST_CHANGES, Set
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run import points
from gpusim.experiments.run.evaluate import Answer, figures_of, on_threads
from gpusim.experiments.run.points import Player, Point, Prepared
from gpusim.results import intervals
from gpusim.results.figures import Figure
from gpusim.results.intervals import Interval
from gpusim.results.stored.opened import Opened, refuse_incomplete
from gpusim.scenario import Mistake, ScenarioError
from gpusim.scenario.paths import parse_setting

CENTS, BILLIONTHS = 100, 1_000_000_000
SHAPLEY, ORDER = "shapley", "order"
MOST_REPLAYED: Final = 400
"""Replications of a bridge between runs that have more."""


class Cause(NamedTuple):
    """One difference between the two ends."""

    kind: str  # model, capital, strategy, shock, set or seed
    key: str  # what is set; which shock
    before: str  # text at the first end; empty: absent
    after: str

    def __str__(self) -> str:
        if self.kind == "shock":
            return f"shock {self.after or self.before}{'' if self.after else ' taken away'}"
        if self.kind == "set":
            return f"{self.after}" if self.after else f"{self.before} taken away"
        return f"{self.kind} {self.before or 'none'} -> {self.after or 'none'}"


class End(NamedTuple):
    """A point with the seed of its draws."""

    point: Point
    seed: int


class Part(NamedTuple):
    """What a cause did to the mean."""

    cause: Cause
    amount: int  # cents or billionths; the parts sum to the difference of the ends
    interval: Interval  # of its mean over replications [unit]


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    first: End
    second: End
    metric: str
    replications: int
    names: tuple[str, str] = ("from", "to")
    method: str | None = None  # None: Shapley for up to MOST_CHANGES causes
    workers: int | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    """What `bridge` found."""

    request: Request
    figure: Figure
    scale: int  # whole units in one unit of the metric: 100 of USD, 10^9 of all else
    method: str
    start: int  # mean at the first end [whole units]
    parts: tuple[Part, ...]
    end: int
    used: int  # replications in which the metric is defined everywhere
    financed: tuple[str, ...] = ()  # options of capital of either end, with their titles
    same: bool = False  # whether nothing that differs between the ends changes the scenario


class _Ends(NamedTuple):
    """What both ends have, before anything is played."""

    figure: Figure
    financed: tuple[str, ...]
    same: bool


def bridge(request: Request, progress: Progress | None = None) -> Bridge:
    """Find what moved the metric.

    Raises:
        ScenarioError: a point between the ends cannot be simulated, or the metric is wrong.
        RunError: a replication failed.
        KeyboardInterrupt: interrupted; a bridge needs all its runs.
    """
    ends = _ends(request)
    figure = ends.figure
    found = causes(request.first, request.second)
    method = request.method or (SHAPLEY if len(found) <= MOST_CHANGES else ORDER)
    needed = sets_of(len(found), method)
    played = answers(request, figure, found, needed, progress)
    kept = np.all([~np.isnan(figures) for figures in played.values()], axis=0)
    if not kept.any():
        what = "a metric that is defined in some replication at both ends"
        raise ScenarioError([Mistake(f"--metric {request.metric}", 0, 0, "", "no figure", what)])
    scale = CENTS if figure.unit == "USD" else BILLIONTHS
    whole = {made: [round(float(x) * scale) for x in own[kept]] for made, own in played.items()}
    replications, worth = int(kept.sum()), split(method, len(found))
    totals = worth(lambda made: sum(whole[made]))
    start, end = sum(whole[frozenset()]), sum(whole[frozenset(range(len(found)))])
    rounded_start, rounded_end = (round(Fraction(one, replications)) for one in (start, end))
    amounts = shapley.rounded(
        [total / replications for total in totals], Fraction(rounded_end - rounded_start)
    )
    by_replication = [
        worth(lambda made, n=n: whole[made][n])  # type: ignore[misc]
        for n in range(replications)
    ]
    parts = tuple(
        Part(
            cause,
            amounts[n],
            interval_of(np.array([float(w[n]) for w in by_replication]) / scale, figure),
        )
        for n, cause in enumerate(found)
    )
    told = (rounded_start, parts, rounded_end, replications)
    return Bridge(request, figure, scale, method, *told, ends.financed, ends.same)


def _ends(request: Request) -> _Ends:
    """Both ends, read.

    Raises:
        ScenarioError: an end cannot be simulated, or has no such metric.
    """
    first, second = (
        points.prepare(end.point, (request.metric,)) for end in (request.first, request.second)
    )
    financed = (first.scenario.financed, second.scenario.financed)
    same = second.same_as(first) and request.first.seed == request.second.seed
    figure = _of_both(request, first, second)
    return _Ends(figure, tuple(dict.fromkeys(filter(None, financed))), same)


def _of_both(request: Request, first: Prepared, second: Prepared) -> Figure:
    """The metric, which both ends must have.

    Raises:
        ScenarioError: an end has no such metric, or neither has.
    """
    found: list[Figure | ScenarioError] = []
    for end in (first, second):
        try:
            found.append(end.figure(request.metric))
        except ScenarioError as error:
            found.append(error)
    one, other = found
    if isinstance(one, Figure) and isinstance(other, Figure):
        return one
    if isinstance(one, ScenarioError) and isinstance(other, ScenarioError):
        raise one
    lacks = request.names[isinstance(one, Figure)]
    what = f"a metric that both ends have; {lacks} lacks it"
    raise ScenarioError(
        [Mistake(f"metric {request.metric}", 0, 0, "", "a metric of one end alone", what)]
    )


def interval_of(moved: Floats, figure: Figure) -> Interval:
    """Interval of a cause's mean effect [replications], which are the same at all points."""
    if figure.is_chance and not figure.planned:
        return intervals.of_chances(moved)
    return intervals.of_mean(moved, planned=figure.planned)


def split(method: str, count: int) -> Callable[[Callable[[Set], int]], list[Fraction]]:
    """How a difference is split over causes."""
    return partial(shapley.shapley if method == SHAPLEY else shapley.in_order, count)


def sets_of(count: int, method: str) -> list[Set]:
    """The sets of causes that are simulated: all, or the first none, one, two ..."""
    if method == ORDER:
        return [frozenset(range(made)) for made in range(count + 1)]
    return [frozenset(n for n in range(count) if code >> n & 1) for code in range(1 << count)]


def answers(
    request: Request,
    figure: Figure,
    found: Sequence[Cause],
    needed: Sequence[Set],
    progress: Progress | None,
) -> dict[Set, Floats]:
    """The metric with each set of causes [replications].

    Raises:
        ScenarioError: a point cannot be simulated.
        KeyboardInterrupt: interrupted.
    """

    def one(place: int) -> Answer:
        end = between(request.first, request.second, found, needed[place])
        prepared = points.prepare(end.point, (request.metric,))
        prepared.figure(figure.text)
        player = Player(prepared, end.seed)
        return Answer(figures_of(prepared, player, (figure,), range(request.replications)), "")

    done = on_threads(one, len(needed), request.workers or os.cpu_count() or 1, progress)
    if done.interrupted:
        raise KeyboardInterrupt
    return {
        made: answer.figures[0]
        for made, answer in zip(needed, done.by_point, strict=True)
        if answer is not None
    }


def causes(first: End, second: End) -> list[Cause]:
    """What differs between two ends, in order: model, capital, strategy, shocks, settings, seed."""
    a, b = first.point, second.point
    found = []
    if a.model != b.model:
        found.append(Cause("model", "", a.model, b.model))
    for kind, before, after in (
        ("capital", a.capital, b.capital),
        ("strategy", a.strategy, b.strategy),
    ):
        if before != after:
            found.append(Cause(kind, "", before or "", after or ""))
    found += [Cause("shock", name, name, "") for name in a.shocks if name not in b.shocks]
    found += [Cause("shock", name, "", name) for name in b.shocks if name not in a.shocks]
    was, now = by_path(a.sets), by_path(b.sets)
    for path in dict.fromkeys((*now, *was)):
        old, new = was.get(path, ()), now.get(path, ())
        if old != new:
            found.append(Cause("set", path, ", ".join(old), ", ".join(new)))
    if first.seed != second.seed:
        found.append(Cause("seed", "", str(first.seed), str(second.seed)))
    return found


def between(first: End, second: End, found: Sequence[Cause], made: Set) -> End:
    """The first end with some causes of the second."""
    a, b = first.point, second.point
    done = [found[n] for n in sorted(made)]
    kinds = {cause.kind for cause in done}
    taken = {cause.key for cause in done if cause.kind == "shock" and not cause.after}
    given = {cause.key for cause in done if cause.kind == "shock" and cause.after}
    shocks = [name for name in a.shocks if name not in taken]
    shocks += [name for name in b.shocks if name in given]
    moved = {cause.key for cause in done if cause.kind == "set"}
    before, after = by_path(a.sets), by_path(b.sets)
    sets = [
        text
        for path in dict.fromkeys((*before, *after))
        for text in (after if path in moved else before).get(path, ())
    ]
    return End(
        Point(
            b.model if "model" in kinds else a.model,
            b.strategy if "strategy" in kinds else a.strategy,
            tuple(shocks),
            tuple(sets),
            b.capital if "capital" in kinds else a.capital,
        ),
        second.seed if "seed" in kinds else first.seed,
    )


def by_path(sets: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Settings by the path they change, in order.

    >>> by_path(["tax.rate=0.2", "tax.rate*=2"])
    {'tax.rate': ('tax.rate=0.2', 'tax.rate*=2')}
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in sets:
        change = parse_setting(text)
        path = text if isinstance(change, Mistake) else ".".join(change.pattern)
        found[path] = (*found.get(path, ()), text)
    return found


def end_of_run(run: Opened) -> tuple[End, int]:
    """The end that a run folder holds, and its replications; see `received`.

    Raises:
        NotARunError: its manifest lacks what a run's has.
        ScenarioError: its model has changed since.
    """
    refuse_incomplete(run)
    held = run.manifest
    point = Point(
        held["model_argument"],
        held["strategy"],
        tuple(held["shocks"]),
        tuple(held["sets"]),
        held.get("capital"),
    )
    if points.prepare(point).scenario.hash() != held["scenario_hash"]:
        what = "a run of the model as it is now; run it again"
        found = "a model that has changed since"
        raise ScenarioError([Mistake(str(run.path), 0, 0, "", found, what)])
    return End(point, int(held["seed"])), int(held["replications"])
