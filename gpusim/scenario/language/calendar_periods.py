"""Calendar periods as keys of a table: a year (2027), a quarter (2027Q1) or a month (2027-05).

Quarters are those of the calendar, as years are, whenever the fiscal year ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from gpusim.economics.core.calendar import MONTHS_PER_QUARTER, MONTHS_PER_YEAR
from gpusim.scenario.language.fields import Problem

PERIOD = r"^[12][0-9]{3}(Q[1-4]|-(0[1-9]|1[0-2]))?$"
YEAR_OR_AFTER = r"^([12][0-9]{3}|after)$"
CalendarPeriod = Annotated[str, Field(pattern=PERIOD)]
YearOrAfter = Annotated[str, Field(pattern=YEAR_OR_AFTER)]
KEYS_BY_PATTERN = {
    PERIOD: "a calendar year, quarter or month such as 2026, 2026Q2 or 2026-05",
    YEAR_OR_AFTER: 'a calendar year such as 2026, or "after"',
}
"""What a key of such a table is, for a message."""


def months_of(period: str) -> range:
    """The months of a period, counted from January of year 0.

    >>> [month % 12 + 1 for month in months_of("2027Q2")], len(months_of("2027"))
    ([4, 5, 6], 12)
    """
    first = int(period[:4]) * MONTHS_PER_YEAR
    if "Q" in period:
        first += (int(period[-1]) - 1) * MONTHS_PER_QUARTER
        return range(first, first + MONTHS_PER_QUARTER)
    if "-" in period:
        first += int(period[-2:]) - 1
        return range(first, first + 1)
    return range(first, first + MONTHS_PER_YEAR)


def month_of(day: dt.date) -> int:
    """A day's month, counted likewise."""
    return day.year * MONTHS_PER_YEAR + day.month - 1


def overlapping(key: str, periods: Iterable[str]) -> Iterator[Problem]:
    """Periods of a table that have a month in common with one that begins no later."""
    in_order = sorted(periods, key=lambda period: (months_of(period).start, period))
    for one, other in pairwise(in_order):
        if months_of(other).start < months_of(one).stop:
            yield Problem((key, other), f"{other} beside {one}", "periods that do not overlap")
