"""Intervals of means, of differences and of chances: `results.intervals`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from scipy import stats

from gpusim.economics.core.state import Floats
from gpusim.experiments.bridge import bridge
from gpusim.results import intervals
from gpusim.results.figures import Figure
from gpusim.results.intervals import FEW
from tests.confidence.laws import (
    LAWS,
    LOGNORMALS,
    NORMAL,
    RARE,
    SIZES,
    T3,
    Law,
    seldom,
    unseen,
)
from tests.confidence.repeating import (
    EXACT,
    REFUSED,
    WRONG,
    Case,
    Count,
    Rng,
    Verdict,
    each,
    of_interval,
)

CHANCES = (0.005, 0.01, 0.02, 0.05, 0.2, 0.5)
SHORT = 200
GRID = 1_000
WORST = "the worst chance of a grid from 3/n to a half, exact sums"


def cases() -> Iterator[Case]:
    """All claims of this module."""
    yield from of_means()
    yield from of_many()
    yield from of_bounds()
    yield from of_differences()
    yield from of_moved_chances()
    yield from of_probabilities()
    yield from of_bridges()


def of_means() -> Iterator[Case]:
    """The interval of a mean."""
    for law in LAWS:
        for n in SIZES:

            def one(rng: Rng, law: Law = law, n: int = n) -> Verdict:
                return of_interval(intervals.of_mean(law.draw(rng, n)), law.mean)

            outside = unseen(law.rare, n)
            yield Case(
                "interval of a mean", law.name, f"{n}", each(one), short=SHORT, outside=outside
            )

    def tied(rng: Rng) -> Verdict:
        return of_interval(intervals.of_mean(np.full(100, rng.normal())), np.nan)

    yield Case("interval of a mean", "the same in all replications", "100", each(tied))


def columns(rng: Rng, repetitions: int, law: Law, n: int) -> Count:
    """All repetitions at once, a column each."""
    told = intervals.of_columns(law.draw(rng, n, repetitions))
    verdicts = [of_interval(one, law.mean) for one in told]
    return Count(repetitions, verdicts.count(WRONG), verdicts.count(REFUSED))


def of_many() -> Iterator[Case]:
    """Intervals of many means at once, as the tables of a run have them."""
    for law in (NORMAL, T3, LOGNORMALS[1], RARE[-1]):
        for n in SIZES:
            play = partial(columns, law=law, n=n)
            claim, outside = "intervals of many means", unseen(law.rare, n)
            yield Case(claim, law.name, f"{n}", play, 2_000, 400, outside=outside)


def bounds(rng: Rng, repetitions: int, law: Law, n: int) -> Count:
    """Only those that are said to rest on few replications, by their bound."""
    told = intervals.of_columns(law.draw(rng, n, repetitions))
    few = [one for one in told if one.how == FEW]
    return Count(len(few), sum(not one.low <= law.mean <= one.high for one in few))


def of_bounds() -> Iterator[Case]:
    """The bound that stands where an interval is refused, for a mean that few replications carry.

    It says itself that the few are taken to be at most as large as the largest seen.
    """
    for law in (*LOGNORMALS[1:], *RARE):
        for n in SIZES:
            play = partial(bounds, law=law, n=n)
            claim, outside = "bound of a mean that few carry", unseen(law.rare, n)
            yield Case(claim, law.name, f"{n}", play, 2_000, outside=outside)


def of_differences() -> Iterator[Case]:
    """The interval of a difference on the same replications."""
    skewed = LOGNORMALS[1]

    def common(rng: Rng, n: int) -> tuple[Floats, Floats]:
        base = 3 * rng.normal(size=n)
        return base + 1 + 0.5 * rng.normal(size=n), base

    def apart(rng: Rng, n: int) -> tuple[Floats, Floats]:
        return 1 + rng.normal(size=n), rng.normal(size=n)

    def leaning(rng: Rng, n: int) -> tuple[Floats, Floats]:
        base = 3 * rng.normal(size=n)
        return base + skewed.draw(rng, n), base

    def scaled(rng: Rng, n: int) -> tuple[Floats, Floats]:
        return 2 * skewed.draw(rng, n), skewed.draw(rng, n)

    def moved(rng: Rng, n: int, law: Law) -> tuple[Floats, Floats]:
        base = 3 * rng.normal(size=n)
        return base + law.draw(rng, n), base

    def tied(rng: Rng, n: int) -> tuple[Floats, Floats]:
        base = rng.normal(size=n)
        return base, base

    settings = [
        ("normal, common luck", common, 1.0, 0.0),
        ("normal, luck apart", apart, 1.0, 0.0),
        ("skewed effect (lognormal 1)", leaning, skewed.mean, 0.0),
        ("lognormal 1 and its double, luck apart", scaled, skewed.mean, 0.0),
        ("ties: no effect at all", tied, 0.0, 0.0),
    ] + [
        (f"a cause moves {law.rare:.1%}", partial(moved, law=law), law.mean, law.rare)
        for law in RARE
    ]
    for name, draw, truth, rare in settings:
        for n in SIZES:

            def one(rng: Rng, draw=draw, n: int = n, truth: float = truth) -> Verdict:
                return of_interval(intervals.of_difference(*draw(rng, n)), truth)

            claim, outside = "interval of a difference", unseen(rare, n)
            yield Case(claim, name, f"{n}", each(one), short=SHORT, outside=outside)


def of_moved_chances() -> Iterator[Case]:
    """The interval of a difference of chances, on the same replications."""

    def one(rng: Rng, n: int, up: float, down: float, base: float) -> Verdict:
        u = rng.random(n)
        before = u < base
        after = np.where(before, u >= base * down, u < base + up)
        told = intervals.of_difference(after.astype(float), before.astype(float), chance=True)
        return of_interval(told, up - base * down)

    settings = [(f"a cause adds {up:.1%} to 10%", up, 0.0, 0.1) for up in CHANCES[:4]]
    settings += [("nothing to 0%: no effect at all", 0.0, 0.0, 0.0)]
    settings += [("as many rise as fall, 2% each", 0.02, 0.2, 0.1)]
    for name, up, down, base in settings:
        for n in SIZES:
            play = each(partial(one, n=n, up=up, down=down, base=base))
            claim, outside = "interval of a difference of chances", unseen(up, n)
            yield Case(claim, name, f"{n}", play, 10_000, SHORT, outside=outside)
    for n in SIZES:
        play = partial(worst, n=n, ends=moved_one_way(n))
        yield Case("interval of chances moved all one way", WORST, f"{n}", play, GRID, GRID)


def moved_one_way(n: int) -> Floats:
    """Ends where k of n replications moved, all the same way [k, 2]."""
    told = [intervals.of_chances((np.arange(n) < k).astype(float)) for k in range(n + 1)]
    return np.array([(one.low, one.high) for one in told])


def worst(rng: Rng, repetitions: int, n: int, ends: Floats) -> Count:
    """The chance of a grid with the most misses, by sums over what can be seen [k, 2]."""
    k = np.arange(n + 1)
    missed = [
        stats.binom.pmf(k, n, p)[(ends[:, 0] > p) | (ends[:, 1] < p)].sum()
        for p in np.linspace(3 / n, 0.5, repetitions)
    ]
    return Count(EXACT, EXACT * float(max(missed)))


def of_probabilities() -> Iterator[Case]:
    """Wilson's interval of a chance."""

    def play(rng: Rng, repetitions: int, n: int, chance: float) -> Count:
        seen = rng.binomial(n, chance, repetitions)
        told = {k: intervals.wilson(int(k), n) for k in set(seen.tolist())}
        wrong = sum(not told[k][0] <= chance <= told[k][1] for k in seen.tolist())
        return Count(repetitions, wrong)

    for chance in CHANCES:
        for n in SIZES:
            own = partial(play, n=n, chance=chance)
            claim, outside = "interval of a chance", unseen(chance, n)
            yield Case(claim, f"{chance:.1%}", f"{n}", own, 20_000, 2_000, outside=outside)

    for n in SIZES:
        own = partial(worst, n=n, ends=np.array([intervals.wilson(k, n) for k in range(n + 1)]))
        yield Case("interval of a chance", WORST, f"{n}", own, GRID, GRID)


def of_bridges() -> Iterator[Case]:
    """A cause's part of a difference between two runs."""
    chance = Figure("defaulted", "defaulted", "")
    amount = Figure("equity", "equity", "")

    def halves(rng: Rng, n: int, moved: float, whole: float) -> Floats:
        """Moved in a share of replications, of those a share by this cause alone, else by half."""
        kind = rng.random(n)
        return np.where(kind < moved * whole, 1.0, np.where(kind < moved, 0.5, 0.0))

    def one(rng: Rng, n: int, moved: float, whole: float) -> Verdict:
        told = bridge.interval_of(halves(rng, n, moved, whole), chance)
        return of_interval(told, moved * (1 + whole) / 2)

    for moved in CHANCES[:3]:
        for whole, name in ((1.0, "alone"), (0.5, "half of them shared"), (0.0, "all shared")):
            for n in (100, 400):
                play = each(partial(one, n=n, moved=moved, whole=whole))
                setting = f"a chance moved in {moved:.1%}, {name}"
                claim, outside = "bridge: part of a chance", unseen(moved, n)
                yield Case(claim, setting, f"{n}", play, 10_000, SHORT, outside=outside)

    def of_amount(rng: Rng, n: int, law: Law) -> Verdict:
        return of_interval(bridge.interval_of(law.draw(rng, n), amount), law.mean)

    for law in (NORMAL, LOGNORMALS[1], seldom(0.02)):
        for n in (100, 400):
            play, outside = each(partial(of_amount, n=n, law=law)), unseen(law.rare, n)
            yield Case("bridge: part of an amount", law.name, f"{n}", play, outside=outside)
