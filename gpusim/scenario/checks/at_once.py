"""The most that is wanted on one day, of what is wanted from a day until another.

What is wanted at once is highest on a day on which something begins, so only those are kept.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

Span = tuple[dt.date, dt.date, int]
"""From a day until before another, and how much."""


class AtOnce:
    """How much is wanted on each day on which something begins, while more is added."""

    def __init__(self, starts: Iterable[dt.date]) -> None:
        """starts: the first days of all that may be added."""
        self.days = sorted(set(starts))
        self.wanted = np.zeros(len(self.days), np.int64)
        self.most = 0

    def with_one(self, span: Span) -> int:
        """The most on one day if this were added too.

        >>> day = [dt.date(2026, month, 1) for month in range(1, 5)]
        >>> some = AtOnce(day)
        >>> some.add((day[0], day[2], 5))
        >>> some.with_one((day[1], day[3], 3)), some.with_one((day[2], day[3], 3))
        (8, 5)
        """
        start, end, size = span
        own = self.wanted[bisect_left(self.days, start) : bisect_left(self.days, end)]
        return max(self.most, int(own.max()) + size) if len(own) else self.most

    def add(self, span: Span) -> None:
        start, end, size = span
        self.most = self.with_one(span)
        self.wanted[bisect_left(self.days, start) : bisect_left(self.days, end)] += size


def most_at_once(spans: Iterable[Span]) -> int:
    """The most that is wanted on one day; 0 of nothing.

    >>> day = [dt.date(2026, month, 1) for month in range(1, 5)]
    >>> most_at_once([(day[0], day[2], 5), (day[1], day[3], 3), (day[2], day[3], 4)])
    8
    """
    changes: dict[dt.date, int] = {}
    for start, end, size in spans:
        if start < end:
            changes[start] = changes.get(start, 0) + size
            changes[end] = changes.get(end, 0) - size
    most = now = 0
    for day in sorted(changes):
        now += changes[day]
        most = max(most, now)
    return most
