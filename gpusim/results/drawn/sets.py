"""Sets of drawn inputs: which replications share one, and how much of a band they make.

A run that draws its inputs plays `EACH` replications of luck in each set. What differs between
sets beyond what luck explains is ignorance: of inputs that somebody could know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints

EACH: Final = 8
"""Replications of a set."""
FEWEST: Final = 16
"""Replications below which the stated values alone are played."""
DRAWN, FIXED = "drawn", "fixed"
"""Whether inputs are drawn, or all stay as stated."""
ENOUGH: Final = 64
"""Sets from which it is told how much families of inputs make of a band."""
SURE: Final = 0.95


class Strongest(NamedTuple):
    """An input that moves a figure beyond what chance would show, and how much it makes."""

    name: str
    share: float  # of the variance of sets' means, at first order and of ranks
    rises: bool  # whether the figure rises with it


def set_of(replications: Ints, each: int) -> Ints | None:
    """The set of drawn inputs that each replication belongs to; None where none is drawn.

    >>> set_of(np.array([0, 7, 8]), 8).tolist()
    [0, 0, 1]
    """
    return replications // each if each > 1 else None


def by_set(figures: Floats, sets: Ints) -> Floats:
    """What each set tells of the means of figures [replications, columns]: [sets, columns].

    Their mean is that of all figures, though sets differ in how many they have, and they spread as
    the estimate does: of a ratio of sums, linearised (Cochran, 1977, Sampling Techniques, 6.4).

    >>> by_set(np.array([[1.0], [3.0], [8.0]]), np.array([0, 0, 1])).round(2).tolist()
    [[1.33], [6.67]]
    """
    _, place = np.unique(sets, return_inverse=True)
    counts = np.bincount(place).astype(np.float64)
    means = figures.mean(axis=0)
    gaps = np.zeros((len(counts), figures.shape[1]))
    np.add.at(gaps, place, figures - means)
    told: Floats = means + gaps / counts.mean()
    return told


def ignorance(figures: Floats, sets: Ints) -> float:
    """Share of the variance of figures [replications] that drawn inputs make; the rest is luck.

    NaN where figures are alike, or undefined in too many to tell. Between sets less what luck
    makes of their means, by analysis of variance with sets of different sizes.
    Source: Searle, Casella and McCulloch, 1992, Variance Components, chapter 3.

    >>> sets = np.arange(16) // 8
    >>> ignorance(np.repeat([1.0, 2.0], 8), sets), ignorance(np.tile([1.0, 2.0], 8), sets)
    (1.0, 0.0)
    """
    kept = ~np.isnan(figures)
    values, own = figures[kept], sets[kept]
    _, place = np.unique(own, return_inverse=True)
    counts = np.bincount(place).astype(np.float64)
    n, groups = len(values), len(counts)
    if groups < 2 or n <= groups:
        return float("nan")
    means = np.bincount(place, values) / counts
    within = float(((values - means[place]) ** 2).sum()) / (n - groups)
    between = float((counts * (means - values.mean()) ** 2).sum()) / (groups - 1)
    size = (n - float((counts**2).sum()) / n) / (groups - 1)
    apart = max(0.0, (between - within) / size)
    whole = apart + within
    return apart / whole if whole > 1e-24 * float(np.abs(values).max()) ** 2 else float("nan")


def means_of_sets(figures: Floats, sets: Ints) -> Floats:
    """Mean of the figures [replications] of each set [sets]; NaN where none is defined."""
    names, place = np.unique(sets, return_inverse=True)
    kept = ~np.isnan(figures)
    counts = np.bincount(place[kept], minlength=len(names))
    total = np.bincount(place[kept], figures[kept], minlength=len(names))
    told: Floats = np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
    return told


def squares(means: Floats, levels: Mapping[str, Floats]) -> dict[str, float]:
    """Rank correlation of sets' means with each input's level, signed and squared.

    Source: Spearman, 1904.
    """
    kept = ~np.isnan(means)
    if kept.sum() < 3 or np.ptp(means[kept]) == 0:
        return {}
    ranks = _ranks(means[kept])
    told = {}
    for name, level in levels.items():
        rho = float(np.corrcoef(ranks, _ranks(level[kept]))[0, 1])
        told[name] = float(np.copysign(rho * rho, rho))
    return told


def strongest(means: Floats, levels: Mapping[str, Floats], most: int = 5) -> list[Strongest]:
    """Inputs that move sets' means more than chance would in one of 20 such lists, largest first.

    Each against Student's t at 5% over as many inputs (Bonferroni).
    """
    from scipy.special import stdtrit

    told = squares(means, levels)
    n = int((~np.isnan(means)).sum())
    if n < 4 or not told:
        return []
    reach = float(stdtrit(n - 2, 1 - (1 - SURE) / 2 / len(told)))
    least = reach**2 / (n - 2 + reach**2)
    found = [Strongest(name, abs(s), s > 0) for name, s in told.items() if abs(s) > least]
    return sorted(found, key=lambda one: -one.share)[:most]


def families(
    means: Floats, levels: Mapping[str, Floats], family: Mapping[str, str]
) -> dict[str, float]:
    """Share of the variance of sets' means that inputs of each table make at first order.

    Of each input the squared rank correlation less what chance shows of it, 1 / (n - 1) of n sets;
    together and in turns is what is left of 1. Empty of fewer than `ENOUGH` sets.
    """
    n = int((~np.isnan(means)).sum())
    told = squares(means, levels)
    if n < ENOUGH or not told:
        return {}
    sums: dict[str, float] = {}
    for name, square in told.items():
        sums[family[name]] = sums.get(family[name], 0.0) + abs(square) - 1 / (n - 1)
    return {name: max(0.0, total) for name, total in sorted(sums.items(), key=lambda one: -one[1])}


def _ranks(values: Floats) -> Floats:
    """Ranks, of equal ones their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    told: Floats = (ends - (counts - 1) / 2)[place]
    return told
