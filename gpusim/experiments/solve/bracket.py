"""Where a noisy rising or falling figure crosses zero: a bracket that holds the crossing.

A side is settled only when its sign is sure. Replications are added at a level until it is, each
test with its own share of the error that is allowed in all (so the whole bracket is as sure as
asked for); the same replications at every level, so that levels do not differ by their draws.
Bisection goes on until the bracket is as narrow as asked for, or the levels inside it cannot be
told from zero. Nothing is drawn in a figure of `units`: a level is settled at once.

Source: Bonferroni's inequality over all tests that can be made; bisection by sign tests as in
Waeber, Frazier and Henderson, 2013, SIAM J. Control Optim. 51(3), without their posterior.
Intervals are those of `results.intervals`: a mean carried by a few replications settles no side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.results import intervals
from gpusim.results.intervals import ALIKE, COUNTS, NONE, PLANNED, Interval

FIRST: Final = 400
"""Replications of a first test, fewer only where fewer are allowed: rare losses have to be seen."""
UNSURE: Final = "an end of the range cannot be told from the target (more --reps, a wider range)"
OUTSIDE: Final = "the means of all values looked at lie on one side: a wider range is needed"
LEAST_WIDER: Final = 0.25
"""By how much more at least a range is asked for [share of the range]."""
LEVELS: Final = 40
"""Levels tested at most."""
SCAN: Final = 9
"""Levels at which the shape is looked at, both ends included."""
CONSTANT: Final = 3
"""Replications that must agree to the last bit before nothing is taken to be drawn in a figure."""

Excess = Callable[[float, int], Floats]
"""A level of the range and a number of replications, to figures less their target."""


class Tested(NamedTuple):
    """What is known at a level."""

    level: float
    mean: float  # of the excess
    low: float  # at the error of one test
    high: float
    replications: int
    how: str  # the interval was made: `results.intervals`

    @property
    def sign(self) -> int:
        """Which side of zero, 0 while unsure."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0


class Crossing(NamedTuple):
    """The bracket, or why there is none."""

    low: float | None  # the last level that is surely on the low end's side
    high: float | None  # the first that is surely on the other
    estimate: float | None
    ends: tuple[Tested, Tested]
    tested: list[Tested]
    why: str  # empty where there is a bracket
    turns: bool  # whether the figure surely both rises and falls
    beyond: float | None = None  # where the means all lie on one side: a level past their crossing


def crossing(
    excess: Excess,
    *,
    most: int,
    alpha: float,
    width: float,
    share: float | None = None,
    planned: bool = False,
) -> Crossing:
    """Find where the mean excess crosses zero between the levels 0 and 1.

    most: replications at a level; alpha: chance that the bracket is wrong; width: of a bracket that
    is narrow enough [share of the range]; share: target, where figures are zeros and ones less it;
    planned: whether it is a figure of `units`, in which nothing is drawn: asked for once a level.
    """
    search = Search(excess, most, alpha / (LEVELS * stages(most)), share, planned=planned)
    scan = [search.test(n / (SCAN - 1)) for n in range(SCAN)]
    first, last = scan[0], scan[-1]
    turns = search.turns([one.level for one in scan])
    ends = first, last
    if no_crossing := why_none(scan, planned=planned):
        aside = past_crossing(scan)
        return Crossing(None, None, None, ends, search.known(), no_crossing, turns, aside)
    high = next(one.level for one in scan if one.sign == -first.sign)
    low = max(one.level for one in scan if one.level < high and one.sign == first.sign)
    low, high = search.narrow(low, high, first.sign, width)
    return Crossing(low, high, search.estimate(low, high), ends, search.known(), "", turns)


def why_none(scan: Sequence[Tested], *, planned: bool) -> str:
    """Why there is no bracket; empty where there is one.

    scan: levels from one end to the other; planned: of a figure of `units`.
    """
    first, last = scan[0], scan[-1]
    if 0 in (first.sign, last.sign):
        if planned:
            return planned_why(scan)
        return UNSURE if past_crossing(scan) is None else OUTSIDE
    if first.sign == last.sign and all(one.sign in (0, first.sign) for one in scan):
        return f"no crossing between the {SCAN} values that were looked at"
    return ""


def on_one_side(scan: Sequence[Tested]) -> bool:
    """Whether no mean lies on the other side of the target, nor on it.

    >>> ends = [Tested(level, mean, -1.0, 1.0, 400, "") for level, mean in ((0, 0.1), (1, 0.7))]
    >>> on_one_side(ends), on_one_side([*ends, ends[0]._replace(mean=-0.1)])
    (True, False)
    """
    sides = {(one.mean > 0) - (one.mean < 0) for one in scan}
    return sides in ({1}, {-1})


def past_crossing(scan: Sequence[Tested]) -> float | None:
    """A level outside the range past which the means would cross zero, if they go on as they do.

    Twice as far as the straight line through the ends has it, and a quarter of the range at least;
    None where means lie on both sides, do not fall towards it, or it is farther than the range is
    wide. scan: levels from 0 to 1.

    >>> ends = [Tested(level, mean, -1.0, 1.0, 400, "") for level, mean in ((0, 0.1), (1, 0.7))]
    >>> round(past_crossing(ends), 3), past_crossing([ends[1]._replace(level=0.0), ends[1]])
    (-0.333, None)
    """
    first, last = scan[0], scan[-1]
    slope = last.mean - first.mean
    if not slope or not on_one_side(scan):
        return None
    near = 0.0 if abs(first.mean) < abs(last.mean) else 1.0
    away = abs((first if near == 0.0 else last).mean / slope)
    if away > 1:
        return None
    reach = max(2 * away, LEAST_WIDER)
    return near - reach if near == 0.0 else near + reach


def planned_why(scan: Sequence[Tested]) -> str:
    """Why a figure of `units` has no bracket where an end is on no side of the target.

    scan: levels from one end to the other.
    """
    first, last = scan[0], scan[-1]
    if math.isnan(first.mean) or math.isnan(last.mean):
        return "undefined at an end of the range (`gpusim units` says why)"
    if not any(one.mean for one in scan):
        return f"equal to the target at all {len(scan)} values that were looked at"
    if first.mean == last.mean:
        return "equal to the target at both ends of the range"
    return f"equal to the target at the {'last' if first.mean else 'first'} value of the range"


def stages(most: int) -> int:
    """Tests that may be made at a level; replications double from one to the next.

    >>> stages(100), stages(400), stages(1000)
    (1, 1, 3)
    """
    count, replications = 1, FIRST
    while replications < most:
        count, replications = count + 1, 2 * replications
    return count


def enough(ends: Iterable[Tested], alpha: float) -> int | None:
    """Replications that would tell the unsure ends from the target; None if none could.

    alpha: chance that the whole bracket is wrong. By the law of the square root: an interval is
    half as wide at four times as many replications, and somewhat wider again for the more tests
    that so many allow; it must not reach from the mean, taken as it is, to the target. Two digits,
    upwards.

    >>> end = Tested(0.0, 0.1, -0.1, 0.3, 400, "")
    >>> enough([end], 0.05), enough([end._replace(mean=0.0)], 0.05)
    (2000, None)
    """
    most = 0
    for end in ends:
        if end.sign:
            continue
        half = (end.high - end.low) / 2
        if not end.mean or not np.isfinite(half):
            return None
        needed = float(end.replications)
        for _ in range(3):  # the tests that are allowed grow with the logarithm: it settles at once
            wider = _quantile(alpha, round(needed)) / _quantile(alpha, end.replications)
            needed = end.replications * (half * wider / abs(end.mean)) ** 2
        most = max(most, math.ceil(needed) + 1)
    digits = max(len(str(most)) - 2, 0)
    return math.ceil(most / 10**digits) * 10**digits if most else None


def _quantile(alpha: float, replications: int) -> float:
    """Half the width of one test's interval, with so many replications at most [std errors]."""
    return NormalDist().inv_cdf(1 - alpha / (LEVELS * stages(replications)) / 2)


def as_planned(level: float, excess: float) -> Tested:
    """What a figure of `units` is at a level: it is no mean, and there is nothing to play.

    >>> as_planned(0.5, -2.0).sign, as_planned(0.5, math.nan).sign
    (-1, 0)
    """
    if math.isnan(excess):
        return Tested(level, excess, -np.inf, np.inf, 0, NONE)
    return Tested(level, excess, excess, excess, 0, PLANNED)


class Search:
    """Levels tested so far, each with the replications it needed."""

    def __init__(
        self,
        excess: Excess,
        most: int,
        alpha: float,
        share: float | None,
        *,
        planned: bool = False,
    ) -> None:
        self.excess, self.most, self.alpha, self.share = excess, most, alpha, share
        self.planned = planned
        self.done: dict[float, Tested] = {}
        self.figures: dict[float, Floats] = {}

    def known(self) -> list[Tested]:
        """What was tested, by level."""
        return [self.done[level] for level in sorted(self.done)]

    def test(self, level: float) -> Tested:
        """A level, with as many replications as its sign takes."""
        if level in self.done:
            return self.done[level]
        if self.planned:
            self.figures[level] = self.excess(level, 1)
            self.done[level] = as_planned(level, float(self.figures[level][0]))
            return self.done[level]
        replications = min(FIRST, self.most)
        while True:
            figures = self.excess(level, replications)
            self.figures[level] = figures
            told = self.interval(level, figures)
            if told.sign or replications >= self.most:
                break
            replications = min(2 * replications, self.most)
        self.done[level] = told
        return told

    def interval(self, level: float, figures: Floats) -> Tested:
        """Mean excess with its interval at the error of one test."""
        kept = figures[~np.isnan(figures)]
        if len(kept) < CONSTANT:
            return Tested(level, np.nan, -np.inf, np.inf, len(figures), NONE)
        if self.share is not None:
            return self.of_shares(level, kept, self.share)
        mean, low, high, how, *_ = self.of_mean(kept)
        if how == ALIKE:
            low = high = mean
        return Tested(level, mean, low, high, len(figures), how)

    def of_mean(self, figures: Floats) -> Interval:
        """An interval at the error of one test."""
        return intervals.of_mean(figures, confidence=1 - self.alpha)

    def of_shares(self, level: float, kept: Floats, target: float) -> Tested:
        """Zeros and ones less a target share: Clopper and Pearson's exact interval."""
        yes = int(np.round(kept + target).sum())
        low, high = intervals.exact(yes, len(kept), 1 - self.alpha)
        return Tested(level, float(kept.mean()), low - target, high - target, len(kept), COUNTS)

    def turns(self, levels: list[float]) -> bool:
        """Whether, on the same replications, the figure surely rises here and falls there."""
        signs = set()
        for a, b in pairwise(levels):
            one, other = self.figures[a], self.figures[b]
            replications = min(len(one), len(other))
            moved = other[:replications] - one[:replications]
            moved = moved[~np.isnan(moved)]
            if self.planned:
                signs |= {int(sign) for sign in np.sign(moved) if sign}
            elif len(moved) >= CONSTANT and (sign := self.of_mean(moved).sign):
                signs.add(sign)
        return len(signs) == 2

    def narrow(self, low: float, high: float, sign: int, width: float) -> tuple[float, float]:
        """Bisect while a level inside can be told; then from each side towards what cannot."""
        while high - low > width and len(self.done) < LEVELS:
            middle = (low + high) / 2
            told = self.test(middle)
            if told.sign == sign:
                low = middle
            elif told.sign == -sign:
                high = middle
            else:
                low = self.towards(low, middle, sign, width)
                high = self.towards(high, middle, -sign, width)
                break
        return low, high

    def towards(self, sure: float, unsure: float, sign: int, width: float) -> float:
        """The last level from a sure one towards an unsure one that is still sure."""
        while abs(unsure - sure) > width / 2 and len(self.done) < LEVELS:
            middle = (sure + unsure) / 2
            if self.test(middle).sign == sign:
                sure = middle
            else:
                unsure = middle
        return sure

    def estimate(self, low: float, high: float) -> float:
        """Where the line through the means within the bracket crosses; its middle if none does."""
        held = [one for one in self.known() if low <= one.level <= high]
        for a, b in pairwise(held):
            if a.mean * b.mean <= 0 and a.mean != b.mean:
                return a.level + (b.level - a.level) * a.mean / (a.mean - b.mean)
        return (low + high) / 2
