"""Prepaid balances: each is credited by its own months and taxed by its own year."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpusim.economics.books.tax import close_year
from gpusim.economics.core.records import rows
from gpusim.economics.core.state import NEVER, NONE, Advance
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.sales.advances import (
    accrete,
    book_advance,
    clear_advances,
    credit,
    level_credit,
    open_months,
    reduce_advance,
    tax_unearned_advances,
)
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.units_of_measure import day_of

BOOK = lower(load("single-site"))


def fresh():
    own = type(BOOK.state)._make(column.copy() for column in BOOK.state)
    s = to_pointer(own._replace(advances=rows(Advance, 40)))
    s.tax[0].advance_share = 1.0
    return s


def days(year: int, month: int = 12, day: int = 31) -> int:
    return day_of(dt.date(year, month, day))


@given(st.integers(0, 10**12), st.integers(1, 60), st.integers(0, 59))
def test_level_credits_end_at_nothing_in_the_last_month(amount, months, late):
    left = amount
    given_ = []
    for month in range(months):
        part = level_credit(left, months - month, 10**13)
        given_.append(part)
        left -= part
    assert left == 0
    assert max(given_) - min(given_) <= 1
    assert level_credit(amount, -late, 10**13) == amount


def test_each_balance_is_credited_by_its_own_months():
    """600 in months 3 to 5 and 120 in months 5 and 6: 200, 200, 200 + 60, 60."""
    s = fresh()
    s.contracts[0].credit_first, s.contracts[0].credit_last = 5, 6
    older, younger = book_advance(s, 0, 600_00, 1), book_advance(s, 0, 120_00, 2)
    s.advances[older].credit_first, s.advances[older].credit_last = 3, 5
    by_month = []
    for month in range(1, 8):
        by_month.append([credit(s, a, 0.0, month, 10**9, 10**9)[0] for a in (older, younger)])
    assert np.array(by_month).T.tolist() == [
        [0, 0, 200_00, 200_00, 200_00, 0, 0],
        [0, 0, 0, 0, 60_00, 60_00, 0],
    ]
    assert s.contracts[0].balance == 0


def test_what_an_invoice_is_too_small_for_is_spread_over_the_later_ones():
    """100 wanted of an invoice of 40: the other 60 make it 130, 130."""
    s = fresh()
    s.contracts[0].credit_first, s.contracts[0].credit_last = 1, 3
    a = book_advance(s, 0, 300_00, 1)
    billed = ((1, 40_00), (2, 10**9), (3, 10**9))
    assert [credit(s, a, 0.0, m, most, most)[0] for m, most in billed] == [40_00, 130_00, 130_00]


def test_months_are_fixed_for_the_prepayment_and_not_for_the_opening_balance():
    s = fresh()
    s.contracts[0].credit_first = NEVER
    opening, later = book_advance(s, 0, 10, 1), book_advance(s, 0, 10, 2)
    s.advances[opening].credit_first = 4
    open_months(s, 0, 13, 60)
    assert [int(s.advances[a].credit_first) for a in (opening, later)] == [4, 13]
    third = book_advance(s, 0, 10, 3)  # booked after the first billing month
    assert (s.advances[third].credit_first, s.advances[third].credit_last) == (13, 60)
    assert [int(s.advances[a].following) for a in (opening, later, third)] == [later, third, NONE]


@pytest.mark.parametrize(("received", "interest"), [(30, 1 * 20_00), (1, 30 * 20_00), (-99, 60000)])
def test_a_financing_component_runs_from_the_day_of_receipt(received, interest):
    """120,000 at 6% a year are 600 a month, 20 a day of a month of thirty days."""
    s = fresh()
    a = book_advance(s, 0, 120_000_00, 1000 + received)
    assert accrete(s, a, 0.06, 1030, 30) == interest
    assert s.contracts[0].balance == 120_000_00 + interest


def taxed(s, day: int) -> int:
    """Close a fiscal year; returns what it taxed beside the books."""
    tax_unearned_advances(s, day)
    more = int(s.tax[0].year_prepaid)
    close_year(s.tax)
    return more


def test_one_prepayment_never_stands_in_for_another():
    """Row 27: 420 of 2026, 210 credited in 2027 and in 2028; 315 of 2027, credited from 2029 on.

    2027 taxes what is left of the first, 210; 2028 the second, 315, less the first's credits of
    210, which were taxed in 2027.
    """
    s = fresh()
    first = book_advance(s, 0, 420, days(2026, 10, 16))
    assert taxed(s, days(2026)) == 0
    book_advance(s, 0, 315, days(2027, 3, 16))
    reduce_advance(s, first, 210, 0)
    assert taxed(s, days(2027)) == 210
    reduce_advance(s, first, 210, 0)
    assert taxed(s, days(2028)) == 315 - 210
    clear_advances(s, 0)
    assert taxed(s, days(2029)) == -315
    assert s.tax[0].untaxed == 0


def test_what_is_earned_by_the_end_of_the_next_year_is_income_as_earned():
    """300 received in March: 60 earned that year, 180 the next, 60 in the third."""
    s = fresh()
    a = book_advance(s, 0, 300, days(2026, 3, 1))
    reduce_advance(s, a, 60, 0)
    assert taxed(s, days(2026)) == 0
    reduce_advance(s, a, 180, 0)
    assert s.tax[0].year_prepaid == 0
    assert taxed(s, days(2027)) == 60
    reduce_advance(s, a, 60, 0)
    assert taxed(s, days(2028)) == -60


events = st.lists(
    st.one_of(
        st.tuples(st.just("in"), st.integers(1, 10**9)),
        st.tuples(st.just("out"), st.floats(0, 1)),
        st.tuples(st.just("year"), st.just(0)),
    ),
    max_size=30,
)


@given(events)
@settings(deadline=None)
def test_every_prepayment_is_taxed_once_and_by_the_end_of_the_next_year(happens):
    """Earned in the books plus what is taxed apart is what came in, less what still waits."""
    s, year = fresh(), 2026
    received, earned, apart, taken = 0, 0, 0, []
    for what, size in happens:
        if what == "in" and len(taken) < 20:
            taken.append((book_advance(s, 0, size, days(year, 6, 1)), year))
            received += size
        elif what == "out" and taken:
            a = taken[int(size * 0.999 * len(taken))][0]
            part = int(size * s.advances[a].balance)
            reduce_advance(s, a, part, 0)
            earned += part
        elif what == "year":
            apart += taxed(s, days(year))
            year += 1
        assert earned + apart + s.tax[0].year_prepaid == received - s.tax[0].untaxed
        assert s.tax[0].untaxed == sum(int(s.advances[a].untaxed) for a, _ in taken)
        assert all(s.advances[a].untaxed == 0 for a, came in taken if came < year - 1)
