"""What is paid of debt: fees, interest and principal that are due, and principal early."""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import (
    ACCRUED_INTEREST,
    CASH_FOR_CAPITALISED_INTEREST,
    CASH_FOR_INTEREST,
    CASH_FOR_PRINCIPAL,
    DEBT_DISCOUNT,
    INTEREST_AMORTISATION,
    cash,
    post,
)
from gpusim.economics.books.measures import DEBT_REPAID
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import DRAWS, REVOLVER, STEP_FEES, STEP_INTEREST, State
from gpusim.economics.debt.facilities import account_of
from gpusim.economics.debt.service.falling_due import interest_falls_due
from gpusim.economics.plant.pools import release_lien


@kernel
def pay_fees(s: State, f: int, paid: int) -> None:
    """Fees leave the firm, first those that are a sponsor's to pay."""
    s.facilities[f].fees_due -= paid
    s.facilities[f].sponsor_fees_due = max(s.facilities[f].sponsor_fees_due - paid, 0)
    post(s, ACCRUED_INTEREST, CASH_FOR_INTEREST, paid)


@kernel
def pay_interest(s: State, f: int, paid: int) -> None:
    """Interest leaves the firm; the part that was capitalised is an investing flow.

    Source: ASC 230-10-45-13(c), interest capitalised as part of the cost of an asset.
    """
    facility = s.facilities[f]
    facility.interest_due -= paid
    facility.sponsor_interest_due = max(facility.sponsor_interest_due - paid, 0)
    capitalised = min(paid, s.firm[0].capitalised_unpaid)
    s.firm[0].capitalised_unpaid -= capitalised
    post(s, ACCRUED_INTEREST, CASH_FOR_CAPITALISED_INTEREST, capitalised)
    post(s, ACCRUED_INTEREST, CASH_FOR_INTEREST, paid - capitalised)


@kernel
def pay_principal(s: State, f: int, paid: int) -> None:
    """Principal leaves the firm and lowers the draws that are due, the oldest first.

    A draw repaid in full takes what is left of its discount to interest expense.
    """
    facility = s.facilities[f]
    facility.principal_due -= paid
    facility.principal -= paid
    if facility.kind == REVOLVER:
        facility.used -= paid
    post(s, account_of(facility.kind), CASH_FOR_PRINCIPAL, paid)
    s.stocks[DEBT_REPAID, s.clock[0].month] += paid
    left = paid
    for d in range(max(s.facilities[f].first_draw - 1, 0), s.count[DRAWS]):
        if left == 0:
            break
        draw = s.draws[d]
        if draw.facility == f and draw.due > 0:
            part = min(left, draw.due)
            draw.due -= part
            draw.principal -= part
            left -= part
            if draw.principal == 0 and draw.discount > 0:
                post(s, INTEREST_AMORTISATION, DEBT_DISCOUNT, draw.discount)
                draw.discount = 0
    if paid > 0:
        release_lien(s, f)


@kernel
def pay_service(s: State, f: int, step: int, paid: int) -> None:
    """Pay a facility in a step of debt service: fees, interest or principal."""
    if step == STEP_FEES:
        pay_fees(s, f, paid)
    elif step == STEP_INTEREST:
        pay_interest(s, f, paid)
    else:
        pay_principal(s, f, paid)


@kernel
def repayable(s: State, f: int, spare: int) -> int:
    """Principal not due that spare cash repays, the oldest draw first, with its interest [cents].

    A draw that is repaid in full takes its accrued interest with it, so both must fit; one that
    does not is repaid as far as leaves its interest in hand.
    """
    left, total = spare, 0
    for d in range(max(s.facilities[f].first_draw - 1, 0), s.count[DRAWS]):
        if left <= 0:
            break
        draw = s.draws[d]
        owed = draw.principal - draw.due
        if draw.facility != f or owed <= 0:
            continue
        if draw.due > 0 or left < owed:
            part = min(owed, left)
            left -= part
        elif left >= owed + draw.accrued:
            part = owed
            left -= owed + draw.accrued
        else:
            part = max(left - draw.accrued, 0)
            left = ZERO
        total += part
    return int(total)


@kernel
def prepay_principal(s: State, f: int, amount: int) -> int:
    """Repay principal that is not due, the oldest draw first; returns what was repaid [cents].

    Its share of the unamortised discount becomes interest expense. A draw's later instalments
    follow from what is left; a fixed schedule is cut from its end.
    Source: ASC 470-50-40-2, extinguishment of debt.
    """
    facility = s.facilities[f]
    left = amount
    for d in range(max(s.facilities[f].first_draw - 1, 0), s.count[DRAWS]):
        if left <= 0:
            break
        draw = s.draws[d]
        if draw.facility != f:
            continue
        part = min(left, draw.principal - draw.due)
        if part <= 0:
            continue
        written_off = share_of(draw.discount, part / draw.principal)
        draw.discount -= written_off
        post(s, INTEREST_AMORTISATION, DEBT_DISCOUNT, written_off)
        draw.principal -= part
        draw.balloon = min(draw.balloon, draw.principal)
        facility.principal -= part
        if facility.kind == REVOLVER:
            facility.used -= part
        post(s, account_of(facility.kind), CASH_FOR_PRINCIPAL, part)
        s.stocks[DEBT_REPAID, s.clock[0].month] += part
        left -= part
    if left < amount:
        release_lien(s, f)
    return amount - left


@kernel
def interest_of_repaid(s: State) -> int:
    """Interest that is still to be paid on draws that were repaid in full today [cents]."""
    total = ZERO
    for d in range(s.count[DRAWS]):
        if s.draws[d].principal == 0:
            total += s.draws[d].accrued
    return int(total)


@kernel
def pay_interest_of_repaid(s: State) -> None:
    """Interest on a draw that was repaid in full today is paid with it, as far as there is cash.

    Source: credit agreements: prepayments with accrued interest on the amount prepaid.
    """
    month = s.clock[0].month
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        if draw.principal == 0 and draw.accrued > 0:
            amount = draw.accrued
            interest_falls_due(s, d, month)
            paid = max(min(amount, cash(s)), 0)
            s.facilities[draw.facility].trapped -= paid
            pay_interest(s, draw.facility, paid)
