"""The month's waterfall on a State: cash is conserved, seniors first, the rest is a shortfall."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpusim.economics.books.ledger import CASH_OPENING, PAID_IN_CAPITAL, PAYABLES_OPERATING, cash
from gpusim.economics.books.measures import SHORTFALL
from gpusim.economics.closing.settle import (
    ANY_DEBT,
    due_before_paid,
    list_payments_within_month,
    serve,
    settle,
)
from gpusim.economics.core.state import (
    BILLS,
    OPEN,
    OVERDUE,
    SETTLED,
    STEP_OPERATING,
    STEP_RENT,
    STEP_SUPPLIERS,
    STEP_TAXES,
)
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt.service.unpaid import unpaid_before
from gpusim.economics.sales.unsettled import skip_settled_bills
from gpusim.units_of_measure import day_of
from tests.engines.build import book_of, quiet, world_of

MONTH = np.int64(3)
JUNE_15 = dt.date(2026, 6, 15)
NOTES = {
    "kind": "notes",
    "base": "fixed",
    "margin": 0.0,
    "day_count": "30/360",
    "maturity": JUNE_15,
    "seniority": 1,
    "opening": {"principal_usd": 5, "every_months": 12, "repayments": {"2026": 5}},
}
AMOUNTS = st.integers(0, 10_000)
BOOK = book_of(quiet(balance={"cash_usd": 0}))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_taxes_then_operating_then_rent_as_far_as_cash_goes(held, taxes, operating, rent):
    state = type(BOOK.state)._make(column.copy() for column in BOOK.state)
    state.clock[0].month = MONTH
    state.balance[CASH_OPENING] += held
    state.balance[PAID_IN_CAPITAL] -= held
    state.tax[0].payable = taxes
    state.payables[MONTH] = operating
    world = world_of(BOOK)
    pointer = to_pointer(state)
    settle(pointer, world_to_pointer(world), MONTH, world.month_end[MONTH], np.int64(rent))
    paid_taxes = min(held, taxes)
    paid_operating = min(held - paid_taxes, operating)
    paid_rent = min(held - paid_taxes - paid_operating, rent)
    assert cash(pointer) == held - paid_taxes - paid_operating - paid_rent
    assert state.balance[PAYABLES_OPERATING] == paid_operating + paid_rent
    assert state.owed[STEP_TAXES] == taxes - paid_taxes == state.tax[0].payable
    assert state.owed[STEP_OPERATING] == operating - paid_operating
    assert state.owed[STEP_RENT] == rent - paid_rent
    assert state.stocks[SHORTFALL, MONTH] == state.owed.sum()


def test_within_a_month_overdue_tax_keeps_no_more_than_is_still_payable():
    """USD 10 of tax stayed unpaid and the year's tax has since fallen by 4: 6 of 8 are kept for it.

    The other 2 go to notes of 5 that mature today; 3 of them and 6 of tax are unpaid.
    """
    book = book_of(quiet(debt={"N": NOTES}, balance={"cash_usd": 8}))
    state = book.state
    state.clock[0].month = MONTH
    state.owed[STEP_TAXES], state.tax[0].payable = 1_000, 600
    pointer = to_pointer(state)
    serve(pointer, world_to_pointer(world_of(book)), np.int64(0), np.int64(day_of(JUNE_15)))
    assert cash(pointer) == 600
    assert state.facilities[0].principal == 300
    assert state.firm[0].shortfall == 900


def test_a_payment_within_a_month_waits_for_nothing_that_ranks_after_it():
    """Interest of 5 to the senior today; 7 to the junior and 3 of rent are unpaid since May. Rent
    ranks before both: 8 are due up to the senior's."""
    junior = NOTES | {"seniority": 2}
    state = book_of(quiet(debt={"A": NOTES, "B": junior}, balance={"cash_usd": 0})).state
    today = day_of(JUNE_15)
    state.facilities[0].interest_due, state.facilities[1].interest_due = 5_00, 7_00
    state.facilities[0].served_on = today
    state.owed[STEP_RENT] = 3_00
    s = to_pointer(state)
    assert due_before_paid(s, list_payments_within_month(s), today, int(ANY_DEBT)) == 8_00


def test_what_suppliers_are_owed_is_not_passed_by():
    """Two bills are paid; the third is not, whatever comes after it."""
    state = book_of(quiet()).state
    state.count[BILLS] = 5
    for third in (OPEN, OVERDUE):
        state.clock[0].first_bill = 0
        state.bills.status[:5] = SETTLED, SETTLED, third, SETTLED, OPEN
        skip_settled_bills(to_pointer(state))
        assert state.clock[0].first_bill == 2
    state.bills.status[:5] = SETTLED
    skip_settled_bills(to_pointer(state))
    assert state.clock[0].first_bill == 5


def test_before_a_step_rank_the_debts_of_the_steps_before_it_alone():
    """2 of rent and 5 of interest rank before suppliers in this order, 11 of principal after them;
    what a reserve or a sweep would take is nothing that is due."""
    order = ["rent", "fees", "interest", "reserve", "sweep", "suppliers", "principal"]
    operator = {"waterfall": ["taxes", "operating", *order, "revolver"]}
    state = book_of(quiet(debt={"N": NOTES}, operator=operator)).state
    state.owed[STEP_RENT] = 2_00
    state.facilities[0].interest_due, state.facilities[0].principal_due = 5_00, 11_00
    assert unpaid_before(to_pointer(state), int(STEP_SUPPLIERS)) == 7_00
