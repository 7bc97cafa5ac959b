"""What is lost or late of a tranche, by what caused it; what of it is paid for after all."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from gpusim.compiling.kernel import const
from gpusim.economics.core.state import (
    CANCELLED,
    CUSTOMER,
    DELIVERY,
    EXPIRED,
    FAILURE,
    FITOUT,
    NONE,
    SITE,
    SLIPPED,
    TRANCHE_LIVE,
    TRANCHE_WAITING,
    State,
)
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.sales.allocation import split_waits
from gpusim.economics.sales.backlog import set_value
from gpusim.economics.sales.losses import book_slippage, recover_loss, waiting_days
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.units_of_measure import day_of
from tests.engines.build import book_of, contract, quiet

FIRST, KEPT = const(0), const(540_427_270_85)
MODEL = Path(__file__).parents[1] / "cases" / "models" / "kept_prepayment.toml"


def test_of_hundreds_of_millions_each_cause_is_paid_its_share_to_the_cent() -> None:
    """833,456,608.72 lost, 150,965,725.35 through fit-out, 540,427,270.85 kept of a prepayment:
    540,427,270.85 x 150,965,725.35 / 833,456,608.72 = 97,888,713.20 and a part of a cent. In cents
    the product is 8.2e20, more than 63 bits hold."""
    s = to_pointer(lower(load(str(MODEL))).state)
    s.dropped[0, FITOUT] = 150_965_725_35
    s.dropped[0, CUSTOMER] = 682_490_883_37
    assert recover_loss(s, s.dropped, FIRST, CANCELLED, KEPT) == KEPT
    assert s.dropped[0, FITOUT] == 150_965_725_35 - 97_888_713_20
    assert s.dropped[0, CUSTOMER] == 682_490_883_37 - (KEPT - 97_888_713_20)


APRIL = dt.date(2026, 4, 1)


def waiting(late_start: str = "shifts") -> State:
    """Two tranches of 10 GPUs, 9,100 in the 91 days from 1 April; the first waits for its pool."""
    lots = [{"gpus": 10, "start": APRIL, "value_usd": 9_100} for _ in range(2)]
    state: State = book_of(quiet(contracts={"C": contract(lots, late_start=late_start)})).state
    state.tranches[0].status = TRANCHE_WAITING
    state.tranches[0].order = NONE
    set_value(to_pointer(state), FIRST, 9_100_00)
    return state


def test_a_tranche_without_an_order_waits_for_gpus_that_others_use() -> None:
    """Twelve days: failed ones are lacked in the last five, and were on two before."""
    state = waiting()
    state.days[:] = 77
    state.tranches[0].failed_since, state.tranches[0].failed_days = day_of(APRIL) + 7, 2
    waiting_days(to_pointer(state), FIRST, day_of(APRIL) + 12)
    assert (state.days[FAILURE], state.days[DELIVERY], state.days.sum()) == (7, 5, 12)


@pytest.mark.parametrize(
    ("late_start", "late", "gone"), [("shifts", 1_000_00, 0), ("keeps-end", 0, 1_000_00)]
)
def test_ten_days_of_waiting_are_late_or_lost(late_start, late, gone) -> None:
    """100 a day, looked at on the tenth day and again: late where the end shifts, else lost."""
    state = waiting(late_start)
    for _ in range(2):
        book_slippage(to_pointer(state), FIRST, day_of(APRIL) + 9)
        assert state.backlog[:, SLIPPED].sum() == late
        assert state.backlog[:, EXPIRED].sum() == gone
        assert state.waits[0].sum() == 1_000_00


def test_a_start_in_a_free_month_tells_the_causes_of_the_wait_before_it() -> None:
    """10 GPUs at 2 from 1 May to 30 June, April is free: 61 x 480 late once the plan is over.

    91 days for those that others use, nine from 1 July for failed ones; it starts on the tenth, and
    July is its free month, so that nothing is earned yet.
    """
    free = [{"after_months": 0, "share": 0}, {"after_months": 1, "share": 1}]
    lots = [{"gpus": 10, "start": APRIL}]
    deal = contract(lots, commitment=free, price_usd_per_gpu_hour=2)
    state: State = book_of(quiet(contracts={"C": deal})).state
    tranche = state.tranches[0]
    tranche.status, tranche.order = TRANCHE_WAITING, NONE
    book_slippage(to_pointer(state), FIRST, day_of(dt.date(2026, 6, 30)))
    assert (state.waits[0, DELIVERY], state.waits[0].sum()) == (29_280_00, 29_280_00)
    tranche.failed_since = day_of(dt.date(2026, 7, 1))
    tranche.status, tranche.start = TRANCHE_LIVE, day_of(dt.date(2026, 7, 10))
    book_slippage(to_pointer(state), FIRST, day_of(dt.date(2026, 7, 31)))
    assert (state.waits[0, DELIVERY], state.waits[0, FAILURE]) == (26_644_80, 2_635_20)


def test_a_part_takes_its_share_of_each_cause() -> None:
    """Three of ten GPUs: of 100 that slipped, 60 for the hall and 40 for hardware, 18 and 12."""
    state = waiting()
    state.waits[0, SITE], state.waits[0, DELIVERY] = 60_00, 40_00
    state.tranches[1].slipped = 30_00
    split_waits(to_pointer(state), FIRST, np.int64(1), 3)
    assert state.waits[:2, [SITE, DELIVERY]].tolist() == [[42_00, 28_00], [18_00, 12_00]]
    assert state.waits[:2].sum() == 100_00
