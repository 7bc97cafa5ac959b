"""Laws of an input within its range: its value at a level between 0 and 1.

* `pert`: a beta law between the ends about the stated value, which is the likeliest; its mean is a
  sixth of the ends and four times that.
* `uniform`: even between the ends; the stated value is any of them.
* `lognormal`: the logarithm is normal on either side of the stated value, which is the median; the
  ends are passed one time in 40 each. Of a date it is the days from the as-of day that are drawn.

Source: Malcolm, Roseboom, Clark and Fazar, 1959, Operations Research 7(5), for the PERT law; Vose,
2008, Risk Analysis, for its shape of 4.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.scenario.language.provenance import LAWS

PERT, UNIFORM, LOGNORMAL = range(len(LAWS))
SHAPE: Final = 4.0
"""Weight of the likeliest value of a PERT law over that of an end."""
PASSED: Final = 1 / 40
"""How often a lognormal value lies beyond either end."""


def values(law: Ints, low: Floats, mode: Floats, high: Floats, level: Floats) -> Floats:
    """Values at levels, each of its own law [inputs].

    low, mode, high: the ends and the stated value, rising; those of a lognormal law are positive.

    >>> ends = np.zeros(3), np.full(3, 2.0), np.full(3, 4.0)
    >>> values(np.array([PERT, UNIFORM, PERT]), *ends, np.array([0.5, 0.25, 0.0])).tolist()
    [2.0, 1.0, 0.0]
    >>> ends = np.array([0.5]), np.array([1.0]), np.array([3.0])
    >>> [round(float(values(np.array([LOGNORMAL]), *ends, np.array([p]))[0]), 6)
    ...  for p in (0.025, 0.5, 0.975)]
    [0.5, 1.0, 3.0]
    """
    from scipy.special import betaincinv, ndtri  # here: a quarter of a second that few need pay

    width = high - low
    across = np.where(width > 0, width, 1.0)
    up = 1 + SHAPE * (mode - low) / across
    down = 1 + SHAPE * (high - mode) / across
    drawn = low + width * np.where(law == UNIFORM, level, betaincinv(up, down, level))
    curved = law == LOGNORMAL
    if curved.any():
        beyond = ndtri(level[curved]) / ndtri(1 - PASSED)
        middle = mode[curved]
        end = np.where(beyond < 0, low[curved], high[curved])
        drawn[curved] = middle * (end / middle) ** np.abs(beyond)
    return np.asarray(drawn, np.float64)
