"""What is due and unpaid: of the firm, and of each debt.

What a loan without recourse cannot be paid by the cash of its own contracts is no debt of the firm.
"""

from __future__ import annotations

from gpusim.economics.kernel import ZERO, kernel
from gpusim.economics.state import (
    BILLS,
    OVERDUE,
    STEP_FEES,
    STEP_INTEREST,
    STEP_PRINCIPAL,
    State,
)


@kernel
def payable(s: State, f: int, step: int) -> int:
    """What a facility may be paid in a step: all that is due, or what its own contracts left.

    A loan without recourse pays fees before interest and interest before principal [cents].
    """
    facility = s.facilities[f]
    due, before = facility.fees_due, ZERO
    if step == STEP_INTEREST:
        due, before = facility.interest_due, facility.fees_due
    elif step == STEP_PRINCIPAL:
        due, before = facility.principal_due, facility.fees_due + facility.interest_due
    if facility.non_recourse == 0:
        return int(due)
    return int(min(due, max(facility.trapped - before, 0)))


@kernel
def payable_of(s: State, f: int) -> int:
    """What a facility may be paid today of all that is due to it [cents]."""
    return int(
        payable(s, f, STEP_FEES) + payable(s, f, STEP_INTEREST) + payable(s, f, STEP_PRINCIPAL)
    )


@kernel
def overdue_bills(s: State) -> int:
    """Supplier bills due and unpaid [cents]."""
    total = 0
    for b in range(s.clock[0].first_bill, s.count[BILLS]):
        if s.bills[b].status == OVERDUE:
            total += s.bills[b].amount
    return total
