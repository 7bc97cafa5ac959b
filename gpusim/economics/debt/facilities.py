"""Debt as agreements: closing and lapse, draws with their own schedules, interest by the day.

`loan_arithmetic` and `payment_dates` know the sums and the calendar; here they meet a facility and
its draws.
What a payment date makes due is in `repayment`; a draw's principal falls only when it is paid.
"""

from __future__ import annotations

import numpy as np

from gpusim.compiling.kernel import ZERO, const, folded, kernel
from gpusim.economics.books.ledger import (
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
    cash,
    post,
)
from gpusim.economics.books.measures import DEBT_DRAWN, DEBT_NONCASH
from gpusim.economics.core.agenda import CLOSE, FUND, LAPSE, SERVE, TREASURY, arm, ring
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    CONVERTIBLE,
    DRAWS,
    FACILITIES,
    FACILITY_CLOSED,
    FACILITY_OPEN,
    LOAN,
    MINIMUM_LIQUIDITY,
    NEVER,
    NONE,
    NOTE,
    REVOLVER,
    SCULPTED,
    THIRTY_360,
    VENDOR,
    LoanTerms,
    State,
    World,
)
from gpusim.economics.debt.loan_arithmetic import (
    coupon,
    days_between,
    discount_amortised,
    effective_yield,
    interest_between,
    period_rate,
    principal_due,
    sculpted_principal,
    undrawn_fee,
)
from gpusim.economics.debt.payment_dates import (
    MONTH_END,
    date_in,
    first_payment,
    instalment_after,
    instalment_days,
    month_paying,
    payment_after,
    payment_before,
)
from gpusim.economics.sales.plans import planned_between

THIRTY_DAYS = 30.0
TO_DRAW, TO_REPAY = const(0), const(1)
"""In which order revolvers are asked."""


@folded
def terms_of(s: State, f: int) -> LoanTerms:
    """What a facility's lender and the firm have agreed."""
    return s.terms[s.facilities[f].terms]


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
    facility.margin += w.spread[month] * terms_of(s, f).spread_index
    facility.closes += day - facility.opens
    facility.opens = day
    facility.fee_through = day
    if facility.anchored == 0:
        count_from_opening(s, f)
    facility.next_payment = next_payment(s, f, day)
    arm(s, LAPSE, f, facility.closes + 1)
    arm_payments(s, w, f)
    ring(s, FUND, TREASURY)


@kernel
def count_from_opening(s: State, f: int) -> None:
    """Until something is drawn, fees fall due on dates counted from the day draws are allowed."""
    facility = s.facilities[f]
    facility.pay_from = month_paying(facility.opens, facility.pay_day)


@kernel
def count_from_draw(s: State, f: int, day: int) -> None:
    """From the first draw on, a calendar that is not stated is counted from it.

    A draw on a month's last day makes that day a payment date, unless what is due today has been
    asked for already.
    """
    facility = s.facilities[f]
    facility.pay_from = first_month(s, f, day)
    facility.anchored = 1
    facility.next_payment = next_payment(s, f, max(day - 1, facility.fee_through))


@kernel
def first_month(s: State, f: int, day: int) -> int:
    """First payment month of a facility, if its first draw is on a day and nothing is stated."""
    facility = s.facilities[f]
    if facility.anchored != 0:
        return int(facility.pay_from)
    drawn = month_paying(day, facility.pay_day)
    if facility.kind == REVOLVER:
        return int(drawn)
    return first_payment(drawn, terms_of(s, f))


@kernel
def next_payment(s: State, f: int, day: int) -> int:
    """A facility's next payment date after a day."""
    facility, every = s.facilities[f], terms_of(s, f).every_months
    return int(payment_after(facility.pay_from, every, facility.pay_day, facility.maturity, day))


@kernel
def arm_payments(s: State, w: World, only: int) -> None:
    """Payment dates within this month get an alarm; those at its end are the books'.

    only: a facility; NONE for all.
    """
    today, end = s.clock[0].today, w.month_end[s.clock[0].month]
    for f in range(s.count[FACILITIES]):
        if only == NONE or f == only:
            wake(s, f, s.facilities[f].next_payment, today, end)
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        by_law = draw.scheduled == NONE and draw.instalments > 0
        if by_law and (only == NONE or draw.facility == only):
            wake(s, draw.facility, draw.next_day, today, end)


@kernel
def wake(s: State, f: int, day: int, today: int, end: int) -> None:
    """Set a facility's payment alarm for a day between today and the month's end."""
    if today < day < min(end, s.due[SERVE, f]):
        arm(s, SERVE, f, day)


@kernel
def blank_facility(s: State) -> int:
    """A facility without terms, nothing tested or broken yet; returns its row."""
    f = s.count[FACILITIES]
    s.count[FACILITIES] = f + 1
    loan = s.facilities[f]
    loan.named = f
    loan.pay_day = MONTH_END
    loan.size_binds = NONE
    loan.cut_by = NONE
    loan.cut_day = NEVER
    for kind in range(s.covenants.shape[1]):
        s.covenants[f, kind].broken = NEVER
    loan.stopped = NEVER
    loan.first_stopped = NEVER
    loan.accelerated = NEVER
    loan.seized = NEVER
    loan.cleared = NEVER
    loan.cured = NEVER
    loan.refinanced = NEVER
    loan.refused = NEVER
    loan.conversion_day = NEVER
    loan.first_unpaid = NEVER
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
        rank = max(rank, terms_of(s, f).seniority)
    return int(rank)


@kernel
def is_stopped(s: State, f: int) -> bool:
    """Whether a covenant in breach stops draws on a facility."""
    return bool(s.facilities[f].stopped < NEVER and terms_of(s, f).stops_draws != 0)


@kernel
def can_draw(s: State, f: int) -> bool:
    """Whether an agreement gives something today: open, not stopped, and before its maturity.

    What is drawn falls due at maturity, so nothing is drawn then or later. Source: definitions,
    several revolvers.
    """
    facility = s.facilities[f]
    if facility.status != FACILITY_OPEN or is_stopped(s, f):
        return False
    return bool(s.clock[0].today < facility.maturity)


@kernel
def rate_of(s: State, f: int, base: float, margin: float) -> float:
    """What a draw of a facility costs at a base rate, its hedge included [1/year]."""
    return coupon(terms_of(s, f), base, margin)


@kernel
def room(s: State, f: int) -> int:
    """What a facility can still promise today [cents]."""
    facility = s.facilities[f]
    if not can_draw(s, f):
        return 0
    return max(facility.commitment - facility.used - facility.reserved, 0)


@kernel
def new_draw(s: State, w: World, f: int, amount: int, day: int) -> int:
    """A draw with its own schedule, and its discount; returns the discount [cents].

    A supplier lends its price in full: no discount.
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
    draw.discount = 0
    if facility.kind != VENDOR:
        draw.discount = share_of(amount, terms.draw_discount)
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
    rate = rate_of(s, f, w.base_rate[month], draw.margin)
    draw.coupon_month = rate / MONTHS_PER_YEAR
    draw.yield_month = draw.coupon_month
    if draw.discount > 0:
        draw.yield_month = draw_yield(s, w, row)
    accrue_fee(s, f, day)
    facility.principal += amount
    facility.used += amount
    end = w.month_end[month]
    wake(s, f, facility.next_payment, day, end)
    wake(s, f, draw.next_day, day, end)
    return int(draw.discount)


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
def instalment_of(
    s: State, w: World, d: int, day: int, left: int, instalments: int, rate: float
) -> int:
    """Principal of a draw's instalment on a day, by its facility's law [cents].

    left outstanding before it [cents]; instalments left [count]; rate of that day [1/year]. A
    sculpted draw takes its share of the contract cash that was planned since the payment date
    before, and the interest of its own day, so that its schedule is fixed when drawn.
    """
    draw = s.draws[d]
    facility, terms = s.facilities[draw.facility], terms_of(s, draw.facility)
    every = terms.every_months
    if terms.law != SCULPTED:
        period = rate * every / MONTHS_PER_YEAR
        return int(principal_due(terms, left, draw.balloon, instalments, period))
    after = payment_before(facility.pay_from, every, facility.pay_day, day)
    planned = planned_between(s, w, draw.facility, after, day)
    cash = planned * (1.0 - terms.running_cost_share) * draw.cash_share
    months = float(every)
    if day != date_in(month_paying(day, facility.pay_day), facility.pay_day):
        months = days_between(after, day, THIRTY_360) / THIRTY_DAYS
    period = period_rate(draw.coupon_month * MONTHS_PER_YEAR, months, terms.day_count)
    return int(sculpted_principal(cash, terms.dscr, left, draw.balloon, period, instalments))


@kernel
def draw_yield(s: State, w: World, d: int) -> float:
    """The constant monthly yield of a draw, from its schedule at the rate of its day [1/month]."""
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
    amount = min(promised, room(s, f))
    if amount <= 0:
        return 0
    new_draw(s, w, f, amount, day)
    post(s, CONSTRUCTION_IN_PROGRESS, account_of(VENDOR), amount)
    s.stocks[DEBT_NONCASH, s.clock[0].month] += amount
    return int(amount)


@kernel
def next_revolver(s: State, w: World, after: int, turn: int) -> int:
    """The revolver whose turn is next after one's, NONE: the first; NONE if there is no other.

    turn: TO_DRAW, or TO_REPAY, which is the other way round.
    """
    found = NONE
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].kind != REVOLVER or f == after:
            continue
        later = after == NONE or is_before(s, w, after, f, turn)
        if later and (found == NONE or is_before(s, w, f, found, turn)):
            found = f
    return int(found)


@kernel
def is_before(s: State, w: World, one: int, other: int, turn: int) -> bool:
    """Whether a revolver's turn is before another's: drawn by rank, then today's rate, then name.

    Source: definitions, which payment a loan funds.
    """
    if turn == TO_REPAY:
        one, other = other, one
    first, second = s.facilities[one], s.facilities[other]
    rank, below = terms_of(s, one).seniority, terms_of(s, other).seniority
    if rank != below:
        return bool(rank < below)
    base = w.base_rate[s.clock[0].month]
    rate, dearer = rate_of(s, one, base, first.margin), rate_of(s, other, base, second.margin)
    if rate != dearer:
        return bool(rate < dearer)
    return bool(first.named < second.named)


@kernel
def revolver_room(s: State, day: int) -> int:
    """What the revolvers would give that can still be drawn on a day, as they are now [cents]."""
    total = ZERO
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        if facility.kind == REVOLVER and facility.closes >= day and facility.maturity > day:
            total += room(s, f)
    return int(total)


@kernel
def is_live(s: State, f: int) -> bool:
    """Whether an agreement is in force: something is owed under it, or can still be drawn.

    Source: definitions, tests; covenants end with the payment in full and the commitment.
    """
    facility = s.facilities[f]
    owed = facility.principal + facility.accrued + facility.interest_due
    if owed + facility.fees + facility.fees_due > 0:
        return True
    if facility.status == FACILITY_CLOSED or facility.maturity <= s.clock[0].today:
        return False
    return bool(facility.status != FACILITY_OPEN or facility.commitment > facility.used)


@kernel
def is_agreed(s: State, f: int, kind: int, day: int) -> bool:
    """Whether a facility's lender may test a covenant on a day: agreed, and its first day past."""
    test = s.covenants[f, kind]
    return bool(test.limit > 0.0 and day >= test.since)


@kernel
def liquidity_minimum(s: State, f: int) -> int:
    """Unrestricted cash that a facility's lender asks for; 0: none [cents]."""
    return int(s.covenants[f, MINIMUM_LIQUIDITY].limit)


@kernel
def tests_liquidity(s: State, f: int, day: int) -> bool:
    """Whether a facility tests unrestricted cash on a day."""
    if not is_agreed(s, f, MINIMUM_LIQUIDITY, day):
        return False
    return bool(is_live(s, f))


@kernel
def cash_floor(s: State, day: int) -> int:
    """Cash that the firm keeps free [cents]: its own floor, or the most that a lender tests today.

    Source: definitions, which payment a loan funds; minimum liquidity in credit agreements.
    """
    floor = s.firm[0].minimum_cash
    if s.firm[0].liquidity_tests == 0:
        return int(floor)
    for f in range(s.count[FACILITIES]):
        if tests_liquidity(s, f, day):
            floor = max(floor, liquidity_minimum(s, f))
    return int(floor)


@kernel
def draw_revolver(s: State, w: World, due: int, day: int) -> int:
    """Draw what cash lacks to pay an amount and keep its floor; returns what came in [cents].

    Each revolver gives what it can before the next one is asked. Due at its maturity. What its
    lender keeps of a draw is drawn too.
    """
    missing = due + cash_floor(s, day) - cash(s)
    came = ZERO
    if missing <= 0:
        return 0
    f = next_revolver(s, w, NONE, TO_DRAW)
    while f != NONE and came < missing:
        kept = terms_of(s, f).draw_discount
        if kept < 1.0:
            face = missing - came
            if kept > 0.0:
                face = int(face / (1.0 - kept)) + 1
            came += cash_draw(s, w, f, min(face, room(s, f)), day)
        f = next_revolver(s, w, f, TO_DRAW)
    return int(came)


@kernel
def accrue(s: State, w: World, day: int, only: int) -> None:
    """Interest, discount and undrawn fees up to the end of a day.

    only: a facility, of which the draws that pay today; NONE for all.
    """
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        if draw.principal > 0 and (only == NONE or (draw.facility == only and pays_on(s, d, day))):
            accrue_draw(s, w, d, day)
    for f in range(s.count[FACILITIES]):
        if only == NONE or f == only:
            accrue_fee(s, f, day)


@kernel
def pays_on(s: State, d: int, day: int) -> bool:
    """Whether a day is a payment date of a draw's debt, or of the draw alone."""
    draw = s.draws[d]
    if s.facilities[draw.facility].next_payment <= day:
        return True
    return bool(draw.scheduled == NONE and draw.instalments > 0 and draw.next_day <= day)


@kernel
def accrue_draw(s: State, w: World, d: int, day: int) -> None:
    """Interest and discount of a draw since it was last accrued, both within one month.

    Interest runs from the day after the draw to the day of repayment, that day included, at the
    base rate of the month. The day of the last instalment takes what is left of the discount.
    """
    draw = s.draws[d]
    facility = s.facilities[draw.facility]
    month = s.clock[0].month
    since = draw.accrued_to
    rate = rate_of(s, draw.facility, w.base_rate[month], draw.margin)
    amount = interest_between(
        draw.principal, rate, since, day, terms_of(s, draw.facility).day_count
    )
    draw.accrued += amount
    facility.accrued += amount
    post(s, INTEREST_CONTRACTUAL, ACCRUED_INTEREST, amount)
    share = (day - since) / (w.month_end[month] - w.month_end[month - 1])
    amortised = discount_amortised(
        draw.principal, draw.discount, draw.yield_month, draw.coupon_month, share
    )
    if ends_by(s, d, day):
        amortised = draw.discount
    draw.discount -= amortised
    post(s, INTEREST_AMORTISATION, DEBT_DISCOUNT, amortised)
    draw.accrued_to = day
    s.firm[0].interest_incurred += amount + amortised


@kernel
def ends_by(s: State, d: int, day: int) -> bool:
    """Whether the last instalment of a draw falls due by a day."""
    draw = s.draws[d]
    if draw.scheduled != NONE:
        return bool(day >= s.facilities[draw.facility].maturity)
    return bool(draw.instalments <= 1 and draw.next_day <= day)


@kernel
def interest_of_month(s: State, w: World, day: int) -> int:
    """Accrue up to the month's end; returns interest incurred in the month, fees left out [cents].

    A draw repaid within the month has its part in it.
    """
    accrue(s, w, day, NONE)
    incurred = s.firm[0].interest_incurred
    s.firm[0].interest_incurred = 0
    return int(incurred)


@kernel
def accrue_fee(s: State, f: int, day: int) -> None:
    """Accrue the undrawn fee up to the end of a day; called before what is unused changes.

    Source: credit agreements, commitment fee on the daily unused commitment.
    """
    facility = s.facilities[f]
    if facility.status == FACILITY_OPEN:
        unused = facility.commitment - facility.used
        fee = undrawn_fee(unused, terms_of(s, f).undrawn_fee, day - facility.fee_through)
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
