"""Intervals of means and chances over replications: one place, which picks by what it sees.

What is printed with a mean must hold about nineteen times in twenty also where figures are
lopsided, or where a few replications carry them all; where it cannot be promised, it is refused in
words. So every interval says how it was made (`how`):

* `t`: near normal; Student's t.
* `skewed`: lopsided (|skewness| above a half); from the lower to the higher end of Student's t and
  of Hall's transformation of it, which leans towards the long tail.
* `few`: lopsided (|skewness| above 1) and fewer than three replications hold half of the variance:
  no interval. The ends are a bound: the mean of the rest, and the frequency of the few, at most as
  large as the largest seen. `rests_on` says how many they are, `needed` about how many
  replications would give an interval.
* `alike`: the figure was the same in all n replications; what happens in fewer than 3/n of them
  may not have been seen, so there are no ends.
* `counts`: of a probability; Wilson's score, of a difference of two Agresti and Min.
* `same`: two scenarios that are one.
* `planned`: of a figure of `units`, in which nothing is drawn: its ends are itself.
* `one`, `none`: one replication, or none in which it is defined.

Nothing here knows of replications that were never seen: an event in 1% of replications is missed
by 100 of them one time in three, whatever the interval. `docs/validation/confidence.md` has the
coverage of each.

Source: Student, 1908; Hall, 1992, "On the removal of skewness by transformation", JRSS B 54(1),
the cubic transformation, which can be turned back; Wilson, 1927; Agresti and Min, 2005; Clopper and
Pearson, 1934, for the frequency of the few; 3/n: the 95% upper end of a chance of which n trials
saw nothing (Hanley and Lippman-Hand, 1983). Tried and left: the bootstrap, bias-corrected (it holds
91% of a t law with three degrees of freedom) and studentised (no better than Hall, and without the
tails beyond its resamples that tests of many things at once need).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.results.drawn.sets import by_set
from gpusim.results.intervals.ends import (
    CONFIDENCE,
    exact,
    normal,
    of_chance,
    student,
    unseen,
    worth_of,
)
from gpusim.results.rounding import NOISE, settled, varies

LOPSIDED, VERY_LOPSIDED = 0.5, 1.0
"""Skewness from which t alone is not trusted, and from which few replications may carry a mean."""
ENOUGH: Final = 3
"""Replications that must hold half of the variance of what is very lopsided."""
WANTED: Final = 6
"""As many of them are hoped for when one says how many replications to play."""

T, SKEWED, FEW, ALIKE = "t", "skewed", "few", "alike"
COUNTS, SAME, ONE, NONE = "counts", "same", "one", "none"
PLANNED: Final = "planned"


class Interval(NamedTuple):
    """A mean and its interval, and how the interval was made."""

    mean: float
    low: float  # NaN where there is no interval
    high: float
    how: str  # see the module
    rests_on: int = 0  # of `few`: replications that hold half of the variance
    needed: int = 0  # of `few`: replications that would do, about

    @property
    def sign(self) -> int:
        """Which side of zero the mean is on, 0 while that cannot be told.

        >>> Interval(2.0, 1.0, 3.0, T).sign, Interval(2.0, -1.0, 5.0, T).sign
        (1, 0)
        >>> Interval(-2.0, math.nan, math.nan, ALIKE).sign
        -1
        """
        if self.how == FEW:
            return 0
        if self.how == ALIKE:
            return (self.mean > 0) - (self.mean < 0)
        return (self.low > 0) - (self.high < 0)

    @property
    def is_above(self) -> bool:
        """Whether the mean is surely above zero; of `few` too, where they lie above the others.

        Then a larger one, not seen, would only raise it. Below, one worse may bring it below zero.

        >>> few = Interval(0.4, 0.3, 2.0, FEW, 1, 600)
        >>> few.is_above, few.sign, few._replace(low=-0.1).is_above
        (True, 0, False)
        >>> few._replace(mean=1.9).is_above
        False
        """
        if self.how != FEW:
            return self.sign > 0
        return self.low > 0 and self.high - self.mean > self.mean - self.low

    @property
    def half(self) -> float:
        """Half of its width; infinite where there is no interval."""
        if self.how in (FEW, ALIKE, ONE, NONE):
            return math.inf
        return (self.high - self.low) / 2


def of_planned(figures: Floats) -> Interval:
    """A figure of `units` in some replications, all alike; none where it is undefined.

    >>> of_planned(np.full(3, 0.25))
    Interval(mean=0.25, low=0.25, high=0.25, how='planned', rests_on=0, needed=0)
    """
    value = float(figures[0]) if len(figures) else math.nan
    return Interval(value, value, value, NONE if math.isnan(value) else PLANNED)


def of_mean(
    figures: Floats,
    *,
    chance: bool = False,
    planned: bool = False,
    confidence: float = CONFIDENCE,
    sizes: Floats | None = None,
    sets: Ints | None = None,
) -> Interval:
    """The mean of figures [replications] with its interval; NaN left out.

    chance: whether they are zeros and ones, whose mean is a probability; planned: whether they are
    of `units`; sizes: what the figures were computed from, where that is larger than they are (see
    `rounding.varies`); sets: of drawn inputs, the set of each replication: what is drawn anew is
    then a set, so sets are what the interval, its way and `rests_on` count (`by_set`).

    >>> of_mean(np.array([2.0, 2.0, 2.0]))
    Interval(mean=2.0, low=nan, high=nan, how='alike', rests_on=0, needed=0)
    """
    if planned:
        return of_planned(figures)
    defined = ~np.isnan(figures)
    kept = figures[defined]
    sets = None if sets is None else sets[defined]
    if not len(kept):
        return Interval(math.nan, math.nan, math.nan, NONE)
    mean = float(kept.mean())
    if chance:
        return Interval(mean, *of_chance(kept, sets, confidence), COUNTS)
    if len(kept) > 1 and sizes is not None and not varies(kept, sizes):
        return Interval(float(kept[0]), math.nan, math.nan, ALIKE)
    return of_columns(kept[:, None], confidence, sets)[0]


def of_difference(
    option: Floats,
    base: Floats,
    *,
    chance: bool = False,
    planned: bool = False,
    confidence: float = CONFIDENCE,
    sets: Ints | None = None,
) -> Interval:
    """Option less base on the same replications; those that lack either figure are left out.

    chance: whether both are zeros and ones; planned: of `units`, which had better be as many;
    sets: of drawn inputs, the same for both.
    Source: as `of_mean`; of zeros and ones, Agresti and Min, 2005, half a pair added to each cell
    of the table of pairs.
    """
    if planned:
        return of_planned(option - base)
    both = ~np.isnan(option) & ~np.isnan(base)
    option, base = option[both], base[both]
    sets = None if sets is None else sets[both]
    if chance and len(option):
        return of_chances(option - base, confidence=confidence, sets=sets)
    moved = settled(option - base, option, base)
    sizes = np.concatenate([option, base])
    return of_mean(moved, confidence=confidence, sizes=sizes, sets=sets)


def of_chances(moved: Floats, confidence: float = CONFIDENCE, sets: Ints | None = None) -> Interval:
    """The mean of differences of zeros and ones, or of means of such differences.

    moved: each from -1 to 1 [replications]. One pair is added in all, half to what rises and half
    to what falls (Agresti and Min, 2005; a mean over several orders, such as Shapley's, is widened
    as much). Where all that moved went one way, at least as wide as Clopper and Pearson's ends of
    that: Agresti and Min's hold 87% of few moves at worst. sets: of drawn inputs, by replication:
    as many pairs as would spread as much (`ends.worth_of`).

    >>> told = of_chances(np.zeros(100))
    >>> round(told.low, 3), round(told.high, 3), told.how
    (-0.036, 0.036, 'counts')
    """
    n, weight = float(len(moved)), 1.0
    if sets is not None:
        n = worth_of(moved, float(moved.var()), sets, confidence)
        if not n:
            return Interval(float(moved.mean()), -1.0, 1.0, COUNTS)
        weight = n / len(moved)
    total, squares = weight * float(moved.sum()), weight * float((moved**2).sum())
    centre = total / (n + 2)
    spread = max(squares + 1 - (n + 2) * centre**2, 0.0)
    half = normal(confidence) * math.sqrt(spread) / (n + 2)
    low, high = centre - half, centre + half
    rises, falls = (moved > 0).any(), (moved < 0).any()
    if not (rises and falls):  # the ends of what was seen to go one way only, or not at all
        up = weight * float(np.maximum(moved, 0.0).sum())
        down = weight * float(np.maximum(-moved, 0.0).sum())
        high = max(high, exact(up, n, confidence)[1] - down / n)
        low = min(low, up / n - exact(down, n, confidence)[1])
    return Interval(total / n, max(-1.0, low), min(1.0, high), COUNTS)


def of_columns(
    figures: Floats, confidence: float = CONFIDENCE, sets: Ints | None = None
) -> list[Interval]:
    """Intervals of the means of figures [replications, columns]; none may be NaN.

    sets: as of `of_mean`.
    """
    if sets is not None and len(figures):
        figures = by_set(figures, sets)
    n, columns = figures.shape
    if not columns:
        return []
    means = figures.mean(axis=0)
    if n < 2:
        return [Interval(float(mean), math.nan, math.nan, ONE) for mean in means]
    gaps = figures - means
    squares = gaps**2
    total = squares.sum(axis=0)
    still = np.ptp(figures, axis=0) <= NOISE * np.abs(figures).max(axis=0)
    spread = np.where(still, 1.0, total)
    skew = (gaps * squares).sum(axis=0) * math.sqrt(n) / spread**1.5
    carriers = held_by(squares, total)
    few = ~still & (np.abs(skew) > VERY_LOPSIDED) & (carriers < ENOUGH)
    leaning = ~still & ~few & (np.abs(skew) > LOPSIDED)
    error = np.sqrt(total / (n - 1) / n)
    reach = student(n - 1, confidence)
    low, high = means - reach * error, means + reach * error
    down, up = untwisted(skew, n, reach)
    low = np.where(leaning, np.minimum(low, means - down * error), low)
    high = np.where(leaning, np.maximum(high, means - up * error), high)
    told = []
    for at in range(columns):
        mean = float(means[at])
        if still[at]:
            told.append(Interval(float(figures[0, at]), math.nan, math.nan, ALIKE))
        elif few[at]:
            count = int(carriers[at])
            needed = round_up(n * WANTED / count)
            ends = bound(figures[:, at], gaps[:, at], count, confidence)
            told.append(Interval(mean, *ends, FEW, count, needed))
        else:
            how = SKEWED if leaning[at] else T
            told.append(Interval(mean, float(low[at]), float(high[at]), how))
    return told


def held_by(squares: Floats, total: Floats) -> Floats:
    """How many of the largest squares hold half of their sum, up to `ENOUGH` [columns]."""
    most = min(ENOUGH - 1, len(squares))
    largest = np.sort(np.partition(squares, len(squares) - most, axis=0)[-most:], axis=0)[::-1]
    short: Floats = 1 + (np.cumsum(largest, axis=0) < total / 2).sum(axis=0)
    return short


def untwisted(skew: Floats, n: int, reach: float) -> tuple[Floats, Floats]:
    """The studentised means that Hall's transformation turns into `reach` and its negative.

    skew: of n figures [columns], of the sample; its usual bias is taken out.

    >>> [round(float(end[0]), 6) for end in untwisted(np.zeros(1), 100, 2.0)]
    [2.0, -2.0]
    """
    own = skew * math.sqrt(n - 1) / max(n - 2, 1)
    straight = np.abs(own) < 1e-6
    lean = np.where(straight, 1.0, own)
    turned = [3 / lean * (np.cbrt(1 + lean * (end - lean / 6)) - 1) for end in (reach, -reach)]
    return np.where(straight, reach, turned[0]), np.where(straight, -reach, turned[1])


def bound(figures: Floats, gaps: Floats, carriers: int, confidence: float) -> tuple[float, float]:
    """Bound of a mean that a few replications carry, half of the error to each of its two parts.

    The others have a mean, by Student's t; the few happen as often as Clopper and Pearson allow,
    and are at most as far from it as the farthest seen.
    """
    n = len(figures)
    order = np.argsort(-(gaps**2), kind="stable")
    rest = figures[order[carriers:]]
    middle = float(rest.mean())
    half_error = (1 + confidence) / 2
    reach = 0.0
    if len(rest) > 1:
        reach = student(len(rest) - 1, half_error) * float(rest.std(ddof=1)) / math.sqrt(len(rest))
    far = figures[order[:carriers]] - middle
    often = exact(carriers, n, half_error)[1]
    low = middle - reach + often * min(0.0, float(far.min()))
    return low, middle + reach + often * max(0.0, float(far.max()))


def round_up(count: float) -> int:
    """A number of replications with two digits, not below it.

    >>> round_up(1234.0), round_up(90)
    (1300, 90)
    """
    step = 10 ** max(0, len(str(math.ceil(count))) - 2)
    return int(math.ceil(count / step) * step)


def to_know(chance: float, trials: int, share: float = 0.2) -> int:
    """Replications after which a rare chance is known to within a share of itself, about.

    A chance of which nothing was seen is taken to be as large as it may still be.

    >>> to_know(0.01, 200), to_know(0.0, 300)
    (9600, 9600)
    """
    likely = chance or unseen(trials)
    return round_up(normal() ** 2 * (1 - likely) / likely / share**2)


def method_text(told: Interval, trials: int) -> str:
    """How an interval was made, as a table has it.

    >>> method_text(Interval(1.0, 0.0, 9.0, FEW, 2, 800), 200)
    'few: 2 of 200'
    >>> method_text(Interval(1, 0, 2, T), 200)
    't'
    >>> method_text(Interval(0.0, math.nan, math.nan, ALIKE), 200)
    'alike in 200'
    """
    if told.how == FEW:
        return f"few: {told.rests_on} of {trials}"
    return f"{ALIKE} in {trials}" if told.how == ALIKE else told.how


def legend(used: Sequence[Interval], trials: int, of: str = "replications") -> list[str]:
    """Sentences for the ways that need one, of those that were used.

    trials: what the intervals count; of: what that is.

    >>> legend([Interval(1.0, 1.0, 1.0, ALIKE)], 2)[0][38:]
    'what happens in fewer than 100% of them may not have been seen'
    """
    hows = {told.how for told in used}
    needed = max((told.needed for told in used), default=0)
    told = []
    if FEW in hows:
        told.append(
            f"few: the mean rests on the few {of} named, which hold half of its variance; "
            f"a bound, no interval (about {needed:,} {of} would give one)"
        )
    if ALIKE in hows and trials:
        told.append(
            "alike: the same in every replication; what happens in fewer than "
            f"{float(f'{100 * unseen(trials):.2g}'):g}% of "
            f"{'them' if of == 'replications' else of} may not have been seen"
        )
    return told
