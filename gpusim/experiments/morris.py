"""Elementary effects: which of many inputs matter, for few points.

Trajectories walk through the cube one input at a time; a step's change is an elementary effect.
Every point of a trajectory meets the same worlds, so that a step's change has little luck in it;
what luck is left is measured and taken out of the verdict.

Source: Morris, 1991, Technometrics 33(2); mu* of Campolongo, Cariboni and Saltelli, 2007.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from gpusim.economics.state import Floats

LEVELS: Final = 4
STEP: Final = LEVELS / (2 * (LEVELS - 1))
CONFIDENCE: Final = 0.95
RESAMPLES: Final = 1_000


class Effect(NamedTuple):
    """What one input does over its range [unit of the metric]."""

    mean: float  # mu: of the effects
    size: float  # mu*: of the absolute effects
    spread: float  # sigma: curvature and interaction
    low: float  # 95% interval of mu*, over trajectories
    high: float
    luck: float  # what mu* would be if the input did nothing and luck were what it is
    matters: bool  # whether the interval lies above what luck alone would give


def trajectories(inputs: int, count: int, seed: int) -> Floats:
    """Points of all walks [walks, inputs + 1, inputs], in the unit cube."""
    rng = np.random.default_rng(seed)
    walks = np.zeros((count, inputs + 1, inputs))
    starts = np.arange(LEVELS // 2) / (LEVELS - 1)
    for walk in walks:
        low = rng.choice(starts, inputs)
        up = rng.random(inputs) < 0.5
        walk[0] = np.where(up, low, low + STEP)
        for step, place in enumerate(rng.permutation(inputs), start=1):
            walk[step] = walk[step - 1]
            walk[step, place] += STEP if up[place] else -STEP
    return walks


def effects(walks: Floats, figures: Floats, seed: int) -> list[Effect]:
    """Effects of every input; figures [walks, inputs + 1, worlds].

    A walk with an undefined figure is left out.
    """
    kept = ~np.isnan(figures).any(axis=(1, 2))
    walks, figures = walks[kept], figures[kept]
    moves = np.diff(walks, axis=1)  # [walks, steps, inputs]
    place = np.abs(moves).argmax(axis=2)
    signed = np.take_along_axis(moves, place[:, :, None], axis=2)
    by_step = np.diff(figures, axis=1) / signed  # [walks, steps, worlds]
    found = np.zeros_like(by_step)
    np.put_along_axis(found, place[:, :, None], by_step, axis=1)
    return [effect(found[:, n], seed) for n in range(walks.shape[2])]


def effect(own: Floats, seed: int) -> Effect:
    """The effect of one input from its steps [walks, worlds]."""
    mean = own.mean(axis=1)
    walks, worlds = own.shape
    error = own.std(axis=1, ddof=1) / worlds**0.5 if worlds > 1 else np.zeros(walks)
    luck = float((error * (2 / np.pi) ** 0.5).mean())
    size = float(np.abs(mean).mean())
    low, high = size, size
    if walks > 1 and np.ptp(np.abs(mean)) > 0:
        found = stats.bootstrap(
            (np.abs(mean),),
            np.mean,
            confidence_level=CONFIDENCE,
            n_resamples=RESAMPLES,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
        low, high = float(found.low), float(found.high)
    spread = float(mean.std(ddof=1)) if walks > 1 else 0.0
    return Effect(float(mean.mean()), size, spread, low, high, luck, low > luck and size > 0)
