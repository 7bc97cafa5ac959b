"""Calendar years of day numbers, against the standard library."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from gpusim.economics.core.calendar import ends_year, month_last, month_number, month_start, year_of
from gpusim.units_of_measure import day_of


@settings(max_examples=300)
@given(st.dates(dt.date(1990, 1, 1), dt.date(2150, 12, 30)))
def test_year_of_a_day_is_the_calendars(date):
    assert year_of(day_of(date)) == date.year
    assert ends_year(day_of(date)) == ((date.month, date.day) == (12, 31))


@settings(max_examples=300)
@given(st.dates(dt.date(1970, 1, 1), dt.date(2150, 12, 30)))
def test_first_and_last_day_of_a_month_are_the_calendars(date):
    number = month_number(day_of(date))
    assert month_start(number) == day_of(date.replace(day=1))
    assert month_last(number) == day_of((date.replace(day=1) + dt.timedelta(32)).replace(day=1)) - 1
