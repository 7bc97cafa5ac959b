"""The two questions rules ask of the calendar, answered from day numbers alone."""

from __future__ import annotations

from gpusim.economics.kernel import const, kernel

DAYS_PER_ERA, DAYS_TO_ERA = const(146097), const(719468)


@kernel
def year_of(day: int) -> int:
    """Calendar year of a day since 1970-01-01.

    Source: proleptic Gregorian calendar in 400-year eras that start on 1 March.

    >>> year_of(20453), year_of(20454)
    (2025, 2026)
    """
    shifted = day + DAYS_TO_ERA
    era = shifted // DAYS_PER_ERA
    day_of_era = shifted - era * DAYS_PER_ERA
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    return era * 400 + year_of_era + (1 if month_from_march >= 10 else 0)


@kernel
def ends_year(day: int) -> bool:
    """Whether a day is 31 December, the end of the fiscal year.

    >>> ends_year(20453), ends_year(20452)
    (True, False)
    """
    return year_of(day + 1) != year_of(day)
