"""`solve`: at which value of a key does a metric cross a target, as a bracket with confidence."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.common.inputs import Input, Leaf, Value, parse_vary, value_at, wrong
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run import points
from gpusim.experiments.run.criteria import Criterion, parse_criterion
from gpusim.experiments.run.evaluate import figures_of
from gpusim.experiments.run.points import Base, Player, Point, Prepared
from gpusim.experiments.solve import bracket
from gpusim.experiments.solve.bracket import Crossing
from gpusim.scenario.language.errors import ScenarioError, shortened, whole_number
from gpusim.scenario.paths import split_setting

WIDTH: Final = 1 / 128
"""A bracket this narrow is narrow enough [share of the range]."""
PLANNED_WIDTH: Final = 2.0**-20
"""The same of a figure of `units`, in which nothing is drawn."""
PARTS: Final = 2
"""Chunks at least that a level's replications are played in."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    model: str
    key: str  # PATH=LO:HI
    until: str  # METRIC<VALUE
    probability: float | None = None  # of the condition; None: the mean of the metric
    along: str | None = None  # PATH=LO:HI:N
    strategy: str | None = None
    shocks: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    reps: int = 400
    alpha: float = 0.05
    seed: int = 1
    workers: int | None = None
    capital: str | None = None  # an option of capital, a bundled name or a file

    @property
    def point(self) -> Point:
        """The model with what is laid over it."""
        return Point(self.model, self.strategy, self.shocks, self.sets, self.capital)


class Solved(NamedTuple):
    """A break-even, at one value of the second key if there is one."""

    along: Value | None
    crossing: Crossing
    undefined: int  # of the replications at the low end, those without the metric; planned: none
    wider: str | None = None  # a range that reaches past the crossing, where it lies outside


@dataclass(frozen=True, slots=True)
class Solution:
    """What `solve` found."""

    request: Request
    prepared: Prepared  # the model as it is
    input: Input
    second: Input | None
    criterion: Criterion
    solved: list[Solved]
    asked: int  # values of the second key
    interrupted: bool = False


class Levels:
    """The metric at levels of the key; replications played once are kept."""

    def __init__(
        self,
        request: Request,
        base: Base,
        own: Input,
        criterion: Criterion,
        progress: Progress | None,
    ) -> None:
        self.request, self.base, self.input, self.criterion = request, base, own, criterion
        self.players: dict[float, tuple[Prepared, Player]] = {}
        self.figures: dict[float, Floats] = {}
        self.report = progress or (lambda done, of: None)

    @property
    def target(self) -> float:
        """What is crossed: a probability, or a value of the metric."""
        own = self.request.probability
        return self.criterion.value if own is None else own

    @property
    def counts(self) -> bool:
        """Whether each replication says yes or no."""
        return self.request.probability is not None or self.criterion.figure.is_chance

    def excess(self, level: float, replications: int) -> Floats:
        """Figures less the target in the first replications, at a level.

        Raises:
            ScenarioError: the level cannot be simulated.
            RunError: a replication failed.
        """
        if level not in self.players:
            prepared = points.at(self.base, self.input.at(level))
            self.players[level] = prepared, Player(prepared, self.request.seed)
        prepared, player = self.players[level]
        known = self.figures.get(level, np.zeros(0))
        if len(known) < replications:
            more = self.played(prepared, player, range(len(known), replications))
            self.figures[level] = known = np.concatenate([known, more])
        self.report(len(self.players), bracket.LEVELS)
        if self.request.probability is not None:
            known = self.criterion.holds(known).astype(np.float64)
        return known[:replications] - self.target

    def played(self, prepared: Prepared, player: Player, replications: Sequence[int]) -> Floats:
        """The metric in some replications [replications], on threads."""
        one = partial(figures_of, prepared, player, (self.criterion.figure,))
        threads = self.request.workers or os.cpu_count() or 1
        first, rest = replications[:PARTS], replications[PARTS:]
        found = [one(first)[0]]
        chunks = [c.tolist() for c in np.array_split(np.array(rest), threads) if len(c)]
        with ThreadPoolExecutor(threads) as pool:
            found += [part[0] for part in pool.map(one, chunks)]
        return np.concatenate(found)


def solve(request: Request, progress: Progress | None = None) -> Solution:
    """Find the break-even, or a row of them along a second key.

    Raises:
        ScenarioError: model, key, condition or a point of the range is wrong.
        StrategyError: a strategy of the user's own cannot be loaded.
        RunError: a replication failed.
    """
    base = points.base(request.point, (request.until,))
    prepared = points.at(base)
    criterion = condition_of(request, prepared)
    own = parse_vary(request.key, prepared.scenario)
    second, steps = parse_along(request.along, prepared) if request.along else (None, 1)
    values: list[float | None] = [None]
    if second is not None:
        values = [n / max(1, steps - 1) for n in range(steps)]
    solved: list[Solved] = []
    for level in values:
        try:
            solved.append(one_of(request, base, own, criterion, second, level, progress))
        except KeyboardInterrupt:
            return Solution(
                request, prepared, own, second, criterion, solved, steps, interrupted=True
            )
    return Solution(request, prepared, own, second, criterion, solved, steps)


def condition_of(request: Request, prepared: Prepared) -> Criterion:
    """The condition of a request.

    Raises:
        ScenarioError: it is none, or a probability is asked for of what is not drawn.
    """
    criterion = parse_criterion(request.until, prepared)
    if request.probability is not None and criterion.figure.planned:
        found = "a probability of a figure of `units`, in which nothing is drawn"
        raise wrong(shortened(request.until), found, "the condition without a probability")
    return criterion


def refuse(requests: Sequence[Request]) -> None:
    """Check requests before any of them is worked on.

    Raises:
        ScenarioError: model, key or condition is wrong.
        StrategyError: a strategy of the user's own cannot be loaded.
    """
    for request in requests:
        prepared = points.prepare(request.point, (request.until,))
        condition_of(request, prepared)
        parse_vary(request.key, prepared.scenario)
        if request.along:
            parse_along(request.along, prepared)


def one_of(
    request: Request,
    base: Base,
    own: Input,
    criterion: Criterion,
    second: Input | None,
    level: float | None,
    progress: Progress | None,
) -> Solved:
    """The break-even at one value of the second key."""
    along = None
    if second is not None and level is not None:
        sets = (*request.sets, *second.at(level))
        point = request.point._replace(sets=sets)
        base = points.base(point, (request.until,))
        along = value_at(second.leaves[0], level)
    levels = Levels(request, base, own, criterion, progress)
    planned = criterion.figure.planned
    found = bracket.crossing(
        levels.excess,
        most=request.reps,
        alpha=request.alpha,
        width=PLANNED_WIDTH if planned else WIDTH,
        share=levels.target if levels.counts else None,
        planned=planned,
    )
    undefined = 0 if planned else int(np.isnan(levels.figures[0.0]).sum())
    wider = reaching(request.key, base, own.leaves[0], found)
    return Solved(along, found, undefined, wider)


def reaching(key: str, base: Base, leaf: Leaf, found: Crossing) -> str | None:
    """A range that holds the crossing of the straight line through the ends, as it is typed.

    To well past it or, where no model has that, to the crossing; None: there is no such range.
    """
    if found.beyond is None:
        return None
    first, last = (end.mean for end in found.ends)
    for level in (found.beyond, first / (first - last)):
        wider = wider_range(key, base, leaf, level)
        if wider is not None:
            return wider
    return None


def wider_range(key: str, base: Base, leaf: Leaf, level: float) -> str | None:
    """The key with a range out to a level beyond its ends, as it is typed; None: no model has it.

    key: PATH=LO:HI as it was asked for.
    """
    setting = split_setting(key)
    assert setting is not None
    low, _, high = setting.value.partition(":")
    far = outward(leaf, level)
    end = far.isoformat() if isinstance(far, dt.date) else f"{far:.12g}"
    moved = f"{setting.path}{setting.op}"
    try:
        points.at(base, (f"{moved}{end}",))
    except ScenarioError:
        return None
    return moved + (f"{end}:{high}" if level < 0 else f"{low}:{end}")


def outward(leaf: Leaf, level: float) -> Value:
    """A value beyond the ends of a range, rounded away from it.

    To a day, to a whole number, or to about a hundredth of the range.

    >>> outward(Leaf("a.days", "=", 30, 31, True, 30), 1.25)
    32
    >>> outward(Leaf("a.price", "=", 2.0, 3.0, False, 2.5), -0.253)
    1.74
    """
    away = math.floor if level < 0 else math.ceil
    if isinstance(leaf.low, dt.date) and isinstance(leaf.high, dt.date):
        return leaf.low + dt.timedelta(days=away(level * (leaf.high - leaf.low).days))
    assert isinstance(leaf.low, int | float)
    assert isinstance(leaf.high, int | float)
    width = leaf.high - leaf.low
    places = 2 - math.floor(math.log10(width))
    steps = away(round((leaf.low + level * width) * 10.0**places, 6))
    value = float(f"{steps / 10.0**places:.12g}")
    return away(value) if leaf.whole else value


def parse_along(text: str, prepared: Prepared) -> tuple[Input, int]:
    """A second key and how many values of it, from PATH=LO:HI:N.

    Raises:
        ScenarioError: it is none.
    """
    span, _, steps = text.rpartition(":")
    number = whole_number(steps)
    if number is None or not 2 <= number <= 50 or span.count(":") != 1:
        raise wrong(shortened(text), "no PATH=LO:HI:N", "PATH=LO:HI:N with N from 2 to 50")
    return parse_vary(span, prepared.scenario), number
