"""Sobol' indices of a noisy response, without the noise that is left in means over replications.

A response answers points with figures of several replications, the same replications at every
point. The indices are of the mean over all replications there could be: products of two different
replications have no noise in common, so the mean over all pairs of replications has none in it (of
means over replications, noise would count as variance, and as effect of every input). How much the
indices would move with other points is a bootstrap over the design's rows, how much with other
replications a jackknife over replications.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.results import intervals
from gpusim.results.rounding import varies

Response = Callable[[Floats], Floats]
"""Points in the unit cube [points, inputs] to figures [points, replications]."""
RESAMPLES: Final = 200


class Index(NamedTuple):
    """One index, and half widths of its 95% interval: by other points, by other replications."""

    value: float
    design: float
    noise: float

    @property
    def half(self) -> float:
        """Half width with both [1]."""
        return float(np.hypot(self.design, self.noise))


class Indices(NamedTuple):
    """Sobol' indices of every input, and what share of one path's variance is noise."""

    first: list[Index]
    total: list[Index]
    variance: float  # of the mean response over the inputs
    variance_half: float  # half width of its 95% interval
    noise_share: float  # variance at a point over that of a single path over all points
    rows: int
    replications: int

    @property
    def moved(self) -> bool:
        """Whether the inputs surely move the mean at all: else there is nothing to split."""
        return self.variance > self.variance_half


class Parts(NamedTuple):
    """What indices are made of: numerators [inputs] and the variance over the design."""

    first: Floats
    total: Floats
    variance: float

    def over(self) -> Floats:
        """First-order and total indices [2, inputs]; nothing where no input moves the figure."""
        if self.variance <= 0:
            return np.zeros((2, len(self.first)))
        return np.stack([self.first, self.total]) / self.variance


def sobol(response: Response, inputs: int, rows: int, seed: int) -> Indices:
    """First-order and total indices of every input.

    rows: of the base design, a power of two; rows x (inputs + 2) points are asked for.
    Source: Saltelli et al., 2010, for the first order, Jansen, 1999, for the total, on scrambled
    Sobol' points.

    Raises:
        ValueError: rows is no power of two.
    """
    from scipy.stats import qmc  # here: half a second that other commands need not pay

    base = qmc.Sobol(2 * inputs, scramble=True, rng=np.random.default_rng(seed)).random(rows)
    a, b = base[:, :inputs], base[:, inputs:]
    mixed = np.repeat(a[None], inputs, axis=0)
    for place in range(inputs):
        mixed[place, :, place] = b[:, place]
    points = np.concatenate([a, b, mixed.reshape(-1, inputs)])
    return estimate(response(points), inputs, rows, seed)


def estimate(figures: Floats, inputs: int, rows: int, seed: int) -> Indices:
    """Indices from the figures of the whole design [points, replications].

    Raises:
        ValueError: a figure is undefined.
    """
    if np.isnan(figures).any():
        raise ValueError("the metric is undefined at some points; choose one that always exists")
    replications = figures.shape[1]
    table = figures.reshape(inputs + 2, rows, replications)
    if not varies(figures.mean(axis=1)):
        table = np.zeros_like(table)
    parts = without_noise(table)
    found = parts.over()
    design, design_spread = resampled(table, seed)
    noise, noise_spread = jackknifed(table)
    spread = float(np.hypot(design_spread, noise_spread))
    inner = float(figures[: 2 * rows].var(axis=1, ddof=1).mean()) if replications > 1 else 0.0
    outer = max(0.0, parts.variance)
    moves = varies(figures[: 2 * rows].ravel())
    return Indices(
        listed(found[0], design[0], noise[0]),
        listed(found[1], design[1], noise[1]),
        outer,
        spread,
        inner / (outer + inner) if moves and outer + inner > 0 else 0.0,
        rows,
        replications,
    )


def listed(values: Floats, design: Floats, noise: Floats) -> list[Index]:
    """An index an input."""
    both = zip(values, design, noise, strict=True)
    return [Index(float(v), float(d), float(n)) for v, d, n in both]


def without_noise(table: Floats) -> Parts:
    """The parts from pairs of different replications [inputs + 2, rows, replications].

    The mean over all pairs is n times the figure of the mean, less the mean of the figures of each
    replication with itself, over n - 1.
    """
    replications = table.shape[2]
    together = parts_of(table.mean(axis=2, keepdims=True))
    if replications == 1:
        return together
    alone = parts_of(table)
    return Parts(
        *(
            (replications * own - other) / (replications - 1)
            for own, other in zip(together, alone, strict=True)
        )
    )


def parts_of(table: Floats) -> Parts:
    """Mean over replications of the parts of each replication [inputs + 2, rows, replications]."""
    a, b, mixed = table[0], table[1], table[2:]
    middle = table[:2].mean(axis=(0, 1))
    return Parts(
        ((b - middle) * (mixed - a)).mean(axis=(1, 2)),
        ((a - mixed) ** 2).mean(axis=(1, 2)) / 2,
        float(((table[:2] - middle) ** 2).mean()),
    )


def resampled(table: Floats, seed: int) -> tuple[Floats, float]:
    """Half widths by a bootstrap over the design's rows [2, inputs], and that of the variance."""
    rng = np.random.default_rng(seed)
    rows = table.shape[1]
    drawn = [without_noise(table[:, rng.integers(0, rows, rows)]) for _ in range(RESAMPLES)]
    z = intervals.normal()
    return (
        z * np.std([one.over() for one in drawn], axis=0, ddof=1),
        z * float(np.std([one.variance for one in drawn], ddof=1)),
    )


def jackknifed(table: Floats) -> tuple[Floats, float]:
    """Half widths by a jackknife over replications [2, inputs], and that of the variance."""
    replications = table.shape[2]
    if replications < 3 or not table.std(axis=2).any():
        return np.zeros((2, len(table) - 2)), 0.0
    left = [without_noise(np.delete(table, world, axis=2)) for world in range(replications)]
    reach = intervals.student(replications - 1) * (replications - 1) ** 0.5
    return (
        reach * np.std([one.over() for one in left], axis=0),
        reach * float(np.std([one.variance for one in left])),
    )
