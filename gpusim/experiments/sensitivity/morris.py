"""Elementary effects: which of many inputs matter, for few points.

Trajectories walk through the cube one input at a time; a step's change is an elementary effect.
Every point of a trajectory meets the same replications, so that a step's change has little noise in
it; what noise is left is taken out. The usual measure, the mean of absolute effects (mu* of
Campolongo, Cariboni and Saltelli, 2007), counts noise as effect, and what is left of it cannot be
told apart; of squares it can, for the variance over replications is known. So the size is the root
of the mean square.

Source: Morris, 1991, Technometrics 33(2); an unbiased square: the mean squared less its variance.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.sensitivity import flips
from gpusim.results import intervals
from gpusim.results.intervals import ALIKE

LEVELS: Final = 4
STEP: Final = LEVELS / (2 * (LEVELS - 1))


class Effect(NamedTuple):
    """What one input does over its range [unit of the metric]."""

    mean: float  # mu: of the effects
    size: float  # root of the mean square of the effects, noise taken out
    spread: float  # sigma: curvature and interaction
    low: float  # 95% interval of the size, over trajectories; NaN where there is none
    high: float
    how: str  # the interval was made: `results.intervals`
    noise: float  # what the size would be if the input did nothing and noise counted as effect
    chance: float  # of effects as large if no input did anything, corrected for how many inputs
    matters: bool  # whether that is below one in twenty


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
    """Effects of every input; figures [walks, inputs + 1, replications].

    A walk with an undefined figure is left out.
    """
    kept = ~np.isnan(figures).any(axis=(1, 2))
    walks, figures = walks[kept], figures[kept]
    moves = np.diff(walks, axis=1)  # [walks, steps, inputs]
    place = np.abs(moves).argmax(axis=2)
    signed = np.take_along_axis(moves, place[:, :, None], axis=2)
    by_step = np.diff(figures, axis=1) / signed  # [walks, steps, replications]
    found = np.zeros_like(by_step)
    np.put_along_axis(found, place[:, :, None], by_step, axis=1)
    by_input = found.transpose(1, 0, 2)
    chances = flips.holm(flips.of_effects(by_input, seed))
    return [effect(own, float(chance)) for own, chance in zip(by_input, chances, strict=True)]


def effect(own: Floats, chance: float) -> Effect:
    """The effect of one input from its steps [walks, replications]."""
    mean = own.mean(axis=1)
    walks, replications = own.shape
    noise = own.var(axis=1, ddof=1) / replications if replications > 1 else np.zeros(walks)
    squares = intervals.of_mean(mean**2 - noise)
    low, high = squares.low, squares.high
    if squares.how == ALIKE:
        low = high = squares.mean
    other = luck_half(own)
    low = squares.mean - float(np.hypot(squares.mean - low, other))
    high = squares.mean + float(np.hypot(high - squares.mean, other))
    return Effect(
        float(mean.mean()),
        root(squares.mean),
        float(mean.std(ddof=1)) if walks > 1 else 0.0,
        root(low),
        root(high),
        squares.how,
        root(float(noise.mean())),
        chance,
        chance <= flips.ALPHA,
    )


def luck_half(own: Floats) -> float:
    """How far the mean square could be off by the replications met, which all walks share.

    Source: the jackknife over replications (Quenouille, 1949; Tukey, 1958), by Student's t.
    """
    replications = own.shape[1]
    if replications < 3:
        return 0.0
    without = (own.sum(axis=1, keepdims=True) - own) / (replications - 1)
    squares = (own**2).sum(axis=1, keepdims=True) - own**2
    noise = (squares / (replications - 1) - without**2) / (replications - 2)
    each = (without**2 - noise).mean(axis=0)
    error = float(np.sqrt((replications - 1) * each.var()))
    return intervals.student(replications - 1) * error


def root(square: float) -> float:
    """Of a mean square, from which noise may have taken more than there was."""
    return square if np.isnan(square) else max(0.0, square) ** 0.5
