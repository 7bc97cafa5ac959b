"""What contracts earn: hours that were not delivered, and what is kept of each by month."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.ledger import RECEIVABLES, REVENUE_COMMITTED
from gpusim.economics.books.measures import SERVICE_CREDITS
from gpusim.economics.core.state import TRANCHE_ENDED, TRANCHE_LIVE, TRANCHE_LOST, UNSETTLED
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.sales.backlog import set_value
from gpusim.economics.sales.revenue import give_credits
from gpusim.units_of_measure import day_of
from tests.engines.build import book_of, contract, own_gpus, played, quiet, world_of

APRIL, JUNE = dt.date(2026, 4, 1), 3
SOLD = {"C": contract([{"gpus": 10, "start": APRIL, "value_usd": 9_100}])}


def credited(status: int, through: dt.date) -> Any:
    """The State after June's credits for a tenth of the hours; 100 a day from 1 April on.

    The tranche was live up to and including a day, and still has something to be settled.
    """
    book = book_of(quiet(contracts=SOLD))
    state, world = book.state, world_of(book)
    s = to_pointer(state)
    set_value(s, np.int64(0), 9_100_00)
    state.clock[0].month = JUNE
    tranche = state.tranches[0]
    tranche.status, tranche.start, tranche.through = status, day_of(APRIL), day_of(through)
    state.count[UNSETTLED], state.unsettled[0] = 1, 0
    state.contracts[0].sla_allowance, state.contracts[0].sla_multiple = 0, 1
    state.pools[0].short_share = 0.1
    give_credits(s, world_to_pointer(world), JUNE, int(world.month_end[JUNE]))
    return state


@pytest.mark.parametrize(
    ("status", "through", "credit"),
    [
        (TRANCHE_LIVE, dt.date(2026, 5, 31), 300),  # thirty days of June
        (TRANCHE_ENDED, dt.date(2026, 6, 12), 120),
        (TRANCHE_LOST, dt.date(2026, 6, 12), 120),
        (TRANCHE_LOST, dt.date(2026, 4, 20), 0),
    ],
)
def test_hours_are_credited_of_days_of_the_month_alone(status, through, credit) -> None:
    """A tenth of 100 a day; a customer that failed in April missed nothing in June."""
    state = credited(status, through)
    assert state.stocks[SERVICE_CREDITS, JUNE] == credit * 100
    assert state.tranches[0].lost == credit * 100
    booked = 0 if status == TRANCHE_LIVE else credit * 100  # of a live one it is never earned
    assert state.ledger[REVENUE_COMMITTED, JUNE] == booked == -state.ledger[RECEIVABLES, JUNE]


def test_what_the_only_contract_earns_is_kept_by_month() -> None:
    """9,100 in 91 days: 30 of April, 31 of May, 30 of June."""
    live = {"gpus": 10, "start": APRIL, "value_usd": 9_100, "hardware": {"status": "in-service"}}
    state = played(quiet(contracts={"C": contract([live])}, assets=own_gpus(10)))
    kept = state.earned[:, :5]
    assert kept[0].tolist() == [0, 3_000_00, 3_100_00, 3_000_00, 0]
    assert kept.sum() == 9_100_00
