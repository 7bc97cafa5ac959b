"""Draws with their own schedules: what is lent on a day, and how much of it each instalment repays.

`loan_arithmetic` and `payment_dates` know the sums and the days; here they meet an agreement. What
a payment date makes due is in `service/repayment.py`; principal falls only when it is paid.
"""

from __future__ import annotations

import numpy as np

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.ledger import (
    CASH_FROM_DRAWS,
    CONSTRUCTION_IN_PROGRESS,
    DEBT_DISCOUNT,
    post,
)
from gpusim.economics.books.measures import BOUGHT_ON_CREDIT, DEBT_DRAWN, DEBT_NONCASH
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.money import cents, share_of
from gpusim.economics.core.state import (
    BULLET,
    DRAWS,
    NONE,
    REVOLVER,
    SCULPTED,
    STATED,
    Floats,
    State,
    World,
)
from gpusim.economics.debt.accruals import accrue_fee
from gpusim.economics.debt.calendars import count_from_draw, next_payment, schedule_payment
from gpusim.economics.debt.facilities import (
    account_of,
    lends_hardware,
    rate_of,
    rise_between,
    rise_on,
    terms_of,
    undrawn_available,
)
from gpusim.economics.debt.loan_arithmetic import (
    effective_yield,
    period_rate,
    principal_due,
    sculpted_capacity,
    sculpted_principal,
)
from gpusim.economics.debt.payment_dates import (
    date_in,
    instalment_after,
    instalment_days,
    month_due,
    month_paying,
    on_grid,
    payment_before,
    period_months,
)
from gpusim.economics.sales.contracted_cash_schedule import last_planned, planned_between


@kernel
def new_draw(s: State, w: World, f: int, amount: int, day: int) -> int:
    """A draw with its own schedule; returns what its lender keeps of it [cents].

    Its discount is that and its part of the upfront fee. A supplier lends its price in full.
    """
    facility, terms = s.facilities[f], terms_of(s, f)
    month = s.clock[0].month
    row = s.count[DRAWS]
    s.count[DRAWS] = row + 1
    if facility.first_draw == 0:
        facility.first_draw = row + 1
    draw = s.draws[row]
    draw.facility = f
    draw.principal = amount
    kept = 0
    if not lends_hardware(facility.kind):
        kept = share_of(amount, terms.draw_discount)
    draw.discount = kept + take_upfront(s, f, amount)
    draw.drawn = day
    draw.accrued = 0
    draw.accrued_to = day
    draw.scheduled = NONE
    draw.due = 0
    draw.margin = facility.margin
    draw.balloon = share_of(amount, terms.balloon_share)
    draw.cash_share = min(amount / facility.commitment, 1.0) if facility.commitment > 0 else 1.0
    if facility.anchored == 0:
        count_from_draw(s, f, day)
    draw.next_day, draw.instalments, draw.last_day = draw_days(s, f, facility.pay_from, day)
    rate = rate_of(s, f, w.base_rate[month], draw.margin, day)
    draw.coupon_month = rate / MONTHS_PER_YEAR
    draw.cover = cover_of_draw(s, w, row)
    draw.yield_month = draw.coupon_month
    if draw.discount > 0:
        draw.yield_month = draw_yield(s, w, row)
    accrue_fee(s, f, day)
    facility.principal += amount
    facility.used += amount
    end = w.month_end[month]
    schedule_payment(s, f, facility.next_payment, day, end)
    schedule_payment(s, f, draw.next_day, day, end)
    return int(kept)


@kernel
def take_upfront(s: State, f: int, amount: int) -> int:
    """What a draw takes of the fee that was paid when its loan closed [cents].

    Its part by what is not drawn yet. Source: definitions, upfront fee; ASC 835-30-45-1A.
    """
    facility = s.facilities[f]
    left = facility.commitment - facility.used
    if facility.upfront_left == 0 or left <= 0:
        return 0
    part = share_of(facility.upfront_left, min(amount / left, 1.0))
    facility.upfront_left -= part
    return int(part)


@kernel
def draw_days(s: State, f: int, first: int, day: int) -> tuple[int, int, int]:
    """Day of the first instalment of a draw, how many there are, and the day of the last.

    first payment month of the facility. A revolver is repaid at its maturity alone.
    """
    facility = s.facilities[f]
    if facility.kind == REVOLVER:
        last = max(facility.maturity, day + 1)
        return last, 1, last
    return instalment_days(day, terms_of(s, f), first, facility.pay_day, facility.maturity)


@kernel
def covered_days(s: State, w: World, f: int, first: int) -> tuple[int, int, int]:
    """Day of the first period that a loan is covered over, how many there are, day of the last.

    first payment month, if it is drawn on the day it opens. Its instalments; of a bullet its
    payment dates up to the first on which all planned cash has come, after its maturity too.
    Source: definitions, size of a loan: debt capacity on a notional amortisation.
    """
    facility, terms = s.facilities[f], terms_of(s, f)
    if terms.law != BULLET:
        return draw_days(s, f, first, facility.opens)
    every, pay_day = terms.every_months, facility.pay_day
    start = on_grid(month_due(facility.opens, every, pay_day), first, every)
    end = max(start, on_grid(month_paying(last_planned(s, w, f), pay_day), first, every))
    return date_in(start, pay_day), (end - start) // every + 1, date_in(end, pay_day)


@kernel
def instalment_of(
    s: State, w: World, d: int, day: int, left: int, instalments: int, rate: float
) -> int:
    """Principal of a draw's instalment on a day, by its facility's law [cents].

    left outstanding before it [cents]; instalments left [count]; rate of that day [1/year]. That of
    a sculpted draw follows its cover and what was planned, so that it is fixed when drawn.
    """
    draw, terms = s.draws[d], terms_of(s, s.draws[d].facility)
    if terms.law != SCULPTED:
        period = rate * terms.every_months / MONTHS_PER_YEAR
        return int(principal_due(terms, left, draw.balloon, instalments, period))
    cash, period = sculpted_period(s, w, d, day)
    return int(sculpted_principal(cash, draw.cover, left, draw.balloon, period, instalments))


@kernel
def sculpted_period(s: State, w: World, d: int, day: int) -> tuple[float, float]:
    """What serves a sculpted draw's instalment of a day [cents], and its interest [1/period].

    Its share of the contract cash that was planned since the payment date before, in a first stub
    since the draw, less running costs; the rate of its own day with the steps of its margin.
    """
    draw = s.draws[d]
    facility, terms = s.facilities[draw.facility], terms_of(s, draw.facility)
    before = payment_before(facility.pay_from, terms.every_months, facility.pay_day, day)
    after = max(before, draw.drawn)
    planned = planned_between(s, w, draw.facility, after, day)
    cash = planned * (1.0 - terms.running_cost_share) * draw.cash_share
    months = period_months(terms.every_months, facility.pay_day, after, day)
    rise = rise_between(s, terms, after, day) - rise_on(s, terms, draw.drawn)
    rate = draw.coupon_month * MONTHS_PER_YEAR + rise
    return float(cash), float(period_rate(rate, months, terms.day_count))


@kernel
def cover_of_draw(s: State, w: World, d: int) -> float:
    """How often planned cash covers the instalments of a new draw [ratio]; 0: it is not sculpted.

    As stated or as it results, over all of its instalments; then its loan counts it.
    Source: definitions, cover of a sculpted draw.
    """
    draw = s.draws[d]
    facility, terms = s.facilities[draw.facility], terms_of(s, draw.facility)
    if terms.law != SCULPTED or terms.cover == STATED:
        return float(terms.dscr)
    count, day = draw.instalments, draw.next_day
    cash, rates = np.zeros(count), np.zeros(count)
    for n in range(count):
        cash[n], rates[n] = sculpted_period(s, w, d, day)
        more = count - n - 1
        day = instalment_after(day, terms.every_months, facility.pay_day, more, draw.last_day)
    periods = leave_out_gaps(cash, rates)
    debt = sculpted_debt(draw.principal, draw.balloon, rates[:periods])
    cover = resulting_cover(cash[:periods], terms.dscr, debt, rates[:periods])
    facility.sculpted_debt += cents(debt)
    facility.sculpted_cash += cents(cover * debt)
    return float(cover)


@kernel
def leave_out_gaps(cash: Floats, rates: Floats) -> int:
    """How many periods have cash; they are moved to the front, with their rates.

    cash [money], 1-d, and rates of the periods [1/period], 1-d, are used as work space. In a period
    without cash the borrower pays interest from elsewhere, and the balance stays.
    Source: definitions, size of a loan.

    >>> cash, rates = np.array([0.0, 3.0, 0.0, 4.0]), np.array([0.1, 0.2, 0.3, 0.4])
    >>> leave_out_gaps(cash, rates), cash[:2].tolist(), rates[:2].tolist()
    (2, [3.0, 4.0], [0.2, 0.4])
    """
    place = 0
    for n in range(len(cash)):
        if cash[n] > 0.0:
            cash[place], rates[place] = cash[n], rates[n]
            place += 1
    return place


@kernel
def sculpted_debt(principal: int, balloon: int, rates: Floats) -> float:
    """What instalments repay of a draw: all of it but the worth of its balloon [cents].

    principal, balloon [cents]; rates of the periods that have cash [1/period], 1-d.
    Source: as `level_payment`: P - B v^n.

    >>> round(sculpted_debt(300, 121, np.full(2, 0.1)), 6)
    200.0
    """
    factor = 1.0
    for n in range(len(rates)):
        factor /= 1.0 + rates[n]
    return float(principal - balloon * factor)


@kernel
def resulting_cover(cash: Floats, dscr: float, debt: float, rates: Floats) -> float:
    """The cover at which all of a loan's periods together repay it, at least the stated one.

    cash of the periods that have some [cents], 1-d; dscr stated [ratio]; debt that they repay
    [cents]; rates of the periods [1/period], 1-d.
    Source: project finance, debt capped by gearing: DSCR = PV(CFADS) / debt.

    >>> cash, rates = np.array([121.0, 121.0]), np.full(2, 0.1)
    >>> round(resulting_cover(cash, 1.1, 150.0, rates), 9), resulting_cover(cash, 1.5, 150.0, rates)
    (1.4, 1.5)
    """
    if debt <= 0.0:  # all of it is balloon
        return float(dscr)
    return float(max(dscr, sculpted_capacity(cash, 1.0, rates) / debt))


@kernel
def draw_yield(s: State, w: World, d: int) -> float:
    """The constant monthly yield of a draw, from its schedule at the rate of its day [1/month].

    Steps of the margin that are to come are not in it. Source: definitions, margins by date.
    """
    draw = s.draws[d]
    facility, every = s.facilities[draw.facility], terms_of(s, draw.facility).every_months
    before, day = 0, next_payment(s, draw.facility, draw.drawn)
    while day < draw.next_day:
        before, day = before + 1, next_payment(s, draw.facility, day)
    days = np.zeros(before + draw.instalments, np.int64)
    repaid = np.zeros(before + draw.instalments, np.int64)
    day = draw.drawn
    for n in range(before):
        day = next_payment(s, draw.facility, day)
        days[n] = day
    rate = draw.coupon_month * MONTHS_PER_YEAR
    left, day = draw.principal, draw.next_day
    for n in range(draw.instalments):
        more = draw.instalments - n - 1
        days[before + n] = day
        repaid[before + n] = instalment_of(s, w, d, day, left, more + 1, rate)
        left -= repaid[before + n]
        day = instalment_after(day, every, facility.pay_day, more, draw.last_day)
    return float(
        effective_yield(draw.principal, draw.discount, draw.coupon_month, draw.drawn, days, repaid)
    )


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
def vendor_draw(s: State, w: World, f: int, promised: int, day: int) -> int:
    """The supplier lends what it promised of its price; returns what it lent [cents].

    Debt and construction in progress, no cash. A line that can no longer be drawn lends nothing.
    """
    facility = s.facilities[f]
    facility.reserved -= min(facility.reserved, promised)
    amount = min(promised, undrawn_available(s, f))
    if amount <= 0:
        return 0
    new_draw(s, w, f, amount, day)
    post(s, CONSTRUCTION_IN_PROGRESS, account_of(facility.kind), amount)
    s.stocks[DEBT_NONCASH, s.clock[0].month] += amount
    s.stocks[BOUGHT_ON_CREDIT, s.clock[0].month] += amount
    return int(amount)
