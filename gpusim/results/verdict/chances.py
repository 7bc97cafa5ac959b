"""Chances that something happens first in a year, each with its interval."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gpusim import units_of_measure as units
from gpusim.economics.core.state import NEVER, Ints
from gpusim.results.intervals import of_chance
from gpusim.results.periods import Calendar

BEYOND: Final = 10
"""Replications beyond an end of a band from which the end says something."""
TAIL: Final = 0.1
"""Part of all replications beyond each end of a band of 80% [share]."""


def chance(happened: npt.ArrayLike, sets: Ints | None) -> dict[str, float]:
    """A frequency and its 95% interval [probability].

    happened: in which replications; sets: of drawn inputs, see `intervals.of_chance`.

    >>> told = chance([1] * 5 + [0] * 195, None)
    >>> told["probability"], round(told["ci_low"], 4), round(told["ci_high"], 4)
    (0.025, 0.0107, 0.0572)
    """
    low, high = of_chance(happened, sets)
    return {
        "probability": float(np.asarray(happened, np.float64).mean()),
        "ci_low": low,
        "ci_high": high,
    }


def few_for_bands(trials: int, each: int = 1) -> str:
    """That so many replications are few for a band of 80%; nothing of enough, or of one alone.

    each: replications of a set of drawn inputs, of which what inputs make of the band knows one.

    Of n replications the k lowest lie below the low end of the band, k a tenth of n, and the share
    of all luck below it is Beta(k, n + 1 - k). From `BEYOND` on, which a hundred replications have,
    it is 0.05 to 0.16 with a chance of 95%: the end is good for a factor of two.
    Source: David and Nagaraja, "Order Statistics", 3rd ed. 2003, section 2.3.

    >>> few_for_bands(100), few_for_bands(1)
    ('', '')
    >>> few_for_bands(24)
    '24 replications are few: 2 beyond either end of an 80% band, which needs 10 (--reps 100)'
    >>> few_for_bands(100, 8)[:68]
    '13 sets of inputs are few: 1 beyond either end of an 80% band, which'
    """
    needed = BEYOND / TAIL
    sets = -(-trials // each)
    if trials == 1 or sets >= needed:
        return ""
    what = f"{sets} {'replications' if each == 1 else 'sets of inputs'} are few"
    return (
        f"{what}: {int(sets * TAIL) or 'none'} beyond either end of an 80% band, which needs "
        f"{BEYOND} (--reps {needed * each:.0f})"
    )


def by_period(days: Ints, calendar: Calendar, sets: Ints | None) -> list[dict[str, Any]]:
    """Share of all replications whose day lies in each period of a calendar without gaps.

    days [replications] [day]: of what happens first; NEVER where it does not. A day up to the as-of
    day counts in the first period. The shares of all periods add up to that of the run. sets: of
    drawn inputs, by replication.
    """
    ends = np.array(units.month_ends(calendar.as_of, calendar.months), np.int64)
    places = np.full(len(days), -1)
    happened = days < NEVER
    months = np.maximum(np.searchsorted(ends, days[happened], side="left"), 1)
    places[happened] = calendar.place(months) - 1
    return [
        {"period": name, **chance(places == place, sets)}
        for place, name in enumerate(calendar.names)
    ]
