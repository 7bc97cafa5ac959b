"""Sobol' indices of a noisy response, with the noise of luck told apart from that of the design.

A response answers points with figures of several worlds, the same worlds at every point. The
indices are of the mean over worlds; how much they would move with other points is a bootstrap over
the design's rows, how much with other luck is seen from blocks of worlds taken one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from scipy import stats
from scipy.stats import qmc

from gpusim.economics.state import Floats
from gpusim.experiments.rounding import varies

Response = Callable[[Floats], Floats]
"""Points in the unit cube [points, inputs] to figures [points, worlds]."""
BLOCKS: Final = 5
CONFIDENCE: Final = 0.95
RESAMPLES: Final = 200


class Index(NamedTuple):
    """One index, and half widths of its 95% interval: by other points, by other luck, by both."""

    value: float
    design: float
    luck: float

    @property
    def half(self) -> float:
        """Half width with both [1]."""
        return float(np.hypot(self.design, self.luck))


class Indices(NamedTuple):
    """Sobol' indices of every input, and what share of one path's variance is luck."""

    first: list[Index]
    total: list[Index]
    variance: float  # of the mean response over the inputs
    luck_share: float  # variance over worlds at a point, of that of a single path over all points
    rows: int
    worlds: int


class Halves(NamedTuple):
    """First-order and total figures of every input [inputs]: indices, or half widths."""

    first: Floats
    total: Floats


def sobol(response: Response, inputs: int, rows: int, seed: int) -> Indices:
    """First-order and total indices of every input.

    rows: of the base design, a power of two; rows x (inputs + 2) points are asked for.
    Source: Saltelli et al., 2010, for the first order, Jansen, 1999, for the total, by
    scipy.stats.sobol_indices on scrambled Sobol' points.

    Raises:
        ValueError: rows is no power of two.
    """
    base = qmc.Sobol(2 * inputs, scramble=True, rng=np.random.default_rng(seed)).random(rows)
    a, b = base[:, :inputs], base[:, inputs:]
    mixed = np.repeat(a[None], inputs, axis=0)
    for place in range(inputs):
        mixed[place, :, place] = b[:, place]
    points = np.concatenate([a, b, mixed.reshape(-1, inputs)])
    return estimate(response(points), inputs, rows, seed)


def estimate(figures: Floats, inputs: int, rows: int, seed: int) -> Indices:
    """Indices from the figures of the whole design [points, worlds].

    Raises:
        ValueError: a figure is undefined.
    """
    if np.isnan(figures).any():
        raise ValueError("the metric is undefined at some points; choose one that always exists")
    worlds = figures.shape[1]
    mean = figures.mean(axis=1)
    found = computed(mean, inputs, rows)
    design = resampled(mean, inputs, rows, seed)
    luck = luck_halves(figures, inputs, rows)
    outer, inner = float(mean[: 2 * rows].var()), 0.0
    if worlds > 1:
        inner = float(figures[: 2 * rows].var(axis=1, ddof=1).mean())
        outer = max(0.0, outer - inner / worlds)
    if not varies(mean):
        outer = 0.0
    total = outer + inner
    moves = varies(figures[: 2 * rows].ravel())
    return Indices(
        listed(found.first, design.first, luck.first),
        listed(found.total, design.total, luck.total),
        outer,
        inner / total if moves else 0.0,
        rows,
        worlds,
    )


def listed(values: Floats, design: Floats, luck: Floats) -> list[Index]:
    """An index an input."""
    both = zip(values, design, luck, strict=True)
    return [Index(float(v), float(d), float(n)) for v, d, n in both]


def computed(mean: Floats, inputs: int, rows: int) -> Halves:
    """The estimator on one figure a point; nothing where no input moves it."""
    if not varies(mean):
        return Halves(*np.zeros((2, inputs)))
    parts = {
        "f_A": mean[None, :rows],
        "f_B": mean[None, rows : 2 * rows],
        "f_AB": mean[2 * rows :].reshape(inputs, 1, rows),
    }
    found = stats.sobol_indices(func=parts, n=rows)
    return Halves(np.atleast_1d(found.first_order), np.atleast_1d(found.total_order))


def resampled(mean: Floats, inputs: int, rows: int, seed: int) -> Halves:
    """Half widths by a bootstrap over the design's rows."""
    rng = np.random.default_rng(seed)
    table = mean.reshape(inputs + 2, rows)
    drawn = [
        computed(table[:, rng.integers(0, rows, rows)].reshape(-1), inputs, rows)
        for _ in range(RESAMPLES)
    ]
    z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    first = np.std([one.first for one in drawn], axis=0, ddof=1)
    total = np.std([one.total for one in drawn], axis=0, ddof=1)
    return Halves(z * first, z * total)


def luck_halves(figures: Floats, inputs: int, rows: int) -> Halves:
    """Half widths by Student's t over blocks of worlds, each with its own indices."""
    worlds = figures.shape[1]
    blocks = min(BLOCKS, worlds)
    if blocks < 2 or not figures.std(axis=1).any():
        return Halves(*np.zeros((2, inputs)))
    parts = [
        computed(block.mean(axis=1), inputs, rows)
        for block in np.array_split(figures, blocks, axis=1)
    ]
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, blocks - 1)) / blocks**0.5
    first = np.std([part.first for part in parts], axis=0, ddof=1)
    total = np.std([part.total for part in parts], axis=0, ddof=1)
    return Halves(reach * first, reach * total)
