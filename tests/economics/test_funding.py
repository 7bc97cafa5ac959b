"""Which money an order is promised, and what is left waiting."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.core.state import BILLS, NEVER, NONE, STEP_OPERATING, STEP_RENT
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.hardware.funding import pay_bill, promise
from gpusim.units_of_measure import day_of
from tests.engines.build import AS_OF, book_of, contract, gpu, quiet, world_of

FAR = dt.date(2040, 1, 1)
ORDER = np.int64(0)
LINE = {
    "commitment_usd": 600_000,
    "available_to": FAR,
    "advance_rate": 0.7,
    "base": "fixed",
    "margin": 0.1,
    "day_count": "act/360",
    "undrawn_fee": 0.0,
    "draw_discount": 0.0,
    "maturity": FAR,
    "seniority": 0,
}
AMORTISATION = {"law": "straight", "months": 12, "every_months": 1}


def state_with(cash: int, order: list[str], floor: int = 0, revolver: int = 0):
    """One order of USD 1m, a tenth of it paid ahead; its loan may carry 70% and has USD 600,000."""
    debt = {"L": LINE | {"kind": "delayed-draw", "amortisation": AMORTISATION}}
    if revolver:
        debt["R"] = LINE | {"kind": "revolver", "commitment_usd": revolver}
    tranche = {"gpus": 100, "start": dt.date(2026, 9, 1), "value_usd": 1}
    return book_of(
        quiet(
            operator={"funding_order": order, "minimum_cash_usd": floor},
            gpus={"G": gpu(deposit_share=0.1)},
            contracts={"C": contract([tranche], facility="L", signed=AS_OF)},
            debt=debt,
            balance={"cash_usd": cash},
        )
    ).state


def promised(state):
    """Whether the order is funded, and what loan and cash promise it [USD]."""
    funded = promise(to_pointer(state), ORDER)
    return bool(funded), state.orders[0].loan / 100, state.orders[0].cash / 100


@pytest.mark.parametrize(
    ("cash", "order", "floor", "expected"),
    [
        (1_000_000, ["loan", "cash"], 0, (True, 600_000, 400_000)),
        (1_000_000, ["cash", "loan"], 0, (True, 0, 1_000_000)),
        (500_000, ["cash", "loan"], 0, (True, 500_000, 500_000)),
        (399_999, ["loan", "cash"], 0, (False, 0, 0)),
        (450_000, ["loan", "cash"], 50_001, (False, 0, 0)),
        (450_000, ["loan", "cash"], 50_000, (True, 600_000, 400_000)),
        (1_000_000, ["loan"], 0, (False, 0, 0)),
    ],
)
def test_money_comes_in_the_declared_order_and_wholly_or_not_at_all(cash, order, floor, expected):
    assert promised(state_with(cash, order, floor)) == expected


def test_the_revolver_fills_what_cash_lacks():
    state = state_with(100_000, ["loan", "cash", "revolver"], revolver=300_000)
    assert promised(state) == (True, 600_000, 400_000)
    short = state_with(100_000, ["loan", "cash", "revolver"], revolver=299_999)
    assert promised(short) == (False, 0, 0)


@pytest.mark.parametrize(
    ("cash", "step", "expected"),
    [
        (449_999, STEP_RENT, (False, 0, 0)),
        (450_000, STEP_RENT, (True, 600_000, 400_000)),
        (450_000, STEP_OPERATING, (True, 600_000, 400_000)),
    ],
)
def test_cash_that_something_unpaid_waits_for_is_promised_to_nobody(cash, step, expected):
    """USD 50,000 is due and unpaid; the order needs USD 400,000 beside its loan."""
    state = state_with(cash, ["loan", "cash"])
    state.owed[step] = 50_000_00
    assert promised(state) == expected


def test_the_revolver_pays_what_is_unpaid_before_an_order():
    """450,000 of the line and 0 of cash: 400,000 for the order if nothing is due."""
    state = state_with(0, ["loan", "revolver"], revolver=449_999)
    assert promised(state) == (True, 600_000, 400_000)
    state = state_with(0, ["loan", "revolver"], revolver=449_999)
    state.owed[STEP_RENT] = 50_000_00
    assert promised(state) == (False, 0, 0)


def test_a_promise_is_not_given_twice():
    state = state_with(700_000, ["loan", "cash"])
    assert promised(state)[0]
    assert state.facilities[0].reserved == 600_000_00
    assert state.firm[0].reserved_cash == 400_000_00
    assert not promise(to_pointer(state), ORDER)


@pytest.mark.parametrize(("cash", "unpaid"), [(1_000, 0), (999, 1)])
def test_a_bill_that_is_not_paid_is_a_shortfall_of_its_day(cash, unpaid):
    """A bill of USD 1,000 on 12 June 2026."""
    book = book_of(quiet(balance={"cash_usd": cash}, contracts={}))
    state, june = book.state, day_of(dt.date(2026, 6, 12))
    state.clock[0].today, state.clock[0].month = june, 3
    state.count[BILLS] = 1
    bill = state.bills[0]
    bill.order, bill.facility, bill.amount = NONE, NONE, 1_000_00
    pay_bill(to_pointer(state), world_to_pointer(world_of(book)), np.int64(0), june)
    assert bill.amount == unpaid * 100
    assert state.clock[0].first_shortfall == (june if unpaid else NEVER)
    assert state.firm[0].shortfall == unpaid * 100


def test_the_last_cent_of_a_supplier_s_line_is_promised_once():
    """A line of 600,000 of which a cent is left; cash pays the rest of 1m [USD]."""
    state = state_with(1_000_000, ["vendor", "cash"])
    order, line = state.orders[0], state.facilities[0]
    order.facility, order.vendor, order.vendor_share = NONE, 0, 0.5
    line.used = 600_000_00 - 1
    assert promise(to_pointer(state), ORDER)
    assert (order.vendor_credit, line.reserved) == (1, 1)
    assert order.cash == state.firm[0].reserved_cash == 1_000_000_00 - 1
