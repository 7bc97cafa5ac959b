"""Debt arithmetic: interest, schedules, effective yield, fees and how much may be borrowed.

A schedule is never stored: the principal of an instalment follows from what is outstanding, so a
prepayment or a moved base rate needs no other rule. Months of interest are whole: discount is
amortised month by month at the yield that the months' own cash flows imply.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpusim.economics.kernel import const, kernel
from gpusim.economics.money import cents, share_of
from gpusim.economics.state import BULLET, LEVEL, STRAIGHT

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

YIELD_STEPS = const(60)
YIELD_TOLERANCE = 1e-14


@kernel
def interest(principal: int, rate: float, days: int) -> int:
    """Interest on a balance over counted days of a 360-day year.

    principal [cents]; rate [1/year]; days [day], counted by `day_count`.
    Source: loan-market convention for SOFR loans, ACT/360; bond-market convention, 30/360.

    >>> interest(100_000_00, 0.12, 30)
    100000
    """
    return cents(principal * rate * days / 360.0)


@kernel
def day_count(days_actual: int, days_in_month: int, thirty_360: int) -> int:
    """Days that earn interest within one month: actual, or the month's share of thirty.

    days_actual, days_in_month [day]; thirty_360 [1: 30/360, 0: ACT/360].
    Source: day counts ACT/360 and 30/360 of the 2006 ISDA Definitions, section 4.16.

    >>> day_count(31, 31, 1), day_count(14, 28, 1), day_count(31, 31, 0)
    (30, 15, 31)
    """
    if thirty_360 == 0:
        return days_actual
    return (60 * days_actual + days_in_month) // (2 * days_in_month)


@kernel
def draw_rate(floating: int, base: float, floor: float, margin: float) -> float:
    """The coupon of a draw: margin over the floored base rate, or the margin alone if fixed.

    floating [1 or 0]; base, floor, margin [1/year].
    Source: credit agreements: Term SOFR, not below the floor, plus the applicable margin.

    >>> draw_rate(1, 0.25, 0.5, 0.125)
    0.625
    """
    if floating == 0:
        return margin
    return max(base, floor) + margin


@kernel
def hedged_rate(
    floating: int, base: float, floor: float, margin: float, share: float, swap: float
) -> float:
    """The coupon of a draw of which a share pays a swap's fixed rate instead of the base.

    floating [1 or 0]; base, floor, margin, swap [1/year]; share of principal hedged [fraction].
    The swap is taken with the loan's floor: the borrower pays swap plus margin, whatever the base.
    Source: interest-rate swap agreements required by delayed-draw term loans.

    >>> hedged_rate(1, 0.25, 0.0, 0.125, 0.5, 0.125)
    0.3125
    """
    if share == 0.0 or floating == 0:
        return draw_rate(floating, base, floor, margin)
    return share * swap + (1.0 - share) * max(base, floor) + margin


@kernel
def level_payment(principal: int, balloon: int, rate_period: float, instalments: int) -> float:
    """The equal payment of interest and principal that leaves the balloon after the last one.

    principal, balloon [cents]; rate_period [1/period]; instalments [count].
    Source: ordinary annuity: A = (P - B v^n) / (v + v^2 + ... + v^n) with v = 1 / (1 + r).

    >>> round(level_payment(2100, 0, 0.1, 2), 9)
    1210.0
    """
    weight, factor = 0.0, 1.0
    for _ in range(instalments):
        factor /= 1.0 + rate_period
        weight += factor
    return (principal - balloon * factor) / weight


@kernel
def principal_due(
    law: int, principal: int, balloon: int, instalments_left: int, rate_period: float
) -> int:
    """Principal of the next instalment; the last one takes all that is left, balloon included.

    law [LEVEL, STRAIGHT or BULLET]; principal outstanding, balloon [cents]; instalments_left
    [count], the next one included; rate_period [1/period].
    Source: term-loan amortisation: level payment, equal principal, or all at maturity.

    >>> [principal_due(law, 2100_00, 0, 2, 0.1) for law in (0, 1, 2)]
    [100000, 105000, 0]
    """
    payment = 0.0
    if law == LEVEL and instalments_left > 1:
        payment = level_payment(principal, balloon, rate_period, instalments_left)
    return instalment(law, principal, balloon, instalments_left, rate_period, payment)


@kernel
def instalment(
    law: int,
    principal: int,
    balloon: int,
    instalments_left: int,
    rate_period: float,
    payment: float,
) -> int:
    """As `principal_due`, for a level payment that is known.

    >>> instalment(0, 2100_00, 0, 2, 0.1, 1210_00.0)
    100000
    """
    if instalments_left <= 1:
        return principal
    due = 0
    if law == LEVEL:
        due = cents(payment - principal * rate_period)
    elif law == STRAIGHT:
        due = (principal - balloon) // instalments_left
    return min(max(due, 0), principal)


@kernel
def first_instalment(month: int, grace: int, every: int) -> int:
    """Month of the first instalment of a draw: after the grace, in a payment month.

    month of the draw; grace, every [months].

    >>> first_instalment(4, 0, 3), first_instalment(4, 6, 1)
    (9, 11)
    """
    first = month + grace + every
    return first + (every - first % every) % every


@kernel
def instalment_plan(law: int, month: int, first: int, end: int, every: int) -> tuple[int, int]:
    """Month of the next instalment of a new draw, and how many there are.

    month of the draw; first instalment and end of its term, months; every [months].

    >>> instalment_plan(1, 4, 9, 24, 3), instalment_plan(2, 4, 9, 24, 3)
    ((9, 6), (24, 1))
    """
    if law == BULLET or first >= end:
        return max(end, month + 1), 1
    return first, (end - first) // every + 1


@kernel
def constant_yield(
    principal: int,
    discount: int,
    balloon: int,
    instalments: int,
    every: int,
    first_after: int,
    coupon_month: float,
    law: int,
) -> float:
    """The monthly yield at which a draw's coupons and principal are worth what was received.

    principal, discount, balloon [cents]; instalments [count]; every [months between instalments];
    first_after [months from the draw to the first one]; coupon_month [1/month]; law as in
    `principal_due`.
    Source: ASC 835-30-35-2, interest method. Newton's steps from the coupon, which rise to the
    root because the price is convex in the yield.

    >>> round(constant_yield(100_00, 5_00, 0, 1, 1, 1, 0.01, 2), 9)
    0.063157895
    """
    if discount <= 0 or discount >= principal:
        return coupon_month
    payment = level_payment(principal, balloon, coupon_month * every, instalments)
    received = float(principal - discount)
    rate = coupon_month
    for _ in range(YIELD_STEPS):
        left, worth, slope, factor = float(principal), 0.0, 0.0, 1.0
        for month in range(1, first_after + (instalments - 1) * every + 1):
            factor /= 1.0 + rate
            flow = left * coupon_month
            if month >= first_after and (month - first_after) % every == 0:
                paid = 0.0
                if month == first_after + (instalments - 1) * every:
                    paid = left
                elif law == LEVEL:
                    paid = payment - left * coupon_month * every
                elif law != BULLET:
                    paid = (principal - balloon) / instalments
                flow += paid
                left -= paid
            worth += flow * factor
            slope += flow * factor * month
        step = (worth - received) * (1.0 + rate) / slope
        rate += step
        if abs(step) < YIELD_TOLERANCE:
            break
    return rate


@kernel
def schedule_yield(
    principal_by_month: Ints, residual_month: int, residual: int, discount: int, coupon_month: float
) -> float:
    """The monthly yield of debt with an explicit schedule, such as opening debt.

    principal_by_month [cents], 1-d, the first entry due one month from now; residual [cents] due
    residual_month months from now; discount [cents]; coupon_month [1/month].
    Source: ASC 835-30-35-2, interest method, as in `constant_yield`.

    >>> round(schedule_yield(np.array([0]), 2, 121_00, 21_00, 0.0), 9)
    0.1
    """
    principal = residual
    for due in principal_by_month:
        principal += due
    if discount <= 0 or discount >= principal:
        return coupon_month
    months = len(principal_by_month)
    received = float(principal - discount)
    rate = coupon_month
    for _ in range(YIELD_STEPS):
        left, worth, slope, factor = float(principal), 0.0, 0.0, 1.0
        month = 0
        while left > 0.0 and month < max(months, residual_month):
            month += 1
            paid = 0.0
            if month <= months:
                paid += principal_by_month[month - 1]
            if month == residual_month:
                paid += residual
            factor /= 1.0 + rate
            flow = left * coupon_month + paid
            left -= paid
            worth += flow * factor
            slope += flow * factor * month
        step = (worth - received) * (1.0 + rate) / slope
        rate += step
        if abs(step) < YIELD_TOLERANCE:
            break
    return rate


@kernel
def discount_amortised(
    principal: int, discount: int, yield_month: float, coupon_month: float
) -> int:
    """Discount and fees that become interest expense in one month, within what is left of them.

    principal, discount outstanding at the month's start [cents]; yield_month, coupon_month
    [1/month].
    Source: ASC 835-30-35-2, interest method.

    >>> discount_amortised(100_00, 5_00, 0.02, 0.01)
    90
    """
    amount = cents((principal - discount) * yield_month - principal * coupon_month)
    return min(max(amount, 0), discount)


@kernel
def undrawn_fee(unused: int, rate: float, days: int) -> int:
    """Fee on the unused part of a commitment over actual days of a 360-day year.

    unused [cents]; rate [1/year]; days [day].
    Source: credit agreements, commitment fee on the daily unused commitment.

    >>> undrawn_fee(1_000_000_00, 0.005, 90)
    125000
    """
    return interest(max(unused, 0), rate, days)


@kernel
def sculpted_service(cash: float, dscr: float) -> float:
    """Interest and principal that a period's cash covers a stated number of times.

    cash available for debt service [cents], nothing if negative; dscr [ratio].
    Source: project finance, sculpted amortisation: service = CFADS / DSCR.

    >>> sculpted_service(130.0, 1.25), sculpted_service(-5.0, 1.25)
    (104.0, 0.0)
    """
    return max(cash, 0.0) / dscr


@kernel
def sculpted_principal(
    cash: float, dscr: float, principal: int, balloon: int, rate_period: float, instalments: int
) -> int:
    """Principal of the next instalment: what interest leaves of the service that cash covers.

    cash of the period [cents]; dscr [ratio]; principal outstanding, balloon [cents]; rate_period
    of the draw's day [1/period]; instalments left [count], the next one included. The last one
    takes all that is left.
    Source: project finance, sculpted amortisation: principal = CFADS / DSCR - interest.

    >>> [sculpted_principal(121.0, 1.1, left, 0, 0.1, 2) for left in (1000, 500, 20)]
    [10, 60, 20]
    """
    if instalments <= 1:
        return principal
    due = cents(sculpted_service(cash, dscr) - principal * rate_period)
    return min(max(due, 0), max(principal - balloon, 0))


@kernel
def sculpted_capacity(cash: Floats, dscr: float, rate_period: float) -> float:
    """The loan whose service is cash / DSCR in every period: its worth at the loan's rate.

    cash of periods 1, 2, ... [cents], 1-d; dscr [ratio]; rate_period [1/period].
    Source: project finance: size = sum of CFADS_t / DSCR / (1 + r)^t.

    >>> round(sculpted_capacity(np.array([121.0, 121.0]), 1.1, 0.1), 6)
    190.909091
    """
    total = 0.0
    for n in range(len(cash) - 1, -1, -1):
        total = (total + sculpted_service(cash[n], dscr)) / (1.0 + rate_period)
    return total


@kernel
def straight_capacity(cash: float, dscr: float, rate_period: float, instalments: int) -> float:
    """The loan with equal principal whose first payment is covered `dscr` times by the cash.

    cash [cents/period]; dscr [ratio]; rate_period [1/period]; instalments [count].
    Source: first payment L / N + r L, the dearest of the schedule.

    >>> round(straight_capacity(100 / 22, 1.25, 0.14 / 12, 12), 2)
    38.28
    """
    return cash / dscr / (1.0 / instalments + rate_period)


@kernel
def capitalised_interest(
    incurred: int, share: float, cip_opening: int, cip_closing: int, rate_month: float
) -> int:
    """Interest of a month that is added to construction in progress, at most what was incurred.

    incurred, cip_opening, cip_closing [cents]; share of construction in progress that qualifies
    [fraction]; rate_month weighted over the debt [1/month].
    Source: ASC 835-20-30, average accumulated expenditures at the weighted borrowing rate.

    >>> capitalised_interest(900_00, 0.5, 100_000_00, 140_000_00, 0.01)
    60000
    """
    average = 0.5 * (float(cip_opening) + float(cip_closing))
    return max(0, min(incurred, cents(share * average * rate_month)))


@kernel
def advance_room(
    advance_rate: float,
    eligible_cost: int,
    outstanding: int,
    commitment: int,
    drawn_and_reserved: int,
) -> int:
    """What may still be drawn: the less of the advance-rate cap and the unused commitment.

    advance_rate [fraction of cost]; eligible_cost, outstanding, commitment, drawn_and_reserved
    [cents].
    Source: delayed-draw term-loan agreements: borrowing base and commitment.

    >>> advance_room(0.75, 1_000, 500, 2_000, 1_900)
    100
    """
    by_cost = share_of(eligible_cost, advance_rate) - outstanding
    return max(0, min(by_cost, commitment - drawn_and_reserved))
