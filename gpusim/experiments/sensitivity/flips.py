"""Whether a change is more than luck, tested over many inputs at once.

If an input did nothing, its two ends would be two draws of the same luck, and exchanging them in
any replication would change nothing: every pattern of signs of the differences is as likely as the
one seen. The test needs no law of the luck, and is exact at any number of replications.

Source: Fisher, 1935 (sign flips of paired differences); Holm, 1979 (many tests, whatever their
dependence); Phipson and Smyth, 2010 (a sample of patterns counts the one seen).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from gpusim.economics.core.state import Floats

PATTERNS: Final = 9_999
"""Patterns of signs that are tried; the least chance is one in ten thousand."""
FEWEST: Final = 16
"""Below as many figures there are too few patterns for many tests, and Student's t is used."""
ALPHA: Final = 0.05
"""Chance that one or more of the inputs that do nothing is said to matter."""


def of_sums(differences: Floats, seed: int = 0) -> Floats:
    """Chance of a mean as far from zero, if the ends could be exchanged [tests].

    differences: [replications, tests]; an undefined one counts as none.

    >>> of_sums(np.ones((20, 1))).round(4).tolist(), of_sums(np.zeros((20, 1))).tolist()
    ([0.0001], [1.0])
    """
    from scipy.special import stdtr

    known = np.where(np.isnan(differences), 0.0, differences)
    replications = len(known)
    if replications < FEWEST:
        error = (
            known.std(axis=0, ddof=1) / replications**0.5
            if replications > 1
            else np.zeros(known.shape[1])
        )
        mean = known.mean(axis=0)
        still = error <= 1e-12 * np.abs(mean)
        t = np.abs(mean) / np.where(still, 1.0, error)
        chances: Floats = 2 * stdtr(max(1, replications - 1), -t)
        return np.where(still, np.where((mean == 0) | (replications < 2), 1.0, 0.0), chances)
    signs = patterns(seed, replications)
    return counted(np.abs(signs @ known), np.abs(known.sum(axis=0)))


def of_squares(effects: Floats, seed: int = 0) -> Floats:
    """Chance of a sum of squared means as large, if each effect could have the other sign [inputs].

    effects: [inputs, walks, replications]; a walk's mean over replications is squared, so that
    effects of either sign are seen. Where there are too few patterns, by Fisher's F of the mean
    squares between and within walks. An effect that is the same in all replications, or was met in
    one, has no luck in it.

    >>> alike = np.ones((1, 4, 8))
    >>> of_squares(np.concatenate([alike, 0 * alike])).tolist()
    [0.0, 1.0]
    """
    from scipy.special import fdtrc

    inputs, walks, replications = effects.shape
    within = effects.var(axis=2, ddof=1).mean(axis=1) if replications > 1 else np.zeros(inputs)
    between = replications * (effects.mean(axis=2) ** 2).mean(axis=1)
    lucky = within > 1e-18 * between
    sure = np.where(between > 0, 0.0, 1.0)
    freedom = walks * (replications - 1)
    if freedom < FEWEST:
        ratio = between / np.where(lucky, within, 1.0)
        return np.where(lucky, fdtrc(walks, max(1, freedom), ratio), sure)
    seen = (effects.mean(axis=2) ** 2).sum(axis=1)
    as_large = np.zeros(inputs)
    rng = np.random.default_rng(seed)
    part = max(1, 2_000_000 // (walks * replications))
    for first in range(0, PATTERNS, part):
        count = min(part, PATTERNS - first)
        signs = 1.0 - 2.0 * rng.integers(0, 2, (count, walks, replications))
        for n in range(inputs):
            means = np.einsum("pij,ij->pi", signs, effects[n]) / replications
            as_large[n] += ((means**2).sum(axis=1) >= seen[n] * (1 - 1e-9)).sum()
    return np.where(lucky, (1 + as_large) / (1 + PATTERNS), sure)


def of_effects(effects: Floats, seed: int = 0) -> Floats:
    """Chance of effects as large if the inputs did nothing [inputs]: of their sum or squares.

    effects: [inputs, walks, replications]. The sum is the sharper test of an effect of one sign,
    the squares see one that changes its sign; the smaller chance counts twice (Bonferroni).
    """
    inputs = len(effects)
    sums = of_sums(effects.reshape(inputs, -1).T, seed)
    chances: Floats = np.minimum(1.0, 2 * np.minimum(sums, of_squares(effects, seed)))
    return chances


def patterns(seed: int, replications: int) -> Floats:
    """Patterns of signs [patterns, replications]."""
    return np.random.default_rng(seed).choice((-1.0, 1.0), (PATTERNS, replications))


def counted(drawn: Floats, seen: Floats) -> Floats:
    """Share of patterns, the one seen among them, that give as much [tests]."""
    as_large = (drawn >= seen * (1 - 1e-9)).sum(axis=0)
    chances: Floats = (1 + as_large) / (1 + PATTERNS)
    return chances


def holm(chances: Floats) -> Floats:
    """Chances corrected for how many there are: below alpha in one or more with chance alpha.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(chances, kind="stable")
    scaled = chances[order] * np.arange(len(chances), 0, -1)
    corrected = np.empty_like(chances)
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return corrected
