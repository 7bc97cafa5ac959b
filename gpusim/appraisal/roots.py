"""Every rate at which dated flows are worth nothing: single, double, at zero, in close pairs.

Worth of flows c at times t under a force of interest s is the sum of c exp(-s t), s = ln(1 + rate).
For whole periods it is a polynomial in 1 / (1 + rate); for flows on days it is not, and the same
search holds. Plain functions, not kernels: no rule of a run calls them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NOISE: Final = 4.0 * float(np.finfo(np.float64).eps)
"""A worth is nothing where it is within so much of its terms' sizes, per flow and one more."""
HALVINGS: Final = 200


def roots(flows: Floats, times: Floats) -> list[tuple[float, int]]:
    """Forces of interest where present value is zero, ascending, each with its way there.

    It falls through zero as the force rises (-1), touches it (0) or rises (1). flows [money], none
    of them zero; times [periods], ascending; forces ln(1 + rate) [1/period].

    Source: Laguerre's proof of Descartes' rule of signs. The slope of worth times exp(s a), with a
    between the times of two flows of opposite sign, is again a sum of exponentials, and has one
    change of sign less. Between two neighbouring zeros of that slope worth has at most one zero. So
    zeros are found by bisection, from the sum without a change of sign down to the flows
    themselves. A rate of zero always parts two searches, so that a root there is found as such.

    >>> roots(np.array([-100.0, 230.0, -132.0]), np.arange(3.0))[0][1]
    1
    """
    sums = [flows / np.abs(flows).max()]
    while len(changes := np.flatnonzero(np.diff(np.sign(sums[-1])))):
        k = int(changes[len(changes) // 2])
        slopes = sums[-1] * (0.5 * (times[k] + times[k + 1]) - times)
        sums.append(slopes / np.abs(slopes).max())
    points = np.zeros(1)
    for terms in sums[:0:-1]:
        points = np.unique(np.concatenate([[0.0], _zeros(terms, times, points)[0]]))
    found, ways = _zeros(sums[0], times, points)
    return [(float(s), int(way)) for s, way in zip(found, ways, strict=True)]


def _zeros(terms: Floats, times: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Zeros of a sum that has at most one between any two neighbours of some points; their ways.

    Neighbouring points that are all zeros are one zero, told once: at a rate of zero if it is among
    them, else at the middle one.
    """
    outer = _outermost(terms, times, points)
    ends = np.concatenate([[-outer[0]], points, [outer[1]]])
    signs = _signs(terms, times, ends)
    signs[0], signs[-1] = np.sign(terms[-1]), np.sign(terms[0])
    crossing = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    found = [*_bisect(terms, times, ends[crossing], ends[crossing + 1])]
    ways = [*signs[crossing + 1]]
    flat = np.flatnonzero(signs == 0)
    for run in np.split(flat, np.flatnonzero(np.diff(flat) > 1) + 1):
        if len(run):
            at_zero = bool((ends[run] == 0.0).any())
            found.append(0.0 if at_zero else ends[run[len(run) // 2]])
            before, after = signs[run[0] - 1], signs[run[-1] + 1]
            ways.append(after if before != after else 0.0)
    order = np.argsort(found, kind="stable")
    return np.array(found, np.float64)[order], np.array(ways, np.float64)[order]


def _outermost(terms: Floats, times: Floats, points: Floats) -> tuple[float, float]:
    """Forces beyond which the last and the first flow outweigh all others, below and above zero.

    Source: Cauchy's bound on the roots of a polynomial.
    """
    size = np.abs(terms)
    gross = float(np.log(size.sum()))
    low = (gross - float(np.log(size[-1]))) / (times[-1] - times[-2])
    high = (gross - float(np.log(size[0]))) / (times[1] - times[0])
    return max(low, -float(points[0])) + 1.0, max(high, float(points[-1])) + 1.0


def _factors(times: Floats, forces: Floats) -> Floats:
    """Discount factors of each force and time, over the largest of the force."""
    shifts = np.where(forces[:, None] > 0, times - times[0], times - times[-1])
    factors: Floats = np.exp(-forces[:, None] * shifts)
    return factors


def _signs(terms: Floats, times: Floats, forces: Floats) -> Floats:
    """Sign of the worth at each force; none where it is within rounding of nothing."""
    factors = _factors(times, forces)
    worth, size = factors @ terms, factors @ np.abs(terms)
    signs: Floats = np.where(np.abs(worth) <= NOISE * (len(terms) + 1) * size, 0.0, np.sign(worth))
    return signs


def _bisect(terms: Floats, times: Floats, low: Floats, high: Floats) -> Floats:
    """The zero in each bracket, to the last bit."""
    if len(low) == 0:
        return low
    falls = _factors(times, low) @ terms > 0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if ((middle <= low) | (middle >= high)).all():
            break
        above = (_factors(times, middle) @ terms > 0) == falls
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return 0.5 * (low + high)
