"""Differences between options that met the same replications, with intervals; regret; win rates.

Figures are [replications]; a replication in which either side is undefined is left out of their
difference.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.results import intervals
from gpusim.results.drawn.sets import by_set
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
    sets: Ints | None = None,
) -> Paired:
    """An option against the base.

    higher: whether more is better; chance: whether the figures are zeros and ones; same: the two
    are one scenario; planned: the figures are of `units`; sets: of drawn inputs, by replication.
    """
    both = ~np.isnan(option) & ~np.isnan(base)
    one, other = option[both], base[both]
    sets = None if sets is None else sets[both]
    moved = settled(one - other, one, other)
    better = moved > 0 if higher else moved < 0
    replications = len(moved)
    interval = (
        Interval(0.0, 0.0, 0.0, SAME)
        if same
        else intervals.of_difference(one, other, chance=chance, planned=planned, sets=sets)
    )
    return Paired(
        replications,
        interval,
        float(better.mean()) if replications else np.nan,
        float((moved == 0).mean()) if replications else np.nan,
        variance_reduction(one, other, sets),
    )


def variance_reduction(option: Floats, base: Floats, sets: Ints | None = None) -> float:
    """How many times more replications separate luck would need for the same interval.

    NaN where the difference does not vary by more than rounding: there is no luck in it. sets: of
    drawn inputs, by replication: how many times more sets of their own.
    """
    if not varies(option - base, option, base):
        return np.nan
    if sets is not None:
        if len(np.unique(sets)) < 2:
            return np.nan
        option, base = by_set(np.stack([option, base], axis=1), sets).T
    moved = option - base
    alike = float(np.var(moved, ddof=1))
    apart = float(np.var(option, ddof=1) + np.var(base, ddof=1))
    return apart / alike


def regrets(figures: Floats, *, higher: bool, sets: Ints | None = None) -> list[Regret]:
    """Regret of each option; figures [options, replications], replications that lack one left out.

    sets: of drawn inputs, by replication.

    Source: Savage, 1951 (minimax regret); Rockafellar and Uryasev, 2000 (CVaR: the mean of the
    replications' parts in it, see `parts_of_tail`, which gives its interval; which of two is
    smaller, see `undercuts`); the bias by the jackknife (Quenouille, 1949).
    """
    defined = ~np.isnan(figures).any(axis=0)
    kept, sets = figures[:, defined], None if sets is None else sets[defined]
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
            intervals.of_mean(part, sets=sets),
            cvar_bias(own, sets),
            undercut=undercuts(lost[least], own, error, sets),
        )
        for own, part, tail in zip(lost, parts, tails, strict=True)
    ]


def undercuts(least: Floats, other: Floats, error: float, sets: Ints | None = None) -> bool:
    """Whether the CVaR of one regret is surely smaller than that of another [replications].

    error: chance of being wrong; sets: of drawn inputs, by replication. Two tests share the error.
    The replications' parts in the two tails are
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
    apart = partial(intervals.of_difference, confidence=confidence, sets=sets)
    tails = apart(parts_of_tail(other), part)
    if tails.sign > 0 and (tails.how != ALIKE or (still and not varies(other))):
        return True
    return apart(other, part).is_above


def cvar_bias(lost: Floats, sets: Ints | None = None) -> float:
    """Bias of the tail's mean, by leaving out one replication at a time [unit of the figures].

    The share of the tail is kept: what is left out moves the limit by a part of a replication.
    sets: of drawn inputs, by replication: a set is left out at a time.
    """
    if sets is not None:
        return _bias_of_sets(lost, sets)
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


def _bias_of_sets(lost: Floats, sets: Ints) -> float:
    """The same by leaving out a set at a time; sets that have no part in a tail are all alike.

    >>> own = np.array([9.0, 1.0, 4.0, 2.0])
    >>> _bias_of_sets(own, np.arange(4)) == cvar_bias(own)
    True
    """
    names, place, counts = np.unique(sets, return_inverse=True, return_counts=True)
    many = len(names)
    if many < 2:
        return np.nan
    order = np.argsort(-lost, kind="stable")
    ordered, own = lost[order], place[order]
    reach = int(TAIL * len(lost)) + 2 + int(counts.max())
    whole = tail_of(ordered, len(lost))
    near = np.unique(own[:reach])
    left = sum(tail_of(ordered[own != n], len(lost) - int(counts[n])) for n in near)
    for size in counts[np.setdiff1d(np.arange(many), near)].tolist():
        left += tail_of(ordered, len(lost) - size)
    return float((many - 1) * (left / many - whole))


def tail_of(ordered: Floats, replications: int) -> float:
    """Mean of exactly the worst share, the last one counted in part; the worst first."""
    share = max(1.0, TAIL * replications)
    whole = int(share)
    rest = ordered[whole] * (share - whole) if whole < replications else 0.0
    return float((ordered[:whole].sum() + rest) / share)
