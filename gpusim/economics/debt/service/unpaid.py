"""What is due and unpaid: of the firm, and of each debt.

What a loan without recourse cannot be paid by the cash of its own contracts is no debt of the firm,
but for fees that fell due before they billed, and interest that counts in what the loan pays for.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.state import (
    FACILITIES,
    N_STEPS,
    STEP_FEES,
    STEP_INTEREST,
    STEP_OPERATING,
    STEP_PRINCIPAL,
    STEP_RENT,
    STEP_TAXES,
    State,
)
from gpusim.economics.debt.facilities import terms_of


@kernel
def due_in(s: State, f: int, step: int) -> int:
    """What a facility is due in a step of debt service: fees, interest or principal [cents]."""
    if step == STEP_FEES:
        return int(s.facilities[f].fees_due)
    if step == STEP_INTEREST:
        return int(s.facilities[f].interest_due)
    return int(s.facilities[f].principal_due)


@kernel
def due_to(s: State, f: int) -> int:
    """All that a facility is due [cents]."""
    facility = s.facilities[f]
    return int(facility.fees_due + facility.interest_due + facility.principal_due)


@kernel
def sponsored_in(s: State, f: int, step: int) -> int:
    """What of a step of debt service is the firm's to pay for a loan without recourse [cents].

    Source: definitions, without recourse.
    """
    if step == STEP_FEES:
        return int(s.facilities[f].sponsor_fees_due)
    if step == STEP_INTEREST:
        return int(s.facilities[f].sponsor_interest_due)
    return 0


@kernel
def sponsored_of(s: State, f: int) -> int:
    """All that is due of a loan without recourse and the firm's to pay [cents]."""
    return int(s.facilities[f].sponsor_fees_due + s.facilities[f].sponsor_interest_due)


@kernel
def payable(s: State, f: int, step: int) -> int:
    """What the firm may pay a facility in a step: all that is due, or what its contracts left.

    A loan without recourse pays fees before interest and interest before principal [cents]; what
    is its sponsor's is paid in full.
    """
    facility = s.facilities[f]
    due, sponsored = due_in(s, f, step), sponsored_in(s, f, step)
    if terms_of(s, f).non_recourse == 0:
        return due
    before = ZERO
    if step != STEP_FEES:
        before = facility.fees_due - facility.sponsor_fees_due
    if step == STEP_PRINCIPAL:
        before += facility.interest_due - facility.sponsor_interest_due
    return int(sponsored + min(due - sponsored, max(facility.trapped - before, 0)))


@kernel
def payable_to(s: State, f: int) -> int:
    """What the firm may pay a facility today of all that is due to it [cents]."""
    return int(
        payable(s, f, STEP_FEES) + payable(s, f, STEP_INTEREST) + payable(s, f, STEP_PRINCIPAL)
    )


@kernel
def unpaid_before(s: State, step: int) -> int:
    """What is due, unpaid and ranks before a step of the waterfall on a day within a month [cents].

    Source: definitions, paying debt; priority of payments in credit agreements.
    """
    total = ZERO
    for place in range(N_STEPS):
        at = s.steps[place]
        if at == step:
            break
        if at == STEP_TAXES:
            total += overdue_taxes(s)
        elif at in (STEP_OPERATING, STEP_RENT):
            total += s.owed[at]
        elif at in (STEP_FEES, STEP_INTEREST, STEP_PRINCIPAL) and is_something_due(s):
            for f in range(s.count[FACILITIES]):
                total += payable(s, f, at)
    return int(total)


@kernel
def is_something_due(s: State) -> bool:
    """Whether fees, interest or principal are due on a debt.

    Where nothing is, debts are not looked through again before something falls due.
    """
    if s.firm[0].none_due != 0:
        return False
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        if facility.fees_due != 0 or facility.interest_due != 0 or facility.principal_due != 0:
            return True
    s.firm[0].none_due = 1
    return False


@kernel
def overdue_taxes(s: State) -> int:
    """Income tax that was due and is unpaid, less what the year's tax has fallen by since [cents].

    Early repayment after a payment of tax may lower the tax of the year.
    """
    return int(min(s.owed[STEP_TAXES], max(s.tax[0].payable, 0)))


@kernel
def firm_unpaid(s: State) -> int:
    """What the firm owes and has not paid, once today's payments are made [cents]."""
    total = overdue_taxes(s) + s.owed[STEP_OPERATING] + s.owed[STEP_RENT]
    total += s.firm[0].bills_overdue
    for f in range(s.count[FACILITIES]):
        total += payable_to(s, f)
    return int(total)


@kernel
def note_shortfall(s: State, day: int) -> int:
    """Remember the first day on which the firm left something due unpaid, and the most at once.

    Returns what is unpaid [cents]. Source: definitions, liquidity.
    """
    unpaid = firm_unpaid(s)
    if unpaid > 0:
        s.clock[0].first_shortfall = min(s.clock[0].first_shortfall, day)
        s.firm[0].shortfall = max(s.firm[0].shortfall, unpaid)
    return unpaid


@kernel
def note_unpaid(s: State, f: int, day: int) -> None:
    """Likewise of one facility, whoever was to pay it."""
    facility = s.facilities[f]
    unpaid = due_to(s, f)
    if unpaid > 0:
        facility.first_unpaid = min(facility.first_unpaid, day)
        facility.most_unpaid = max(facility.most_unpaid, unpaid)
