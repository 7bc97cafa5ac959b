"""Interest, discount and undrawn fees by the day."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.ledger import (
    ACCRUED_INTEREST,
    DEBT_DISCOUNT,
    INTEREST_AMORTISATION,
    INTEREST_CONTRACTUAL,
    INTEREST_UNDRAWN_FEES,
    post,
)
from gpusim.economics.core.state import (
    DRAWS,
    FACILITIES,
    FACILITY_OPEN,
    LOAN_INTEREST,
    NONE,
    State,
    World,
)
from gpusim.economics.debt.facilities import rate_of, terms_of
from gpusim.economics.debt.loan_arithmetic import discount_amortised, interest_between, undrawn_fee


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
    base rate of the month and the margin of each day. The day of the last instalment takes what is
    left of the discount.
    """
    draw = s.draws[d]
    facility = s.facilities[draw.facility]
    month = s.clock[0].month
    since = draw.accrued_to
    amount = interest_of_days(s, d, w.base_rate[month], since, day)
    draw.accrued += amount
    facility.accrued += amount
    s.loan_months[draw.facility, LOAN_INTEREST, month] += amount
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
def interest_of_days(s: State, d: int, base: float, since: int, until: int) -> int:
    """Interest of a draw from the end of one day to the end of another [cents].

    base [1/year]. The days before a step of the margin and those from it on are booked apart.
    """
    draw = s.draws[d]
    f, terms = draw.facility, terms_of(s, draw.facility)
    total, begin = 0, since
    for n in range(terms.first_step, terms.past_steps):
        eve = s.margin_steps[n].day - 1
        if begin < eve < until:
            rate = rate_of(s, f, base, draw.margin, eve)
            total += interest_between(draw.principal, rate, begin, eve, terms.day_count)
            begin = eve
    rate = rate_of(s, f, base, draw.margin, until)
    return int(total + interest_between(draw.principal, rate, begin, until, terms.day_count))


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
