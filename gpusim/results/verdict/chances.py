"""Chances that something happens first in a year, each with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpusim import units_of_measure as units
from gpusim.economics.core.state import NEVER, Ints
from gpusim.results.intervals import wilson
from gpusim.results.periods import Calendar


def chance(count: int, trials: int) -> dict[str, float]:
    """A frequency and its 95% interval (Wilson) [probability].

    >>> told = chance(5, 200)
    >>> told["probability"], round(told["ci_low"], 4), round(told["ci_high"], 4)
    (0.025, 0.0107, 0.0572)
    """
    low, high = wilson(count, trials)
    return {"probability": count / trials, "ci_low": low, "ci_high": high}


def by_period(days: Ints, calendar: Calendar) -> list[dict[str, Any]]:
    """Share of all replications whose day lies in each period of a calendar without gaps.

    days [replications] [day]: of what happens first; NEVER where it does not. A day up to the as-of
    day counts in the first period. The shares of all periods add up to that of the run.
    """
    ends = np.array(units.month_ends(calendar.as_of, calendar.months), np.int64)
    happened = days[days < NEVER]
    months = np.maximum(np.searchsorted(ends, happened, side="left"), 1)
    places = calendar.place(months) - 1
    counts = np.bincount(places, minlength=len(calendar.names))
    return [
        {"period": name, **chance(int(count), len(days))}
        for name, count in zip(calendar.names, counts, strict=True)
    ]
