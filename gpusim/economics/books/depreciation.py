"""Depreciation by days, straight line or by a course of years, and a change of life."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.calendar import MONTHS_PER_YEAR, add_months
from gpusim.economics.core.money import muldiv_split
from gpusim.economics.core.state import Floats


@kernel
def charged_after(
    base: int, daily_amount: int, daily_remainder: int, life_days: int, days: int
) -> int:
    """Depreciation charged after so many days of a life, straight line, the first one included.

    base [cents], which is `daily_amount` times the life, and `daily_remainder` more [cents];
    life_days, days [day]. Source: ASC 360-10-35-4, systematic allocation over the useful life.

    >>> [charged_after(1_003, 250, 3, 4, days) for days in (0, 1, 3, 4)]
    [0, 250, 752, 1003]
    """
    if days <= 0:
        return 0
    if days >= life_days:
        return base
    return muldiv_split(daily_amount, daily_remainder, days, life_days)


@kernel
def life_after_change(new_life_days: int, used_days: int) -> int:
    """Days over which the rest of the cost is charged once the useful life is changed.

    new_life_days, used_days [day]; at least one day is left.
    Source: ASC 250-10-45-17, a change of estimate is prospective.

    >>> life_after_change(1460, 1095)
    365
    """
    return max(new_life_days - used_days, 1)


@kernel
def course_after(course: Floats, years: int, new_day: int, life_days: int, days: int) -> float:
    """Share that a course of depreciation has charged after so many days of a whole life.

    course [share], 1-d: charged by the end of each year of service, from 0 to 1; years of them;
    new_day [day] the first of the life; life_days, days [day]. Within a year evenly by the day. A
    life of other days than those years have by the calendar stretches or shortens each in
    proportion, rounded down to the day.
    Source: ASC 360-10-35-7 and IAS 16.62, another systematic method than the straight line.

    >>> import numpy as np
    >>> halves = np.array([0.0, 0.75, 1.0])  # two years from 2026-01-01, 730 days
    >>> [course_after(halves, 2, 20454, 730, days) for days in (0, 365, 438, 730)]
    [0.0, 0.75, 0.8, 1.0]
    """
    if days <= 0:
        return 0.0
    if days >= life_days:
        return 1.0
    stated = add_months(new_day, MONTHS_PER_YEAR * years) - new_day
    first = 0
    for year in range(years):
        following = add_months(new_day, MONTHS_PER_YEAR * (year + 1)) - new_day
        following = following * life_days // stated
        if days < following:
            part = (days - first) / (following - first)
            return float(course[year] + (course[year + 1] - course[year]) * part)
        first = following
    return 1.0


@kernel
def charged_on_course(
    course: Floats, years: int, new_day: int, base: int, used_days: int, life_days: int, days: int
) -> int:
    """Depreciation of what is left of a cost after some days of use, along the rest of a course.

    base [cents] is charged over life_days from used_days after new_day on, in proportion to what
    the course has for those days, rounded down; evenly where it has nothing left. course, years,
    new_day, days as in `course_after`. Source: as there; ASC 250-10-45-17, a changed estimate.

    >>> import numpy as np
    >>> halves = np.array([0.0, 0.75, 1.0])
    >>> charged_on_course(halves, 2, 20454, 1_000, 0, 730, 73)
    150
    >>> charged_on_course(halves, 2, 20454, 1_000, 365, 365, 73)  # 0.05 of 0.25
    200
    """
    if days <= 0:
        return 0
    if days >= life_days:
        return base
    whole = used_days + life_days
    before = course_after(course, years, new_day, whole, used_days)
    if before >= 1.0:
        return base * days // life_days
    now = course_after(course, years, new_day, whole, used_days + days)
    return int(base * ((now - before) / (1.0 - before)) + 1e-6)
