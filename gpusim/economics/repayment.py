"""What debt asks for: what falls due, what is paid, what reserves must hold, early repayment."""

from __future__ import annotations

from gpusim.economics.calendar import MONTHS_PER_YEAR, month_of
from gpusim.economics.equity import issue
from gpusim.economics.facilities import account_of, instalment_of, rate_of, revolver_of
from gpusim.economics.kernel import kernel
from gpusim.economics.ledger import (
    ACCRUED_INTEREST,
    CASH_FOR_CAPITALISED_INTEREST,
    CASH_FOR_INTEREST,
    CASH_FOR_PRINCIPAL,
    CONVERTIBLES,
    DEBT_DISCOUNT,
    INTEREST_AMORTISATION,
    PAID_IN_CAPITAL,
    REVOLVER_DEBT,
    post,
)
from gpusim.economics.measures import DEBT_NONCASH, DEBT_REPAID, SCHEDULED_PRINCIPAL
from gpusim.economics.money import cents, share_of
from gpusim.economics.state import (
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


@kernel
def due_in(
    s: State, w: World, d: int, month: int, left: int, instalments: int, following: int, rate: float
) -> int:
    """Principal of a draw that falls due at a month's end, its balloon included [cents].

    left: outstanding and not yet due [cents]; instalments left [count], the next one in the month
    `following`; rate of the day [1/year].
    """
    draw = s.draws[d]
    facility = s.facilities[draw.facility]
    if draw.scheduled != NONE:
        return min(s.schedule[draw.scheduled, month], left) if month < s.schedule.shape[1] else 0
    if facility.kind == REVOLVER:
        return left if month >= month_of(w, facility.maturity) else 0
    if month < following or instalments == 0:
        return 0
    return instalment_of(s, w, d, month, left, instalments, rate)


@kernel
def balloon_in(s: State, d: int, due: int, instalments: int) -> int:
    """The part of what falls due that is no scheduled principal: balloons, bullets, the revolver.

    due with the next of so many instalments [cents].
    """
    draw = s.draws[d]
    facility = s.facilities[draw.facility]
    if facility.law == BULLET or facility.kind == REVOLVER:
        return due
    if draw.scheduled == NONE and instalments == 1:
        return min(draw.balloon, due)
    return 0


@kernel
def fall_due(s: State, w: World, month: int) -> int:
    """What the month's end makes due: interest in payment months, and scheduled principal.

    Returns debt service [cents]: fees, interest and scheduled principal; balloons, bullets and the
    revolver's principal are left out. Source: definitions, DSCR.
    """
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        s.own_service[f, month] = facility.fees
        facility.fees_due += facility.fees
        facility.fees = 0
        if month % facility.pay_every == 0:
            facility.interest_due += facility.accrued
            s.own_service[f, month] += facility.accrued
            facility.accrued = 0
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        open_principal = draw.principal - draw.due
        if open_principal == 0:
            continue
        facility = s.facilities[draw.facility]
        rate = rate_of(s, draw.facility, w.base_rate[month], draw.margin)
        following, instalments = draw.next_month, draw.instalments
        due = due_in(s, w, d, month, open_principal, instalments, following, rate)
        balloon = balloon_in(s, d, due, instalments)
        if draw.scheduled == NONE and month >= following:
            draw.instalments -= 1
            draw.next_month += facility.pay_every
        if balloon > 0:
            kept = convert(s, d, balloon, month)
            if kept == 0:
                kept = refinance(s, w, d, balloon, month)
            due -= kept
            balloon -= kept
        draw.due += due
        facility.principal_due += due
        s.own_service[draw.facility, month] += due - balloon
        s.stocks[SCHEDULED_PRINCIPAL, month] += due
    service = 0
    for f in range(s.count[FACILITIES]):
        service += s.own_service[f, month]
    return service


@kernel
def convert(s: State, d: int, balloon: int, month: int) -> int:
    """Holders of a convertible take shares if they are worth more; principal settled so [cents].

    One liability until then; principal and what is left of its discount become paid-in capital.
    Source: ASU 2020-06; ASC 470-20-40-4, conversion without gain or loss.
    """
    draw = s.draws[d]
    facility = s.facilities[draw.facility]
    price = facility.conversion_price
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
    issue(s, balloon, price)
    return balloon


@kernel
def refinance(s: State, w: World, d: int, balloon: int, month: int) -> int:
    """Lenders roll a balloon over if the market is open and no covenant is broken [cents].

    The principal stays, due at once after the term of the refinancing, at a margin that moves by
    the stated shift and the market's spread of the day. What is refused must be paid.
    """
    draw = s.draws[d]
    facility = s.facilities[draw.facility]
    if facility.refinance_months == 0 or facility.kind == REVOLVER:
        return 0
    if w.market_open[month] == 0 or facility.stopped < NEVER:
        facility.refused = w.month_end[month]
        return 0
    facility.refinanced = w.month_end[month]
    draw.scheduled = NONE
    draw.balloon = balloon
    draw.instalments = 1
    draw.next_month = month + facility.refinance_months
    draw.margin += facility.refinance_margin + w.spread[month]
    return balloon


@kernel
def pay_fees(s: State, f: int, paid: int) -> None:
    """Fees leave the firm."""
    s.facilities[f].fees_due -= paid
    post(s, ACCRUED_INTEREST, CASH_FOR_INTEREST, paid)


@kernel
def pay_interest(s: State, f: int, paid: int) -> None:
    """Interest leaves the firm; the part that was capitalised is an investing flow.

    Source: ASC 230-10-45-13(c), interest capitalised as part of the cost of an asset.
    """
    s.facilities[f].interest_due -= paid
    capitalised = min(paid, s.firm[0].capitalised_unpaid)
    s.firm[0].capitalised_unpaid -= capitalised
    post(s, ACCRUED_INTEREST, CASH_FOR_CAPITALISED_INTEREST, capitalised)
    post(s, ACCRUED_INTEREST, CASH_FOR_INTEREST, paid - capitalised)


@kernel
def pay_principal(s: State, f: int, paid: int) -> None:
    """Principal leaves the firm and lowers the draws that are due, the oldest first.

    A draw repaid in full takes what is left of its discount to interest expense.
    """
    facility = s.facilities[f]
    facility.principal_due -= paid
    facility.principal -= paid
    if facility.kind == REVOLVER:
        facility.used -= paid
    post(s, account_of(facility.kind), CASH_FOR_PRINCIPAL, paid)
    s.stocks[DEBT_REPAID, s.clock[0].month] += paid
    left = paid
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        if draw.facility == f and draw.due > 0:
            part = min(left, draw.due)
            draw.due -= part
            draw.principal -= part
            left -= part
            if draw.principal == 0 and draw.discount > 0:
                post(s, INTEREST_AMORTISATION, DEBT_DISCOUNT, draw.discount)
                draw.discount = 0


@kernel
def repay_revolver(s: State, amount: int) -> None:
    """Voluntary repayment of the revolver from spare cash."""
    f = revolver_of(s)
    left = amount
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        if draw.facility == f:
            part = min(left, draw.principal - draw.due)
            draw.principal -= part
            s.facilities[f].principal -= part
            s.facilities[f].used -= part
            post(s, REVOLVER_DEBT, CASH_FOR_PRINCIPAL, part)
            s.stocks[DEBT_REPAID, s.clock[0].month] += part
            left -= part


@kernel
def prepay_principal(s: State, f: int, amount: int) -> int:
    """Repay principal that is not due, the oldest draw first; returns what was repaid [cents].

    Its share of the unamortised discount becomes interest expense. A draw's later instalments
    follow from what is left; a fixed schedule is cut from its end.
    Source: ASC 470-50-40-2, extinguishment of debt.
    """
    facility = s.facilities[f]
    left = amount
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        if draw.facility != f or left <= 0:
            continue
        part = min(left, draw.principal - draw.due)
        if part <= 0:
            continue
        written_off = share_of(draw.discount, part / draw.principal)
        draw.discount -= written_off
        post(s, INTEREST_AMORTISATION, DEBT_DISCOUNT, written_off)
        draw.principal -= part
        draw.balloon = min(draw.balloon, draw.principal)
        facility.principal -= part
        if facility.kind == REVOLVER:
            facility.used -= part
        post(s, account_of(facility.kind), CASH_FOR_PRINCIPAL, part)
        s.stocks[DEBT_REPAID, s.clock[0].month] += part
        left -= part
    return amount - left


@kernel
def service_ahead(s: State, w: World, f: int) -> int:
    """Interest and principal of the next months that a facility's reserve must hold [cents].

    At this month's base rate, balloons and bullets left out.
    """
    facility = s.facilities[f]
    month = s.clock[0].month
    total = 0
    if facility.reserve_months == 0:
        return 0
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        if draw.facility != f or draw.principal == 0:
            continue
        rate = rate_of(s, f, w.base_rate[month], draw.margin)
        left = draw.principal - draw.due
        instalments, following = draw.instalments, draw.next_month
        for ahead in range(month + 1, month + 1 + facility.reserve_months):
            total += cents(left * rate / MONTHS_PER_YEAR)
            due = due_in(s, w, d, ahead, left, instalments, following, rate)
            due -= balloon_in(s, d, due, instalments)
            if ahead >= following and instalments > 0:
                instalments -= 1
                following += facility.pay_every
            total += due
            left -= due
    return total


@kernel
def reserve_of(s: State, w: World, f: int) -> int:
    """Restricted cash a facility asks for: a share of its balance and months of service [cents]."""
    facility = s.facilities[f]
    wanted = share_of(facility.principal, facility.reserve_share) + service_ahead(s, w, f)
    return min(wanted, facility.principal)


@kernel
def reserve_required(s: State, w: World) -> int:
    """Restricted cash the lenders ask for [cents]."""
    total = 0
    for f in range(s.count[FACILITIES]):
        total += reserve_of(s, w, f)
    return total
