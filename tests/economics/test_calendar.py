"""Calendar years of day numbers, against the standard library."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from gpusim.economics.calendar import ends_year, year_of
from gpusim.units import day_of


@settings(max_examples=300)
@given(st.dates(dt.date(1990, 1, 1), dt.date(2150, 12, 30)))
def test_year_of_a_day_is_the_calendars(date):
    assert year_of(day_of(date)) == date.year
    assert ends_year(day_of(date)) == ((date.month, date.day) == (12, 31))
