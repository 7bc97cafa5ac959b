"""Who GPUs are kept for, and how many come free in time for nobody in particular."""

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.core.agenda import ALLOCATE
from gpusim.economics.core.state import (
    BACKSTOP,
    COMING,
    NEVER,
    NONE,
    ORDER_ACCEPTED,
    ORDER_IN_SERVICE,
    ORDER_PLACED,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    TRANCHE_SIGNED,
    TRANCHE_WAITING,
    WAITING,
    State,
)
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.plant.coming import ordered_by
from gpusim.economics.plant.pools import add_free, count_pool, release_lien
from gpusim.economics.plant.reservations import is_to_start
from gpusim.economics.plant.reuse import available_in_time, can_change_hands
from gpusim.units_of_measure import day_of
from tests.economics.test_funding import state_with
from tests.engines.build import AS_OF, book_of, contract, gpu, own_gpus, quiet

FIRST = np.int64(0)
TODAY = day_of(AS_OF)


def firm(orders: int = 1) -> State:
    """As many contracts that wait for GPUs: 30 days to deliver, 10 to fit out, 5 to accept."""
    days = {
        name: {"planned_days": planned, "sd_days": 0}
        for name, planned in (("lead", 30), ("fitout", 10), ("acceptance", 5))
    }
    lot = {"gpus": 10, "start": dt.date(2026, 9, 1), "value_usd": 1_000}
    sold = {f"C{n}": contract([lot]) for n in range(orders)}
    state: State = book_of(quiet(gpus={"G": gpu(**days)}, contracts=sold)).state
    return state


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (TRANCHE_SIGNED, True),
        (TRANCHE_WAITING, True),
        (TRANCHE_LIVE, False),
        (TRANCHE_ENDED, False),
        (TRANCHE_LOST, False),
    ],
)
def test_gpus_are_kept_for_what_is_to_start_and_never_for_a_put(status, expected) -> None:
    state = firm()
    state.tranches[0].status = status
    assert is_to_start(to_pointer(state), FIRST) == expected
    state.contracts[0].kind, state.tranches[0].pool = BACKSTOP, NONE
    assert not is_to_start(to_pointer(state), FIRST)


def test_orders_for_nobody_come_in_when_they_are_accepted() -> None:
    """Placed today, 40 are accepted after 45 days; fitted out today, 7 after 5. Of others' 500,
    of 60 that are accepted already and of 80 that replace failed ones none comes free."""
    state = firm(5)
    orders = state.orders
    state.count[COMING] = 5
    state.coming[:5] = range(5)
    orders.pool[:5] = FIRST
    orders.gpus[:5] = 40, 7, 500, 60, 80
    orders.tranche[:5] = NONE, NONE, 2, NONE, NONE
    orders.replacement[:5] = 0, 0, 0, 0, 1
    orders.status[:5] = ORDER_PLACED, ORDER_IN_SERVICE, ORDER_PLACED, ORDER_ACCEPTED, ORDER_PLACED
    orders.placed[:5] = orders.fitted[:5] = TODAY
    orders.acceptance_planned[:5] = 5
    s = to_pointer(state)
    free = {days: ordered_by(s, FIRST, TODAY + days, TODAY) for days in (4, 5, 44, 45)}
    assert free == {4: 0, 5: 7, 44: 7, 45: 47}


def test_gpus_that_come_free_stand_in_from_that_day_on() -> None:
    """Three are missing for ten days; of five that then come three stand in, two are free."""
    state = firm()
    s, pool = to_pointer(state), state.pools[0]
    pool.free = pool.promised = pool.free_gpu_days = pool.missing_gpu_days = 0
    pool.missing, pool.counted = 3, TODAY - 11
    add_free(s, FIRST, 5, TODAY)
    count_pool(s, FIRST, TODAY + 1)
    assert (pool.missing_gpu_days, pool.free_gpu_days) == (3 * 10, 2)


@pytest.mark.parametrize(("reserved", "failed", "expected"), [(6, 0, 4), (6, 2, 6), (10, 0, 0)])
def test_what_is_claimed_is_not_to_be_had_but_for_what_is_replaced(
    reserved, failed, expected
) -> None:
    """Ten are there. Of six reserved two have failed and are replaced: four are committed."""
    lot = {"gpus": 10, "start": dt.date(2026, 9, 1), "value_usd": 1_000}
    state = book_of(quiet(contracts={"C": contract([lot])}, assets=own_gpus(10))).state
    pool = state.pools[0]
    pool.free, pool.reserved_gpus, pool.failed = 10, reserved, failed
    assert available_in_time(to_pointer(state), FIRST, TODAY) == expected


@pytest.mark.parametrize(
    ("lent", "own_loan", "company", "expected"),
    [
        (0, False, 1, True),  # nothing is owed on them
        (0, True, 0, True),
        (1, False, 0, True),  # the firm's loan, and a contract that nobody else finances
        (1, False, 1, False),  # a company's loan
        (1, True, 0, False),  # a contract that another lender finances
        (1, True, 1, False),
    ],
)
def test_a_lender_minds_who_uses_what_it_has_lent_on(lent, own_loan, company, expected) -> None:
    """Hardware that a loan pays 70% of, for a contract of another loan or of none [cents]."""
    state = state_with(1_000_000, ["loan", "cash"], revolver=1)
    state.orders[0].tranche, state.orders[0].facility, state.orders[0].loan_share = NONE, 0, 0.7
    state.facilities[0].principal, state.facilities[0].company = lent, company
    state.contracts[0].facility = 1 if own_loan else NONE
    assert can_change_hands(to_pointer(state), FIRST, FIRST, TODAY, TODAY) == expected


@pytest.mark.parametrize(("owed", "loose", "told"), [(0, 1, True), (0, 0, False), (1, 1, False)])
def test_who_waits_is_told_of_a_gpu_that_a_lender_lets_go(owed, loose, told) -> None:
    """One GPU is enough, and a cent that is owed on it too much."""
    state = state_with(1_000_000, ["loan", "cash"])
    state.count[WAITING] = 1
    state.pools.free[:] = state.pools.promised[:] = 0
    state.pools[0].free = loose
    state.facilities[0].principal = owed
    release_lien(to_pointer(state), FIRST)
    assert (state.due[ALLOCATE, 0] < NEVER) == told
