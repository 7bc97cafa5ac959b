"""Which of several options is best, asked until the answer is sure.

The procedure of Kim and Nelson: options are measured batch by batch on the same luck; one that
falls behind another by more than noise explains is out; it stops when one is left. Where the best
is ahead of the rest by at least the indifference zone, it is chosen with the confidence asked for.
It holds for normal figures, whatever their variances and correlations: the figures here are means
of batches of worlds, not single ones.

Source: Kim and Nelson, 2001, "A fully sequential procedure for indifference-zone selection in
simulation", ACM TOMACS 11(3), with c = 1.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.state import Floats

FIRST_BATCHES: Final = 10
"""Batches from which variances of differences are estimated; never updated."""


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
) -> Choice:
    """Screen options by the figures there are; call again when there are more.

    figures: means of batches [options, batches]; indifference: the least difference that matters
    [unit of the figures]; alpha: chance of a wrong choice; least_variance: of a difference, for
    rare events of which the first stage may have seen none.

    Raises:
        ValueError: fewer batches than the first stage needs.
    """
    options, batches = figures.shape
    if batches < FIRST_BATCHES:
        raise ValueError(f"{batches} batches; the first stage needs {FIRST_BATCHES}")
    values = figures if higher else -figures
    freedom = FIRST_BATCHES - 1
    eta = 0.5 * ((2 * alpha / max(1, options - 1)) ** (-2 / freedom) - 1)
    first = values[:, :FIRST_BATCHES]
    spread = np.maximum(np.var(first[:, None] - first[None], axis=2, ddof=1), least_variance)
    reach = 2 * eta * freedom * spread  # h squared times the variance of each difference
    left = list(range(options))
    out_after = [0] * options
    for r in range(FIRST_BATCHES, batches + 1):
        if len(left) == 1:
            break
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


def needed(reach: Floats, indifference: float, left: list[int]) -> int:
    """Batches after which the best mean of those left is simply taken."""
    return max(int(reach[i, j] / indifference**2) for i in left for j in left if i != j)
