"""Scenario discovery: the box of inputs in which something happens, by patient peeling.

Half of the points find the box, the other half say how good it is and every step towards it, for a
box always looks better on the points it was fitted to. All points meet the same replications, so
that what is not known of a density has two parts: other points, and other replications. Written
here because the one library that has it installs half a gigabyte; the method is forty lines.

Source: Friedman and Fisher, 1999 (PRIM); Bryant and Lempert, 2010 (coverage, density, and the
test of each limit).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.results import intervals

PEEL: Final = 0.05
"""Share of the points in the box that one step takes away."""
LEAST_MASS: Final = 0.05
"""Boxes with fewer of the points than this are not tried."""


class Limit(NamedTuple):
    """A bound of the box on one input."""

    input: int
    low: float  # in the unit cube; 0: none
    high: float  # 1: none
    chance: float  # of such a density if the input did nothing


class Box(NamedTuple):
    """A box, and how it did on points that had no part in finding it."""

    limits: list[Limit]  # of inputs that are limited, the most telling first
    coverage: float  # share of all cases that lie in it
    density: float  # share of replications in it in which the case happens
    density_low: float  # 95% interval, over points and replications
    density_high: float
    mass: float  # share of points in it
    base_rate: float  # share of replications with the case over all points
    points: int  # it was judged on
    path: list[tuple[float, float, float]]  # (coverage, density, mass) of each peel, on the points
    # that did not find it


def find_box(points: Floats, cases: Floats) -> Box | None:
    """The box where a case happens most; None if it never or always happens.

    points: in the unit cube [points, inputs]; cases: 1 where it happens [points, replications].
    """
    share = cases.mean(axis=1)
    fit, test = slice(0, None, 2), slice(1, None, 2)
    if not share[fit].any() or not share[test].any() or share.min() == 1:
        return None
    boxes = peels(points[fit], share[fit])
    told = [quality(points[fit], share[fit], box) for box in boxes]
    best = max(range(len(told)), key=lambda n: balance(*told[n][:2]))
    box = without_idle(points[fit], share[fit], boxes[best])
    coverage, density, mass = quality(points[test], share[test], box)
    low, high = density_interval(cases[test][inside(points[test], box)])
    limits = [
        Limit(n, float(box[0, n]), float(box[1, n]), chance(points[test], share[test], box, n))
        for n in range(points.shape[1])
        if limited(box, n)
    ]
    return Box(
        sorted(limits, key=lambda limit: limit.chance),
        coverage,
        density,
        low,
        high,
        mass,
        float(share.mean()),
        len(share[test]),
        [quality(points[test], share[test], box) for box in boxes],
    )


def peels(points: Floats, share: Floats) -> list[Floats]:
    """Boxes from the whole cube inwards [2, inputs], each the best peel of the one before."""
    boxes = [np.array([np.zeros(points.shape[1]), np.ones(points.shape[1])])]
    while True:
        held = inside(points, boxes[-1])
        tried = [
            box
            for box in candidates(points[held], boxes[-1])
            if LEAST_MASS <= inside(points, box).mean() < held.mean()
        ]
        if not tried:
            return boxes
        boxes.append(max(tried, key=lambda box: float(share[inside(points, box)].mean())))


def candidates(held: Floats, box: Floats) -> list[Floats]:
    """The box with a slice off each side of each input."""
    found = []
    for n in range(held.shape[1]):
        for side, share in ((0, PEEL), (1, 1 - PEEL)):
            smaller = box.copy()
            smaller[side, n] = np.quantile(held[:, n], share)
            found.append(smaller)
    return found


def inside(points: Floats, box: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which points lie in a box."""
    return np.asarray(((points >= box[0]) & (points <= box[1])).all(axis=1))


def quality(points: Floats, share: Floats, box: Floats) -> tuple[float, float, float]:
    """Coverage, density and mass of a box."""
    held = inside(points, box)
    density = float(share[held].mean()) if held.any() else 0.0
    return float(share[held].sum() / share.sum()), density, float(held.mean())


def balance(coverage: float, density: float) -> float:
    """What is maximised over the peels: the harmonic mean of coverage and density.

    >>> balance(1.0, 0.5) < balance(0.9, 0.7)
    True
    """
    both = coverage + density
    return 2 * coverage * density / both if both else 0.0


def limited(box: Floats, n: int) -> bool:
    """Whether a box says anything about an input."""
    return bool(box[0, n] > 0 or box[1, n] < 1)


def without_idle(points: Floats, share: Floats, box: Floats) -> Floats:
    """The box without limits whose removal loses no density."""
    kept = box.copy()
    for n in range(points.shape[1]):
        wider = kept.copy()
        wider[:, n] = 0.0, 1.0
        if quality(points, share, wider)[1] >= quality(points, share, kept)[1] - 0.01:
            kept = wider
    return kept


def density_interval(cases: Floats) -> tuple[float, float]:
    """95% interval of the mean over points in a box and their replications, both axes drawn.

    Source: Owen, 2007, Annals of Applied Statistics 1(2): of a table of rows and columns that were
    both drawn, the variance of the mean is at most that of the row means over rows and that of the
    column means over columns. By Student's t with the freedom of the fewer.
    """
    points, replications = cases.shape
    if points < 2:
        return 0.0, 1.0
    mean = float(cases.mean())
    variance = float(cases.mean(axis=1).var(ddof=1)) / points
    freedom = points - 1
    if replications > 1:
        variance += float(cases.mean(axis=0).var(ddof=1)) / replications
        freedom = min(freedom, replications - 1)
    if variance == 0:  # all alike: as many yes-or-no answers of which none differed
        fewer = min(points, replications) if replications > 1 else points
        return intervals.wilson(round(mean * fewer), fewer)
    half = intervals.student(freedom) * variance**0.5
    return max(0.0, mean - half), min(1.0, mean + half)


def chance(points: Floats, share: Floats, box: Floats, n: int) -> float:
    """Chance of the box's density if this input's limit did nothing: one-sided binomial test."""
    from scipy.stats import binomtest  # here: half a second that other commands need not pay

    wider = box.copy()
    wider[:, n] = 0.0, 1.0
    rate = quality(points, share, wider)[1]
    held = inside(points, box)
    cases = round(float(share[held].sum()))
    if not held.any():
        return 1.0
    return float(binomtest(cases, int(held.sum()), min(rate, 1.0), "greater").pvalue)
