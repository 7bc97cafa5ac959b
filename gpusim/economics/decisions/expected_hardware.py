"""Hardware and loans in the outlook: what is paid for it, what is drawn, and what debt costs."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.agenda import CLOSE
from gpusim.economics.core.calendar import last_day, month_number
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    BILLS,
    COMING,
    DRAWS,
    FACILITIES,
    FACILITY_CLOSED,
    FACILITY_PLANNED,
    NEVER,
    NONE,
    OPEN,
    ORDER_IN_SERVICE,
    ORDER_PLACED,
    LoanTerms,
    State,
    World,
)
from gpusim.economics.debt.facilities import is_stopped, terms_of
from gpusim.economics.debt.loan_arithmetic import coupon
from gpusim.economics.debt.payment_dates import (
    date_in,
    first_payment,
    instalment_days,
    month_paying,
)
from gpusim.economics.debt.service.foresight import (
    WRITTEN,
    expect_calendar,
    expect_interest,
    foresee,
    foresee_draw,
)
from gpusim.economics.debt.service.loan_closing import upfront_fee
from gpusim.economics.debt.service.reserves import reserve_top_up, set_aside
from gpusim.economics.debt.service.unpaid import payable_to
from gpusim.economics.decisions.expected_sites import cost_to_come
from gpusim.economics.decisions.outlook_space import add_flow


@kernel
def expect_service(s: State, w: World, last: int) -> None:
    """Service of every draw, balloons included; what is unpaid, reserves lack, closings cost."""
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].status == FACILITY_PLANNED:
            add_flow(s, w, s.due[CLOSE, f], -upfront_fee(s, f))
        add_flow(s, w, s.facilities[f].next_payment, -s.facilities[f].fees)
        s.outlook[s.clock[0].month] -= payable_to(s, f) + reserve_top_up(s, f)
    until = last_day(w, last)
    for d in range(s.count[DRAWS]):
        if s.draws[d].principal > 0 or s.draws[d].accrued > 0:
            foresee_draw(s, w, d, until, WRITTEN)


@kernel
def expect_draw(s: State, w: World, terms: LoanTerms, day: int, amount: int, last: int) -> None:
    """Expect a draw on a day: its proceeds, and what it costs until the last month.

    Its calendar and rate stand in `State.foreseen` already; without a first payment month there,
    payments are counted from this draw. A sculpted draw is expected to be repaid level: the plan
    of what is not signed is not written.
    """
    if amount <= 0:
        return
    ahead = s.foreseen[0]
    kept = share_of(amount, terms.draw_discount) + set_aside(terms, amount)
    add_flow(s, w, day, amount - kept)
    drawn = max(day, s.clock[0].today)
    if ahead.pay_from == NONE:
        ahead.pay_from = first_payment(month_paying(drawn, ahead.pay_day), terms)
    ahead.next_day, ahead.instalments, ahead.last_day = instalment_days(
        drawn, terms, ahead.pay_from, ahead.pay_day, ahead.maturity
    )
    ahead.draw = NONE
    ahead.principal = amount
    ahead.balloon = share_of(amount, terms.balloon_share)
    ahead.accrued = 0
    ahead.payment = 0
    foresee(s, w, terms, drawn, last_day(w, last), WRITTEN)


@kernel
def expect_facility_draw(s: State, w: World, f: int, day: int, amount: int, last: int) -> None:
    """Expect a draw on a facility that is there or will close."""
    facility = s.facilities[f]
    first = facility.pay_from if facility.anchored != 0 else NONE
    expect_draw_from(s, w, f, first, day, amount, last)


@kernel
def expect_draw_from(
    s: State, w: World, f: int, first: int, day: int, amount: int, last: int
) -> None:
    """Expect a draw on a facility whose payments are counted from a month; NONE: from the draw."""
    facility, terms = s.facilities[f], terms_of(s, f)
    expect_calendar(s, first, facility.pay_day, facility.maturity)
    if terms.draws_interest != 0:
        facility.expected += max(amount, 0)
        expect_interest(s, f)
    s.foreseen[0].rate = coupon(terms, w.base_rate[s.clock[0].month], facility.margin)
    expect_draw(s, w, terms, day, amount, last)


@kernel
def expect_draws_for_interest(s: State, w: World, last: int) -> None:
    """Expect what loans are drawn for interest that falls due before the first planned rent.

    In order of months, for such a draw bears interest too. What of a commitment no draw that is
    expected takes is there for it. Source: `interest_draws.draw_interest`.
    """
    for f in range(min(s.count[FACILITIES], len(s.interest_ahead))):
        facility, terms = s.facilities[f], terms_of(s, f)
        if terms.draws_interest == 0:
            continue
        for ahead in range(s.clock[0].month, last + 1):
            fell = s.interest_ahead[f, ahead]
            first, day = paid_in(w, ahead, facility.pay_day)
            day = min(day, facility.maturity)
            if fell > 0 and is_drawable(s, f, day):
                left = facility.commitment - facility.used - facility.expected
                amount = min(share_of(fell, terms.advance_rate), left)
                expect_draw_from(s, w, f, first, day, max(amount, 0), last)


@kernel
def paid_in(w: World, ahead: int, pay_day: int) -> tuple[int, int]:
    """Calendar month of a month of the outlook, and the day in it on which debt is paid."""
    month = month_number(w.month_end[0]) + ahead
    return int(month), int(date_in(month, pay_day))


@kernel
def expect_no_interest(s: State) -> None:
    """Nothing is expected to be drawn yet."""
    for row in range(len(s.interest_ahead)):
        if row < s.count[FACILITIES]:
            s.facilities[row].expected = 0
        for month in range(s.interest_ahead.shape[1]):
            s.interest_ahead[row, month] = 0


@kernel
def is_drawable(s: State, f: int, day: int) -> bool:
    """Whether a facility can be expected to be drawn on a day."""
    if f == NONE or is_stopped(s, f):
        return False
    facility = s.facilities[f]
    open_then = facility.status != FACILITY_CLOSED and facility.closes >= day
    return bool(open_then and facility.maturity > day)


@kernel
def expect_bills(s: State, w: World, last: int) -> None:
    """Suppliers' bills, those overdue this month, and the draws that pay part of them."""
    s.outlook[s.clock[0].month] -= s.firm[0].bills_overdue
    for b in range(s.clock[0].first_bill, s.count[BILLS]):
        bill = s.bills[b]
        if bill.status == OPEN:
            add_flow(s, w, bill.due, -bill.amount)
            if bill.loan > 0 and is_drawable(s, bill.facility, bill.due):
                expect_facility_draw(s, w, bill.facility, bill.due, bill.loan, last)


@kernel
def expect_orders(s: State, w: World, last: int) -> None:
    """Cost of orders that no bill asks for yet: deposit, the rest, and the draws for it."""
    today = s.clock[0].today
    for n in range(s.count[COMING]):
        k = s.coming[n]
        order = s.orders[k]
        if order.cost <= 0 or order.status >= ORDER_IN_SERVICE:
            continue
        gen = s.gens[order.gen]
        if order.status >= ORDER_PLACED:
            ordered = order.placed if order.placed < NEVER else today
            delivered = ordered + gen.lead_days
            if order.status > ORDER_PLACED:
                delivered = today
            pay_for(
                s,
                w,
                order.facility,
                order.vendor,
                order.cost - order.paid_ahead,
                order.loan,
                order.vendor_credit,
                delivered,
                gen.payment_days,
                last,
            )
            continue
        ordered = max(order.planned, today)
        cost = cost_to_come(s, w, k)
        deposit = share_of(cost, gen.deposit_share)
        add_flow(s, w, ordered, -deposit)
        rest = cost - deposit
        loan = min(share_of(cost, order.loan_share), rest)
        vendor = min(share_of(cost, order.vendor_share), rest - loan)
        delivered = ordered + gen.lead_days
        pay_for(
            s,
            w,
            order.facility,
            order.vendor,
            rest,
            loan,
            vendor,
            delivered,
            gen.payment_days,
            last,
        )


@kernel
def pay_for(
    s: State,
    w: World,
    facility: int,
    vendor: int,
    rest: int,
    loan: int,
    vendor_credit: int,
    delivered: int,
    payment_days: int,
    last: int,
) -> None:
    """Expect the bill for hardware, the supplier's credit at delivery and the loan at the bill."""
    due = max(delivered, s.clock[0].today) + payment_days
    if vendor_credit > 0 and is_drawable(s, vendor, delivered):
        add_flow(s, w, delivered, -vendor_credit)
        expect_facility_draw(s, w, vendor, delivered, vendor_credit, last)
        rest -= vendor_credit
    add_flow(s, w, due, -rest)
    if loan > 0 and is_drawable(s, facility, due):
        expect_facility_draw(s, w, facility, due, loan, last)
