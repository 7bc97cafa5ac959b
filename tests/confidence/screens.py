"""`sensitivity`: what is flagged, sizes of effects, Sobol' indices, and the box of PRIM."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Final

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.sensitivity import bars, morris
from gpusim.experiments.sensitivity import prim as discover
from gpusim.experiments.sensitivity import sobol as indices
from gpusim.experiments.sensitivity.flips import ALPHA
from tests.confidence.laws import LOGNORMALS, NORMAL, RARE, T3, Law, luck
from tests.confidence.repeating import (
    REFUSED,
    RIGHT,
    SURE,
    WRONG,
    Case,
    Rng,
    Verdict,
    each,
    numbered,
)

WORLDS: Final = 20
LAST: Final = 1e-9
"""Of figures around 1: rounding."""


def cases() -> Iterator[Case]:
    """All claims of this module."""
    yield from tornado()
    yield from walks()
    yield from sobol()
    yield from boxes()


def flagged(rng: Rng, law: Law, replications: int, idle: int, real: int) -> Verdict:
    """Whether an input without effect is flagged; others move the figure by 0.8 of its sd or more.

    Every end has luck of its own, the worst that can be: an input without effect that leaves the
    figures as they are cannot be flagged.
    """
    base = law.draw(rng, replications)
    ends = [law.draw(rng, replications) for _ in range(2 * idle)]
    moved = [base + (1 + n) * rng.normal(0.8, 1.0, replications) for n in range(2 * real)]
    chances = bars.chances_of(base, [*ends, *moved])
    return WRONG if chances[: 2 * idle].min() <= ALPHA else RIGHT


def tornado() -> Iterator[Case]:
    """An input without effect is said to matter in at most 5% of screens."""
    for law in (NORMAL, T3, LOGNORMALS[1], LOGNORMALS[2], RARE[-1]):
        for replications in (10, 40):
            for idle, real in ((30, 0), (10, 5)):
                setting = f"{law.name}; {idle} inputs without effect, {real} with"
                play = each(
                    partial(flagged, law=law, replications=replications, idle=idle, real=real)
                )
                short = 60 if real == 0 and replications == 40 else 0
                claim = "tornado: an input without effect is flagged"
                yield Case(claim, setting, f"{replications}", play, 400, short, promise=SURE)


SLOPES: Final = np.array([4.0, 2.0, 1.0, 0.2, 0.0])
MIXED: Final = 3.0
"""Of the product of the first two inputs."""


def luck_of(rng: Rng, shape: tuple[int, ...], sd: float, shared: bool) -> Floats:
    """Luck of every point [points..., replications], or the same at all points."""
    return sd * (rng.normal(size=shape[-1]) * np.ones(shape) if shared else rng.normal(size=shape))


@cache
def effects(count: int, sd: float, number: int) -> list[morris.Effect]:
    """Of five inputs, the last without effect, in one run."""
    rng = luck("Morris", count, sd, number)
    seed = int(rng.integers(1 << 30))
    points = morris.trajectories(len(SLOPES), count, seed)
    mean = points @ SLOPES + MIXED * points[..., 0] * points[..., 1]
    figures = mean[..., None] + luck_of(rng, (*mean.shape, WORLDS), sd, shared=False)
    return morris.effects(points, figures, seed)


def sizes() -> Floats:
    """Root mean square effects, by hand: the other input of a product is at any of four levels."""
    levels = np.arange(morris.LEVELS) / (morris.LEVELS - 1)
    pair = [np.sqrt(np.mean((slope + MIXED * levels) ** 2)) for slope in SLOPES[:2]]
    return np.array([*pair, *SLOPES[2:]])


def walks() -> Iterator[Case]:
    """Morris: sizes of effects, and what is flagged. One run a repetition serves all rows."""
    for count in (4, 10):
        for sd in (0.0, 1.0, 4.0):
            n = f"{count} walks"

            def size(number: int, place: int, count: int = count, sd: float = sd) -> Verdict:
                own = effects(count, sd, number)[place]
                if np.isnan(own.low):
                    return REFUSED
                truth = sizes()[place]
                return RIGHT if own.low - LAST <= truth <= own.high + LAST else WRONG

            def idle(number: int, count: int = count, sd: float = sd) -> Verdict:
                return WRONG if effects(count, sd, number)[-1].matters else RIGHT

            inputs = {0: "in a product", 2: "linear", 3: "small", 4: "without effect"}
            for place, name in inputs.items():
                setting = f"input {name}, luck of sd {sd:g}"
                play = numbered(partial(size, place=place))
                short = 20 if (count, sd, place) in {(10, 1.0, 0), (10, 1.0, 2)} else 0
                yield Case("Morris: size of an effect", setting, n, play, 200, short)
            setting = f"luck of sd {sd:g}"
            claim = "Morris: an input without effect is flagged"
            yield Case(claim, setting, n, numbered(idle), 200, promise=SURE)


@cache
def indices_of(slopes: tuple[float, ...], sd: float, shared: bool, number: int) -> indices.Indices:
    """Of a straight sum, in one run."""
    rng = luck("Sobol'", slopes, sd, shared, number)

    def response(points: Floats) -> Floats:
        mean = points @ np.array(slopes)
        return mean[:, None] + luck_of(rng, (len(mean), WORLDS), sd, shared)

    return indices.sobol(response, len(slopes), 64, int(rng.integers(1 << 30)))


def sobol() -> Iterator[Case]:
    """Sobol' indices; of a sum, an input's share is its slope squared over all squares."""
    slopes = (4.0, 2.0, 1.0, 0.0)
    squares = np.array(slopes) ** 2
    shares = squares / squares.sum()

    def one(number: int, total: bool, place: int, sd: float, shared: bool) -> Verdict:
        told = indices_of(slopes, sd, shared, number)
        if not told.moved:
            return REFUSED
        own = (told.total if total else told.first)[place]
        return RIGHT if abs(own.value - shares[place]) <= own.half + LAST else WRONG

    settings = [("no luck", 0.0, False), ("luck of each point, sd 1.3", 1.3, False)]
    settings += [("luck of each point, sd 4", 4.0, False), ("luck shared, sd 4", 4.0, True)]
    names = {0: "first input", 1: "second", 3: "without effect"}
    for name, sd, shared in settings:
        for total in (False, True):
            for place, own in names.items():
                run = numbered(partial(one, total=total, place=place, sd=sd, shared=shared))
                setting = f"{'total' if total else 'first order'}, {own}; {name}"
                short = 15 if sd == 1.3 and place == 0 else 0
                yield Case("Sobol' index", setting, "64 rows", run, 200, short)

    def moved(number: int, sd: float, shared: bool) -> Verdict:
        return WRONG if indices_of((0.0,) * 4, sd, shared, number).moved else RIGHT

    for name, sd, shared in settings:
        claim = "Sobol': inputs are said to move the mean"
        setting = f"no input does; {name}"
        run = numbered(partial(moved, sd=sd, shared=shared))
        short = 15 if sd == 1.3 else 0
        yield Case(claim, setting, "64 rows", run, 200, short, promise=SURE)


INPUTS: Final = 4


def chance_at(points: Floats, lean: Floats) -> Floats:
    """Chance of the case: high where the first two inputs are."""
    return np.asarray(1 / (1 + np.exp(-(6 * (points[:, 0] + points[:, 1] - 1.2) + lean))))


def drawn(rng: Rng, count: int, shared: float) -> tuple[Floats, Floats]:
    """Points of a cube and cases [points, replications], each world leaning its own way."""
    points = rng.random((count, INPUTS))
    lean = shared * rng.normal(size=WORLDS)
    chances = np.stack([chance_at(points, np.full(count, own)) for own in lean], axis=1)
    return points, (rng.random(chances.shape) < chances).astype(float)


def truth(rng: Rng, box: Floats, shared: float) -> float:
    """Density of a box, by a large draw of points and replications of its own."""
    points = box[0] + (box[1] - box[0]) * rng.random((20_000, INPUTS))
    return float(chance_at(points, shared * rng.normal(size=len(points))).mean())


@cache
def discovered(points: int, shared: float, number: int) -> tuple[Verdict, Verdict]:
    """Of one run: the interval of the density, and whether the peeling line ends too high.

    Its last box is the smallest, where a line on the points that found it would be most optimistic.
    """
    rng = luck("PRIM", points, shared, number)
    design, cases = drawn(rng, points, shared)
    found = discover.find_box(design, cases)
    if found is None:
        return REFUSED, REFUSED
    box = np.array([np.zeros(INPUTS), np.ones(INPUTS)])
    for limit in found.limits:
        box[:, limit.input] = limit.low, limit.high
    within = found.density_low <= truth(rng, box, shared) <= found.density_high
    last = discover.peels(design[::2], cases[::2].mean(axis=1))[-1]
    above = found.path[-1][1] > truth(rng, last, shared)
    return RIGHT if within else WRONG, WRONG if above else RIGHT


def boxes() -> Iterator[Case]:
    """PRIM: the interval of the density, and a peeling line that is not optimistic."""

    def covered(number: int, points: int, shared: float) -> Verdict:
        return discovered(points, shared, number)[0]

    def optimistic(number: int, points: int, shared: float) -> Verdict:
        return discovered(points, shared, number)[1]

    for points in (100, 400):
        for shared in (0.0, 1.0, 2.0):
            n, setting = f"{points} points", f"luck shared between points, sd {shared:g}"
            short = 20 if points == 100 else 0
            play = numbered(partial(covered, points=points, shared=shared))
            yield Case("PRIM: density of the box", setting, n, play, 200, short)
            play = numbered(partial(optimistic, points=points, shared=shared))
            claim = "PRIM: peeling line above the truth"
            yield Case(claim, setting, n, play, 200, nominal=0.5, promise=0.5)
