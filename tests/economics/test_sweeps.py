"""Sweeps: what a lender in breach leaves of the cash that others test."""

import datetime as dt

import pytest

from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.debt.service.sweeps import sweep_debts
from gpusim.units_of_measure import day_of
from tests.engines.build import book_of, notes, quiet

TODAY = dt.date(2026, 6, 30)


@pytest.mark.parametrize(
    ("begins", "left"), [(TODAY, 700), (TODAY + dt.timedelta(1), 0), (dt.date(2026, 5, 31), 700)]
)
def test_a_sweep_leaves_what_another_lender_tests_by_that_day(begins, left) -> None:
    """Of 1,000 a loan of 5,000 in breach takes all that is spare; another tests 700 of cash."""
    tests = {"minimum_liquidity": {"minimum_usd": 700, "from": begins}}
    debt = {
        "A": notes(5_000, 0.0, dt.date(2030, 6, 30), 12),
        "B": notes(100, 0.0, dt.date(2030, 6, 30), 12, covenants=tests),
    }
    state = book_of(quiet(debt=debt, balance={"cash_usd": 1_000})).state
    state.clock[0].today, state.clock[0].month = day_of(TODAY), 3
    loan = state.facilities[0]
    loan.stopped = day_of(TODAY) - 30
    state.terms[loan.terms].sweep_share = 1
    sweep_debts(to_pointer(state), day_of(TODAY))
    assert loan.principal == (5_000 - 1_000 + left) * 100
