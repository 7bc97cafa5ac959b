"""The waterfall: what is due, in the declared order, out of cash and the revolver.

Claims are listed step by step, within a step by seniority; a junior claim is paid only after every
senior one. What is not paid stays due, is recorded as a shortfall and comes first next month. The
waterfall runs at month ends; a debt with a payment date within a month is paid on that day, from
cash that nothing ranking before it waits for.
"""

from __future__ import annotations

from gpusim.economics.calendar import MONTHS_PER_QUARTER
from gpusim.economics.equity import call_backstop
from gpusim.economics.facilities import (
    accrue,
    arm_payments,
    cash_floor,
    draw_revolver,
    last_rank,
    revolver_of,
    tests_liquidity,
)
from gpusim.economics.funding import note_shortfall, pay_overdue
from gpusim.economics.kernel import ZERO, kernel
from gpusim.economics.ledger import (
    CASH_FOR_OPERATIONS,
    CASH_FOR_RENT,
    CASH_FOR_TAX,
    CASH_TO_RESERVES,
    PAYABLES_OPERATING,
    RESTRICTED_CASH,
    TAX_PAYABLE,
    cash,
    post,
)
from gpusim.economics.measures import CFADS, SHORTFALL, SWEPT
from gpusim.economics.money import share_of
from gpusim.economics.repayment import (
    fall_due,
    pay_fees,
    pay_interest,
    pay_interest_of_repaid,
    pay_principal,
    prepay_principal,
    repay_revolver,
    repayable,
    reserve_required,
)
from gpusim.economics.state import (
    FACILITIES,
    N_STEPS,
    NEVER,
    NONE,
    STEP_FEES,
    STEP_INTEREST,
    STEP_OPERATING,
    STEP_PRINCIPAL,
    STEP_RENT,
    STEP_RESERVE,
    STEP_REVOLVER,
    STEP_SUPPLIERS,
    STEP_SWEEP,
    STEP_TAXES,
    State,
    World,
)
from gpusim.economics.unpaid import overdue_bills, payable
from gpusim.economics.waterfall import pay_in_order


@kernel
def claim(s: State, n: int, step: int, facility: int, due: int) -> int:
    """Write a claim in the next row of the work space; returns the rows in use."""
    s.claims[0, n] = step
    s.claims[1, n] = facility
    s.claims[2, n] = due
    s.claims[3, n] = 0
    return n + 1


@kernel
def list_claims(s: State, w: World, month: int, rent_due: int) -> int:
    """All claims of the month in the declared order; returns their number."""
    n = ZERO
    for place in range(N_STEPS):
        step = s.steps[place]
        if step == STEP_TAXES:
            n = claim(s, n, step, NONE, tax_due(s, month))
        elif step == STEP_OPERATING:
            n = claim(s, n, step, NONE, s.owed[STEP_OPERATING] + s.payables[month])
        elif step == STEP_RENT:
            n = claim(s, n, step, NONE, s.owed[STEP_RENT] + rent_due)
        elif step in (STEP_FEES, STEP_INTEREST, STEP_PRINCIPAL):
            n = list_debt_claims(s, n, step)
        elif step == STEP_SUPPLIERS:
            n = claim(s, n, step, NONE, overdue_bills(s))
        elif step == STEP_RESERVE:
            wanted = reserve_required(s, w) + s.firm[0].restricted_other
            n = claim(s, n, step, NONE, max(wanted - s.balance[RESTRICTED_CASH], 0))
        elif step != NONE:
            n = claim(s, n, step, NONE, ZERO)
    return n


@kernel
def tax_due(s: State, month: int) -> int:
    """Income tax to be paid at a month's end: all at a quarter's, else what was left of it [cents].

    Source: definitions, year and payment.
    """
    payable_tax = max(s.tax[0].payable, 0)
    if month % MONTHS_PER_QUARTER == 0:
        return int(payable_tax)
    return int(min(s.owed[STEP_TAXES], payable_tax))


@kernel
def list_debt_claims(s: State, n: int, step: int) -> int:
    """One claim a facility with something due, senior first; returns the rows in use."""
    for rank in range(last_rank(s) + 1):
        for f in range(s.count[FACILITIES]):
            facility = s.facilities[f]
            if facility.seniority != rank:
                continue
            due = payable(s, f, step)
            if due > 0:
                n = claim(s, n, step, f, due)
    return n


@kernel
def settle(s: State, w: World, month: int, day: int, rent_due: int) -> None:
    """Release spare reserves, list what is due, find what cash lacks, and pay.

    What cash lacks is drawn on the revolver, then called from the equity backstop.
    """
    release_reserves(s, w)
    n = list_claims(s, w, month, rent_due)
    total = 0
    for row in range(n):
        total += s.claims[2, row]
    draw_revolver(s, w, total, day)
    call_backstop(s, total - cash(s))
    pay_in_order(cash(s), s.claims[2, :n], s.claims[3, :n])
    for step in range(N_STEPS):
        s.owed[step] = 0
    unpaid = 0
    for row in range(n):
        step = s.claims[0, row]
        rest = s.claims[2, row] - s.claims[3, row]
        s.owed[step] += rest
        if step != STEP_RESERVE:
            unpaid += rest
        pay_claim(s, month, step, s.claims[1, row], s.claims[3, row])
    s.stocks[SHORTFALL, month] = unpaid
    s.firm[0].shortfall = max(s.firm[0].shortfall, unpaid)
    if unpaid > 0:
        note_shortfall(s, day)
    for place in range(N_STEPS):
        if s.steps[place] == STEP_SWEEP:
            sweep_breached(s, day)
        elif s.steps[place] == STEP_REVOLVER:
            sweep_revolver(s, day)
    pay_interest_of_repaid(s)


@kernel
def release_reserves(s: State, w: World) -> None:
    """Restricted cash that no lender asks for any more is free."""
    spare = s.balance[RESTRICTED_CASH] - reserve_required(s, w) - s.firm[0].restricted_other
    if spare > 0:
        post(s, CASH_TO_RESERVES, RESTRICTED_CASH, spare)


@kernel
def serve(s: State, w: World, f: int, day: int) -> None:
    """A debt's payment date within a month: accrue to today, make due, and pay it.

    What was left unpaid at the last month's end and ranks before it keeps its cash. What cash
    lacks is drawn on the revolver, then called from the backstop, as for a supplier's bill; what
    is still unpaid is met by the month's waterfall. Source: credit agreements, payment dates.
    """
    month = s.clock[0].month
    accrue(s, w, day, f)
    fall_due(s, w, month, day, f)
    release_reserves(s, w)
    n = list_before(s)
    own, upto, total = ZERO, ZERO, ZERO
    for row in range(n):
        total += s.claims[2, row]
        if s.claims[1, row] == f:
            own += s.claims[2, row]
            upto = total
    if own > 0 and f != revolver_of(s):
        draw_revolver(s, w, upto, day)
    call_backstop(s, upto - cash(s))
    pay_in_order(cash(s), s.claims[2, :n], s.claims[3, :n])
    for row in range(n):
        if s.claims[1, row] == f:
            pay_claim(s, month, s.claims[0, row], f, s.claims[3, row])
            own -= s.claims[3, row]
    if own > 0:
        note_shortfall(s, day)
    arm_payments(s, w, f)


@kernel
def list_before(s: State) -> int:
    """Claims of a day within a month in the declared order: what is unpaid, and debt due today."""
    n = ZERO
    for place in range(N_STEPS):
        step = s.steps[place]
        if step in (STEP_TAXES, STEP_OPERATING, STEP_RENT):
            n = claim(s, n, step, NONE, s.owed[step])
        elif step == STEP_SUPPLIERS:
            n = claim(s, n, step, NONE, overdue_bills(s))
        elif step in (STEP_FEES, STEP_INTEREST, STEP_PRINCIPAL):
            n = list_debt_claims(s, n, step)
    return n


@kernel
def pay_claim(s: State, month: int, step: int, f: int, paid: int) -> None:
    """Post a payment to where it belongs."""
    if step == STEP_TAXES:
        s.tax[0].payable -= paid
        post(s, TAX_PAYABLE, CASH_FOR_TAX, paid)
        s.stocks[CFADS, month] -= paid
    elif step == STEP_OPERATING:
        post(s, PAYABLES_OPERATING, CASH_FOR_OPERATIONS, paid)
        s.stocks[CFADS, month] -= paid
    elif step == STEP_RENT:
        post(s, PAYABLES_OPERATING, CASH_FOR_RENT, paid)
        s.stocks[CFADS, month] -= paid
    elif step == STEP_FEES:
        s.facilities[f].trapped -= paid
        pay_fees(s, f, paid)
    elif step == STEP_INTEREST:
        s.facilities[f].trapped -= paid
        pay_interest(s, f, paid)
    elif step == STEP_PRINCIPAL:
        s.facilities[f].trapped -= paid
        pay_principal(s, f, paid)
    elif step == STEP_SUPPLIERS:
        pay_overdue(s, paid)
    elif step == STEP_RESERVE:
        post(s, RESTRICTED_CASH, CASH_TO_RESERVES, paid)


@kernel
def sweep_breached(s: State, day: int) -> None:
    """A facility in breach takes its share of spare cash as repayment, the senior first.

    What lenders not in breach test stays. Source: cash sweep while a covenant is in breach, credit
    agreements.
    """
    kept = s.firm[0].minimum_cash
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].stopped >= NEVER and tests_liquidity(s, f, day):
            kept = max(kept, s.facilities[f].liquidity_minimum)
    kept += s.firm[0].reserved_cash
    for rank in range(last_rank(s) + 1):
        for f in range(s.count[FACILITIES]):
            facility = s.facilities[f]
            if facility.seniority == rank and facility.stopped < NEVER:
                spare = share_of(max(cash(s) - kept, 0), facility.sweep_share)
                if facility.non_recourse != 0:
                    spare = min(spare, max(facility.trapped, 0))
                repaid = prepay_principal(s, f, repayable(s, f, spare))
                facility.trapped -= repaid
                s.stocks[SWEPT, s.clock[0].month] += repaid


@kernel
def sweep_revolver(s: State, day: int) -> None:
    """Cash above floor and promises repays the revolver."""
    f = revolver_of(s)
    if f == NONE:
        return
    spare = cash(s) - cash_floor(s, day) - s.firm[0].reserved_cash
    amount = repayable(s, f, spare)
    if amount > 0:
        repay_revolver(s, amount)
