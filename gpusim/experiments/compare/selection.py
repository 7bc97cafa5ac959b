"""Which of several options is best, asked until the answer is sure.

The procedure of Kim and Nelson: options are measured batch by batch on the same luck; one that
falls behind another by more than noise explains is out; it stops when one is left. Where the best
is ahead of the rest by at least the indifference zone, it is chosen with the confidence asked for.
It holds for normal figures, whatever their variances and correlations: the figures here are means
of batches of replications, not single ones. Variances of differences are those of all batches so
far, so that a rare loss seen late is not forgotten.

What is not normal is asked a second time (`upheld`): the difference from each other option, by the
intervals of `results.intervals`, must not leave room for a loss beyond the zone. A choice that
rests on a few replications is so not called sure.

Source: Kim and Nelson, 2001, "A fully sequential procedure for indifference-zone selection in
simulation", ACM TOMACS 11(3), with c = 1; updated variances: the same, 2006, "On the asymptotic
validity of fully sequential selection procedures for steady-state simulation", Operations Research
54(3).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.results import intervals
from gpusim.results.intervals import ALIKE

FIRST_BATCHES: Final = 10
"""Batches before which nothing is said."""


class Choice(NamedTuple):
    """What the figures so far say."""

    best: int  # option with the best mean of those left
    left: tuple[int, ...]  # options that may still be the best
    out_after: tuple[int, ...]  # batches at which each option went; 0: still in
    batches: int  # looked at
    sure: bool  # one is left, with the confidence asked for


def select(
    figures: Floats,
    indifference: float,
    alpha: float,
    *,
    higher: bool = True,
    least_variance: float = 0.0,
    first: int = FIRST_BATCHES,
) -> Choice:
    """Screen options by the figures there are; call again when there are more.

    figures: means of batches [options, batches]; indifference: the least difference that matters
    [unit of the figures]; alpha: chance of a wrong choice; least_variance: of a difference, for
    rare events of which the first stage may have seen none; first: batches before the first look.

    Raises:
        ValueError: fewer batches than the first stage needs.
    """
    options, batches = figures.shape
    if min(first, batches) < FIRST_BATCHES:
        raise ValueError(f"{min(first, batches)} batches; the first stage needs {FIRST_BATCHES}")
    values = figures if higher else -figures
    left = list(range(options))
    out_after = [0] * options
    for r in range(first, batches + 1):
        if len(left) == 1:
            break
        reach = reached(values[:, :r], alpha, least_variance)
        means = values[:, :r].mean(axis=1)
        margin = np.maximum(0.0, indifference / (2 * r) * (reach / indifference**2 - r))
        out = [i for i in left if any(means[i] < means[j] - margin[i, j] for j in left if j != i)]
        if len(out) == len(left):  # never: the best of those left is behind nobody
            break
        for option in out:
            out_after[option] = r
        left = [i for i in left if i not in out]
        if len(left) > 1 and r > needed(reach, indifference, left):
            ranked = sorted(left, key=lambda i: -means[i])
            for option in ranked[1:]:
                out_after[option] = r
            left = ranked[:1]
    means = values.mean(axis=1)
    best = max(left, key=lambda i: float(means[i]))
    return Choice(best, tuple(left), tuple(out_after), batches, len(left) == 1)


def reached(values: Floats, alpha: float, least_variance: float) -> Floats:
    """h squared times the variance of each difference [options, options]."""
    options, batches = values.shape
    freedom = batches - 1
    eta = 0.5 * ((2 * alpha / max(1, options - 1)) ** (-2 / freedom) - 1)
    apart = np.var(values[:, None] - values[None], axis=2, ddof=1)
    reach: Floats = 2 * eta * freedom * np.maximum(apart, least_variance)
    return reach


def needed(reach: Floats, indifference: float, left: list[int]) -> int:
    """Batches after which the best mean of those left is simply taken."""
    return max(int(reach[i, j] / indifference**2) for i in left for j in left if i != j)


def upheld(
    figures: Floats,
    choice: Choice,
    indifference: float,
    alpha: float,
    *,
    higher: bool = True,
    chance: bool = False,
    sets: Ints | None = None,
) -> Choice:
    """The choice, not sure if some other option may be better by more than the zone.

    figures: [options, replications], not batches; chance: whether they are zeros and ones; sets: of
    drawn inputs, by replication.
    """
    if not choice.sure:
        return choice
    others = [n for n in range(len(figures)) if n != choice.best]
    confidence = 1 - 2 * alpha / max(1, len(others))
    sign = 1.0 if higher else -1.0
    doubted = []
    for other in others:
        told = intervals.of_difference(
            sign * figures[choice.best],
            sign * figures[other],
            chance=chance,
            confidence=confidence,
            sets=sets,
        )
        worst = told.mean if told.how == ALIKE else told.low
        if not worst > -indifference:
            doubted.append(other)
    if not doubted:
        return choice
    return choice._replace(left=(choice.best, *doubted), sure=False)
