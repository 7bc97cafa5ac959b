"""In how many replications something happened by a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from gpusim.economics.core.state import Ints
from gpusim.results.intervals import of_chance


class Happened(NamedTuple):
    """How often something happened, and its chance with the 95% interval."""

    times: int  # replications
    chance: float
    low: float
    high: float


def by_day(firsts: Sequence[dt.date | None], day: dt.date, sets: Ints | None = None) -> Happened:
    """Of first days [replications], None where it never happened: those up to a day.

    sets: of drawn inputs, by replication.

    >>> told = by_day([dt.date(2026, 3, 31), None, dt.date(2026, 4, 1)], dt.date(2026, 3, 31))
    >>> told.times, round(told.chance, 3), round(told.low, 3), round(told.high, 3)
    (1, 0.333, 0.061, 0.792)
    """
    hit = [first is not None and first <= day for first in firsts]
    times = sum(hit)
    return Happened(times, times / len(firsts), *of_chance(hit, sets))
