"""Calendar years of day numbers, against the standard library."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from gpusim.economics.core.calendar import (
    ends_year,
    fiscal_year,
    month_last,
    month_number,
    month_start,
)
from gpusim.units_of_measure import day_of


@settings(max_examples=300)
@given(st.dates(dt.date(1990, 1, 1), dt.date(2150, 12, 30)))
def test_year_of_a_day_is_the_calendars(date):
    assert fiscal_year(day_of(date), 12) == date.year
    assert ends_year(day_of(date), 12) == ((date.month, date.day) == (12, 31))


@settings(max_examples=300)
@given(st.dates(dt.date(1990, 1, 1), dt.date(2150, 12, 30)), st.integers(1, 11))
def test_a_fiscal_year_goes_by_the_calendar_year_of_its_end(date, last_month):
    assert fiscal_year(day_of(date), last_month) == date.year + (date.month > last_month)
    tomorrow = date + dt.timedelta(1)
    assert ends_year(day_of(date), last_month) == (
        date.month == last_month and tomorrow.month != last_month
    )


@settings(max_examples=300)
@given(st.dates(dt.date(1970, 1, 1), dt.date(2150, 12, 30)))
def test_first_and_last_day_of_a_month_are_the_calendars(date):
    number = month_number(day_of(date))
    assert month_start(number) == day_of(date.replace(day=1))
    assert month_last(number) == day_of((date.replace(day=1) + dt.timedelta(32)).replace(day=1)) - 1
