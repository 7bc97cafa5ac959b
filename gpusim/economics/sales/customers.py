"""Customers: they fail, leave with notice, or walk away from a tranche that is too late.

A failure or an exit is news for each tranche of the customer: every one is told, and its own rule
takes it out of whatever it was doing. Freed GPUs go back to the pool the same day.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import BAD_DEBTS, DEFERRED_REVENUE, RECEIVABLES, post
from gpusim.economics.core.agenda import (
    COLLECT,
    END,
    LEAVE,
    LONG_STOP,
    NOTICE,
    PLANNED_START,
    PREPAY,
    SIGN,
    cancel,
    schedule,
    schedule_now,
)
from gpusim.economics.core.lists import leave as leave_queue
from gpusim.economics.core.money import muldiv
from gpusim.economics.core.state import (
    BACKSTOP,
    CANCELLED,
    CONTRACTS,
    CUSTOMER,
    DEFAULTED,
    INVOICES,
    N_CAUSES,
    NEVER,
    NONE,
    OPEN,
    SETTLED,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    TRANCHE_WAITING,
    UNSETTLED,
    WAITING,
    State,
    World,
)
from gpusim.economics.plant.coming import note_end
from gpusim.economics.plant.market import months_of, term_price
from gpusim.economics.sales.advances import reduce_advance
from gpusim.economics.sales.backlog import price_of_rest
from gpusim.economics.sales.ends import finish, hand_back
from gpusim.economics.sales.losses import (
    lose_remaining,
    lose_unusable,
    reverse_notice_loss,
    waiting_days,
)
from gpusim.economics.sales.revenue import recognise_alone


@kernel
def cancel_outstanding(s: State, c: int, day: int) -> None:
    """What a contract was still to bring does not come: its prepayment, a signature to be."""
    contract = s.contracts[c]
    contract.prepayment = 0
    cancel(s, PREPAY, c)
    if contract.signed > day:
        contract.signed = NEVER
        cancel(s, SIGN, c)


@kernel
def fail(s: State, w: World, customer: int, day: int) -> None:
    """A customer stops paying: its invoices are written off and its tranches end.

    Prepayments already received are kept; those still to come do not come, and what was to be
    signed never is.
    """
    s.customers[customer].defaulted = 1
    for c in range(s.count[CONTRACTS]):
        if s.contracts[c].customer == customer:
            cancel_outstanding(s, c, day)
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        tranche = s.tranches[k]
        if s.contracts[tranche.contract].customer == customer and tranche.status < TRANCHE_ENDED:
            cancel(s, NOTICE, k)
            schedule_now(s, LEAVE, k)
    for i in range(s.clock[0].first_invoice, s.count[INVOICES]):
        bill = s.invoices[i]
        owes = bill.status == OPEN and bill.contract != NONE
        if owes and s.contracts[bill.contract].customer == customer:
            write_off(s, i)


@kernel
def write_off(s: State, i: int) -> None:
    """An invoice will not be paid: bad debt, or a prepayment as far as it was never earned.

    Source: ASC 326-20-35-8, write-off when deemed uncollectible.
    """
    bill = s.invoices[i]
    bill.status = SETTLED
    bill.due = bill.paid = NEVER
    cancel(s, COLLECT, i)
    if bill.prepaid == 0:
        post(s, BAD_DEBTS, RECEIVABLES, bill.amount)
    elif bill.prepaid == 1:
        s.contracts[bill.contract].asked = 0
    elif bill.prepaid == 2:
        advance = s.advances[bill.advance]
        unearned = min(bill.amount, advance.balance - advance.accreted)
        reduce_advance(s, bill.advance, unearned, ZERO)
        post(s, DEFERRED_REVENUE, RECEIVABLES, unearned)
        post(s, BAD_DEBTS, RECEIVABLES, bill.amount - unearned)


@kernel
def give_notice(s: State, w: World, k: int, day: int) -> None:
    """The customer of a tranche says that it will leave: what it will not use is lost today.

    Notice by a stated day may have been given before the as-of day.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    since = min(max(contract.exit_day, contract.signed), day)
    tranche.leaves = max(since + contract.exit_notice_days, day)
    note_end(s, k)
    if tranche.planned_start >= tranche.leaves:
        schedule_now(s, LEAVE, k)
        return
    schedule(s, LEAVE, k, tranche.leaves)
    if contract.signed <= day:
        lose_unusable(s, k, day)


@kernel
def leave(s: State, w: World, k: int, day: int) -> None:
    """A tranche ends before its term: by default, by notice. What is left of it is lost."""
    contract = s.contracts[s.tranches[k].contract]
    move = DEFAULTED if s.customers[contract.customer].defaulted != 0 else CANCELLED
    terminate_tranche(s, k, move, CUSTOMER, day)


@kernel
def terminate_tranche(s: State, k: int, move: int, cause: int, day: int) -> None:
    """Take a tranche out of whatever it was doing; what is left of it is lost to a cause."""
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    used = tranche.status == TRANCHE_LIVE and contract.kind != BACKSTOP
    if used:
        recognise_alone(s, k, day - 1)
    elif tranche.status == TRANCHE_WAITING:
        leave_queue(s.waiting, s.count, WAITING, k)
    finish(s, k, TRANCHE_LOST)
    if used:
        hand_back(s, k, day)
    if tranche.forgone > 0 and move != tranche.dropped_as:
        reverse_notice_loss(s, k)
    lost = tranche.value - tranche.recognised - tranche.lost
    tranche.dropped_as = move
    if contract.signed <= day:
        lose_remaining(s, k, cause, lost - tranche.forgone)
    close_tranche(s, k, lost)


@kernel
def long_stop(s: State, w: World, k: int, day: int) -> None:
    """A tranche has waited as long as the customer must accept: it walks away, or stays for good.

    Source: termination rights tranche by tranche on late delivery in capacity contracts.
    """
    tranche = s.tranches[k]
    if tranche.walks == 0:
        return
    leave_queue(s.waiting, s.count, WAITING, k)
    waiting_days(s, k, max(day, tranche.planned_start + 1))
    total, widest = ZERO, CUSTOMER
    for cause in range(N_CAUSES):
        total += s.days[cause]
        if s.days[cause] > s.days[widest]:
            widest = cause
    finish(s, k, TRANCHE_LOST)
    lost = tranche.value - tranche.recognised - tranche.lost
    tranche.dropped_as = CANCELLED
    left = lost - tranche.forgone
    for cause in range(N_CAUSES):
        if cause != widest and total > 0:
            part = muldiv(lost - tranche.forgone, s.days[cause], total)
            lose_remaining(s, k, cause, part)
            left -= part
    lose_remaining(s, k, widest, left)
    close_tranche(s, k, lost)


@kernel
def close_tranche(s: State, k: int, lost: int) -> None:
    """A lost tranche wants no more events."""
    s.tranches[k].lost += lost
    s.tranches[k].forgone = 0
    cancel(s, PLANNED_START, k)
    cancel(s, END, k)
    cancel(s, LONG_STOP, k)
    cancel(s, LEAVE, k)
    cancel(s, NOTICE, k)


@kernel
def watch_price(s: State, w: World, k: int, month: int, day: int) -> None:
    """Month end: a customer free to leave gives notice when the market is cheap enough.

    It compares its price with the market's for what is left of its term, from the next day or the
    planned start on.
    Source: price-triggered exits; the largest capacity leases carry 90-day exits.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    waits = tranche.status == TRANCHE_WAITING
    if (
        not (waits or tranche.status == TRANCHE_LIVE)
        or contract.exit_notice_days <= 0
        or contract.kind == BACKSTOP
        or tranche.leaves < NEVER
    ):
        return
    days_left = (tranche.planned_start + tranche.term_days if waits else tranche.end) - day
    if days_left <= contract.exit_notice_days:
        return
    rest = tranche.term_days if waits and contract.shifts != 0 else days_left - 1
    own = price_of_rest(s, k, rest)
    market = term_price(w, tranche.gen, month, months_of(days_left))
    if market < contract.exit_price_share * own:
        cancel(s, NOTICE, k)
        give_notice(s, w, k, day)
