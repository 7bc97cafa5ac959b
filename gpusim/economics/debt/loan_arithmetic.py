"""Debt arithmetic: interest, schedules, effective yield, fees and how much may be borrowed.

A schedule is never stored: the principal of an instalment follows from what is outstanding, so a
prepayment or a moved base rate needs no other rule. On which days it is paid, `payment_dates` says.
Discount is amortised at the yield that a debt's own days and cash flows imply.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.calendar import MONTHS_PER_YEAR, month_last, month_number, month_start
from gpusim.economics.core.money import cents, share_of
from gpusim.economics.core.state import (
    ACT_360,
    ACT_365,
    EUROBOND_360,
    LEVEL,
    SCULPTED,
    STRAIGHT,
    THIRTY_360,
    LoanTerms,
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

YIELD_STEPS = const(60)
YIELD_TOLERANCE = 1e-14
THIRTY = const(30)
ACT_360_YEAR = 365.25 / 360.0
"""Interest of an average year on ACT/360, in years of interest."""


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
def days_between(since: int, until: int, convention: int) -> int:
    """Days that earn interest from the end of one day to the end of another.

    since, until [day]; convention [ACT_360, THIRTY_360, ACT_365 or EUROBOND_360]. By thirty, every
    month has thirty days and its last day is the thirtieth, so that days of two periods that follow
    each other add up, and a whole month is always thirty; as of Eurobonds the 31st alone is the
    thirtieth, and February ends on its 28th or 29th.
    Source: ACT/360, ACT/365 (Fixed), 30E/360 and 30E/360 (ISDA) of the 2006 ISDA Definitions,
    section 4.16 (e), (d), (g) and (h), the last without its exception for a term's end in February.

    >>> days_between(20661, 20665, 0), days_between(20653, 20665, 1), days_between(20484, 20512, 3)
    (4, 11, 28)
    """
    if convention == THIRTY_360:
        return thirtieths(until) - thirtieths(since)
    if convention == EUROBOND_360:
        return eurobond_days(until) - eurobond_days(since)
    return until - since


@kernel
def thirtieths(day: int) -> int:
    """Days of a calendar of months of thirty days up to the end of a day.

    >>> thirtieths(58) - thirtieths(30), thirtieths(29) - thirtieths(28)
    (30, 1)
    """
    number = month_number(day)
    if day == month_last(number):
        return int((number + 1) * THIRTY)
    return int(eurobond_days(day))


@kernel
def eurobond_days(day: int) -> int:
    """Days of a calendar of months of thirty days up to the end of a day, the 31st left out.

    >>> eurobond_days(20513) - eurobond_days(20512), eurobond_days(20484) - eurobond_days(20483)
    (3, 0)
    """
    number = month_number(day)
    return int(number * THIRTY + min(day - month_start(number) + 1, THIRTY))


@kernel
def interest_between(principal: int, rate: float, since: int, until: int, convention: int) -> int:
    """Interest on a balance from the end of one day to the end of another, by a day count [cents].

    principal [cents]; rate [1/year]; since, until [day]; convention as in `days_between`.

    >>> interest_between(365_000_00, 0.10, 0, 10, 2), interest_between(360_000_00, 0.10, 0, 10, 0)
    (100000, 100000)
    """
    days = days_between(since, until, convention)
    return cents(principal * rate * days / days_of_year(convention))


@kernel
def days_of_year(convention: int) -> float:
    """Days of a year of interest.

    >>> days_of_year(0), days_of_year(2)
    (360.0, 365.0)
    """
    return 365.0 if convention == ACT_365 else 360.0


@kernel
def period_rate(rate: float, months: float, convention: int) -> float:
    """Interest of an average period of so many months, by the day count [1/period].

    rate [1/year]; convention as in `days_between`.

    >>> period_rate(0.12, 3.0, 1), round(period_rate(0.12, 12.0, 0), 6)
    (0.03, 0.12175)
    """
    period = rate / MONTHS_PER_YEAR * months
    if convention == ACT_360:
        return period * ACT_360_YEAR
    return period


@kernel
def coupon(terms: LoanTerms, base: float, margin: float) -> float:
    """The coupon of a draw: its margin over the base rate, or the margin alone if fixed [1/year].

    base, margin [1/year]. The base counts at least its floor; a share of the principal may pay a
    swap's fixed rate for it. The swap is taken with the loan's floor: of that share the borrower
    pays swap plus margin, whatever the base.
    Source: credit agreements: Term SOFR, not below the floor, plus the applicable margin;
    interest-rate swap agreements required by delayed-draw term loans.

    >>> from gpusim.economics.core.records import one
    >>> coupon(one(LoanTerms, floating=1, base_floor=0.5), 0.25, 0.125)
    0.625
    >>> coupon(one(LoanTerms, floating=1, hedged_share=0.5, swap_rate=0.125), 0.25, 0.125)
    0.3125
    """
    if terms.floating == 0:
        return margin
    floored = max(base, terms.base_floor)
    if terms.hedged_share == 0.0:
        return floored + margin
    return terms.hedged_share * terms.swap_rate + (1.0 - terms.hedged_share) * floored + margin


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
    terms: LoanTerms, principal: int, balloon: int, instalments: int, rate_period: float
) -> int:
    """Principal of the next instalment; the last one takes all that is left, balloon included.

    principal outstanding, balloon [cents]; instalments left [count], the next one included;
    rate_period [1/period].
    Source: term-loan amortisation: level payment, equal principal, or all at maturity.

    >>> from gpusim.economics.core.records import one
    >>> from gpusim.economics.core.state import BULLET
    >>> laws = [one(LoanTerms, law=law) for law in (LEVEL, STRAIGHT, BULLET)]
    >>> [principal_due(terms, 2100_00, 0, 2, 0.1) for terms in laws]
    [100000, 105000, 0]
    """
    payment = payment_of(terms, principal, balloon, instalments, rate_period)
    return instalment(terms, principal, balloon, instalments, rate_period, payment)


@kernel
def payment_of(
    terms: LoanTerms, principal: int, balloon: int, instalments: int, rate_period: float
) -> float:
    """The level payment of a balance, as in `principal_due`; 0 where its law has none [cents].

    A sculpted balance whose contract cash is not planned yet is thought of as level.

    >>> from gpusim.economics.core.records import one
    >>> round(payment_of(one(LoanTerms, law=SCULPTED), 2100_00, 0, 2, 0.1), 6)
    121000.0
    """
    if terms.law not in (LEVEL, SCULPTED) or instalments <= 1:
        return 0.0
    return level_payment(principal, balloon, rate_period, instalments)


@kernel
def instalment(
    terms: LoanTerms,
    principal: int,
    balloon: int,
    instalments: int,
    rate_period: float,
    payment: float,
) -> int:
    """As `principal_due`, for a level payment that is known; a law is its branch here.

    >>> from gpusim.economics.core.records import one
    >>> instalment(one(LoanTerms, law=LEVEL), 2100_00, 0, 2, 0.1, 1210_00.0)
    100000
    """
    if instalments <= 1:
        return principal
    due = 0
    if terms.law in (LEVEL, SCULPTED):
        due = cents(payment - principal * rate_period)
    elif terms.law == STRAIGHT:
        due = (principal - balloon) // instalments
    return min(max(due, 0), principal)


@kernel
def effective_yield(
    principal: int, discount: int, coupon_month: float, drawn: int, days: Ints, repaid: Ints
) -> float:
    """The monthly yield at which coupons and principal are worth what was received on a day.

    principal, discount [cents]; coupon_month [1/month]; drawn [day]; days [day], 1-d, in order: the
    payment dates after it; repaid [cents], 1-d, on each, summing to the principal. Coupon and
    yield of a part of a month are its share of the month's days, as they are charged.
    Source: ASC 835-30-35-2, interest method. Newton's steps from the coupon, which rise to the
    root because the price is convex in the yield.

    >>> on, paid = np.array([58]), np.array([121_00])  # from 31 December 1969 to 28 February
    >>> round(effective_yield(121_00, 21_00, 0.0, -1, on, paid), 9)
    0.1
    """
    if discount <= 0 or discount >= principal:
        return coupon_month
    received = float(principal - discount)
    rate = coupon_month
    for _ in range(YIELD_STEPS):
        left, worth, slope, factor, elapsed = float(principal), 0.0, 0.0, 1.0, 0.0
        since, n = drawn, 0
        month = month_number(drawn + 1)
        start, last = month_start(month), month_last(month)
        while n < len(days):
            until = min(days[n], last)
            share = (until - since) / (last - start + 1)
            factor /= 1.0 + rate * share
            elapsed += share / (1.0 + rate * share)
            flow = left * coupon_month * share
            while n < len(days) and days[n] == until:
                flow += repaid[n]
                left -= repaid[n]
                n += 1
            worth += flow * factor
            slope += flow * factor * elapsed
            since = until
            if until == last:
                month += 1
                start, last = last + 1, month_last(month)
        step = (worth - received) / slope
        rate += step
        if abs(step) < YIELD_TOLERANCE:
            break
    return float(rate)


@kernel
def discount_amortised(
    principal: int, discount: int, yield_month: float, coupon_month: float, share: float
) -> int:
    """Discount and fees that become interest expense in a part of a month, at most all of them.

    principal, discount outstanding at its start [cents]; yield_month, coupon_month [1/month]; share
    of the month's days [fraction].
    Source: ASC 835-30-35-2, interest method.

    >>> discount_amortised(100_00, 5_00, 0.02, 0.01, 1.0)
    90
    >>> discount_amortised(100_00, 60, 0.02, 0.01, 0.5)  # half of 98.8, not of the 60 left
    49
    """
    amount = cents(((principal - discount) * yield_month - principal * coupon_month) * share)
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
def sculpted_capacity(cash: Floats, dscr: float, rates: Floats) -> float:
    """The loan whose service is cash / DSCR in every period: its worth at the loan's rates.

    cash of periods 1, 2, ... [cents], 1-d; dscr [ratio]; rates of the periods [1/period], 1-d.
    Source: project finance: size = sum of CFADS_t / DSCR / ((1 + r_1) ... (1 + r_t)).

    >>> round(sculpted_capacity(np.array([121.0, 121.0]), 1.1, np.full(2, 0.1)), 6)
    190.909091
    """
    total = 0.0
    for n in range(len(cash) - 1, -1, -1):
        total = (total + sculpted_service(cash[n], dscr)) / (1.0 + rates[n])
    return float(total)


@kernel
def advance_available(
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

    >>> advance_available(0.75, 1_000, 500, 2_000, 1_900)
    100
    """
    by_cost = share_of(eligible_cost, advance_rate) - outstanding
    return max(0, min(by_cost, commitment - drawn_and_reserved))
