"""Debt as agreements: closing and lapse, draws with their own schedules, a month's service.

`debt` has the arithmetic; here it meets a facility and its draws. A facility's dues are collected
at month ends and paid by the waterfall; a draw's principal falls only when it is paid.
"""

from __future__ import annotations

import numpy as np

from gpusim.economics.agenda import CLOSE, FUND, LAPSE, TREASURY, arm, ring
from gpusim.economics.calendar import MONTHS_PER_YEAR, month_of
from gpusim.economics.debt import (
    constant_yield,
    day_count,
    discount_amortised,
    first_instalment,
    hedged_rate,
    instalment_plan,
    interest,
    principal_due,
    schedule_yield,
    sculpted_principal,
    undrawn_fee,
)
from gpusim.economics.kernel import ZERO, kernel
from gpusim.economics.ledger import (
    ACCRUED_INTEREST,
    CASH_FROM_DRAWS,
    CONSTRUCTION_IN_PROGRESS,
    CONVERTIBLES,
    DEBT_DISCOUNT,
    INTEREST_AMORTISATION,
    INTEREST_CONTRACTUAL,
    INTEREST_UNDRAWN_FEES,
    LOANS,
    NOTES,
    REVOLVER_DEBT,
    VENDOR_DEBT,
    post,
)
from gpusim.economics.measures import DEBT_DRAWN, DEBT_NONCASH
from gpusim.economics.money import muldiv, share_of
from gpusim.economics.plans import planned_cash
from gpusim.economics.state import (
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
def last_rank(s: State) -> int:
    """The most junior rank of any facility; 0 is the most senior."""
    rank = ZERO
    for f in range(s.count[FACILITIES]):
        rank = max(rank, s.facilities[f].seniority)
    return int(rank)


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
    draw.next_month, draw.instalments = instalment_plan(
        facility.law, month, first, end, facility.pay_every
    )
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
    first = first_instalment(month, facility.grace_months, facility.pay_every)
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
def total_principal(s: State) -> int:
    """Principal of all draws [cents]."""
    total = 0
    for d in range(s.count[DRAWS]):
        total += s.draws[d].principal
    return total
