"""Differences between options that met the same worlds, with intervals; regret; win rates.

Figures are [worlds]; a world in which either side is undefined is left out of their difference.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.state import Floats
from gpusim.results import intervals
from gpusim.results.intervals import SAME, Interval
from gpusim.results.rounding import settled, varies

TAIL: Final = 0.05
"""Share of the worst worlds that CVaR of regret averages."""


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
        Interval(0.0, 0.0, 0.0, SAME)
        if same
        else intervals.of_difference(one, other, chance=chance)
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
