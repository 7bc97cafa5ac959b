"""Pseudo-models: laws of figures whose mean is known by formula.

A law is a function of standard normal numbers, so that options can share some of their luck.
Source of the means and distribution functions: Johnson, Kotz and Balakrishnan, "Continuous
univariate distributions".
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import stats
from scipy.special import log_ndtr, ndtr, ndtri, stdtrit

from gpusim.economics.core.state import Floats

RARE_SPREAD: Final = 0.5
"""Sigma of the lognormal size of what happens rarely."""
SIZES: Final = (20, 100, 200, 400)
"""Replications."""


class Law(NamedTuple):
    """A law of figures."""

    name: str
    of: Callable[[Floats], Floats]  # standard normal numbers to figures
    mean: float
    rare: float = 0.0  # chance that a figure is not zero; 0: it never is
    cdf: Callable[[Any], Any] | None = None  # of continuous laws

    def draw(self, rng: np.random.Generator, *shape: int) -> Floats:
        """Figures of a shape, independent."""
        return self.of(rng.normal(size=shape))


def t3(z: Floats) -> Floats:
    """Student's t with three degrees of freedom."""
    return np.asarray(stdtrit(3, ndtr(z)))


def exponential(z: Floats) -> Floats:
    """Exponential with mean 1."""
    return np.asarray(-log_ndtr(-z))


def lognormal(sigma: float) -> Law:
    """Lognormal with median 1."""
    told = f"lognormal, sigma {sigma:g}"
    cdf = stats.lognorm(sigma).cdf
    return Law(told, lambda z: np.exp(sigma * z), math.exp(sigma**2 / 2), cdf=cdf)


def seldom(chance: float) -> Law:
    """Zero but with a small chance, and then of lognormal size."""

    def of(z: Floats) -> Floats:
        share = ndtr(z) / chance  # uniform, given that it happens
        happens = share < 1
        size = np.exp(RARE_SPREAD * ndtri(np.where(happens, share, 0.5)))
        return np.where(happens, size, 0.0)

    return Law(f"non-zero in {chance:.1%}", of, chance * math.exp(RARE_SPREAD**2 / 2), chance)


NORMAL: Final = Law("normal", lambda z: 5 + z, 5.0, cdf=stats.norm(5).cdf)
UNIFORM: Final = Law("uniform", ndtr, 0.5, cdf=stats.uniform.cdf)
T3: Final = Law("t, 3 degrees of freedom", t3, 0.0, cdf=stats.t(3).cdf)
EXPONENTIAL: Final = Law("exponential", exponential, 1.0, cdf=stats.expon.cdf)
LOGNORMALS: Final = tuple(lognormal(sigma) for sigma in (0.5, 1.0, 1.5))
RARE: Final = tuple(seldom(chance) for chance in (0.005, 0.01, 0.02, 0.05))
CONTINUOUS: Final = (NORMAL, UNIFORM, T3, EXPONENTIAL, *LOGNORMALS)
LAWS: Final = (*CONTINUOUS, *RARE)


def unseen(chance: float, n: int) -> str:
    """Why a rare event is outside the claim; empty where it is not."""
    return f"rarer than 3/{n:,}" if 0 < chance < 3 / n else ""


def luck(*names: object) -> np.random.Generator:
    """A generator of its own for every setting, whatever the order in which they are played."""
    return np.random.default_rng(zlib.crc32("/".join(map(str, names)).encode()))
