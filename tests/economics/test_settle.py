"""The month's waterfall on a State: cash is conserved, seniors first, the rest is a shortfall."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpusim.economics.handle import hand, hand_world
from gpusim.economics.ledger import CASH_OPENING, PAID_IN_CAPITAL, PAYABLES_OPERATING, cash
from gpusim.economics.measures import SHORTFALL
from gpusim.economics.settle import settle
from gpusim.economics.state import STEP_OPERATING, STEP_RENT, STEP_TAXES
from tests.engines.build import book_of, quiet, world_of

MONTH = np.int64(3)
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
    handle = hand(state)
    settle(handle, hand_world(world), MONTH, world.month_end[MONTH], np.int64(rent))
    paid_taxes = min(held, taxes)
    paid_operating = min(held - paid_taxes, operating)
    paid_rent = min(held - paid_taxes - paid_operating, rent)
    assert cash(handle) == held - paid_taxes - paid_operating - paid_rent
    assert state.balance[PAYABLES_OPERATING] == paid_operating + paid_rent
    assert state.owed[STEP_TAXES] == taxes - paid_taxes == state.tax[0].payable
    assert state.owed[STEP_OPERATING] == operating - paid_operating
    assert state.owed[STEP_RENT] == rent - paid_rent
    assert state.stocks[SHORTFALL, MONTH] == state.owed.sum()
