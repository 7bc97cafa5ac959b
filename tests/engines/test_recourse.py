"""A loan without recourse lives on its own contracts, and dies alone when they do not pay it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.checks import residuals
from gpusim.economics.books.ledger import (
    DISPOSAL_GAIN,
    IMPAIRMENT,
    LOANS,
    OTHER_INCOME,
    RESTRICTED_CASH,
)
from gpusim.economics.books.measures import SHORTFALL
from gpusim.economics.core.state import (
    CANCELLED,
    FUNDING,
    NEVER,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    State,
)
from gpusim.engines import process
from gpusim.engines.story import Trace, tell
from gpusim.results.payload import payload_of, stack
from gpusim.results.periods import quarters
from gpusim.results.tables import facilities
from gpusim.scenario import ScenarioError
from gpusim.units_of_measure import date_of
from tests.engines.build import AS_OF, book_of, contract, quiet, world_of
from tests.engines.event_days import events_off_their_day
from tests.engines.test_oracles import waits_in_vain, wrong_events
from tests.engines.test_own_cover import loan
from tests.engines.watch import Watched, watch

ALONE = {"recourse": False, "default_after_months": 2}
RICH, POOR = 0, 1


def tables(poor: dict[str, Any], price: float = 0.1, **rich: Any) -> dict[str, Any]:
    """Two contracts of 500 GPUs on loans of 3m each, at USD 2 and at a price that pays nobody."""

    def own(name: str, hour: float) -> dict[str, Any]:
        tranches = [{"gpus": 500, "start": dt.date(2026, 5, 1)}]
        terms = {"facility": name, "price_usd_per_gpu_hour": hour, "term_months": 24}
        return contract(tranches, customer=name, **terms)

    return quiet(
        debt={"rich": loan(**rich), "poor": loan(**poor)},
        contracts={"rich": own("rich", 2), "poor": own("poor", price)},
        operator={"forced_sale_share": 0.4, "default_after_months": 1},
    )


def firm(poor: dict[str, Any], **more: Any) -> State:
    book = book_of(tables(poor, **more))
    final = process.run(book.state, world_of(book))
    left = residuals(final.ledger[None], final.stocks[None], final.backlog[None])
    assert not any(left.values()), left
    return final


def day_ends(sim: Watched) -> Iterator[str]:
    """All that oracles ask at the end of a day."""
    yield from waits_in_vain(sim)
    yield from wrong_events(sim)
    yield from events_off_their_day(sim)


@pytest.mark.parametrize("months", [1, 2, 4])
def test_a_loan_that_dies_alone_leaves_no_event_behind_and_nobody_waiting(months):
    book = book_of(tables(ALONE | {"default_after_months": months}))
    sim = watch(book, world_of(book), day=day_ends)
    assert sim.faults == []
    assert sim.s.facilities[POOR].seized < NEVER


def test_it_is_paid_from_what_its_contracts_left_and_no_more():
    """The firm is rich; the poor loan gets the 36,000 a month that its contract pays."""
    final = firm(ALONE | {"default_after_months": 60})
    loan_ = final.facilities[POOR]
    received = final.received[POOR].sum()
    owed = loan_.fees_due + loan_.interest_due + loan_.principal_due
    service = final.own_service[POOR].sum()
    assert service - owed == received - loan_.trapped
    assert 0 <= loan_.trapped < received
    assert owed > 0
    assert final.stocks[SHORTFALL].sum() == 0  # the firm owes nothing of it


def test_with_recourse_the_firm_pays():
    final = firm({})
    loan_ = final.facilities[POOR]
    assert loan_.fees_due + loan_.interest_due + loan_.principal_due == 0
    assert loan_.seized == NEVER
    assert final.tranches[POOR].status == TRANCHE_LIVE


def test_a_loan_that_its_contracts_can_pay_is_paid_as_with_recourse():
    """Without recourse it must wait for its first collections, so compare what is outstanding."""
    alone, shared = firm(ALONE, price=2), firm({}, price=2)
    assert alone.facilities[POOR].seized == NEVER
    assert alone.facilities[POOR].principal == shared.facilities[POOR].principal
    assert (alone.backlog == shared.backlog).all()


def test_its_lender_takes_the_hardware_and_the_firm_goes_on():
    final, whole = firm(ALONE), firm({})
    loan_ = final.facilities[POOR]
    # Drawn on 31 May, first instalment in June; nothing but 36,000 a month is there to pay it.
    assert date_of(loan_.accelerated) == dt.date(2026, 7, 31)
    assert date_of(loan_.seized) == dt.date(2026, 8, 1)
    assert final.firm[0].defaulted == NEVER
    assert final.clock[0].month == whole.clock[0].month
    assert (final.received[RICH] == whole.received[RICH]).all()
    assert final.facilities[RICH].principal == whole.facilities[RICH].principal
    assert final.pools.in_service.sum() == 500
    assert final.sites[0].load_microwatts == 500_000_000_000


def test_claim_book_and_forced_sale_value_by_hand():
    """500 GPUs for 5m, five years: 92 of 1,826 days are charged by the end of July."""
    final = firm(ALONE)
    loan_ = final.facilities[POOR]
    start = next(a for a in final.assets if a.gpus == 500 and final.orders[a.order].facility == 1)
    days = int(loan_.seized - start.start)
    book = 5_000_000_00 * (1 - days / start.life_days)
    assert loan_.seized_recovered == pytest.approx(0.4 * book, abs=2)
    principal = -final.ledger[LOANS].sum() - final.facilities[RICH].principal
    assert principal == 0
    # Sold to the lender for 40% of its book value; what that left unpaid of the principal is
    # forgiven (two steps: ASC 470-60-35-2 and 35-3).
    lost = final.ledger[DISPOSAL_GAIN].sum()
    assert lost == pytest.approx(0.6 * book, abs=2)
    owed = loan_.seized_claim
    forgiven = -final.ledger[OTHER_INCOME].sum()
    assert owed - 100_000_00 < forgiven + loan_.seized_recovered <= owed
    assert final.ledger[IMPAIRMENT].sum() == 0


def test_its_backlog_is_lost_to_funding_and_no_other():
    final = firm(ALONE)
    cancelled = final.backlog[:, CANCELLED].sum(axis=(0, 2))
    tranche = final.tranches[POOR]
    assert tranche.status == TRANCHE_LOST
    assert cancelled[FUNDING] == cancelled.sum() == tranche.value - tranche.recognised
    assert final.tranches[RICH].status == TRANCHE_LIVE


def test_its_reserve_pays_until_it_is_used_up_and_then_its_lender_takes_the_hardware():
    """A reserve of 20%, 0.6m from the firm, and 1,200 a day that its contract pays.

    Service of June is 83,333 of principal and 1% on 3m, and falls by 833 a month. Until January
    (276 days, eight payments) 331,200 + 600,000 - 883,333 = 47,867 are left; by the end of
    February (304 days, nine) 364,800 + 600,000 - 990,000 are 25,200 too little.
    """
    final = firm(ALONE | {"reserve_share": 0.2})
    loan_ = final.facilities[POOR]
    assert date_of(loan_.first_unpaid) == dt.date(2027, 2, 28)
    assert date_of(loan_.accelerated) == dt.date(2027, 3, 31)
    assert final.stocks[SHORTFALL].sum() == 0
    held = final.ledger[RESTRICTED_CASH].cumsum()
    assert held[10] == pytest.approx(47_866.67 * 100, abs=20)
    assert held[11] == held[12] == 0
    # March: 83,333 and 1% on 2.25m, and on the 25,200 of principal that February left.
    unpaid = 25_200 + 83_333.33 + 22_500 + 252 - 31 * 1_200
    assert loan_.most_unpaid == pytest.approx(unpaid * 100, abs=50)


def test_the_firm_does_not_refill_what_its_reserve_has_paid():
    """It puts in a fifth of 3m when it draws, and no more, rich as it is."""
    final = firm(ALONE | {"reserve_share": 0.2})
    loan_ = final.facilities[POOR]
    owed = loan_.fees_due + loan_.interest_due + loan_.principal_due
    received = final.received[POOR].sum() - loan_.trapped
    assert final.own_service[POOR].sum() - owed == received + 600_000_00


@pytest.mark.parametrize("cross", [True, False])
def test_cross_default_carries_it_to_the_other_loan(cross):
    tests = {"minimum_liquidity": {"minimum_usd": 1, "from": dt.date(2026, 4, 30)}}
    final = firm(ALONE, covenants=tests | {"cross_default": cross})
    assert bool(final.facilities[RICH].first_stopped < NEVER) is cross


def test_the_other_contract_keeps_its_gpus():
    """Nothing is missing: the poor contract gave back as many as its lender took."""
    final = firm(ALONE)
    pools = final.pools
    assert (pools.free.sum(), pools.missing.sum(), pools.billing.sum()) == (0, 0, 500)


def test_the_story_and_the_table_tell_it():
    book = book_of(tables(ALONE))
    trace = Trace()
    final = process.run(book.state, world_of(book), trace=trace)
    lines = tell(book.names, trace)
    assert any("poor unpaid too long" in line and "2026-07-31" in line for line in lines)
    assert any("the lender of poor takes its hardware" in line for line in lines)
    table = facilities(stack([payload_of(final, 0)]), ["rich", "poor"], quarters(AS_OF, 12))
    row = table.row(1, named=True)
    assert row["seized"] == dt.date(2026, 8, 1)
    assert row["seized_claim"] > row["seized_recovered"] > 0
    assert row["claim"] == 0  # the firm itself has not ended
    assert table.row(0, named=True)["seized"] is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"recourse": False}, "default_after_months"),
        ({"default_after_months": 2}, "default_after_months"),
        ({"recourse": False, "default_after_months": 2, "kind": "vendor"}, "recourse"),
    ],
)
def test_terms_that_do_not_fit_are_refused(change, expected):
    with pytest.raises(ScenarioError, match=expected):
        book_of(tables(change))


def test_what_is_due_is_the_same_with_and_without_recourse_until_it_ends():
    alone, shared = firm(ALONE), firm({})
    assert np.array_equal(alone.own_service[POOR, :4], shared.own_service[POOR, :4])
