"""Debt service reserves: cash that each lender has set aside for its own loan, and its uses.

A reserve holds what its loan asks for. What is beyond that pays the loan's service of the day, and
the rest is free. What cash and revolver do not pay of the service, the reserve pays before a
backstop is called; then it is to be filled up again, in its place in the waterfall. What a cash
trap holds (`cash_trap`) is beside it in the same account: it pays after the reserve, and nobody
fills it up.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import CASH_TO_RESERVES, RESTRICTED_CASH, cash, post
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    DRAWS,
    FACILITIES,
    STEP_FEES,
    STEP_PRINCIPAL,
    STEP_RESERVE,
    LoanTerms,
    State,
    World,
)
from gpusim.economics.debt.facilities import last_rank, terms_of
from gpusim.economics.debt.payment_dates import months_after
from gpusim.economics.debt.service.foresight import UNWRITTEN, foresee_draw
from gpusim.economics.debt.service.repayment import pay_service
from gpusim.economics.debt.service.unpaid import due_in, due_to, sponsored_of
from gpusim.economics.debt.service.waterfall import list_payment_due, pay_listed


@kernel
def service_ahead(s: State, w: World, f: int) -> int:
    """Interest and principal that fall due in the months that a facility's reserve must hold.

    [cents] At this month's base rate, balloons and bullets left out.
    """
    months, total = terms_of(s, f).reserve_months, 0
    if months == 0:
        return 0
    until = months_after(s.clock[0].today, months)
    for d in range(s.count[DRAWS]):
        if s.draws[d].facility == f and s.draws[d].principal > 0:
            total += foresee_draw(s, w, d, until, UNWRITTEN)
    return total


@kernel
def reserve_asked(s: State, w: World, f: int) -> int:
    """Restricted cash a facility asks for: a share of its balance and months of service [cents].

    What is due today is no longer part of the balance, so the last payment frees the reserve.
    Source: definitions, reserves.
    """
    facility = s.facilities[f]
    balance = facility.principal - facility.principal_due
    wanted = share_of(balance, terms_of(s, f).reserve_share) + service_ahead(s, w, f)
    return int(min(wanted, balance))


@kernel
def open_reserves(s: State, w: World) -> None:
    """Restricted cash of the opening balance is the lenders' as far as they ask, the senior first.

    Equals share in proportion. The rest is kept as it is; what reserves lack is paid in by the
    waterfall.
    """
    n = ZERO
    for rank in range(last_rank(s) + 1):
        for f in range(s.count[FACILITIES]):
            facility = s.facilities[f]
            if terms_of(s, f).seniority == rank:
                facility.reserve_asked = reserve_asked(s, w, f)
                n = list_payment_due(s, n, STEP_RESERVE, f, facility.reserve_asked)
    s.firm[0].restricted_other = pay_listed(s, n, s.balance[RESTRICTED_CASH])
    for row in range(n):
        s.facilities[s.payments_due[1, row]].reserve_held = s.payments_due[3, row]


@kernel
def free_reserve(s: State, w: World, f: int) -> None:
    """What a reserve holds beyond what is asked today pays the loan's service; the rest is free.

    A trap holds no more than the balance less that.
    """
    facility = s.facilities[f]
    facility.reserve_asked = reserve_asked(s, w, f)
    most = facility.principal - facility.principal_due - facility.reserve_asked
    unlocked = max(facility.locked - most, 0)
    facility.locked -= unlocked
    facility.locked_back += unlocked
    beyond = facility.reserve_held - facility.locked - facility.reserve_asked
    if beyond > 0:
        release_from_reserve(s, f, beyond)
        for step in range(STEP_FEES, STEP_PRINCIPAL + 1):
            part = min(due_in(s, f, step), beyond)
            pay_service(s, f, step, part)
            beyond -= part
        facility.trapped += min(unlocked, beyond)
    facility.reserve_used = min(facility.reserve_used, reserve_shortfall(s, f))


@kernel
def pay_from_reserve(s: State, f: int, step: int, amount: int) -> None:
    """Pay an amount of a step of debt service out of the loan's reserve, then out of its trap."""
    facility = s.facilities[f]
    own = min(amount, facility.reserve_held - facility.locked)
    facility.reserve_used += own
    facility.locked -= amount - own
    facility.locked_served += amount - own
    release_from_reserve(s, f, amount)
    pay_service(s, f, step, amount)


@kernel
def set_aside(terms: LoanTerms, amount: int) -> int:
    """What of a draw goes into its loan's reserve on its day [cents].

    Source: definitions, cost base.

    >>> from gpusim.economics.core.records import one
    >>> set_aside(one(LoanTerms, reserve_counted=0.05), 79_455)
    3973
    """
    return share_of(amount, terms.reserve_counted)


@kernel
def fill_on_draw(s: State, w: World, f: int, drawn: int) -> None:
    """Put a draw's part into its loan's reserve, as far as that lacks it and cash goes.

    drawn [cents].
    """
    part = set_aside(terms_of(s, f), drawn)
    if part == 0:
        return
    facility = s.facilities[f]
    facility.reserve_asked = reserve_asked(s, w, f)
    lacks = max(reserve_shortfall(s, f) - facility.reserve_used, 0)
    fill_reserve(s, f, max(min(part, lacks, cash(s)), 0))


@kernel
def release_from_reserve(s: State, f: int, amount: int) -> None:
    """Take an amount out of a reserve."""
    s.facilities[f].reserve_held -= amount
    post(s, CASH_TO_RESERVES, RESTRICTED_CASH, amount)


@kernel
def reserve_shortfall(s: State, f: int) -> int:
    """What a reserve lacks of what its loan asked for when it was last looked at [cents]."""
    facility = s.facilities[f]
    return int(max(facility.reserve_asked - facility.reserve_held + facility.locked, 0))


@kernel
def reserve_top_up(s: State, f: int) -> int:
    """What may be paid into a reserve today [cents].

    What the reserve of a loan without recourse has paid comes back from the cash of its own
    contracts alone, after its service.
    """
    facility = s.facilities[f]
    if terms_of(s, f).non_recourse == 0:
        return reserve_shortfall(s, f)
    used = min(facility.reserve_used, reserve_shortfall(s, f))
    own = max(facility.trapped - due_to(s, f) + sponsored_of(s, f), 0)
    return int(reserve_shortfall(s, f) - used + min(used, own))


@kernel
def fill_reserve(s: State, f: int, paid: int) -> None:
    """Pay an amount into a reserve."""
    facility = s.facilities[f]
    refilled = max(paid - (reserve_shortfall(s, f) - facility.reserve_used), 0)
    facility.reserve_used -= refilled
    if terms_of(s, f).non_recourse != 0:
        facility.trapped -= refilled
    facility.reserve_held += paid
    post(s, RESTRICTED_CASH, CASH_TO_RESERVES, paid)
