"""Debt as agreements: closing and lapse, draws with their own schedules, a month's service.

`debt` has the arithmetic; here it meets a facility and its draws. A facility's dues are collected
at month ends and paid by the waterfall; a draw's principal falls only when it is paid.
"""

from __future__ import annotations

import numpy as np

from gpusim.economics.agenda import CLOSE, FUND, LAPSE, arm, ring
from gpusim.economics.calendar import month_of
from gpusim.economics.debt import (
    constant_yield,
    day_count,
    discount_amortised,
    hedged_rate,
    interest,
    principal_due,
    schedule_yield,
    sculpted_principal,
    undrawn_fee,
)
from gpusim.economics.equity import issue
from gpusim.economics.kernel import ZERO, const, kernel
from gpusim.economics.ledger import (
    ACCRUED_INTEREST,
    CASH_FOR_CAPITALISED_INTEREST,
    CASH_FOR_INTEREST,
    CASH_FOR_PRINCIPAL,
    CASH_FROM_DRAWS,
    CONSTRUCTION_IN_PROGRESS,
    CONVERTIBLES,
    DEBT_DISCOUNT,
    INTEREST_AMORTISATION,
    INTEREST_CONTRACTUAL,
    INTEREST_UNDRAWN_FEES,
    LOANS,
    NOTES,
    PAID_IN_CAPITAL,
    REVOLVER_DEBT,
    VENDOR_DEBT,
    post,
)
from gpusim.economics.measures import DEBT_DRAWN, DEBT_NONCASH, DEBT_REPAID, SCHEDULED_PRINCIPAL
from gpusim.economics.money import cents, muldiv, share_of
from gpusim.economics.plans import planned_cash
from gpusim.economics.state import (
    BULLET,
    CONVERTIBLE,
    DRAWS,
    FACILITIES,
    FACILITY_OPEN,
    LOAN,
    NEVER,
    NONE,
    NOTE,
    REVOLVER,
    SCULPTED,
    VENDOR,
    State,
    World,
)

TREASURY = const(0)
MONTHS_PER_YEAR = 12.0
ACT_360_YEAR = 365.25 / 360.0
"""Interest of an average year on ACT/360, in years of interest."""


@kernel
def close(s: State, w: World, f: int, day: int) -> None:
    """A loan closes and can be drawn, if the loan market is open this month; else next month.

    Its margin is the grid's plus the market's spread of the day; the availability period moves
    with a late closing.
    """
    facility = s.facilities[f]
    month = s.clock[0].month
    if w.market_open[month] == 0:
        arm(s, CLOSE, f, w.month_end[month] + 1)
        return
    facility.status = FACILITY_OPEN
    facility.margin += w.spread[month] * facility.spread_index
    facility.closes += day - facility.opens
    facility.opens = day
    facility.fee_through = day
    arm(s, LAPSE, f, facility.closes + 1)
    ring(s, FUND, TREASURY)


@kernel
def blank_facility(s: State) -> int:
    """A facility without terms, nothing tested or broken yet; returns its row."""
    f = s.count[FACILITIES]
    s.count[FACILITIES] = f + 1
    loan = s.facilities[f]
    loan.size_binds = NONE
    loan.cut_by = NONE
    loan.cut_day = NEVER
    loan.dscr_breach = NEVER
    loan.liquidity_breach = NEVER
    loan.realisation_breach = NEVER
    loan.ltv_breach = NEVER
    loan.ltv_market_breach = NEVER
    loan.stopped = NEVER
    loan.first_stopped = NEVER
    loan.accelerated = NEVER
    loan.seized = NEVER
    loan.cleared = NEVER
    loan.cured = NEVER
    loan.refinanced = NEVER
    loan.refused = NEVER
    loan.conversion_day = NEVER
    return int(f)


@kernel
def account_of(kind: int) -> int:
    """Ledger account of a facility kind's principal."""
    if kind == LOAN:
        return LOANS
    if kind == NOTE:
        return NOTES
    if kind == CONVERTIBLE:
        return CONVERTIBLES
    if kind == REVOLVER:
        return REVOLVER_DEBT
    return VENDOR_DEBT


@kernel
def is_stopped(s: State, f: int) -> bool:
    """Whether a covenant in breach stops draws on a facility."""
    return bool(s.facilities[f].stopped < NEVER and s.facilities[f].stops_draws != 0)


@kernel
def rate_of(s: State, f: int, base: float, margin: float) -> float:
    """What a draw of a facility costs at a base rate, its hedge included [1/year]."""
    facility = s.facilities[f]
    return hedged_rate(
        facility.floating,
        base,
        facility.base_floor,
        margin,
        facility.hedged_share,
        facility.swap_rate,
    )


@kernel
def room(s: State, f: int) -> int:
    """What a facility can still promise today [cents]."""
    facility = s.facilities[f]
    if facility.status != FACILITY_OPEN or is_stopped(s, f):
        return 0
    return max(facility.commitment - facility.used - facility.reserved, 0)


@kernel
def new_draw(s: State, w: World, f: int, amount: int, day: int) -> int:
    """A draw with its own schedule, and its discount; returns the discount [cents].

    A supplier lends its price in full: no discount.
    """
    facility = s.facilities[f]
    month = s.clock[0].month
    row = s.count[DRAWS]
    s.count[DRAWS] = row + 1
    draw = s.draws[row]
    draw.facility = f
    draw.original = amount
    draw.principal = amount
    draw.discount = 0
    if facility.kind != VENDOR:
        draw.discount = share_of(amount, facility.discount_share)
    draw.drawn = day
    draw.month = month
    draw.scheduled = NONE
    draw.due = 0
    draw.margin = facility.margin
    draw.balloon = share_of(amount, facility.balloon_share)
    draw.cash_share = min(amount / facility.commitment, 1.0) if facility.commitment > 0 else 1.0
    first, end = instalment_months(s, w, f, month)
    if facility.law == BULLET or first >= end:
        draw.instalments = 1
        draw.next_month = max(end, month + 1)
    else:
        draw.instalments = (end - first) // facility.pay_every + 1
        draw.next_month = first
    rate = rate_of(s, f, w.base_rate[month], draw.margin)
    draw.coupon_month = rate / MONTHS_PER_YEAR
    draw.yield_month = draw.coupon_month
    if facility.law == SCULPTED and draw.discount > 0:
        draw.yield_month = sculpted_yield(s, w, row)
    elif facility.law != SCULPTED:
        draw.yield_month = constant_yield(
            amount,
            draw.discount,
            draw.balloon,
            draw.instalments,
            facility.pay_every,
            draw.next_month - month,
            draw.coupon_month,
            facility.law,
        )
    accrue_fee(s, f, day)
    facility.principal += amount
    facility.used += amount
    return int(draw.discount)


@kernel
def instalment_months(s: State, w: World, f: int, month: int) -> tuple[int, int]:
    """Months of the first and the last instalment of a draw in a month; the first may be later."""
    facility = s.facilities[f]
    every = facility.pay_every
    first = month + facility.grace_months + every
    first += (every - first % every) % every
    return first, min(month + facility.months, month_of(w, facility.maturity))


@kernel
def period_rate(s: State, f: int, rate: float) -> float:
    """Interest of an average period between instalments, by the day count [1/period].

    rate [1/year].
    """
    facility = s.facilities[f]
    period = rate / MONTHS_PER_YEAR * facility.pay_every
    return period if facility.thirty_360 != 0 else period * ACT_360_YEAR


@kernel
def instalment_of(
    s: State, w: World, d: int, month: int, left: int, instalments: int, rate: float
) -> int:
    """Principal of a draw's instalment in a month, by its facility's law [cents].

    left outstanding before it [cents]; instalments left [count]; rate of that day [1/year]. A
    sculpted draw takes its share of the contract cash that was planned for the months since the
    last instalment, and the interest of its own day, so that its schedule is fixed when drawn.
    """
    draw = s.draws[d]
    facility = s.facilities[draw.facility]
    every = facility.pay_every
    if facility.law != SCULPTED:
        period = rate * every / MONTHS_PER_YEAR
        return int(principal_due(facility.law, left, draw.balloon, instalments, period))
    planned = planned_cash(s, w, draw.facility, month - every + 1, month)
    cash = planned * (1.0 - facility.running_share) * draw.cash_share
    period = period_rate(s, draw.facility, draw.coupon_month * MONTHS_PER_YEAR)
    return int(
        sculpted_principal(cash, facility.sculpt_dscr, left, draw.balloon, period, instalments)
    )


@kernel
def sculpted_yield(s: State, w: World, d: int) -> float:
    """The constant monthly yield of a sculpted draw, from its schedule [1/month]."""
    draw = s.draws[d]
    every = s.facilities[draw.facility].pay_every
    months = draw.next_month - draw.month + (draw.instalments - 1) * every
    by_month = np.zeros(months, np.int64)
    left = draw.principal
    for n in range(draw.instalments):
        month = draw.next_month + n * every
        rate = draw.coupon_month * MONTHS_PER_YEAR
        due = instalment_of(s, w, d, month, left, draw.instalments - n, rate)
        by_month[month - draw.month - 1] = due
        left -= due
    return float(schedule_yield(by_month, ZERO, ZERO, draw.discount, draw.coupon_month))


@kernel
def cash_draw(s: State, w: World, f: int, amount: int, day: int) -> int:
    """Draw cash; the lender keeps the discount. Returns the proceeds [cents]."""
    if amount <= 0:
        return 0
    discount = new_draw(s, w, f, amount, day)
    account = account_of(s.facilities[f].kind)
    post(s, CASH_FROM_DRAWS, account, amount - discount)
    post(s, DEBT_DISCOUNT, account, discount)
    s.stocks[DEBT_DRAWN, s.clock[0].month] += amount
    return amount - discount


@kernel
def vendor_draw(s: State, w: World, f: int, amount: int, day: int) -> None:
    """The supplier lends a part of its price: debt and construction in progress, no cash."""
    from_reserve = min(s.facilities[f].reserved, amount)
    s.facilities[f].reserved -= from_reserve
    new_draw(s, w, f, amount, day)
    post(s, CONSTRUCTION_IN_PROGRESS, account_of(VENDOR), amount)
    s.stocks[DEBT_NONCASH, s.clock[0].month] += amount


@kernel
def revolver_of(s: State) -> int:
    """Row of the revolver; NONE if the firm has none."""
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].kind == REVOLVER:
            return f
    return NONE


@kernel
def revolver_room(s: State) -> int:
    """What can be drawn on the revolver today [cents]."""
    f = revolver_of(s)
    if f == NONE:
        return 0
    return room(s, f)


@kernel
def draw_revolver(s: State, w: World, amount: int, day: int) -> int:
    """Draw up to an amount on the revolver, due at its maturity; returns what it gave [cents]."""
    f = revolver_of(s)
    if f == NONE:
        return 0
    drawn = min(amount, room(s, f))
    if drawn <= 0:
        return 0
    return cash_draw(s, w, f, drawn, day)


@kernel
def accrue(s: State, w: World, month: int) -> int:
    """Interest, discount and undrawn fees of the month; returns interest incurred [cents].

    Interest runs from the day after the draw, on the balance that was open through the month:
    principal is paid at month ends only.
    """
    end = w.month_end[month]
    month_days = end - w.month_end[month - 1]
    base = w.base_rate[month]
    incurred = 0
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        if draw.principal == 0:
            continue
        facility = s.facilities[draw.facility]
        days = min(end - draw.drawn, month_days)
        rate = rate_of(s, draw.facility, base, draw.margin)
        amount = interest(draw.principal, rate, day_count(days, month_days, facility.thirty_360))
        facility.accrued += amount
        post(s, INTEREST_CONTRACTUAL, ACCRUED_INTEREST, amount)
        amortised = discount_amortised(
            draw.principal, draw.discount, draw.yield_month, draw.coupon_month
        )
        amortised = muldiv(amortised, days, month_days)
        draw.discount -= amortised
        post(s, INTEREST_AMORTISATION, DEBT_DISCOUNT, amortised)
        incurred += amount + amortised
    for f in range(s.count[FACILITIES]):
        accrue_fee(s, f, end)
    return incurred


@kernel
def accrue_fee(s: State, f: int, day: int) -> None:
    """Accrue the undrawn fee up to the end of a day; called before what is unused changes.

    Source: credit agreements, commitment fee on the daily unused commitment.
    """
    facility = s.facilities[f]
    if facility.status == FACILITY_OPEN:
        unused = facility.commitment - facility.used
        fee = undrawn_fee(unused, facility.undrawn_fee, day - facility.fee_through)
        facility.fees += fee
        post(s, INTEREST_UNDRAWN_FEES, ACCRUED_INTEREST, fee)
    facility.fee_through = day


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
        due, balloon = 0, 0
        if draw.scheduled != NONE:
            due = min(s.schedule[draw.scheduled, month], open_principal)
            if facility.law == BULLET:
                balloon = due
        elif facility.kind == REVOLVER:
            if month >= month_of(w, facility.maturity):
                due = open_principal
                balloon = due
        elif month >= draw.next_month:
            rate = rate_of(s, draw.facility, w.base_rate[month], draw.margin)
            due = instalment_of(s, w, d, month, open_principal, draw.instalments, rate)
            if facility.law == BULLET:
                balloon = due
            elif draw.instalments == 1:
                balloon = min(draw.balloon, due)
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
            due = 0
            if draw.scheduled != NONE:
                if ahead < s.schedule.shape[1] and facility.law != BULLET:
                    due = min(s.schedule[draw.scheduled, ahead], left)
            elif facility.law != BULLET and ahead >= following and instalments > 0:
                due = instalment_of(s, w, d, ahead, left, instalments, rate)
                if instalments == 1:
                    due -= min(draw.balloon, due)
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


@kernel
def total_principal(s: State) -> int:
    """Principal of all draws [cents]."""
    total = 0
    for d in range(s.count[DRAWS]):
        total += s.draws[d].principal
    return total
