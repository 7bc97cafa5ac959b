"""80% bands of figures, and the mean of the worst twentieth of regret."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Final

import numpy as np
from scipy.special import ndtri
from scipy.stats import norm

from gpusim.economics.core.state import Floats
from gpusim.experiments.compare import paired
from gpusim.experiments.compare.paired import Regret
from gpusim.results.summary import PERCENTILES, TAIL, summarise
from tests.confidence.laws import CONTINUOUS, LOGNORMALS, NORMAL, SIZES, UNIFORM, Law, luck
from tests.confidence.repeating import (
    REFUSED,
    RIGHT,
    SURE,
    WRONG,
    Case,
    Count,
    Rng,
    Verdict,
    each,
    numbered,
    of_interval,
)

BIAS: Final = "a figure, not a claim: how biased it is"
BAND: Final = 0.8
MISSED: Final = 0.23
"""Of new draws: three points more than a band of 80% leaves out, as an interval of 95% has."""

DISASTER: Final = 0.06
"""Of replications: the option that else loses nothing loses far more than the others."""
WOBBLE: Final = 0.001
"""Standard deviation of a steady loss, of it."""


def cases() -> Iterator[Case]:
    """All claims of this module."""
    yield from bands()
    yield from regrets()
    yield from behind()


def band(rng: Rng, repetitions: int, law: Law, n: int) -> Count:
    """Share of new draws that the bands leave out, by the law's distribution function."""
    told = summarise(law.draw(rng, n, repetitions)).percentiles
    low, high = (told[PERCENTILES.index(p)] for p in (10, 90))
    assert law.cdf is not None
    return Count(repetitions, repetitions - float((law.cdf(high) - law.cdf(low)).sum()))


def bands() -> Iterator[Case]:
    """What share of new draws a band of 80% holds."""
    for law in CONTINUOUS:
        for n in SIZES[:2]:
            outside = "" if n >= 100 else "claimed of 100 replications and more"
            play = partial(band, law=law, n=n)
            claim = "80% band: share of new replications it holds"
            yield Case(claim, law.name, f"{n}", play, 1_000, 200, BAND, MISSED, outside)


def options(rng: Rng, law: Law, replications: int) -> Floats:
    """Three options, each ahead in some replications."""
    return law.draw(rng, 3, replications)


@cache
def true_tail(law: Law) -> float:
    """CVaR of regret of one of the options, by a large draw and a sum of its own."""
    figures = options(luck("regret", law.name), law, 1_000_000)
    lost = np.sort(figures.max(axis=0) - figures[0])
    return float(lost[-len(lost) // 20 :].mean())


@cache
def regrets_of(law: Law, n: int, number: int) -> list[Regret]:
    """Of one run."""
    return paired.regrets(options(luck("run", law.name, n, number), law, n), higher=True)


def regrets() -> Iterator[Case]:
    """CVaR of regret: its interval, what is said to be surely less, and its bias.

    All options are of one law, so that none is better: any that is said to be is wrong.
    """

    def tail(number: int, law: Law, n: int) -> Verdict:
        return of_interval(regrets_of(law, n, number)[0].cvar_interval, true_tail(law))

    def undercut(number: int, law: Law, n: int) -> Verdict:
        return WRONG if any(one.undercut for one in regrets_of(law, n, number)) else RIGHT

    def short(rng: Rng, repetitions: int, law: Law, n: int) -> Count:
        told = [regrets_of(law, n, number)[0].cvar for number in range(repetitions)]
        return Count(repetitions, repetitions * (1 - float(np.mean(told)) / true_tail(law)))

    def left(rng: Rng, repetitions: int, law: Law, n: int) -> Count:
        runs = [regrets_of(law, n, number)[0] for number in range(repetitions)]
        told = [one.cvar - one.cvar_bias for one in runs]
        return Count(repetitions, repetitions * (1 - float(np.mean(told)) / true_tail(law)))

    for law in (NORMAL, UNIFORM, *LOGNORMALS[1:]):
        for n in SIZES:
            own = {"law": law, "n": n}
            few = 100 if n == SIZES[1] and law is not LOGNORMALS[2] else 0
            claim, play = "CVaR of regret: interval", numbered(partial(tail, **own))
            yield Case(claim, law.name, f"{n}", play, 1_000, few)
            claim, play = "CVaR of regret: surely less", numbered(partial(undercut, **own))
            yield Case(claim, law.name, f"{n}", play, 1_000, few, promise=SURE)
            claim = "CVaR of regret: share by which it falls short, on average"
            no = BIAS
            yield Case(claim, law.name, f"{n}", partial(short, **own), 1_000, outside=no)
            claim = "CVaR of regret less its bias: the same"
            yield Case(claim, law.name, f"{n}", partial(left, **own), 1_000, outside=no)


def steady_loss(law: Law) -> float:
    """What an option always loses whose CVaR of regret is a hundredth below one that loses a law.

    A third loses nothing, but far more in `DISASTER` of replications: there the other two are
    measured against each other. By sums over the quantiles of the law.
    """
    size = 200_000
    lost = law.of(ndtri((np.arange(size) + 0.5) / size))
    chances = np.repeat([1 - DISASTER, DISASTER], size) / size
    own = norm.pdf(norm.ppf(1 - TAIL / (1 - DISASTER))) / (TAIL / (1 - DISASTER))
    steady = float(lost.max())
    for _ in range(8):
        regret = np.concatenate([lost, np.maximum(lost - steady, 0.0)])
        worst = np.argsort(-regret)
        before = np.cumsum(chances[worst]) - chances[worst]
        taken = np.clip(TAIL - before, 0.0, chances[worst])
        steady = 0.99 * float(taken @ regret[worst]) / TAIL / (1 + WOBBLE * own)
    return steady


def behind() -> Iterator[Case]:
    """Of two options that lose to a third: said that the one that loses much now and then has the
    surely smaller CVaR, though the other, which always loses about the same, has a smaller one.

    One of three pairs, so it may be wrong in a third of what all of them may.
    """

    def swings(rng: Rng, law: Law, n: int, steady: float) -> Verdict:
        wobble = 1 + WOBBLE * rng.normal(size=n)
        disaster = np.where(rng.random(n) < DISASTER, -1_000.0 * steady, 0.0)
        figures = np.stack([-law.draw(rng, n), -steady * wobble, disaster])
        first, second, _ = paired.regrets(figures, higher=True)
        if first.cvar <= second.cvar:
            return WRONG if second.undercut else REFUSED
        return RIGHT if first.undercut else REFUSED

    def surely(rng: Rng, n: int) -> Verdict:
        figures = np.zeros((2, n))
        figures[1] = -0.3 - 0.05 * rng.lognormal(0.0, 1.0, size=n)
        best, other = paired.regrets(figures, higher=True)
        assert not best.undercut
        return RIGHT if other.undercut else WRONG

    for law in (NORMAL, *LOGNORMALS):
        steady = steady_loss(law)
        for n in SIZES[1:]:
            claim = "CVaR of regret: surely less, of a loss that swings"
            play = each(partial(swings, law=law, n=n, steady=steady))
            name = f"{law.name}, against a steady loss just below its tail"
            yield Case(claim, name, f"{n}", play, 1_000, 500, promise=SURE / 3)
    for n in SIZES[1:]:
        claim_all = "CVaR of regret: less in every replication is told"
        name = "one ahead of the other in every replication, by lognormal amounts"
        yield Case(claim_all, name, f"{n}", each(partial(surely, n=n)), 1_000, 200, promise=SURE)
