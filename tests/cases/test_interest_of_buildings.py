"""Interest while a building is built that its loan is drawn for, by hand: run, outlook, `units`.

The building of `test_kw`: 20m in six equal bills on the last days of April to September 2026, of
which the loan pays 60%, and so much of its interest of 6% by months of thirty days. Rent begins
on 1 October. A month's interest is 0.5% of what was owed a month before.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.ledger import CASH_FOR_CAPITALISED_INTEREST as CASH_CAPITALISED
from gpusim.economics.books.ledger import CASH_FOR_INTEREST, CASH_FROM_DRAWS
from gpusim.economics.core.agenda import RAISE
from gpusim.economics.core.state import State
from gpusim.economics.decisions import outlook
from gpusim.engines.process import run
from gpusim.scenario import ScenarioError
from tests.cases.test_interest_drawn import CASH_ROWS
from tests.cases.test_kw import (
    READY,
    by_month,
    firm,
    hall,
    let,
    loan,
    only,
    operator_of_both,
    played,
    tenant,
)
from tests.engines.build import Tables, book_of, scenario_of, world_of
from tests.engines.watch import Watched, watch

BILLS = 6
BILL = 2_000_000.0
"""The loan's part."""
CENTS = 100
JULY = dt.date(2026, 7, 20)


def by_hand(bills: list[float], months: int, share: float = 0.6, rate: float = 0.06) -> list[float]:
    """What is drawn at each month's end: the part of a bill, and of interest on what was owed."""
    owed, found = 0.0, []
    for month in range(months):
        bill = bills[month] if month < len(bills) else 0.0
        interest = owed * rate / 12
        found.append(bill + share * interest)
        owed += found[-1]
    return found


def built(building: Tables | None = None, **changes: Any) -> Tables:
    """The tenant's building with a loan that counts its interest."""
    agreed = loan(**{"commitment_usd": 20_000_000, "cost_base": ["interest"], **changes})
    own = hall(facility="B", loan_share=0.6, **(building or {}))
    return firm(own, contracts={"A": tenant(facility="B")}, debt={"B": agreed})


def paid_by_month(state: State, months: int) -> list[float]:
    """Interest, that which is capitalised too [USD]."""
    rows = [by_month(state, line, months) for line in (CASH_FOR_INTEREST, CASH_CAPITALISED)]
    return (-np.sum(rows, axis=0)).tolist()


def test_by_hand():
    """2,000,000; 2,006,000 with 60% of 10,000; 2,012,018 with 60% of 20,030.

    Each month what is owed grows by 0.3% and a bill: the end value of an annuity.
    """
    assert by_hand([BILL] * BILLS, 3) == pytest.approx([2_000_000, 2_006_000, 2_012_018])
    assert sum(by_hand([BILL] * BILLS, BILLS)) == pytest.approx(BILL * (1.003**6 - 1) / 0.003)


def test_each_month_draws_its_part_of_interest_until_rent_begins():
    _, state = played(built())
    drawn = by_month(state, CASH_FROM_DRAWS, 12)
    assert drawn[:BILLS] == pytest.approx(by_hand([BILL] * BILLS, BILLS), abs=0.01)
    assert drawn[BILLS:] == [0.0] * (12 - BILLS)
    paid = paid_by_month(state, BILLS)
    owed = np.concatenate([[0.0], np.cumsum(drawn)[: BILLS - 1]])
    assert paid == pytest.approx((owed * 0.005).tolist(), abs=0.01)
    assert state.facilities[0].interest_room == 0


def test_without_it_nothing_is_drawn_for_interest():
    _, state = played(built(cost_base=[]))
    assert by_month(state, CASH_FROM_DRAWS, BILLS) == pytest.approx([BILL] * BILLS)


def test_a_commitment_that_is_too_small_leaves_room_for_it():
    """Of 12.0m 12 / 12.090361 of each bill and of interest; promises do not take it."""
    asked = sum(by_hand([BILL] * BILLS, BILLS))
    assert asked == pytest.approx(12_090_360.8, abs=0.1)
    _, state = played(built(commitment_usd=12_000_000))
    drawn = by_month(state, CASH_FROM_DRAWS, BILLS)
    room = 12_000_000 * (asked - BILLS * BILL) / asked
    assert sum(drawn) == pytest.approx(12_000_000, abs=1)
    hardware = [BILL] * (BILLS - 1) + [BILL - room - (BILLS * BILL - 12_000_000)]
    first = by_hand(hardware, BILLS)
    assert drawn[: BILLS - 1] == pytest.approx(first[: BILLS - 1], abs=0.01)


def test_a_hall_that_is_late_draws_for_more_months():
    """Handed over two months late: 31 October and 30 November too."""
    book = book_of(built())
    state = run(book.state, world_of(book)._replace(hall_delay=np.array([61])))
    drawn = by_month(state, CASH_FROM_DRAWS, 9)
    assert drawn == pytest.approx([*by_hand([BILL] * BILLS, BILLS + 2), 0.0], abs=0.01)


def test_fees_and_interest_count_together():
    """2% of what is drawn: 0.6 / (1 - 0.6 x 0.02) of bills and of interest."""
    share = 0.6 / (1 - 0.6 * 0.02)
    _, state = played(built({}, cost_base=["fees", "interest"], draw_discount=0.02))
    drawn = by_month(state, CASH_FROM_DRAWS, BILLS)
    bill = 20_000_000 / BILLS * share
    gross = by_hand([bill] * BILLS, BILLS, share)
    assert drawn == pytest.approx([0.98 * usd for usd in gross], abs=0.05)


def test_the_outlook_expects_it():
    """On 20 July, with three bills paid and three to come: every month to the cent."""
    tables = built()
    tables["equity"] = {"one": {"date": JULY, "amount_usd": 1, "costs_usd": 0}}
    book = book_of(tables)
    seen: list[float] = []

    def look(sim: Watched) -> list[str]:
        if sim.phase == RAISE:
            month = int(sim.s.clock[0].month)
            outlook.look_ahead(sim.h, sim.w, 8)
            seen[:] = (np.asarray(sim.s.outlook[month : month + 8]) / CENTS).tolist()
        return []

    final = watch(book, world_of(book), event=look)
    cash = np.asarray(final.s.ledger)[CASH_ROWS].sum(axis=0)[4:12] / CENTS
    assert len(seen) == 8
    assert seen[1:3] == pytest.approx(cash[1:3].tolist(), abs=0.05)


@pytest.mark.parametrize("law", ["level", "straight"])
def test_units_draw_and_pay_as_a_run_does(law):
    tables = built()
    tables["debt"]["B"]["amortisation"] |= {"law": law}
    own, (_, state) = only(tables), played(tables)
    drawn, interest = own.levered.drawn.tolist(), own.levered.interest.tolist()
    assert drawn[:12] == pytest.approx(by_month(state, CASH_FROM_DRAWS, 12), abs=0.5)
    assert interest[:12] == pytest.approx(paid_by_month(state, 12), abs=0.5)


def test_units_share_it_among_tenants_as_the_bills():
    half = {"tranches": [{"it_kw": 1_000, "start": READY}], "facility": "B"}
    tables = built()
    tables["contracts"] = {"A": tenant(**half), "C": tenant(**half)}
    first, second = let(scenario_of(tables)).tenants
    whole = by_hand([BILL] * BILLS, BILLS)
    for one in (first, second):
        assert one.levered.drawn.sum() == pytest.approx(sum(whole) / 2, abs=1)


def test_a_loan_of_building_and_hardware_keeps_room_for_both():
    """What GPUs are promised leaves what interest on bills for the building will draw."""
    tables = operator_of_both()
    tables["sites"]["S"]["phases"] = [hall(facility="B", loan_share=0.6)]
    tables["debt"] = {"B": loan(commitment_usd=20_000_000, cost_base=["interest"])}
    tables["contracts"]["A"] |= {"facility": "B"}
    _, state = played(tables)
    drawn = by_month(state, CASH_FROM_DRAWS, 12)
    assert drawn[:BILLS] == pytest.approx(by_hand([BILL] * BILLS, BILLS), abs=0.01)


def test_a_building_for_nobody_is_refused():
    """Rent ends construction, so there must be some."""
    tables = built()
    tables["contracts"]["A"]["facility"] = ""
    with pytest.raises(ScenarioError) as caught:
        scenario_of(tables)
    assert "lends for no contract" in str(caught.value)
