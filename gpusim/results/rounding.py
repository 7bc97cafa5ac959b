"""Whether figures differ, or only their last bits do: what a ratio must know before it divides."""

from __future__ import annotations

from typing import Final

import numpy as np

from gpusim.economics.core.state import Floats

NOISE: Final = 256 * float(np.finfo(np.float64).eps)
"""Differences below this share of the figures they come from are rounding [share]."""


def varies(figures: Floats, *sizes: Floats) -> bool:
    """Whether figures differ from one another by more than rounding.

    sizes: what the figures were computed from, where that is larger than they are: the difference
    of two amounts of a billion is right to a millionth, not to its own last bit.

    >>> varies(np.array([1e9, 1e9 + 1e-7])), varies(np.array([1e9, 1e9 + 1.0]))
    (False, True)
    >>> varies(np.array([0.0, 1e-7]), np.array([1e9]))
    False
    """
    if len(figures) < 2:
        return False
    largest = max(float(np.abs(of).max()) for of in (figures, *sizes) if len(of))
    return bool(np.ptp(figures) > NOISE * largest)


def settled(difference: Floats, *sizes: Floats) -> Floats:
    """Differences of figures, with zero for those that are rounding."""
    largest = max((float(np.abs(of).max()) for of in sizes if len(of)), default=0.0)
    return np.where(np.abs(difference) <= NOISE * largest, 0.0, difference)
