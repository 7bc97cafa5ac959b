"""Ends of intervals: of laws, of chances, of what was never seen."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from gpusim.economics.core.state import Floats, Ints
from gpusim.results.drawn.sets import by_set

CONFIDENCE: Final = 0.95
UNSEEN: Final = 3.0
"""Over n: the 95% upper end of the share of replications of which none was seen in n."""


def student(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Upper end of Student's t that leaves half of what is not covered above it.

    >>> round(student(30), 3), round(student(9, 0.99), 3)
    (2.042, 3.25)
    """
    from scipy.special import stdtrit  # here: a quarter of a second that --help need not pay

    return float(stdtrit(freedom, (1 + confidence) / 2))


def normal(confidence: float = CONFIDENCE) -> float:
    """As `student`, of the normal law.

    >>> round(normal(), 3)
    1.96
    """
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))


def wilson(successes: float, trials: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Interval of a probability.

    Source: Wilson, 1927, score interval.

    >>> [round(p, 3) for p in wilson(0, 10)]
    [0.0, 0.278]
    """
    z = normal(confidence)
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    return low, 1.0 if successes == trials else min(1.0, centre + half)


def exact(successes: float, trials: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Interval of a probability that holds at least as often as it says, at any confidence.

    Source: Clopper and Pearson, 1934.

    >>> [round(p, 3) for p in exact(0, 10)]
    [0.0, 0.308]
    """
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    rest = trials - successes
    low = float(betaincinv(successes, rest + 1, tail)) if successes else 0.0
    return low, float(betaincinv(successes + 1, rest, 1 - tail)) if rest else 1.0


def of_chance(
    happened: npt.ArrayLike, sets: Ints | None = None, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Ends of the interval of a probability from replications in which it happened or not.

    sets: of drawn inputs, see `of_mean`. Replications of one set are alike, so they tell less than
    as many of their own: Wilson's score of as many as would spread as much (Korn and Graubard,
    1998, Survey Methodology 24), by Student's t for few sets. Where it happened in none or in all,
    how alike they are was not seen, and as many count as there are sets.

    >>> [round(end, 3) for end in of_chance([0] * 10)]
    [0.0, 0.278]
    >>> alike = np.repeat([0, 1, 0, 0], 8)
    >>> [round(end, 2) for end in of_chance(alike, np.arange(32) // 8)]
    [0.02, 0.87]
    """
    hit = np.asarray(happened, np.float64)
    if sets is None or not len(hit):
        return wilson(int(hit.sum()), len(hit), confidence)
    share = float(hit.mean())
    worth = worth_of(hit, share * (1 - share), sets, confidence)
    return wilson(share * worth, worth, confidence) if worth else (0.0, 1.0)


def worth_of(figures: Floats, variance: float, sets: Ints, confidence: float = CONFIDENCE) -> float:
    """How many replications apart would tell as much of a mean as these, which share sets.

    variance: of one of the figures [replications]; 0: one set tells nothing of the others. See
    `of_chance`.
    """
    units = by_set(figures[:, None], sets)[:, 0]
    count = len(units)
    if count < 2:
        return 0.0
    spread = float(units.var(ddof=1)) / count
    worth = variance / spread if spread > 0 else float(count)
    worth *= (normal(confidence) / student(count - 1, confidence)) ** 2
    return min(worth, float(len(figures)))


def unseen(trials: int) -> float:
    """Share of replications up to which something may happen that none of `trials` showed.

    >>> unseen(200)
    0.015
    """
    return min(1.0, UNSEEN / trials) if trials else 1.0
