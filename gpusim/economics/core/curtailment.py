"""How much of its load a site sheds that is paid, or bound, to do so: a share of each day.

When the hours come is in no model: they are spread over the days of their months. So both what was
and what is to come follow from the site's terms alone.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.calendar import MONTHS_PER_YEAR, month_last, month_number
from gpusim.economics.core.outages import SECONDS_PER_DAY, seconds_off
from gpusim.economics.core.state import NONE, State


@kernel
def days_in_force(months: int, since: int, until: int, first: int, last: int) -> int:
    """Days of those first to last on which a curtailment is in force.

    months: of the calendar, bit 0 for January; since, until: its own first and last [day].

    >>> days_in_force(0b10, 0, 99_999, 20454, 20454 + 364)  # February 2026
    28
    >>> days_in_force(0b1111_1111_1111, 20460, 99_999, 20454, 20463)
    4
    """
    day, end, days = max(first, since), min(last, until), ZERO
    while day <= end:
        number = month_number(day)
        following = min(month_last(number), end) + 1
        if months >> number % MONTHS_PER_YEAR & 1:
            days += following - day
        day = following
    return days


@kernel
def enrolled_days(s: State, site: int, first: int, last: int) -> int:
    """Days of those first to last on which a site's curtailment is in force; 0 without one."""
    place = s.sites[site]
    if place.shed_months == 0:
        return ZERO
    return days_in_force(place.shed_months, place.shed_first, place.shed_last, first, last)


@kernel
def enrolled_share(s: State, site: int, first: int, last: int) -> float:
    """Share of the days first to last on which a site's curtailment is in force; 0 of no days."""
    return enrolled_days(s, site, first, last) / max(last - first + 1, 1)


@kernel
def curtailed_share(s: State, site: int, first: int, last: int) -> float:
    """Share of the hours of the days first to last in which a site's GPUs are switched off.

    As planned: where nothing stands still.
    """
    return enrolled_share(s, site, first, last) * s.sites[site].shed_seconds / SECONDS_PER_DAY


@kernel
def curtailed_seconds(s: State, site: int, first: int, last: int) -> int:
    """How long a site's GPUs are switched off on days of the month under way [s].

    first, last [day]. A site that stands still has nothing to shed: of the rest of each day the
    same share. Source: definitions, curtailment that is paid for.
    """
    place = s.sites[site]
    if place.shed_seconds == 0:
        return ZERO
    if place.standstill == NONE:
        return int(place.shed_seconds * enrolled_days(s, site, first, last))
    total = ZERO
    for day in range(first, last + 1):
        runs = SECONDS_PER_DAY - seconds_off(s, site, day, day)
        off = place.shed_seconds * runs // SECONDS_PER_DAY
        total += off * enrolled_days(s, site, day, day)
    return int(total)


@kernel
def not_served(s: State, site: int, first: int, last: int) -> int:
    """How long a site's GPUs serve nobody on days of the month under way: off, either way [s]."""
    return seconds_off(s, site, first, last) + curtailed_seconds(s, site, first, last)


@kernel
def share_not_served(s: State, site: int, first: int, last: int) -> float:
    """Share of the hours of the days first to last in which a site's GPUs serve nobody."""
    return not_served(s, site, first, last) / ((last - first + 1) * SECONDS_PER_DAY)
