"""Leases: level cost adds up to the rent, the liability is paid off by it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.books.costs import lease_month
from gpusim.economics.books.leases import (
    accretion,
    month_rent,
    present_value,
    total_rent,
)
from gpusim.economics.core.state import LEASES
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.units_of_measure import day_of
from tests.engines.build import book_of, quiet, world_of

rents = st.integers(0, 10**12)
escalators = st.floats(0.0, 0.1)
months = st.integers(1, 240)


@given(rents, escalators, months)
def test_months_add_up_to_the_total(rent, escalator, term):
    assert total_rent(rent, escalator, term) == sum(
        month_rent(rent, escalator, m) for m in range(term)
    )


@given(rents, escalators, st.integers(0, 180))
def test_a_raised_rent_can_be_raised_further(rent, escalator, month):
    raised = month_rent(rent, escalator, 12)
    assert month_rent(raised, escalator, month) == month_rent(rent, escalator, 12 + month)


@given(st.integers(1, 10**12), escalators, months, st.floats(0.0, 0.15))
def test_the_rent_pays_the_liability_off(rent, escalator, term, rate):
    liability = present_value(rent, escalator, term, rate)
    for month in range(term):
        liability += accretion(liability, rate) - month_rent(rent, escalator, month)
    growth = (1 + rate / 12) ** term
    assert abs(liability) <= growth * (term + 2)


def test_undiscounted_liability_is_the_rent():
    assert present_value(1_000_00, 0.03, 30, 0.0) == total_rent(1_000_00, 0.03, 30)


def test_liability_of_an_annuity():
    """12 payments of 100 at 1% a month are worth 1,125.51 (any annuity table)."""
    assert present_value(100_00, 0.0, 12, 0.12) == pytest.approx(1_125_51, abs=0.5)


def test_rent_is_due_at_the_end_of_the_first_full_month_and_costs_from_handover():
    """400 a month for three months of 91 days from 16 April: 15, 31, 30 and 15 days of cost.

    Nothing is paid in April, and after July nothing is left to pay.
    """
    book = book_of(quiet())
    state, world = book.state, world_of(book)
    s, w, lease = to_pointer(state), world_to_pointer(world), state.leases[0]
    state.count[LEASES] = 1
    lease.hall, lease.start, lease.months = 0, day_of(dt.date(2026, 4, 16)), 3
    lease.rent, lease.straight = 400_00, 1_200_00
    lease.liability = lease.asset = 1_200_00
    rents, charged, left = [], [], []
    for month in range(1, 6):
        state.clock[0].month = month
        rents.append(lease_month(s, w, month))
        charged.append(lease.charged)
        left.append(lease.liability)
    assert rents == [0, 400_00, 400_00, 400_00, 0]
    assert left == [1_200_00, 800_00, 400_00, 0, 0]
    assert charged == [1_200_00 * days // 91 for days in (15, 46, 76, 91, 91)]
