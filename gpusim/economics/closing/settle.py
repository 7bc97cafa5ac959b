"""The waterfall: what is due, in the declared order, out of cash and the revolver.

Payments due are listed step by step, within a step by seniority; a junior one is made only after
every senior one, and equals share in proportion. What is not paid stays due, is recorded as a
shortfall and comes first next month. The waterfall runs at month ends; debts with a payment date
within a month are paid on that day, from cash that nothing ranking before them waits for.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.books.equity import call_backstop
from gpusim.economics.books.ledger import (
    CASH_FOR_OPERATIONS,
    CASH_FOR_RENT,
    CASH_FOR_TAX,
    PAYABLES_OPERATING,
    TAX_PAYABLE,
    cash,
    post,
)
from gpusim.economics.books.measures import CFADS, SHORTFALL
from gpusim.economics.core.agenda import SERVE
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.state import (
    FACILITIES,
    N_STEPS,
    NONE,
    REVOLVER,
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
    STEP_TRAP,
    State,
    World,
)
from gpusim.economics.debt.accruals import accrue
from gpusim.economics.debt.calendars import schedule_payments
from gpusim.economics.debt.facilities import is_live, last_rank, terms_of
from gpusim.economics.debt.revolvers import cash_floor, draw_revolver, release_tested_cash
from gpusim.economics.debt.service.cash_trap import trap_cash
from gpusim.economics.debt.service.falling_due import fall_due
from gpusim.economics.debt.service.interest_draws import draw_interest
from gpusim.economics.debt.service.repayment import pay_interest_of_repaid, pay_service
from gpusim.economics.debt.service.reserves import (
    fill_reserve,
    free_reserve,
    pay_from_reserve,
    reserve_shortfall,
    reserve_top_up,
)
from gpusim.economics.debt.service.sweeps import sweep_debts, sweep_revolvers
from gpusim.economics.debt.service.unpaid import (
    due_in,
    due_to,
    note_shortfall,
    note_unpaid,
    overdue_taxes,
    payable,
    payable_to,
    sponsored_in,
)
from gpusim.economics.debt.service.waterfall import list_payment_due, pay_listed
from gpusim.economics.hardware.funding import pay_overdue

ANY_DEBT, NO_REVOLVER = const(0), const(1)
"""Which debts with a payment today are meant."""


@kernel
def list_payments_due(s: State, month: int, rent_due: int) -> int:
    """All payments due of the month in the declared order; returns their number."""
    n = ZERO
    for place in range(N_STEPS):
        step = s.steps[place]
        if step == STEP_TAXES:
            n = list_payment_due(s, n, step, NONE, tax_due(s, month))
        elif step == STEP_OPERATING:
            n = list_payment_due(s, n, step, NONE, s.owed[STEP_OPERATING] + s.payables[month])
        elif step == STEP_RENT:
            n = list_payment_due(s, n, step, NONE, s.owed[STEP_RENT] + rent_due)
        elif step in (STEP_FEES, STEP_INTEREST, STEP_PRINCIPAL):
            n = list_debt_payments(s, n, step)
        elif step == STEP_SUPPLIERS:
            n = list_payment_due(s, n, step, NONE, s.firm[0].bills_overdue)
        elif step == STEP_RESERVE:
            n = list_reserves(s, list_payment_due(s, n, step, NONE, ZERO))
        elif step != NONE:
            n = list_payment_due(s, n, step, NONE, ZERO)
    return n


@kernel
def tax_due(s: State, month: int) -> int:
    """Income tax to be paid at a month's end: all at a quarter's, else what was left of it [cents].

    Source: definitions, year and payment.
    """
    if month % MONTHS_PER_QUARTER == 0:
        return int(max(s.tax[0].payable, 0))
    return overdue_taxes(s)


@kernel
def list_debt_payments(s: State, n: int, step: int) -> int:
    """One payment a facility with something due, senior first; returns the rows in use."""
    for rank in range(last_rank(s) + 1):
        for f in range(s.count[FACILITIES]):
            if terms_of(s, f).seniority != rank:
                continue
            due = payable(s, f, step)
            if due > 0:
                n = list_payment_due(s, n, step, f, due)
    return n


@kernel
def list_reserves(s: State, n: int) -> int:
    """One payment a reserve that is to be filled, senior first; returns the rows in use."""
    for rank in range(last_rank(s) + 1):
        for f in range(s.count[FACILITIES]):
            if terms_of(s, f).seniority == rank:
                due = reserve_top_up(s, f)
                if due > 0:
                    n = list_payment_due(s, n, STEP_RESERVE, f, due)
    return n


@kernel
def settle(s: State, w: World, month: int, day: int, rent_due: int) -> None:
    """List what is due, find what cash lacks, and pay.

    What cash lacks is drawn on the revolver; then each loan's own reserve pays what is left of its
    service; the rest is called from the equity backstop.
    """
    for f in range(s.count[FACILITIES]):
        free_reserve(s, w, f)
    receive_credit(s, month)
    n = list_payments_due(s, month, rent_due)
    draw_revolver(s, w, total_due(s, n), day)
    pay_listed(s, n, cash(s))
    fill_reserves(s, n)
    short = total_due(s, n) > cash(s)
    for f in range(s.count[FACILITIES]):
        if short or terms_of(s, f).non_recourse != 0:
            draw_on_reserve(s, n, f)
    call_backstop(s, total_due(s, n) - cash(s))
    pay_listed(s, n, cash(s))
    for step in range(N_STEPS):
        s.owed[step] = 0
    for row in range(n):
        s.owed[s.payments_due[0, row]] += s.payments_due[2, row] - s.payments_due[3, row]
        pay_due(s, month, s.payments_due[0, row], s.payments_due[1, row], s.payments_due[3, row])
    for f in range(s.count[FACILITIES]):
        s.owed[STEP_RESERVE] += reserve_shortfall(s, f)
        note_unpaid(s, f, day)
    s.stocks[SHORTFALL, month] = note_shortfall(s, day)
    use_spare_cash(s, w, day)
    pay_interest_of_repaid(s)


@kernel
def use_spare_cash(s: State, w: World, day: int) -> None:
    """What is left once all is paid: traps, sweeps and revolvers, in the declared order."""
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        facility.taken, facility.locked_now = ZERO, ZERO
        facility.back_now, facility.repaid_now = ZERO, ZERO
    for place in range(N_STEPS):
        if s.steps[place] == STEP_SWEEP:
            sweep_debts(s, day)
        elif s.steps[place] == STEP_REVOLVER:
            sweep_revolvers(s, w, day)
        elif s.steps[place] == STEP_TRAP:
            trap_cash(s, day)
    if s.clock[0].month % MONTHS_PER_QUARTER == 0:
        for f in range(s.count[FACILITIES]):
            s.facilities[f].matured = 0


@kernel
def receive_credit(s: State, month: int) -> None:
    """What operating costs that fall due come to below nothing is received before anything is paid.

    So they do where power bought ahead brings more than all costs of a month.
    Source: definitions, power bought ahead.
    """
    due = s.owed[STEP_OPERATING] + s.payables[month]
    if due < 0:
        pay_due(s, month, STEP_OPERATING, NONE, due)
        s.payables[month] -= due


@kernel
def total_due(s: State, n: int) -> int:
    """All payments of the list [cents]."""
    total = ZERO
    for row in range(n):
        total += s.payments_due[2, row]
    return total


@kernel
def due_before_paid(s: State, n: int, day: int, which: int) -> int:
    """Claims up to the last of the debts that are paid today, with those that rank alike [cents].

    which: ANY_DEBT, or NO_REVOLVER to leave revolvers out.
    """
    total, due, last = ZERO, ZERO, NONE
    for row in range(n):
        total += s.payments_due[2, row]
        f = s.payments_due[1, row]
        paid = f != NONE and s.facilities[f].served_on == day
        if paid and (which == ANY_DEBT or s.facilities[f].kind != REVOLVER):
            last = s.payments_due[4, row]
        if s.payments_due[4, row] == last:
            due = total
    return due


@kernel
def revolvers_alike(s: State, n: int, day: int) -> int:
    """What revolvers are due beside the last loan that is paid today, in its step and rank [cents].

    It is paid from the floor as far as that goes. Source: definitions, several revolvers.
    """
    total, last = ZERO, NONE
    for row in range(n):
        f = s.payments_due[1, row]
        if f != NONE and s.facilities[f].served_on == day and s.facilities[f].kind != REVOLVER:
            last = s.payments_due[4, row]
    for row in range(n):
        f = s.payments_due[1, row]
        own = f != NONE and s.facilities[f].served_on == day and s.facilities[f].kind == REVOLVER
        if own and s.payments_due[4, row] == last:
            total += s.payments_due[2, row]
    return total


@kernel
def fill_reserves(s: State, n: int) -> None:
    """Pay into reserves what cash is there for in their place; they ask for no other today."""
    for row in range(n):
        if s.payments_due[0, row] == STEP_RESERVE:
            if s.payments_due[3, row] > 0:
                fill_reserve(s, s.payments_due[1, row], s.payments_due[3, row])
            s.payments_due[2, row] = 0
            s.payments_due[3, row] = 0


@kernel
def draw_on_reserve(s: State, n: int, f: int) -> None:
    """A loan's reserve pays what cash does not pay of its service; its payments due fall by that.

    Fees come before interest and interest before principal. What a loan without recourse is due
    beyond the cash of its own contracts is not on the list, and is paid so too.
    """
    facility = s.facilities[f]
    if facility.reserve_held == 0:
        return
    for step in range(STEP_FEES, STEP_PRINCIPAL + 1):
        rest, place = due_in(s, f, step), NONE
        for row in range(n):
            if s.payments_due[0, row] == step and s.payments_due[1, row] == f:
                place = row
                rest -= s.payments_due[3, row]
        part = min(rest, facility.reserve_held)
        if part > 0:
            pay_from_reserve(s, f, step, part)
            if place != NONE:
                s.payments_due[2, place] -= min(
                    part, s.payments_due[2, place] - s.payments_due[3, place]
                )


@kernel
def serve(s: State, w: World, f: int, day: int) -> None:
    """A debt's payment date within a month: accrue to today, make due, and pay it.

    All debts with a payment today are paid together, when the first of them comes. Source: credit
    agreements, payment dates; lenders of one rank are paid pari passu.
    """
    if s.facilities[f].served_on != day:
        for g in range(s.count[FACILITIES]):
            if g == f or s.due[SERVE, g] == day:
                accrue(s, w, day, g)
                fall_due(s, w, s.clock[0].month, day, g)
                draw_interest(s, w, day, g)
                s.facilities[g].served_on = day
                s.facilities[g].served = due_to(s, g)
                free_reserve(s, w, g)
        pay_today(s, w, day)
        for g in range(s.count[FACILITIES]):
            if s.facilities[g].served_on == day and not is_live(s, g):
                release_tested_cash(s, g)
    schedule_payments(s, w, f)


@kernel
def pay_today(s: State, w: World, day: int) -> None:
    """Pay what is due to the debts with a payment today.

    What was left unpaid at the last month's end and ranks before it keeps its cash. What cash
    lacks is drawn on revolvers, as for a supplier's bill, but not for what a revolver is due after
    the last loan, nor for what the floor pays of what one is due beside it; then
    taken from each debt's reserve, then called from the backstop; what is still unpaid is met by
    the month's waterfall.
    """
    n = list_payments_within_month(s)
    lacked = due_before_paid(s, n, day, NO_REVOLVER)
    if lacked > 0:
        lacked -= min(revolvers_alike(s, n, day), cash_floor(s, day))
        draw_revolver(s, w, lacked, day)
    pay_listed(s, n, cash(s))
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].served_on == day:
            draw_on_reserve(s, n, f)
    call_backstop(s, due_before_paid(s, n, day, ANY_DEBT) - cash(s))
    pay_listed(s, n, cash(s))
    for row in range(n):
        f = s.payments_due[1, row]
        if f != NONE and s.facilities[f].served_on == day:
            pay_due(s, s.clock[0].month, s.payments_due[0, row], f, s.payments_due[3, row])
    short = ZERO
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        if facility.served_on == day:
            facility.served -= due_to(s, f)
            note_unpaid(s, f, day)
            short += payable_to(s, f)
    if short > 0:
        note_shortfall(s, day)


@kernel
def list_payments_within_month(s: State) -> int:
    """Claims of a day within a month in the declared order: what is unpaid, and debt due today."""
    n = ZERO
    for place in range(N_STEPS):
        step = s.steps[place]
        if step == STEP_TAXES:
            n = list_payment_due(s, n, step, NONE, overdue_taxes(s))
        elif step in (STEP_OPERATING, STEP_RENT):
            n = list_payment_due(s, n, step, NONE, s.owed[step])
        elif step == STEP_SUPPLIERS:
            n = list_payment_due(s, n, step, NONE, s.firm[0].bills_overdue)
        elif step in (STEP_FEES, STEP_INTEREST, STEP_PRINCIPAL):
            n = list_debt_payments(s, n, step)
    return n


@kernel
def pay_due(s: State, month: int, step: int, f: int, paid: int) -> None:
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
    elif step in (STEP_FEES, STEP_INTEREST, STEP_PRINCIPAL):
        s.facilities[f].trapped -= max(paid - sponsored_in(s, f, step), 0)
        pay_service(s, f, step, paid)
    elif step == STEP_SUPPLIERS:
        pay_overdue(s, paid)
