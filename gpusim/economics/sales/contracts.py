"""Contracts: signature, prepayment, the wait for GPUs, billing, and what the backlog becomes.

A tranche falls due on its planned start, waits for accepted GPUs, is granted them by the pass,
bills until its end. A late start that shifts keeps the whole value; one that keeps the planned
end loses every day it waits.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, folded, kernel
from gpusim.economics.books.ledger import (
    BAD_DEBTS,
    CASH_FROM_CUSTOMERS,
    DEFERRED_REVENUE,
    INTEREST_FINANCING_COMPONENT,
    RECEIVABLES,
    REVENUE_COMMITTED,
    post,
)
from gpusim.economics.books.measures import CFADS, COLLECTED
from gpusim.economics.core.agenda import (
    ALLOCATE,
    COLLECT,
    END,
    FUND,
    LEAVE,
    LONG_STOP,
    NOTICE,
    RETURN,
    START,
    TREASURY,
    arm,
    disarm,
    ring,
)
from gpusim.economics.core.calendar import HOURS_PER_DAY, add_months
from gpusim.economics.core.lists import enqueue_by_priority, leave
from gpusim.economics.core.money import cents, muldiv, whole
from gpusim.economics.core.state import (
    ACCRETION,
    BACKSTOP,
    CONTRACTS,
    CUSTOMER,
    EXPIRED,
    INVOICES,
    N_CAUSES,
    NEEDING,
    NEVER,
    NONE,
    OPEN,
    PLANNED,
    RECOGNISED,
    REPRICED,
    RUNNING,
    SETTLED,
    SIGNED,
    TRANCHE_ENDED,
    TRANCHE_GRANTED,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    TRANCHE_WAITING,
    TRANCHES,
    WAITING,
    State,
    World,
)
from gpusim.economics.plant.claims import disclaim, finish, pass_on
from gpusim.economics.plant.coming import note_end
from gpusim.economics.plant.market import term_price
from gpusim.economics.plant.pools import (
    add_free,
    awaits_order,
    count_pool,
    keep_promises,
    loose,
    sell_aged,
)
from gpusim.economics.plant.reuse import suitable
from gpusim.economics.plant.running import join_contract, run
from gpusim.economics.sales.advances import accrete, credit, empty, open_months, take_in
from gpusim.economics.sales.backlog import (
    book,
    set_value,
    value_through,
)
from gpusim.economics.sales.breakage import release
from gpusim.economics.sales.losses import NO_CAUSE, expire, left_of, lose_days, put_room, win_back
from gpusim.economics.sales.plans import freeze_plan

IN_ARREARS, PAID_AHEAD, BILLED_AHEAD = const(0), const(1), const(2)
"""`Invoice.prepaid`: ordinary; a prepayment booked on receipt; one booked when due."""


@kernel
def sign(s: State, w: World, c: int, day: int) -> None:
    """A contract is signed: the value of its tranches joins the backlog of its vintage."""
    contract = s.contracts[c]
    k = contract.first_tranche
    while k != NONE:
        book(s, contract.vintage, SIGNED, NO_CAUSE, s.tranches[k].value)
        k = s.tranches[k].following


@kernel
def prepay(s: State, w: World, c: int, day: int) -> None:
    """The prepayment falls due and is invoiced.

    Unconditional: receivable and deferred revenue now; else both when the cash comes.
    Source: ASC 606-10-45-2, unconditional right to consideration.
    """
    contract = s.contracts[c]
    amount = contract.prepayment
    contract.prepayment = 0
    if contract.prepayment_unconditional != 0:
        post(s, RECEIVABLES, DEFERRED_REVENUE, amount)
        invoice(s, w, c, amount, day, BILLED_AHEAD, take_in(s, c, amount, day))
    else:
        contract.asked = amount
        invoice(s, w, c, amount, day, PAID_AHEAD, NONE)


@kernel
def invoice(s: State, w: World, c: int, amount: int, day: int, prepaid: int, advance: int) -> None:
    """An invoice, paid after the customer's payment days; with the books if there are none.

    advance: the prepaid balance it pays, booked already; NONE.
    """
    row = s.count[INVOICES]
    s.count[INVOICES] = row + 1
    bill = s.invoices[row]
    bill.contract = c
    bill.amount = amount
    bill.due = day + s.contracts[c].payment_days + s.contracts[c].collection_delay
    bill.status = OPEN
    bill.prepaid = prepaid
    bill.advance = advance
    if prepaid == IN_ARREARS and bill.due <= day:
        collect(s, w, row, day)
    else:
        arm(s, COLLECT, row, bill.due)


@kernel
def collect(s: State, w: World, i: int, day: int) -> None:
    """The customer pays. Prepayments are no CFADS: they pay for capex."""
    bill = s.invoices[i]
    bill.status = SETTLED
    month = s.clock[0].month
    s.stocks[COLLECTED, month] += bill.amount
    if bill.prepaid == 1:
        post(s, CASH_FROM_CUSTOMERS, DEFERRED_REVENUE, bill.amount)
        take_in(s, bill.contract, bill.amount, day)
        s.contracts[bill.contract].asked = 0
    else:
        post(s, CASH_FROM_CUSTOMERS, RECEIVABLES, bill.amount)
    if bill.prepaid == 0:
        s.stocks[CFADS, month] += bill.amount
        if bill.contract != NONE and s.contracts[bill.contract].facility != NONE:
            s.received[bill.contract, month] += bill.amount
    if s.count[NEEDING] > 0:
        ring(s, FUND, TREASURY)


@kernel
def fall_due(s: State, w: World, k: int, day: int) -> None:
    """The planned start has come: the tranche waits for GPUs. A backstop just starts to run."""
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    tranche.due_since = day
    if contract.kind == BACKSTOP:
        tranche.status = TRANCHE_LIVE
        tranche.start = day
        tranche.end = day + tranche.term_days
        arm(s, END, k, tranche.end)
        return
    tranche.status = TRANCHE_WAITING
    enqueue_by_priority(s.waiting, s.count, WAITING, s.tranches, k)
    ring(s, ALLOCATE, tranche.pool)
    if contract.shifts == 0:
        arm(s, END, k, tranche.planned_start + tranche.term_days)
    if tranche.long_stop_days > 0:
        arm(s, LONG_STOP, k, day + tranche.long_stop_days)


@kernel
def allocate(s: State, w: World, p: int, day: int) -> None:
    """The pass that meets free GPUs of a pool with waiting tranches, at most once a day.

    First what is promised is set aside. Then, by priority and row, a tranche starts on its own and
    on loose GPUs; one that does not fit is skipped, so that a smaller one may start. Whose contract
    is signed today is looked at again tomorrow: whether its GPUs are there today is noted, loose
    ones once for all of them.
    """
    keep_promises(s, p)
    kept, parts, spoken = 0, s.count[TRANCHES], 0
    for n in range(s.count[WAITING]):
        k = s.waiting[n]
        if s.tranches[k].pool == p and may_start(s, k, day):
            grant(s, k, day)
        else:
            s.waiting[kept] = k
            kept += 1
            tranche = s.tranches[k]
            if tranche.pool == p and s.contracts[tranche.contract].signed >= day:
                ring(s, ALLOCATE, p)
                rest = tranche.gpus - tranche.held
                there = fits(s, k, day, loose(s, p) - spoken)
                tranche.there = 1 if there else 0
                spoken += rest if there else 0
    s.count[WAITING] = kept
    for k in range(parts, s.count[TRANCHES]):
        enqueue_by_priority(s.waiting, s.count, WAITING, s.tranches, k)


@kernel
def lacks(s: State, k: int) -> int:
    """GPUs that a tranche would lack if it started now: neither its own nor loose."""
    tranche = s.tranches[k]
    return int(max(tranche.gpus - tranche.held - loose(s, tranche.pool), 0))


@kernel
def may_start(s: State, k: int, day: int) -> bool:
    """Whether a waiting tranche can start: whole, or short of few GPUs that have failed.

    On the day after signature at the earliest. While GPUs bought for it are to come it starts only
    whole, on loose GPUs that will do, and on none if its hardware is dedicated.
    Source: definitions, zero days and short start.
    """
    tranche = s.tranches[k]
    if s.contracts[tranche.contract].signed >= day:
        return False
    if awaits_order(s, k):
        return fits(s, k, day, loose(s, tranche.pool))
    short = lacks(s, k)
    allowed = whole(s.gens[tranche.gen].short_start * tranche.gpus)
    return bool(short <= min(tranche.failed, allowed) and short < tranche.gpus)


@kernel
def fits(s: State, k: int, day: int, loose_gpus: int) -> bool:
    """Whether a tranche can start whole, on its own and on so many loose GPUs.

    While GPUs bought for it are to come those that will do must suffice; dedicated hardware does
    not.
    """
    tranche = s.tranches[k]
    rest = tranche.gpus - tranche.held
    if rest > loose_gpus:
        return False
    if awaits_order(s, k):
        dedicated = s.contracts[tranche.contract].dedicated != 0
        return bool(not dedicated and suitable(s, k, day, day, rest) >= rest)
    return True


@kernel
def grant(s: State, k: int, day: int) -> None:
    """A tranche gets its GPUs; those that failed become a part of it that waits on its own."""
    tranche = s.tranches[k]
    short = lacks(s, k)
    if short > 0:
        part_off(s, k, short, day)
    count_pool(s, tranche.pool, day)
    s.pools[tranche.pool].free -= tranche.gpus
    disclaim(s, k)
    tranche.status = TRANCHE_GRANTED
    disarm(s, LONG_STOP, k)
    ring(s, START, k)


@kernel
def part_off(s: State, k: int, gpus: int, day: int) -> None:
    """Cut the GPUs that have failed off a tranche, with their share of its value and its past.

    They are a tranche of the same contract that waits for its replacements, with the same rights.
    Total value, plan, slippage and losses stay, to the cent.
    """
    row = s.count[TRANCHES]
    s.count[TRANCHES] = row + 1
    run(s, row)
    tranche, part = s.tranches[k], s.tranches[row]
    contract = s.contracts[tranche.contract]
    contract.open_terms += 1
    part.contract = tranche.contract
    join_contract(s, row)
    part.gen = tranche.gen
    part.pool = tranche.pool
    part.order = tranche.order
    part.rest_of = k
    part.status = TRANCHE_WAITING
    part.start = NEVER
    part.leaves = tranche.leaves
    part.end = NEVER
    part.planned_start = tranche.planned_start
    part.term_days = tranche.term_days
    part.through = tranche.through
    part.id = tranche.id
    part.group = tranche.group
    part.long_stop_days = tranche.long_stop_days
    part.walks_share = tranche.walks_share
    part.walks = tranche.walks
    part.renews = tranche.renews
    part.renew_share = tranche.renew_share
    part.due_since = tranche.due_since
    part.priority = tranche.priority
    part.failed_since = tranche.failed_since
    part.failed_days = tranche.failed_days
    value = muldiv(tranche.value, gpus, tranche.gpus)
    part.recognised = muldiv(tranche.recognised, gpus, tranche.gpus)
    part.lost = muldiv(tranche.lost, gpus, tranche.gpus)
    part.forgone = muldiv(tranche.forgone, gpus, tranche.gpus)
    part.dropped_as = tranche.dropped_as
    part.planned = muldiv(tranche.planned, gpus, tranche.gpus)
    part.slipped = muldiv(tranche.slipped, gpus, tranche.gpus)
    set_value(s, row, value)
    set_value(s, k, tranche.value - value)
    tranche.recognised -= part.recognised
    tranche.lost -= part.lost
    tranche.forgone -= part.forgone
    s.dropped[row, CUSTOMER] = part.forgone
    s.dropped[k, CUSTOMER] -= part.forgone
    tranche.planned -= part.planned
    tranche.slipped -= part.slipped
    part_waits(s, k, row, gpus)
    part.gpus = gpus
    tranche.gpus -= gpus
    part.claims = gpus
    part.promised = gpus
    part.failed = gpus
    tranche.claims -= gpus
    tranche.promised -= gpus
    tranche.failed -= gpus
    if contract.shifts == 0:
        arm(s, END, row, part.planned_start + part.term_days)
    if part.long_stop_days > 0 and part.due_since + part.long_stop_days > day:
        arm(s, LONG_STOP, row, part.due_since + part.long_stop_days)
    arm(s, LEAVE, row, s.due[LEAVE, k])
    arm(s, NOTICE, row, s.due[NOTICE, k])


@kernel
def part_waits(s: State, k: int, row: int, gpus: int) -> None:
    """Divide what a tranche has booked by cause; a part's causes add up to its own stock."""
    tranche, part = s.tranches[k], s.tranches[row]
    keeps_end = s.contracts[tranche.contract].shifts == 0
    left = part.lost if keeps_end else part.slipped
    widest = 0
    for cause in range(N_CAUSES):
        if s.waits[k, cause] > s.waits[k, widest]:
            widest = cause
    for cause in range(N_CAUSES):
        s.waits[row, cause] = 0
        if cause != widest:
            s.waits[row, cause] = muldiv(s.waits[k, cause], gpus, tranche.gpus)
            left -= s.waits[row, cause]
            s.waits[k, cause] -= s.waits[row, cause]
    s.waits[row, widest] = left
    s.waits[k, widest] -= left


@kernel
def start(s: State, w: World, k: int, day: int) -> None:
    """Billing starts. A late start moves the end, unless the contract keeps it."""
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    count_pool(s, tranche.pool, day)
    s.pools[tranche.pool].billing += tranche.gpus
    tranche.status = TRANCHE_LIVE
    tranche.start = day
    tranche.through = day - 1
    if contract.shifts != 0:
        tranche.end = day + tranche.term_days
        arm(s, END, k, tranche.end)
    else:
        lose_days(s, k, day - 1)
        tranche.end = tranche.planned_start + tranche.term_days
    if contract.first_billing >= NEVER:
        contract.first_billing = day
        open_credits(s, tranche.contract)


@kernel
def open_credits(s: State, c: int) -> None:
    """Fix the months in which the prepayment is credited, counted from the first billing month."""
    contract = s.contracts[c]
    if contract.credited_to == 0:
        return
    month = s.clock[0].month - 1
    open_months(s, c, month + contract.credited_from, month + contract.credited_to)


@kernel
def end(s: State, w: World, k: int, day: int) -> None:
    """The term is over: the GPUs go back to the pool. A tranche that never started is lost."""
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    disarm(s, LEAVE, k)
    disarm(s, NOTICE, k)
    if tranche.status == TRANCHE_WAITING:
        leave(s.waiting, s.count, WAITING, k)
        disarm(s, LONG_STOP, k)
        lose_days(s, k, day - 1)
        finish(s, k, TRANCHE_LOST)
        return
    if contract.kind == BACKSTOP:
        expire(s, k, day - 1)
        finish(s, k, TRANCHE_ENDED)
        return
    recognise_alone(s, k, day - 1)
    finish(s, k, TRANCHE_ENDED)
    if stays(s, k):
        renew(s, w, k, day)
        return
    hand_back(s, k, day)


@kernel
def stays(s: State, k: int) -> bool:
    """Whether the customer of a tranche that has billed keeps its GPUs for another term.

    One that has given notice does not.
    """
    tranche = s.tranches[k]
    agreed = s.contracts[tranche.contract].renew_months > 0 and tranche.leaves >= NEVER
    return bool(tranche.renews != 0 and agreed and tranche.recognised > 0)


@kernel
def hand_back(s: State, k: int, day: int) -> None:
    """GPUs leave a contract for the pool, at once or after they are made fit for the next.

    Those that failed while it used them are not among them; who was to take them lacks them.
    """
    tranche = s.tranches[k]
    pool, gen = s.pools[tranche.pool], s.gens[tranche.gen]
    count_pool(s, tranche.pool, day)
    gone = min(muldiv(pool.missing, tranche.gpus, pool.billing), tranche.gpus)
    pool.billing -= tranche.gpus
    pool.missing -= gone
    tranche.returning = tranche.gpus - gone
    if gen.redeploy_days > 0:
        pool.refitting += tranche.returning
        arm(s, RETURN, k, day + gen.redeploy_days)
        sell_aged(s, tranche.pool)  # spares, if nobody is left whom they could serve
    else:
        add_free(s, tranche.pool, tranche.returning, day)
    if gone > 0:
        pass_on(s, tranche.pool, gone)


@kernel
def come_back(s: State, w: World, k: int, day: int) -> None:
    """GPUs of a contract that is over can serve the next."""
    tranche = s.tranches[k]
    count_pool(s, tranche.pool, day)
    s.pools[tranche.pool].refitting -= tranche.returning
    add_free(s, tranche.pool, tranche.returning, day)


@kernel
def renew(s: State, w: World, k: int, day: int) -> None:
    """The customer stays on the same GPUs for another term.

    At a share of the old price if one is agreed, else at the market's price of today. A renewal is
    a new contract of today's vintage, without prepayment; it may be renewed again. A day on which
    the customer will give notice holds for it too.
    """
    old = s.tranches[k]
    c = s.count[CONTRACTS]
    s.count[CONTRACTS] = c + 1
    copy_contract(s, old.contract, c)
    contract = s.contracts[c]
    contract.signed = day
    contract.vintage = vintage_of(s)
    contract.first_billing = day
    row = s.count[TRANCHES]
    s.count[TRANCHES] = row + 1
    run(s, row)
    new = s.tranches[row]
    new.id = old.id
    new.contract = c
    new.gen = old.gen
    new.pool = old.pool
    new.order = NONE
    new.rest_of = NONE
    new.failed_since = NEVER
    new.failed_days = 0
    new.leaves = NEVER
    new.gpus = old.gpus
    new.planned_start = day
    new.term_days = add_months(day, contract.renew_months) - day
    new.renews = 1
    if contract.renew_price_share > 0.0:
        a_day = old.value / old.term_days
        set_value(s, row, cents(a_day * contract.renew_price_share * new.term_days))
    else:
        price = term_price(w, old.gen, s.clock[0].month, contract.renew_months)
        set_value(s, row, cents(price * HOURS_PER_DAY * new.gpus * new.term_days))
    new.status = TRANCHE_LIVE
    contract.first_tranche = NONE
    contract.last_tranche = NONE
    join_contract(s, row)
    contract.open_terms = 1
    new.due_since = day
    new.start = day
    new.end = day + new.term_days
    note_end(s, row)
    new.through = day - 1
    new.priority = old.priority
    book(s, contract.vintage, SIGNED, NO_CAUSE, new.value)
    freeze_plan(s, w, c)
    arm(s, END, row, new.end)
    arm(s, NOTICE, row, contract.exit_day)


@kernel
def vintage_of(s: State) -> int:
    """Vintage of a signature today: one a quarter, after the opening one."""
    return min((s.clock[0].month - 1) // 3 + 1, len(s.backlog) - 1)


@kernel
def copy_contract(s: State, old: int, new: int) -> None:
    """The terms of a contract that a renewal keeps; nothing prepaid, nothing owed."""
    was, contract = s.contracts[old], s.contracts[new]
    contract.id = was.id
    contract.customer = was.customer
    contract.rating = was.rating
    contract.kind = was.kind
    contract.payment_days = was.payment_days
    contract.collection_delay = was.collection_delay
    contract.shifts = 1
    contract.exit_notice_days = was.exit_notice_days
    contract.exit_price_share = was.exit_price_share
    contract.exit_day = was.exit_day
    contract.renew_months = was.renew_months
    contract.renew_price_share = was.renew_price_share
    contract.gen = was.gen
    contract.dedicated = was.dedicated
    contract.sla_allowance = was.sla_allowance
    contract.sla_multiple = was.sla_multiple
    contract.facility = NONE
    contract.advance = NONE
    contract.credit_first = NEVER
    contract.credit_last = NEVER


@kernel
def backlog_of(s: State) -> int:
    """Backlog of all signed tranches, accretion and `Contract.breakage` included [cents]."""
    total = 0
    for n in range(s.count[RUNNING]):
        k = s.running[n]
        if s.contracts[s.tranches[k].contract].signed <= s.clock[0].today:
            total += left_of(s, k)
    for c in range(s.count[CONTRACTS]):
        total += s.contracts[c].accreted + s.contracts[c].breakage
    return int(total)


@kernel
def recognise_alone(s: State, k: int, through: int) -> None:
    """Recognise what one tranche has earned up to and including a day; it leaves the backlog."""
    amount = recognise(s, k, through)
    book(s, s.contracts[s.tranches[k].contract].vintage, RECOGNISED, NO_CAUSE, amount)


@folded
def recognise(s: State, k: int, through: int) -> int:
    """Committed revenue up to and including a day: reserved GPUs earn whether used or not.

    Days and service credits lost so far are not earned. Returns what the caller takes out of the
    backlog [cents]. Source: definitions, revenue; ASC 606-10-25-27(a).
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    first = tranche.start if contract.shifts != 0 else tranche.planned_start
    earned = value_through(s, k, through - first + 1) - tranche.lost
    amount = earned - tranche.recognised
    tranche.recognised = earned
    tranche.through = through
    contract.earned += amount
    note_earned(s, tranche.contract, amount)
    post(s, RECEIVABLES, REVENUE_COMMITTED, amount)
    return int(amount)


@kernel
def take_back(s: State, k: int, amount: int) -> None:
    """Part of what a tranche that is over has earned this month is not paid [cents]."""
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    tranche.recognised -= amount
    contract.earned -= amount
    post(s, RECEIVABLES, REVENUE_COMMITTED, -amount)
    book_earned(s, tranche.contract, -amount)


@kernel
def book_earned(s: State, c: int, amount: int) -> None:
    """Committed revenue of a contract [cents] leaves the backlog."""
    book(s, s.contracts[c].vintage, RECOGNISED, NO_CAUSE, amount)
    note_earned(s, c, amount)


@kernel
def book_financing(s: State, c: int, amount: int) -> None:
    """Accretion of a contract becomes revenue [cents]; it is planned as it is earned.

    The plan is of the price alone: what the time of payment adds was in nobody's plan.
    """
    book(s, s.contracts[c].vintage, PLANNED, NO_CAUSE, amount)
    book_earned(s, c, amount)


@kernel
def note_earned(s: State, c: int, amount: int) -> None:
    """Write a contract's committed revenue of the month [cents], where that is kept."""
    if len(s.earned) > 0:
        s.earned[c, s.clock[0].month] += amount


@kernel
def use_put(s: State, k: int, gpu_hours: int, through: int) -> int:
    """Sell unsold GPU-hours to the customer that must take them; returns the hours it took.

    Source: order of an investor to buy capacity the operator has not sold (8-K, 2025-09).
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    room = put_room(s, k, through)
    amount = min(cents(contract.put_price * gpu_hours), room)
    if amount <= 0:
        return 0
    tranche.recognised += amount
    contract.earned += amount
    book_earned(s, tranche.contract, amount)
    post(s, RECEIVABLES, REVENUE_COMMITTED, amount)
    return min(int(amount / contract.put_price), gpu_hours)


@folded
def bill_month(s: State, w: World, c: int, month: int) -> None:
    """Close a contract's month: accretion and release of what is prepaid, the invoice in arrears.

    Source: ASC 606-10-32-15 and definitions, receivables and deferred revenue.
    """
    contract = s.contracts[c]
    amount = contract.earned
    contract.earned = 0
    if contract.balance > 0:
        amount -= credit_month(s, w, c, month, amount)
    if amount > 0 and s.customers[contract.customer].defaulted != 0:
        post(s, BAD_DEBTS, RECEIVABLES, amount)
    elif amount > 0:
        invoice(s, w, c, amount, w.month_end[month], IN_ARREARS, NONE)


@kernel
def credit_month(s: State, w: World, c: int, month: int, amount: int) -> int:
    """What is prepaid grows by its financing component and lowers the invoice, the oldest first.

    A credit lowers the invoice, never revenue; what an invoice is too small for stays to be
    credited. A financing component adds its accretion to revenue as it is released. Returns the
    credits; amount: the invoice before them [cents].
    """
    contract = s.contracts[c]
    rate, end = contract.sfc_rate, w.month_end[month]
    credited, a = ZERO, contract.advance
    while a != NONE:
        if rate > 0.0 and s.advances[a].balance > 0:
            added = accrete(s, a, rate, end, end - w.month_end[month - 1])
            post(s, INTEREST_FINANCING_COMPONENT, DEFERRED_REVENUE, added)
            book(s, contract.vintage, ACCRETION, NO_CAUSE, added)
        if amount > 0:
            part, financing = credit(s, a, rate, month, amount - credited)
            post(s, DEFERRED_REVENUE, RECEIVABLES, part)
            if financing != 0:
                book_financing(s, c, financing)
                post(s, DEFERRED_REVENUE, REVENUE_COMMITTED, financing)
            credited += part
        a = s.advances[a].following
    if contract.balance > 0 and contract.open_terms <= 0:
        break_prepayment(s, c, month)
    return int(credited)


@kernel
def break_prepayment(s: State, c: int, month: int) -> None:
    """What is left of prepayments when a contract is over is revenue: nobody can claim it.

    It takes the place of value that was lost: of tranches that were dropped, of days that expired
    unserved; what was left in the backlog for it (`Contract.breakage`) is booked anew. The rest
    raises the transaction price, so that backlog is repriced and recognised in one.
    Source: ASC 606-10-55-48, breakage; prepayments of capacity contracts are non-refundable.
    """
    contract = s.contracts[c]
    last = contract.last_tranche
    if last == NONE:
        return
    release(s, c)
    left = contract.balance
    price = left - contract.accreted
    added = price
    k = contract.first_tranche
    while k != NONE:
        tranche = s.tranches[k]
        added -= win_back(s, s.dropped, k, tranche.dropped_as, added)
        if contract.shifts == 0:
            added -= win_back(s, s.waits, k, EXPIRED, added)
        k = tranche.following
    set_value(s, last, s.tranches[last].value + added)
    s.tranches[last].recognised += added
    run(s, last)
    book(s, contract.vintage, REPRICED, NO_CAUSE, added)
    book_earned(s, c, price)
    book_financing(s, c, contract.accreted)
    post(s, DEFERRED_REVENUE, REVENUE_COMMITTED, left)
    empty(s, c)
