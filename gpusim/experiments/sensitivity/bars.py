"""The bars of a tornado: what each input changes alone, at both ends of its range."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.common.inputs import Input
from gpusim.experiments.run.evaluate import Answer
from gpusim.experiments.sensitivity import flips
from gpusim.results import intervals
from gpusim.results.figures import Figure
from gpusim.results.intervals import Interval
from gpusim.results.rounding import settled


class Bar(NamedTuple):
    """One input of a tornado."""

    input: Input
    low: Interval | None  # change of the metric with the input at its low end; None: refused
    high: Interval | None
    swing: Interval  # high end less low end, of an end that is refused the base
    refused: str  # why an end cannot be simulated
    chance: float  # of changes as large if the input did nothing, corrected for how many inputs

    @property
    def matters(self) -> bool:
        """Whether one of the changes is more than luck."""
        return not self.refused and self.chance <= flips.ALPHA


def one_by_one(inputs: int) -> Floats:
    """The base, then each input at its low and at its high end [points, inputs].

    >>> one_by_one(2).tolist()
    [[nan, nan], [0.0, nan], [1.0, nan], [nan, 0.0], [nan, 1.0]]
    """
    levels = np.full((1 + 2 * inputs, inputs), np.nan)
    for n in range(inputs):
        levels[2 * n + 1 : 2 * n + 3, n] = 0.0, 1.0
    return levels


def bars_of(inputs: list[Input], answers: Sequence[Answer | None], figure: Figure) -> list[Bar]:
    """Bars from the answers at the base and at both ends of each input, the longest first."""
    base, *ends = [a.figures[0] if a is not None else np.zeros(0) for a in answers]
    reasons = [a.refused if a is not None else "" for a in answers[1:]]
    change = partial(intervals.of_difference, chance=figure.is_chance, planned=figure.planned)
    chances = chances_of(base, ends)
    bars = []
    for n, one in enumerate(inputs):
        low, high = ends[2 * n : 2 * n + 2]
        why = reasons[2 * n : 2 * n + 2]
        swing = change(base if why[1] else high, base if why[0] else low)
        bars.append(
            Bar(
                one,
                None if why[0] else change(low, base),
                None if why[1] else change(high, base),
                swing,
                why[0] or why[1],
                float(chances[2 * n : 2 * n + 2].min()),
            )
        )
    return sorted(bars, key=lambda bar: -reach(bar))


def chances_of(base: Floats, ends: Sequence[Floats]) -> Floats:
    """Chance of the change of each end, if no input did anything, over all of them [ends]."""
    nothing = np.zeros(len(base))
    changes = [settled(end - base, end, base) if len(end) == len(base) else nothing for end in ends]
    if not changes or not len(base):
        return np.ones(len(ends))
    return flips.holm(flips.of_sums(np.stack(changes, axis=1)))


def reach(bar: Bar) -> float:
    """The largest change that an input makes, or its swing."""
    sizes = [abs(end.mean) for end in (bar.low, bar.high, bar.swing) if end is not None]
    return max((size for size in sizes if not np.isnan(size)), default=0.0)
