"""On which days debt is paid: month ends of 1970, told by the calendar."""

import datetime as dt

from gpusim.economics.core.records import one
from gpusim.economics.core.state import BULLET, STRAIGHT, LoanTerms
from gpusim.economics.debt.payment_dates import (
    STUB_FIRST,
    STUB_LAST,
    instalment_days,
    payment_after,
)
from gpusim.units_of_measure import day_of

JANUARY, FEBRUARY, JULY, AUGUST = (
    day_of(dt.date(1970, month, last)) for month, last in ((1, 31), (2, 28), (7, 31), (8, 31))
)
EVER = 10_000


def test_a_matured_debt_is_asked_for_at_the_next_month_end():
    """Due on 19 July: what is left then is asked for on 31 July, and after that on 31 August."""
    assert payment_after(2, 3, 31, JULY - 12, JULY - 1) == JULY
    assert payment_after(2, 3, 31, JULY - 12, JULY) == AUGUST


def test_a_stub_of_one_month_that_comes_first_is_paid_after_one_month():
    """Seven months from 11 January by quarters: February, May, August."""
    terms = one(LoanTerms, law=STRAIGHT, months=7, every_months=3, stub=STUB_FIRST)
    days = instalment_days(JANUARY - 20, terms, 1, 31, EVER)
    assert days == (FEBRUARY, 3, AUGUST)


def test_a_bullet_drawn_on_a_last_day_is_paid_on_a_last_day():
    """Six months from 31 January are 31 July, a payment date of its quarters."""
    terms = one(LoanTerms, law=BULLET, months=6, every_months=3)
    assert instalment_days(JANUARY, terms, 0, 31, EVER) == (JULY, 1, JULY)


def test_what_would_fall_after_a_last_stub_falls_on_it():
    """Half-yearly from 31 March and 30 September, 37 months, six of grace, drawn on 9 February."""
    grid = 12 * (2026 - 1970) + 8
    usual = {"months": 37, "grace_months": 6, "every_months": 6, "stub": STUB_LAST}
    terms = one(LoanTerms, law=STRAIGHT, **usual)
    drawn = day_of(dt.date(2027, 2, 9))
    first, last = day_of(dt.date(2028, 3, 31)), day_of(dt.date(2030, 3, 9))
    days = instalment_days(drawn, terms, grid, 31, 3 * EVER)
    assert days == (first, 5, last), "31 March 2030, the fifth of five, is after the term"
    drawn = day_of(dt.date(2027, 3, 31))
    days = instalment_days(drawn, terms, grid, 31, 3 * EVER)
    assert days == (first, 6, day_of(dt.date(2030, 4, 30))), "drawn on a payment date: five and one"
