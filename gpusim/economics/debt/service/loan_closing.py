"""The day on which a loan closes: its lender's fee is paid, and it can be drawn."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.ledger import (
    CASH_FOR_DEBT_COSTS,
    DEBT_DISCOUNT,
    INTEREST_AMORTISATION,
    cash,
    post,
)
from gpusim.economics.core.agenda import CLOSE, FUND, LAPSE, SERVE, TREASURY, schedule, schedule_now
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import FACILITY_OPEN, STEP_SUPPLIERS, State, World
from gpusim.economics.debt.calendars import count_from_opening, next_payment, schedule_payments
from gpusim.economics.debt.facilities import terms_of
from gpusim.economics.debt.revolvers import draw_revolver, revolvers_available
from gpusim.economics.debt.service.unpaid import unpaid_before


@kernel
def close(s: State, w: World, f: int, day: int) -> None:
    """A loan closes and can be drawn, if the loan market is open and its fee paid; else next month.

    Its margin is the grid's plus the market's spread of the day; the availability period moves
    with a late closing. The fee on what is undrawn runs from this day on, the day included; if it
    is a payment date, that day's fee falls due on it. Source: definitions, undrawn fees.
    """
    facility = s.facilities[f]
    month = s.clock[0].month
    if w.market_open[month] == 0 or not pay_upfront(s, w, f, day):
        schedule(s, CLOSE, f, w.month_end[month] + 1)
        return
    facility.status = FACILITY_OPEN
    facility.margin += w.spread[month] * terms_of(s, f).spread_index
    facility.closes += day - facility.opens
    facility.opens = day
    facility.fee_through = day - 1
    if facility.anchored == 0:
        count_from_opening(s, f)
    facility.next_payment = next_payment(s, f, day - 1)
    schedule(s, LAPSE, f, facility.closes + 1)
    schedule_payments(s, w, f)
    if facility.next_payment == day < w.month_end[month]:
        schedule_now(s, SERVE, f)
    schedule_now(s, FUND, TREASURY)


@kernel
def upfront_fee(s: State, f: int) -> int:
    """What the lender of a loan is paid when it closes [cents]."""
    return share_of(s.facilities[f].commitment, terms_of(s, f).upfront_fee)


@kernel
def pay_upfront(s: State, w: World, f: int, day: int) -> bool:
    """Pay a loan's upfront fee, in full or not at all; whether it is paid.

    As a supplier's bill, but for the backstop: nothing is due before the loan closes. Source:
    definitions, upfront fee; fees due on the closing date are a condition precedent.
    """
    fee = upfront_fee(s, f)
    if fee == 0:
        return True
    before = unpaid_before(s, STEP_SUPPLIERS)
    draw_revolver(s, w, before + fee, day)
    if cash(s) - before < fee:
        return False
    post(s, DEBT_DISCOUNT, CASH_FOR_DEBT_COSTS, fee)
    s.facilities[f].upfront_left = fee
    return True


@kernel
def lacks_upfront(s: State, f: int) -> bool:
    """Whether cash and revolvers do not go for a loan's upfront fee today."""
    there = cash(s) + revolvers_available(s, s.clock[0].today) - unpaid_before(s, STEP_SUPPLIERS)
    return bool(there < upfront_fee(s, f))


@kernel
def charge_upfront(s: State, f: int) -> None:
    """What of the fee was for commitment that lapses undrawn is expense of the day.

    Source: definitions, upfront fee.
    """
    facility = s.facilities[f]
    post(s, INTEREST_AMORTISATION, DEBT_DISCOUNT, facility.upfront_left)
    facility.upfront_left = 0
