"""Debt as agreements: what was agreed, what they still give, and what their lenders may test.

Draws, calendars, interest by the day and revolvers have modules of their own.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, inlined, kernel
from gpusim.economics.books.ledger import (
    CONVERTIBLES,
    FINANCE_LEASES,
    LOANS,
    NOTES,
    REVOLVER_DEBT,
    VENDOR_DEBT,
)
from gpusim.economics.core.state import (
    CONVERTIBLE,
    DRAWS,
    FACILITIES,
    FACILITY_CLOSED,
    FACILITY_OPEN,
    FINANCE_LEASE,
    LOAN,
    MINIMUM_LIQUIDITY,
    NEVER,
    NONE,
    NOTE,
    REVOLVER,
    TRANCHE_LIVE,
    UNSETTLED,
    VENDOR,
    LoanTerms,
    State,
)
from gpusim.economics.debt.loan_arithmetic import coupon, days_between
from gpusim.economics.debt.payment_dates import MONTH_END


@inlined
def terms_of(s: State, f: int) -> LoanTerms:
    """What a facility's lender and the firm have agreed."""
    return s.terms[s.facilities[f].terms]


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
    if kind == VENDOR:
        return VENDOR_DEBT
    return FINANCE_LEASES


@kernel
def lends_hardware(kind: int) -> bool:
    """Whether debt is for hardware and brings no cash: of a supplier, or of a lessor.

    Source: a lease that hands hardware over for good is a purchase on credit, ASC 842-10-25-2;
    neither is a cash flow on the day of delivery, ASC 230-10-50-4.
    """
    return kind in (VENDOR, FINANCE_LEASE)


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
def rate_of(s: State, f: int, base: float, margin: float, day: int) -> float:
    """What a draw of a facility costs at a base rate, its hedge included [1/year]."""
    return coupon(terms_of(s, f), base, margin) + rise_on(s, terms_of(s, f), day)


@kernel
def rise_on(s: State, terms: LoanTerms, day: int) -> float:
    """By how much a day's margin is above that before all steps: the last step's up to it [1/year].

    Source: definitions, margins by date.
    """
    rise = 0.0
    for n in range(terms.first_step, terms.past_steps):
        if s.margin_steps[n].day > day:
            break
        rise = s.margin_steps[n].rise
    return float(rise)


@kernel
def rise_between(s: State, terms: LoanTerms, since: int, until: int) -> float:
    """As `rise_on`, of a period from the end of one day to the end of another, on average [1/year].

    Days count as they do for interest.
    """
    total, begin, rise = 0.0, since, 0.0
    days = days_between(since, until, terms.day_count)
    for n in range(terms.first_step, terms.past_steps):
        eve = s.margin_steps[n].day - 1
        if eve >= until:
            break
        if eve > begin:
            total += rise * days_between(begin, eve, terms.day_count)
            begin = eve
        rise = s.margin_steps[n].rise
    if days == 0:
        return float(rise)
    return float((total + rise * days_between(begin, until, terms.day_count)) / days)


@kernel
def undrawn_available(s: State, f: int) -> int:
    """What a facility can still promise today: not what is kept for its interest [cents]."""
    facility = s.facilities[f]
    if not can_draw(s, f):
        return 0
    kept = facility.reserved + facility.interest_room
    return max(facility.commitment - facility.used - kept, 0)


@kernel
def has_billed(s: State, f: int) -> bool:
    """Whether a contract that a facility finances bills or has billed."""
    if s.facilities[f].first_month != 0:
        return True
    for n in range(s.count[UNSETTLED]):
        tranche = s.tranches[s.unsettled[n]]
        own = s.contracts[tranche.contract].facility == f
        if own and tranche.status == TRANCHE_LIVE:
            return True
    return False


@kernel
def first_rent(s: State, f: int) -> int:
    """Planned day of the first rent of a facility's contracts [day].

    0: one bills or has billed, or none is to. Source: definitions, cost base.
    """
    first = NEVER
    for n in range(s.count[UNSETTLED]):
        tranche = s.tranches[s.unsettled[n]]
        own = s.contracts[tranche.contract].facility == f
        if own and tranche.status < TRANCHE_LIVE:
            first = min(first, tranche.planned_start)
    return 0 if first == NEVER or has_billed(s, f) else int(first)


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
def is_tested(s: State, f: int, kind: int, day: int) -> bool:
    """Whether a facility's lender tests a covenant on a day: agreed, and in force."""
    if not is_agreed(s, f, kind, day):
        return False
    return bool(is_live(s, f))


@kernel
def liquidity_minimum(s: State, f: int) -> int:
    """Unrestricted cash that a facility's lender asks for; 0: none [cents]."""
    return int(s.covenants[f, MINIMUM_LIQUIDITY].limit)


@kernel
def tests_liquidity(s: State, f: int, day: int) -> bool:
    """Whether a facility tests unrestricted cash on a day."""
    return bool(is_tested(s, f, MINIMUM_LIQUIDITY, day))


@kernel
def total_principal(s: State) -> int:
    """Principal of all draws [cents]."""
    total = 0
    for d in range(s.count[DRAWS]):
        total += s.draws[d].principal
    return total
