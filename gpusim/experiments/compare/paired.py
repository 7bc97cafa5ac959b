"""Differences between options that met the same replications, with intervals; regret; win rates.

Figures are [replications]; a replication in which either side is undefined is left out of their
difference.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.results import intervals
from gpusim.results.intervals import ALIKE, CONFIDENCE, NONE, SAME, Interval
from gpusim.results.rounding import settled, varies
from gpusim.results.summary import TAIL, parts_of_tail


class Paired(NamedTuple):
    """An option against the base on the same replications."""

    replications: int  # in which both are defined
    difference: Interval  # option less base
    wins: float  # share of replications in which the option is better
    ties: float
    variance_reduction: float  # variance of a difference with separate random draws over that with
    # the same; NaN where the difference is the same in every replication


class Regret(NamedTuple):
    """How much worse than the best option of each replication an option is."""

    mean: float
    worst: float  # of those seen: what minimax regret compares; more of them can only raise it
    cvar: float  # mean of the worst twentieth
    cvar_interval: Interval
    cvar_bias: float  # by which that of so few replications is expected to be off
    undercut: bool  # whether another option's is surely smaller


def paired(
    option: Floats,
    base: Floats,
    *,
    higher: bool,
    chance: bool = False,
    same: bool = False,
    planned: bool = False,
) -> Paired:
    """An option against the base.

    higher: whether more is better; chance: whether the figures are zeros and ones; same: the two
    are one scenario; planned: the figures are of `units`.
    """
    both = ~np.isnan(option) & ~np.isnan(base)
    one, other = option[both], base[both]
    moved = settled(one - other, one, other)
    better = moved > 0 if higher else moved < 0
    replications = len(moved)
    interval = (
        Interval(0.0, 0.0, 0.0, SAME)
        if same
        else intervals.of_difference(one, other, chance=chance, planned=planned)
    )
    return Paired(
        replications,
        interval,
        float(better.mean()) if replications else np.nan,
        float((moved == 0).mean()) if replications else np.nan,
        variance_reduction(one, other),
    )


def variance_reduction(option: Floats, base: Floats) -> float:
    """How many times more replications separate luck would need for the same interval.

    NaN where the difference does not vary by more than rounding: there is no luck in it.
    """
    moved = option - base
    if not varies(moved, option, base):
        return np.nan
    alike = float(np.var(moved, ddof=1))
    apart = float(np.var(option, ddof=1) + np.var(base, ddof=1))
    return apart / alike


def regrets(figures: Floats, *, higher: bool) -> list[Regret]:
    """Regret of each option; figures [options, replications], replications that lack one left out.

    Source: Savage, 1951 (minimax regret); Rockafellar and Uryasev, 2000 (CVaR: the mean of the
    replications' parts in it, see `parts_of_tail`, which gives its interval; which of two is
    smaller, see `undercuts`); the bias by the jackknife (Quenouille, 1949).
    """
    kept = figures[:, ~np.isnan(figures).any(axis=0)]
    if not kept.shape[1]:
        none = Interval(np.nan, np.nan, np.nan, NONE)
        return [Regret(np.nan, np.nan, np.nan, none, np.nan, undercut=False)] * len(figures)
    best = kept.max(axis=0) if higher else kept.min(axis=0)
    lost = best - kept if higher else kept - best
    parts = np.stack([parts_of_tail(own) for own in lost])
    tails = parts.mean(axis=1)
    least = int(np.argmin(tails))
    pairs = len(lost) * (len(lost) - 1) / 2  # any of them may be the one that is told apart
    error = (1 - CONFIDENCE) / max(1.0, pairs)
    return [
        Regret(
            float(own.mean()),
            float(own.max()),
            float(tail),
            intervals.of_mean(part),
            cvar_bias(own),
            undercut=undercuts(lost[least], own, error),
        )
        for own, part, tail in zip(lost, parts, tails, strict=True)
    ]


def undercuts(least: Floats, other: Floats, error: float) -> bool:
    """Whether the CVaR of one regret is surely smaller than that of another [replications].

    error: chance of being wrong. Two tests share it. The replications' parts in the two tails are
    paired; where one or two replications carry that difference it tells nothing, though the other
    option may be behind in every replication. So its mean is held against the smaller tail too,
    replication by replication: a CVaR is at least the mean. Of a mean that few carry the lower end
    of the bound is asked, where they lie above: it stays above nothing where the others alone are.

    Source: the parts: Rockafellar and Uryasev, 2000, whose CVaR is at least the mean; Bonferroni.

    >>> behind = 0.3 + 0.05 * np.sin(np.arange(100.0))
    >>> undercuts(np.zeros(100), behind, 0.05), undercuts(behind, behind, 0.05)
    (True, False)
    """
    part, confidence = parts_of_tail(least), 1 - error / 2
    still = not varies(least)
    if not (still or varies(part)):
        return False  # the tail of few replications is one of them: alike in all by construction
    tails = intervals.of_difference(parts_of_tail(other), part, confidence=confidence)
    if tails.sign > 0 and (tails.how != ALIKE or (still and not varies(other))):
        return True
    return intervals.of_difference(other, part, confidence=confidence).is_above


def cvar_bias(lost: Floats) -> float:
    """Bias of the tail's mean, by leaving out one replication at a time [unit of the figures].

    The share of the tail is kept: what is left out moves the limit by a part of a replication.
    """
    replications = len(lost)
    if replications < 2:
        return np.nan
    ordered = np.sort(lost)[::-1]
    whole = tail_of(ordered, replications)
    count = min(
        replications, int(TAIL * replications) + 2
    )  # leaving out any of those below changes nothing more
    near = [tail_of(np.delete(ordered, n), replications - 1) for n in range(count)]
    left = (sum(near) + (replications - count) * near[-1]) / replications
    return float((replications - 1) * (left - whole))


def tail_of(ordered: Floats, replications: int) -> float:
    """Mean of exactly the worst share, the last one counted in part; the worst first."""
    share = max(1.0, TAIL * replications)
    whole = int(share)
    rest = ordered[whole] * (share - whole) if whole < replications else 0.0
    return float((ordered[:whole].sum() + rest) / share)
