"""The most that is wanted on one day, of what is wanted from a day until another.

What is wanted at once is highest on a day on which something begins, so only those are kept.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Span = tuple[dt.date, dt.date, int]
"""From a day until before another, and how much."""
Counts = npt.NDArray[np.int64]


class AtOnce:
    """How much there must be on each day on which something begins, while more is added.

    What is wanted is served by what stands there and by what others have done with, but for what
    is bought for its user alone: that is there beside all else until it is let go.
    """

    def __init__(self, starts: Iterable[dt.date], standing: int = 0) -> None:
        """starts: the first days of all that may be added; standing: what is there for anybody."""
        self.days = sorted(set(starts))
        self.wanted = np.zeros(len(self.days), np.int64)  # from what anybody may have
        self.own = np.zeros(len(self.days), np.int64)
        self.standing = standing
        self.apart = 0  # there beside all else, for no user
        self.most = standing

    def with_one(self, span: Span, until: dt.date | None = None) -> int:
        """The most on one day if this were added too.

        until: the day before which it is there, if it is bought for its user alone.

        >>> day = [dt.date(2026, month, 1) for month in range(1, 5)]
        >>> some = AtOnce(day)
        >>> some.add((day[0], day[2], 5))
        >>> some.with_one((day[1], day[3], 3)), some.with_one((day[2], day[3], 3))
        (8, 5)
        >>> some.with_one((day[2], day[3], 3), until=dt.date.max)
        5
        >>> AtOnce(day, standing=5).with_one((day[2], day[3], 3), until=dt.date.max)
        8
        """
        return self._most(*self._with(span, until), self.standing)

    def with_standing(self, more: int, apart: int = 0) -> int:
        """The most on one day if so much more stood there for anybody, and so much for no user."""
        return self._most(self.wanted, self.own, self.standing + more) + apart

    def add(self, span: Span, until: dt.date | None = None) -> None:
        """Count one in, as `with_one` has it."""
        self.wanted, self.own = self._with(span, until)
        self.most = self._most(self.wanted, self.own, self.standing)

    def course(
        self, span: Span | None = None, until: dt.date | None = None, more: int = 0, apart: int = 0
    ) -> Counts:
        """How much there must be on each of the days, if a span, or more that stands, came too.

        >>> day = [dt.date(2026, month, 1) for month in range(1, 5)]
        >>> AtOnce(day, standing=2).course((day[1], day[3], 3), apart=1).tolist()
        [3, 4, 4, 3]
        """
        wanted, own = self._with(span, until) if span else (self.wanted, self.own)
        there: Counts = own + np.maximum(wanted, self.standing + more) + self.apart + apart
        return there

    def stand(self, more: int, apart: int = 0) -> None:
        """So much more stands there for anybody, and so much for no user."""
        self.standing += more
        self.apart += apart
        self.most = self.with_standing(0)

    def _with(self, span: Span, until: dt.date | None) -> tuple[Counts, Counts]:
        start, end, size = span
        first, past = bisect_left(self.days, start), bisect_left(self.days, end)
        wanted, own = self.wanted.copy(), self.own
        if until is None:
            wanted[first:past] += size
        else:
            gone, own = bisect_left(self.days, until), own.copy()
            own[first:gone] += size
            wanted[past:gone] -= size
        return wanted, own

    def _most(self, wanted: Counts, own: Counts, standing: int) -> int:
        return int((own + np.maximum(wanted, standing)).max(initial=standing)) + self.apart


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
