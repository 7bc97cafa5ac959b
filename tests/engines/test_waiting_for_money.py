"""Money that comes in pays for a waiting order on that very day, not at the month's end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.core import state as st
from gpusim.units_of_measure import day_of
from tests.engines.build import contract, gpu, merged, played, quiet

DAY_ONE = dt.date(2026, 4, 1)
MID_MONTH = dt.date(2026, 4, 16)
COST = 1_000_000
"""Of a hundred GPUs that are needed on the first day [USD]."""


def short_of_cash(**tables: Any) -> Any:
    """A firm without cash that has sold what it has yet to order; the final State."""
    deal = contract([{"gpus": 100, "start": DAY_ONE}], price_usd_per_gpu_hour=2)
    base = quiet(contracts={"sold": deal}, balance={"cash_usd": 0})
    return played(merged(base, tables))


def placed(s: Any) -> int:
    """The day on which the order was placed."""
    order = s.orders[0]
    return int(order.placed)


def test_without_money_it_is_not_placed():
    assert short_of_cash().orders[0].status == st.ORDER_DEFERRED


@pytest.mark.parametrize("prepayment", [False, True])
def test_an_invoice_that_is_paid_pays_for_it(prepayment):
    owed = {"amount_usd": COST, "due": MID_MONTH, "prepayment": prepayment}
    assert placed(short_of_cash(receivables={"invoices": [owed]})) == day_of(MID_MONTH)


def test_gpus_that_are_sold_pay_for_it():
    """Two hundred of USD 12,000, a year old in mid-month, fetch half of it: more than the order."""
    own = {
        "category": "servers", "gpu": "OLD", "site": "S", "gpus": 200, "gross_usd": 2_400_000,
        "accumulated_usd": 0, "remaining_life_years": 15 / 365.25,
    }  # fmt: skip
    resale = {"rent_elasticity": 1, "residual_by_age": {"0": 1, "1": 0.5, "5": 0}}
    old = gpu(capex_usd_per_gpu=12_000, book_life_years=1)
    s = short_of_cash(assets={"old": own}, gpus={"OLD": old}, market={"resale": resale})
    assert placed(s) == day_of(MID_MONTH)
