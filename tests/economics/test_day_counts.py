"""Day counts on month ends and a leap February, by hand from the formulas of ISDA 2006, 4.16."""

from __future__ import annotations

import datetime as dt

import pytest

from gpusim.economics.core.state import ACT_360, ACT_365, EUROBOND_360, THIRTY_360
from gpusim.economics.debt.loan_arithmetic import days_between, days_of_year, interest_between
from gpusim.units_of_measure import day_of

KINDS = (ACT_360, ACT_365, EUROBOND_360, THIRTY_360)


@pytest.mark.parametrize(
    ("since", "until", "actual", "eurobond", "isda"),
    [
        ("2027-01-31", "2027-02-28", 28, 28, 30),
        ("2027-02-28", "2027-03-31", 31, 32, 30),
        ("2028-01-31", "2028-02-28", 28, 28, 28),
        ("2028-02-28", "2028-02-29", 1, 1, 2),
        ("2028-01-31", "2028-02-29", 29, 29, 30),
        ("2028-02-29", "2028-03-31", 31, 31, 30),
        ("2028-02-29", "2029-02-28", 365, 359, 360),
        ("2027-12-30", "2027-12-31", 1, 0, 0),
        ("2027-12-31", "2028-01-01", 1, 1, 1),
        ("2027-08-31", "2028-02-29", 182, 179, 180),
        ("2027-12-31", "2028-12-31", 366, 360, 360),
    ],
)
def test_days_between_month_ends(since, until, actual, eurobond, isda):
    days = [day_of(dt.date.fromisoformat(date)) for date in (since, until)]
    found = [int(days_between(*days, kind)) for kind in KINDS]
    assert found == [actual, actual, eurobond, isda]


def test_years_and_interest():
    """USD 3.6m at 10% over the 29 days to 29 February 2028; a year of 365 for one count alone."""
    assert [days_of_year(kind) for kind in KINDS] == [360, 365, 360, 360]
    days = [day_of(dt.date(2028, 1, 31)), day_of(dt.date(2028, 2, 29))]
    cents = [int(interest_between(360_000_000, 0.10, *days, kind)) for kind in KINDS]
    assert cents == [2_900_000, 2_860_274, 2_900_000, 3_000_000]
