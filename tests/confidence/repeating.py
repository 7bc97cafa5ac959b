"""A claim in a setting with known truth, repeated; what is counted, and when it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeVar

import numpy as np
from scipy import stats

from gpusim.results.intervals import ALIKE, FEW, NONE, ONE, Interval
from tests.confidence.laws import luck

RIGHT, WRONG, REFUSED = "right", "wrong", "refused"
Verdict = str
NOMINAL: Final = 0.95
INTERVAL: Final = 0.08
"""Wrong claims that an interval of 95% may make: it promises to cover in 92% or more."""
SURE: Final = 0.05
"""Wrong claims of what is said to be sure, or more than luck."""
NOISE: Final = 0.999
"""Of repetitions: more misses than this quantile of the promise are no luck."""

NO: Final = "no"
"""Verdict of a claim that does not hold."""
EXACT: Final = 10**6
"""Stands for repetitions where misses are summed exactly."""

Rng = np.random.Generator
Play = Callable[[Rng, int], "Count"]


class Count(NamedTuple):
    """What became of a claim."""

    tried: int
    wrong: float  # of a share held, the share that is missed, in repetitions
    refused: int = 0


class Case(NamedTuple):
    """A claim in a setting."""

    claim: str
    setting: str
    n: str  # replications, or what else a figure rests on
    play: Play
    repetitions: int = 1_000
    short: int = 0  # repetitions in the short form; 0: only in the long one
    nominal: float = NOMINAL
    promise: float = INTERVAL
    outside: str = ""  # why it is outside the claim

    def played(self, *, short: bool = False) -> Row:
        """Repeat it, always with the same luck."""
        rng = luck(self.claim, self.setting, self.n)
        count = self.play(rng, self.short if short else self.repetitions)
        return Row(
            self.claim, self.setting, self.n, self.nominal, self.promise, self.outside, *count
        )


class Row(NamedTuple):
    """A claim in a setting, counted."""

    claim: str
    setting: str
    n: str
    nominal: float
    promise: float  # share of repetitions that may be wrong
    outside: str
    tried: int
    wrong: float
    refused: int

    @property
    def kept(self) -> float:
        """Share of repetitions in which nothing wrong was claimed."""
        return 1 - self.wrong / self.tried if self.tried else float("nan")

    @property
    def broken(self) -> bool:
        """Whether there are more misses than luck allows, if the promise were just kept."""
        return self.wrong > most_misses(self.tried, self.promise)

    @property
    def verdict(self) -> str:
        """Whether the claim holds."""
        if self.outside:
            return f"outside the claim: {self.outside}"
        if not self.tried:
            return "never made"
        if self.wrong <= self.promise * self.tried:
            return "yes"
        return NO if self.broken else "yes, within the noise"


Named = TypeVar("Named", Case, Row)


def most_misses(tried: int, promise: float) -> int:
    """Misses that are still luck where a share of `promise` is allowed.

    >>> most_misses(1000, 0.08)
    108
    """
    return int(stats.binom.ppf(NOISE, tried, promise)) if tried else 0


def of_interval(told: Interval, truth: float) -> Verdict:
    """Whether an interval that was claimed holds the truth."""
    if told.how in (FEW, ALIKE, ONE, NONE):
        return REFUSED
    return RIGHT if told.low <= truth <= told.high else WRONG


def by_claim(rows: Iterable[Named]) -> dict[str, list[Named]]:
    """Cases or rows of each claim, in their order."""
    found: dict[str, list[Named]] = {}
    for row in rows:
        found.setdefault(row.claim, []).append(row)
    return found


def numbered(one: Callable[[int], Verdict]) -> Play:
    """Repeat a claim of runs that go by number, so that several claims can share a run."""

    def play(rng: Rng, repetitions: int) -> Count:
        told = [one(number) for number in range(repetitions)]
        return Count(repetitions, told.count(WRONG), told.count(REFUSED))

    return play


def each(one: Callable[[Rng], Verdict]) -> Play:
    """Repeat a claim that is made once at a time."""

    def play(rng: Rng, repetitions: int) -> Count:
        told = [one(rng) for _ in range(repetitions)]
        return Count(repetitions, told.count(WRONG), told.count(REFUSED))

    return play
