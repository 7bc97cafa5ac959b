"""What a day makes due: fees, interest and principal; what is converted or rolled over instead."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.equity import issue_shares
from gpusim.economics.books.ledger import CONVERTIBLES, DEBT_DISCOUNT, PAID_IN_CAPITAL, post
from gpusim.economics.books.measures import DEBT_NONCASH, DEBT_SERVICE, SCHEDULED_PRINCIPAL
from gpusim.economics.core.calendar import month_number
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    BULLET,
    CONVERTIBLE,
    DRAWS,
    FACILITIES,
    NEVER,
    NONE,
    REVOLVER,
    State,
    World,
)
from gpusim.economics.debt.calendars import next_payment
from gpusim.economics.debt.draws import instalment_of
from gpusim.economics.debt.facilities import has_billed, rate_of, terms_of
from gpusim.economics.debt.payment_dates import (
    date_in,
    day_in_month,
    instalment_after,
    month_paying,
    on_grid,
)


@kernel
def due_on(
    s: State, w: World, d: int, day: int, left: int, instalments: int, payment: int, rate: float
) -> int:
    """Principal of a draw that falls due on a day of its own, its balloon included [cents].

    left: outstanding and not yet due [cents]; instalments left [count]; payment: number of the
    payment date since the as-of day; rate of the day [1/year]. A stated schedule is paid on payment
    dates, and what is left of it at the maturity.
    """
    draw = s.draws[d]
    facility = s.facilities[draw.facility]
    if draw.scheduled != NONE:
        if day >= facility.maturity or payment >= s.schedule.shape[1]:
            return left
        return int(min(s.schedule[draw.scheduled, payment], left))
    if facility.kind == REVOLVER or instalments <= 1:
        return left
    return instalment_of(s, w, d, day, left, instalments, rate)


@kernel
def balloon_in(s: State, d: int, day: int, due: int, instalments: int) -> int:
    """The part of what falls due that is no scheduled principal: balloons, bullets, the revolver.

    due on a day with the next of so many instalments [cents]. Of a bullet with stated repayments
    it is what its maturity pays; those before are instalments. Source: definitions, instalments.
    """
    draw = s.draws[d]
    facility, law = s.facilities[draw.facility], terms_of(s, draw.facility).law
    if facility.kind == REVOLVER:
        return due
    if draw.scheduled != NONE:
        return due if law == BULLET and day >= facility.maturity else 0
    if law == BULLET:
        return due
    return min(draw.balloon, due) if instalments == 1 else 0


@kernel
def fall_due(s: State, w: World, month: int, day: int, only: int) -> None:
    """What a day makes due: fees, interest and principal of the debts with a payment date today.

    only: a facility; NONE for all. The last interest of a draw falls due with its last principal.
    Counts debt service [cents]: fees, interest and scheduled principal; balloons, bullets and the
    revolver's principal are left out. Source: definitions, DSCR.
    """
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        facility.paying = 0
        facility.interest_fell = 0
        if (only == NONE or f == only) and 0 < facility.next_payment <= day:
            facility.paying = 1
            facility.fees_due += facility.fees
            s.firm[0].none_due = 0
            if terms_of(s, f).non_recourse != 0 and not has_billed(s, f):
                facility.sponsor_fees_due += facility.fees
            count_service(s, f, month, facility.fees)
            facility.fees = 0
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        if draw.principal == 0 and draw.accrued == 0:
            continue
        if only == NONE or draw.facility == only:
            draw_falls_due(s, w, d, month, day)
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        if facility.paying != 0:
            facility.payments += 1
            facility.next_payment = next_payment(s, f, day)


@kernel
def count_service(s: State, f: int, month: int, amount: int) -> None:
    """Count debt service of a facility and of the firm [cents]."""
    s.own_service[f, month] += amount
    s.stocks[DEBT_SERVICE, month] += amount


@kernel
def draw_falls_due(s: State, w: World, d: int, month: int, day: int) -> None:
    """What today makes due of one draw; see `fall_due`."""
    draw = s.draws[d]
    f = draw.facility
    facility = s.facilities[f]
    comes, instalments = facility.paying != 0, draw.instalments
    if draw.scheduled == NONE:
        comes = instalments > 0 and draw.next_day <= day
    last = comes and draw.scheduled == NONE and instalments <= 1
    if facility.paying != 0 or last or draw.principal == 0:
        interest_falls_due(s, d, month)
    open_principal = draw.principal - draw.due
    if open_principal == 0 or not comes:
        return
    rate = rate_of(s, f, w.base_rate[month], draw.margin, day)
    due = due_on(s, w, d, day, open_principal, instalments, facility.payments, rate)
    balloon = balloon_in(s, d, day, due, instalments)
    if draw.scheduled == NONE:
        draw.instalments -= 1
        every = terms_of(s, f).every_months
        draw.next_day = instalment_after(
            draw.next_day, every, facility.pay_day, draw.instalments, draw.last_day
        )
    if balloon > 0:
        kept = convert(s, d, balloon, month)
        if kept == 0:
            kept = refinance(s, w, d, balloon, month, day)
        due -= kept
        balloon -= kept
        facility.matured += balloon
    draw.due += due
    facility.principal_due += due
    s.firm[0].none_due = 0
    count_service(s, f, month, due - balloon)
    s.stocks[SCHEDULED_PRINCIPAL, month] += due


@kernel
def interest_falls_due(s: State, d: int, month: int) -> None:
    """Interest accrued on a draw is to be paid today."""
    draw = s.draws[d]
    facility = s.facilities[draw.facility]
    facility.interest_due += draw.accrued
    facility.interest_fell += draw.accrued
    s.firm[0].none_due = 0
    facility.accrued -= draw.accrued
    count_service(s, draw.facility, month, draw.accrued)
    draw.accrued = 0


@kernel
def convert(s: State, d: int, balloon: int, month: int) -> int:
    """Holders of a convertible take shares if they are worth more; principal settled so [cents].

    One liability until then; principal and what is left of its discount become paid-in capital.
    Source: ASU 2020-06; ASC 470-20-40-4, conversion without gain or loss.
    """
    draw = s.draws[d]
    facility = s.facilities[draw.facility]
    price = terms_of(s, draw.facility).conversion_price
    if facility.kind != CONVERTIBLE or price <= 0.0 or s.share_price[month] <= price:
        return 0
    part = share_of(draw.discount, balloon / draw.principal)
    draw.discount -= part
    draw.principal -= balloon
    facility.principal -= balloon
    facility.converted += balloon
    facility.conversion_day = s.clock[0].today
    post(s, CONVERTIBLES, PAID_IN_CAPITAL, balloon)
    post(s, PAID_IN_CAPITAL, DEBT_DISCOUNT, part)
    s.stocks[DEBT_NONCASH, month] -= balloon
    issue_shares(s, balloon, price)
    return balloon


@kernel
def refinance(s: State, w: World, d: int, balloon: int, month: int, day: int) -> int:
    """Lenders roll a balloon over if the market is open and no covenant is broken [cents].

    The principal stays, due at once after the term of the refinancing, at a margin that moves by
    the stated shift and the market's spread of the day. What is refused must be paid. A debt that
    matures today has a new maturity, and its payment dates are counted from today.
    """
    draw = s.draws[d]
    facility, terms = s.facilities[draw.facility], terms_of(s, draw.facility)
    if terms.refinance_months == 0 or facility.kind == REVOLVER:
        return 0
    if w.market_open[month] == 0 or facility.stopped < NEVER:
        facility.refused = day
        return 0
    if day >= facility.maturity:
        facility.pay_day = day_in_month(day)
        facility.pay_from = month_number(day) + terms.every_months
    due = month_paying(day, facility.pay_day) + terms.refinance_months
    if day < facility.maturity and facility.refinanced != day:
        due = on_grid(due, facility.pay_from, terms.every_months)
    facility.refinanced = day
    facility.maturity = max(facility.maturity, date_in(due, facility.pay_day))
    draw.scheduled = NONE
    draw.balloon = balloon
    draw.instalments = 1
    draw.next_day = date_in(due, facility.pay_day)
    draw.last_day = draw.next_day
    draw.margin += terms.refinance_margin + w.spread[month]
    return balloon
