"""Draws: the yield of a schedule with payment dates before it, what a lender keeps, events."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.ledger import cash
from gpusim.economics.core.agenda import SERVE
from gpusim.economics.core.calendar import month_number
from gpusim.economics.core.state import NEVER, NONE
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt.draws import cash_draw
from gpusim.economics.debt.revolvers import draw_revolver
from gpusim.economics.debt.service.falling_due import fall_due, refinance
from gpusim.economics.decisions.expected_hardware import expect_facility_draw
from gpusim.units_of_measure import day_of
from tests.economics.test_funding import FAR, LINE
from tests.engines.build import book_of, quiet, world_of

ONLY = np.int64(0)


def opened(debt: dict[str, Any], day: dt.date, month: int, **changes: Any) -> tuple[Any, Any]:
    """A quiet firm without cash and its only facility, on a day of a month of the run."""
    book = book_of(quiet(debt={"L": LINE | debt | changes}, balance={"cash_usd": 0}))
    state, world = book.state, world_of(book)
    state.clock[0].today, state.clock[0].month = day_of(day), month
    state.clock[0].month_end = world.month_end[month]
    return state, world


def test_a_draw_yields_what_its_schedule_pays_on_what_was_received() -> None:
    """Of 2.9282 two are received plus a tenth; half of the face is repaid after three months, half
    after four: 1.4641 / 1.1^3 + 1.4641 / 1.1^4 = 2.1, so 10% a month. No coupon, interest dates
    on each month's end."""
    law = {"law": "straight", "months": 4, "grace_months": 2, "every_months": 1}
    kept = (2.9282 - 2.1) / 2.9282
    debt = {"kind": "delayed-draw", "amortisation": law, "draw_discount": kept, "margin": 0}
    june = dt.date(2026, 6, 30)
    state, world = opened(debt, june, 3, commitment_usd=29_282)
    cash_draw(to_pointer(state), world_to_pointer(world), ONLY, 29_282_00, day_of(june))
    draw = state.draws[0]
    assert (draw.next_day, draw.last_day) == (
        day_of(dt.date(2026, 9, 30)),
        day_of(dt.date(2026, 10, 31)),
    )
    assert draw.yield_month == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize("missing", [980_00, 981_37, 1])
def test_a_revolver_whose_lender_keeps_a_share_brings_what_is_missing(missing: int) -> None:
    """Face of 1,000 less 2% is 980: what comes is what is missing, to the cent above."""
    debt = {"kind": "revolver", "draw_discount": 0.02}
    day = dt.date(2026, 6, 12)
    state, world = opened(debt, day, 3)
    s = to_pointer(state)
    came = draw_revolver(s, world_to_pointer(world), missing, day_of(day))
    assert came == cash(s)
    assert missing <= came <= missing + 1


def test_a_payment_at_the_months_end_is_the_books_and_has_no_event() -> None:
    """Interest on month ends, drawn on the 12th; a loan that matures on the 20th has an event."""
    day = dt.date(2026, 6, 12)
    for maturity, due in ((FAR, NEVER), (dt.date(2026, 6, 20), day_of(dt.date(2026, 6, 20)))):
        debt = {"kind": "revolver", "maturity": maturity, "available_to": dt.date(2026, 6, 19)}
        state, world = opened(debt, day, 3)
        state.facilities[0].next_payment = min(day_of(dt.date(2026, 6, 30)), day_of(maturity))
        cash_draw(to_pointer(state), world_to_pointer(world), ONLY, 1_000_00, day_of(day))
        assert state.due[SERVE, 0] == due


def test_a_draw_to_come_is_expected_to_pay_on_its_day_of_the_month() -> None:
    """1.2m at 12% from 12 June on, due on the 15th: three days of 400, then months of 12,000."""
    law = {"law": "bullet", "months": 24, "every_months": 1}
    terms = {"kind": "delayed-draw", "amortisation": law, "margin": 0.12, "day_count": "30/360"}
    june = dt.date(2026, 6, 12)
    state, world = opened(terms, june, 3)
    state.facilities[0].pay_day = 15
    state.outlook[:] = 0
    expect_facility_draw(
        to_pointer(state), world_to_pointer(world), ONLY, day_of(june), 1_200_000_00, 6
    )
    assert state.outlook[:7].tolist() == [0, 0, 0, 1_198_800_00, *[-12_000_00] * 3]


@pytest.mark.parametrize(("left", "due"), [(0, 500), (1, 0), (1_000_00, 0)])
def test_interest_of_a_draw_that_is_gone_waits_for_no_payment_date(left: int, due: int) -> None:
    """500 cents have accrued on what was repaid in June; the loan pays again in July."""
    law = {"law": "bullet", "months": 24, "every_months": 1}
    june = dt.date(2026, 6, 30)
    state, world = opened({"kind": "delayed-draw", "amortisation": law}, june, 3)
    s, w = to_pointer(state), world_to_pointer(world)
    cash_draw(s, w, ONLY, 1_000_00, day_of(june))
    state.facilities[0].next_payment = day_of(dt.date(2026, 7, 31))
    state.draws[0].principal, state.draws[0].accrued, state.facilities[0].accrued = left, 500, 500
    fall_due(s, w, 3, day_of(june), int(NONE))
    assert state.facilities[0].interest_due == due
    assert state.draws[0].accrued == 500 - due


def test_a_last_cent_falls_due_with_the_last_instalment() -> None:
    law = {"law": "bullet", "months": 1, "every_months": 1}
    june, july = dt.date(2026, 6, 30), dt.date(2026, 7, 31)
    state, world = opened({"kind": "delayed-draw", "amortisation": law}, june, 3)
    s, w = to_pointer(state), world_to_pointer(world)
    cash_draw(s, w, ONLY, 1, day_of(june))
    state.clock[0].today, state.clock[0].month = day_of(july), 4
    fall_due(s, w, 4, day_of(july), int(NONE))
    assert state.facilities[0].principal_due == 1


@pytest.mark.parametrize(
    ("months", "due"), [(12, dt.date(2027, 6, 30)), (13, dt.date(2027, 9, 30))]
)
def test_a_balloon_that_is_rolled_over_is_due_on_the_payment_date_after_its_term(months, due):
    """On 30 June 2026; the loan pays at the ends of quarters, and matures long after."""
    law = {"law": "bullet", "months": 120, "every_months": 3}
    june = dt.date(2026, 6, 30)
    state, world = opened({"kind": "delayed-draw", "amortisation": law}, june, 3)
    s, w, loan = to_pointer(state), world_to_pointer(world), state.facilities[0]
    cash_draw(s, w, ONLY, 1_000_00, day_of(june))
    state.terms[loan.terms].refinance_months = months
    loan.pay_from = month_number(day_of(june))
    loan.refinanced = NEVER
    world.market_open[3] = 1
    assert refinance(s, w, 0, 1_000_00, 3, day_of(june)) == 1_000_00
    assert state.draws[0].next_day == state.draws[0].last_day == day_of(due)
