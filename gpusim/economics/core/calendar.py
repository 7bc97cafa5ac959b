"""Questions rules ask of the calendar: years from day numbers alone, months from the world's."""

from __future__ import annotations

import math

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.state import World

DAYS_PER_ERA, DAYS_TO_ERA, FIRST_YEAR = const(146097), const(719468), const(1970)
DAYS_PER_LEAP_CYCLE = const(1461)
"""Of four years, one of them with a leap day."""
HOURS_PER_DAY, MONTHS_PER_YEAR = 24, 12
MONTHS_PER_QUARTER, DECEMBER = const(3), const(12)  # handed to a rule, see `const`
LONGEST_MONTH = const(31)
HOURS_PER_MONTH = 730.0
"""Of a month that is none of the calendar: a twelfth of a year of 8,760 hours. A month of the
calendar has 24 hours for each of its days. Source: definitions, hours and days."""
DAYS_PER_YEAR = 365.0
"""Of a yearly rate and of those 8,760 hours."""
DAYS_PER_AVERAGE_YEAR = 365.25
DAYS_PER_AVERAGE_MONTH = DAYS_PER_AVERAGE_YEAR / MONTHS_PER_YEAR
"""Of the calendar on average: they turn a length in months or years that has no date into days."""


@kernel
def month_number(day: int) -> int:
    """Calendar months since January 1970 of a day since 1970-01-01.

    Source: proleptic Gregorian calendar in 400-year eras that start on 1 March.

    >>> [month_number(day) for day in (0, 30, 31, 59, 20089)]
    [0, 0, 1, 2, 660]
    """
    quarters = 4 * (day + DAYS_TO_ERA) + 3
    century = quarters // DAYS_PER_ERA
    quarters = ((quarters - century * DAYS_PER_ERA) >> 2 << 2) + 3
    year = quarters // DAYS_PER_LEAP_CYCLE
    day_of_year = (quarters - year * DAYS_PER_LEAP_CYCLE) >> 2
    month_from_march = (5 * day_of_year + 2) // 153
    return int((100 * century + year - FIRST_YEAR) * MONTHS_PER_YEAR + month_from_march + 2)


@kernel
def add_months(day: int, months: int) -> int:
    """The same day of the month, so many months on or back; the month's last if it is shorter.

    >>> add_months(20454, 12) - 20454, add_months(20483, 1) - 20483  # 2026-01-01, 2026-01-30
    (365, 29)
    """
    number = month_number(day)
    first, last = month_start(number + months), month_last(number + months)
    return int(min(first + day - month_start(number), last))


@kernel
def after_months(day: int, months: float) -> int:
    """The day so many months on or back, by the calendar; a part of a month is its share of days.

    >>> after_months(20454, 72.0) - 20454, after_months(20454, -0.5) - 20454  # 2026-01-01
    (2191, -15)
    """
    whole = math.floor(months)
    first, following = add_months(day, whole), add_months(day, whole + 1)
    return int(first + int((following - first) * (months - whole) + 0.5))


@kernel
def fiscal_year(day: int, last_month: int) -> int:
    """Year in which the fiscal year of a day since 1970-01-01 ends.

    last_month: of fiscal years, 1 to 12.

    >>> fiscal_year(20453, 12), fiscal_year(20454, 12)  # 2025-12-31
    (2025, 2026)
    >>> fiscal_year(20453, 6), fiscal_year(20634, 6), fiscal_year(20635, 6)  # 2026-06-30
    (2026, 2026, 2027)
    """
    return int(FIRST_YEAR + (month_number(day) + MONTHS_PER_YEAR - last_month) // MONTHS_PER_YEAR)


@kernel
def ends_year(day: int, last_month: int) -> bool:
    """Whether a day is the last of a fiscal year; last_month: of fiscal years, 1 to 12.

    >>> ends_year(20453, 12), ends_year(20452, 12), ends_year(20453, 6)
    (True, False, False)
    """
    return fiscal_year(day + 1, last_month) != fiscal_year(day, last_month)


@kernel
def month_start(number: int) -> int:
    """First day of a calendar month, by months since January 1970; the inverse of `month_number`.

    Source: as `month_number`.

    >>> [month_start(number) for number in (0, 1, 2, 660)]
    [0, 31, 59, 20089]
    """
    shifted = number + FIRST_YEAR * MONTHS_PER_YEAR - 2
    year = shifted // MONTHS_PER_YEAR
    century = year // 100
    day_of_year = (153 * (shifted - year * MONTHS_PER_YEAR) + 2) // 5
    days = (year * DAYS_PER_LEAP_CYCLE >> 2) - century + (century >> 2)
    return int(days + day_of_year - DAYS_TO_ERA)


@kernel
def month_last(number: int) -> int:
    """Last day of a calendar month, by months since January 1970.

    >>> [month_last(number) for number in (0, 1, 25)]
    [30, 58, 789]
    """
    return month_start(number + 1) - 1


@kernel
def part_of_days(first: int, last: int, since: int, past: int) -> float:
    """Part of the days first to last on which holds what does from a day to before another [share].

    What steps by date costs on average is the sum of its prices, each times its part. last [day],
    no day before the first.
    Source: definitions, costs by date and prices of power by date: means by days.

    >>> part_of_days(1, 30, 16, 99), part_of_days(1, 30, -5, 99), part_of_days(1, 30, 31, 99)
    (0.5, 1.0, 0.0)
    """
    days = min(last, past - 1) - max(first, since) + 1
    return max(days, 0) / (last - first + 1)


@kernel
def month_of(w: World, day: int) -> int:
    """Month index of a day, beyond the calendar too; 0 for the as-of month and all before."""
    if day > w.month_end[len(w.month_end) - 1]:
        return month_number(day) - month_number(w.month_end[0])
    month = max((day - w.month_end[0] + LONGEST_MONTH - 1) // LONGEST_MONTH, 0)
    while w.month_end[month] < day:
        month += 1
    return int(month)


@kernel
def last_day(w: World, month: int) -> int:
    """Last day of a month index, beyond the calendar too."""
    if month < len(w.month_end):
        return int(w.month_end[month])
    return month_last(month_number(w.month_end[0]) + month)
