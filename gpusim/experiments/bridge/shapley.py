"""What each of several changes did to a figure, summing exactly.

Figures are whole numbers (cents, or billionths), summed over replications; parts are exact
fractions, and are rounded so that the rounded parts still sum to the rounded whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Final

MOST_CHANGES: Final = 6
"""More changes than this are taken in their order: each one more doubles the work."""

Set = frozenset[int]


def shapley(count: int, worth: Callable[[Set], int]) -> list[Fraction]:
    """Each change's mean effect over all orders in which they could have been made.

    worth: the figure with a set of changes made. Asked for each of the 2^count sets.
    Source: Shapley, 1953.

    >>> [str(part) for part in shapley(2, lambda made: 10 * len(made) ** 2)]
    ['20', '20']
    """
    known = {
        frozenset(made): worth(frozenset(made))
        for size in range(count + 1)
        for made in combinations(range(count), size)
    }
    parts = []
    for change in range(count):
        part = Fraction(0)
        for made, value in known.items():
            if change not in made:
                before = len(made)
                weight = Fraction(
                    math.factorial(before) * math.factorial(count - before - 1),
                    math.factorial(count),
                )
                part += weight * (known[made | {change}] - value)
        parts.append(part)
    return parts


def in_order(count: int, worth: Callable[[Set], int]) -> list[Fraction]:
    """Each change's effect after those before it.

    >>> [str(part) for part in in_order(2, lambda made: 10 * len(made) ** 2)]
    ['10', '30']
    """
    steps = [worth(frozenset(range(made))) for made in range(count + 1)]
    return [Fraction(after - before) for before, after in pairwise(steps)]


def rounded(parts: Sequence[Fraction], whole: Fraction) -> list[int]:
    """Whole numbers that sum to the rounded whole, each within one of its part.

    Source: largest remainders (Hare).

    >>> rounded([Fraction(1, 3)] * 3, Fraction(1))
    [1, 0, 0]
    """
    floors = [math.floor(part) for part in parts]
    short = round(whole) - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda n: (floors[n] - parts[n], n))
    if parts:
        for n in range(abs(short)):
            floors[by_remainder[n % len(parts)]] += 1 if short > 0 else -1
    return floors
