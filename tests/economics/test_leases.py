"""Leases: level cost adds up to the rent, the liability is paid off by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.books.leases import (
    accretion,
    month_rent,
    present_value,
    total_rent,
)

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
