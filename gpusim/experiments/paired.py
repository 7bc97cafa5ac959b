"""Differences between options that met the same worlds, with intervals; regret; win rates.

Figures are [worlds]; a world in which either side is undefined is left out of their difference.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from gpusim.economics.state import Floats
from gpusim.experiments.rounding import settled, varies

CONFIDENCE: Final = 0.95
RESAMPLES: Final = 2_000
MOST_RESAMPLED: Final = 5_000
"""More worlds than this have a mean that is normal enough, and resamples that are too large."""
SKEWED, HEAVY = 1.0, 4.0
"""Skewness and excess kurtosis of differences from which t is not trusted."""
FEWEST: Final = 20
"""Fewer worlds than this tell nothing of the tails, and t is used."""
TAIL: Final = 0.05
"""Share of the worst worlds that CVaR of regret averages."""


class Interval(NamedTuple):
    """A mean and its interval, and how the interval was made."""

    mean: float
    low: float
    high: float
    how: str  # t, bootstrap, counts (of a yes-or-no metric), or same


class Paired(NamedTuple):
    """An option against the base on the same worlds."""

    worlds: int  # in which both are defined
    difference: Interval  # option less base
    wins: float  # share of worlds in which the option is better
    ties: float
    variance_ratio: float  # variance of a difference with separate luck over that with the same;
    # NaN where the difference is the same in every world


class Regret(NamedTuple):
    """How much worse than the best option of each world an option is, over the worlds."""

    mean: float
    worst: float  # what minimax regret compares
    tail: float  # mean of the worst twentieth (CVaR)


def mean_interval(figures: Floats, *, chance: bool = False) -> Interval:
    """The mean of figures [worlds] with its interval; NaN left out.

    chance: whether they are zeros and ones, whose mean is a probability.
    Source: Student's t; where |skewness| > 1 or excess kurtosis > 4, the bias-corrected and
    accelerated bootstrap (Efron, 1987); of zeros and ones, Wilson's score interval.

    >>> mean_interval(np.array([2.0, 2.0, 2.0]))
    Interval(mean=2.0, low=2.0, high=2.0, how='same')
    """
    kept = figures[~np.isnan(figures)]
    if not len(kept):
        return Interval(np.nan, np.nan, np.nan, "none defined")
    mean = float(kept.mean())
    if chance:
        found = stats.binomtest(int(kept.sum()), len(kept)).proportion_ci(CONFIDENCE, "wilson")
        return Interval(mean, float(found.low), float(found.high), "counts")
    if not varies(kept):
        return Interval(float(kept[0]), float(kept[0]), float(kept[0]), "same")
    if len(kept) >= FEWEST and len(kept) <= MOST_RESAMPLED and heavy(kept):
        return bootstrapped(kept)
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(kept) - 1))
    half *= float(kept.std(ddof=1)) / len(kept) ** 0.5
    return Interval(mean, mean - half, mean + half, "t")


def heavy(figures: Floats) -> bool:
    """Whether the tails are too heavy or lopsided for t."""
    skew, kurtosis = stats.skew(figures), stats.kurtosis(figures)
    return bool(abs(skew) > SKEWED or kurtosis > HEAVY)


def bootstrapped(figures: Floats, seed: int = 0) -> Interval:
    """The mean with its bias-corrected and accelerated bootstrap interval."""
    found = stats.bootstrap(
        (figures,),
        np.mean,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        batch=max(1, 2_000_000 // len(figures)),
        method="BCa",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(figures.mean()), float(found.low), float(found.high), "bootstrap")


def difference_interval(option: Floats, base: Floats, *, chance: bool = False) -> Interval:
    """Option less base on the same worlds.

    chance: whether both are zeros and ones.
    Source: as `mean_interval`; of zeros and ones, Agresti and Min, 2005, half a pair added to each
    cell of the table of pairs.
    """
    both = ~np.isnan(option) & ~np.isnan(base)
    option, base = option[both], base[both]
    if not chance:
        moved = settled(option - base, option, base)
        if len(moved) and not varies(moved, option, base):
            return Interval(float(moved[0]), float(moved[0]), float(moved[0]), "same")
        return mean_interval(moved)
    worlds = len(option)
    more, fewer = float((option > base).sum()), float((option < base).sum())
    pairs = worlds + 2
    centre = (more - fewer) / pairs
    spread = (more + 0.5 + fewer + 0.5) - pairs * centre**2
    half = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * max(spread, 0.0) ** 0.5 / pairs
    return Interval((more - fewer) / worlds, centre - half, centre + half, "counts")


def paired(
    option: Floats, base: Floats, *, higher: bool, chance: bool = False, same: bool = False
) -> Paired:
    """An option against the base.

    higher: whether more is better; chance: whether the figures are zeros and ones; same: the two
    are one scenario.
    """
    both = ~np.isnan(option) & ~np.isnan(base)
    one, other = option[both], base[both]
    moved = settled(one - other, one, other)
    better = moved > 0 if higher else moved < 0
    worlds = len(moved)
    interval = (
        Interval(0.0, 0.0, 0.0, "same") if same else difference_interval(one, other, chance=chance)
    )
    return Paired(
        worlds,
        interval,
        float(better.mean()) if worlds else np.nan,
        float((moved == 0).mean()) if worlds else np.nan,
        variance_ratio(one, other),
    )


def variance_ratio(option: Floats, base: Floats) -> float:
    """How many times more worlds separate luck would need for the same interval.

    NaN where the difference does not vary by more than rounding: there is no luck in it.
    """
    moved = option - base
    if not varies(moved, option, base):
        return np.nan
    alike = float(np.var(moved, ddof=1))
    apart = float(np.var(option, ddof=1) + np.var(base, ddof=1))
    return apart / alike


def regrets(figures: Floats, *, higher: bool) -> list[Regret]:
    """Regret of each option; figures [options, worlds], worlds that lack one left out.

    Source: Savage, 1951 (minimax regret); Rockafellar and Uryasev, 2000 (CVaR).
    """
    kept = figures[:, ~np.isnan(figures).any(axis=0)]
    if not kept.shape[1]:
        return [Regret(np.nan, np.nan, np.nan)] * len(figures)
    best = kept.max(axis=0) if higher else kept.min(axis=0)
    lost = best - kept if higher else kept - best
    tail = max(1, round(TAIL * kept.shape[1]))
    worst = np.sort(lost, axis=1)[:, -tail:]
    return [
        Regret(float(own.mean()), float(own.max()), float(ends.mean()))
        for own, ends in zip(lost, worst, strict=True)
    ]
