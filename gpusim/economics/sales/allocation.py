"""From the planned start to billing: the wait for GPUs, the pass that grants them, the start.

A tranche falls due on its planned start, waits for accepted GPUs, is granted them by the pass, and
starts. A late start that shifts keeps the whole value; one that keeps the planned end loses every
day it waits.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.rent import rent_of_term
from gpusim.economics.core.agenda import (
    ALLOCATE,
    END,
    LEAVE,
    LONG_STOP,
    NOTICE,
    START,
    cancel,
    schedule,
    schedule_now,
)
from gpusim.economics.core.calendar import add_months
from gpusim.economics.core.lists import enqueue_by_priority
from gpusim.economics.core.money import muldiv, whole
from gpusim.economics.core.state import (
    BACKSTOP,
    CUSTOMER,
    N_CAUSES,
    NEVER,
    REPRICED,
    TRANCHE_GRANTED,
    TRANCHE_LIVE,
    TRANCHE_WAITING,
    TRANCHES,
    WAITING,
    State,
    World,
)
from gpusim.economics.plant.pools import count_pool, unassigned_gpus
from gpusim.economics.plant.promises import assign_promised, awaits_order
from gpusim.economics.plant.reservations import pass_on_failed, release_reservation
from gpusim.economics.plant.reuse import suitable_there
from gpusim.economics.plant.sites import let_at_start, move_in
from gpusim.economics.plant.tenants import lets_power
from gpusim.economics.sales.advances import open_months
from gpusim.economics.sales.backlog import book_for, set_value
from gpusim.economics.sales.contracts import count_to_reset
from gpusim.economics.sales.losses import NO_CAUSE, lose_days
from gpusim.economics.sales.revenue import owe_late_credit
from gpusim.economics.sales.unsettled import join_contract, track


@kernel
def reach_planned_start(s: State, w: World, k: int, day: int) -> None:
    """The planned start has come: the tranche waits for GPUs, or for its power.

    A backstop just starts to run.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    tranche.due_since = day
    if contract.kind == BACKSTOP:
        tranche.status = TRANCHE_LIVE
        tranche.start = day
        tranche.end = day + tranche.term_days
        schedule(s, END, k, tranche.end)
        return
    tranche.status = TRANCHE_WAITING
    enqueue_by_priority(s.waiting, s.count, WAITING, s.tranches, k)
    if contract.shifts == 0:
        schedule(s, END, k, tranche.planned_start + tranche.term_days)
    if tranche.long_stop_days > 0:
        schedule(s, LONG_STOP, k, day + tranche.long_stop_days)
    if lets_power(s, k):
        let_at_start(s, tranche.site, day)
    else:
        schedule_now(s, ALLOCATE, tranche.pool)


@kernel
def allocate(s: State, w: World, p: int, day: int) -> None:
    """The pass that meets free GPUs of a pool with waiting tranches, at most once a day.

    First what is promised is set aside. Then, by priority and row, a tranche starts on its own and
    on loose GPUs; one that does not fit is skipped, so that a smaller one may start. Whose contract
    is signed today is looked at again tomorrow: whether its GPUs are there today is noted, loose
    ones once for all of them.
    """
    filled = assign_promised(s, p)
    if filled > 0:
        pass_on_failed(s, p, filled)
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
                schedule_now(s, ALLOCATE, p)
                rest = tranche.gpus - tranche.held
                there = fits(s, k, day, unassigned_gpus(s, p) - spoken)
                tranche.there = 1 if there else 0
                spoken += rest if there else 0
    s.count[WAITING] = kept
    for k in range(parts, s.count[TRANCHES]):
        enqueue_by_priority(s.waiting, s.count, WAITING, s.tranches, k)


@kernel
def gpus_short(s: State, k: int) -> int:
    """GPUs that a tranche would lack if it started now: neither its own nor loose."""
    tranche = s.tranches[k]
    return int(max(tranche.gpus - tranche.held - unassigned_gpus(s, tranche.pool), 0))


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
        return fits(s, k, day, unassigned_gpus(s, tranche.pool))
    short = gpus_short(s, k)
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
        return bool(not dedicated and suitable_there(s, k, day, rest) >= rest)
    return True


@kernel
def grant(s: State, k: int, day: int) -> None:
    """A tranche gets its GPUs; those that failed become a part of it that waits on its own."""
    tranche = s.tranches[k]
    short = gpus_short(s, k)
    if short > 0:
        split_failed(s, k, short, day)
    count_pool(s, tranche.pool, day)
    s.pools[tranche.pool].free -= tranche.gpus
    release_reservation(s, k)
    tranche.status = TRANCHE_GRANTED
    cancel(s, LONG_STOP, k)
    schedule_now(s, START, k)


@kernel
def split_failed(s: State, k: int, gpus: int, day: int) -> None:
    """Cut the GPUs that have failed off a tranche, with their share of its value and its past.

    They are a tranche of the same contract that waits for its replacements, with the same rights.
    Total value, plan, slippage and losses stay, to the cent.
    """
    row = copy_tranche(s, k)
    tranche, part = s.tranches[k], s.tranches[row]
    contract = s.contracts[tranche.contract]
    contract.open_terms += 1
    value = muldiv(tranche.value, gpus, tranche.gpus)
    part.recognised = muldiv(tranche.recognised, gpus, tranche.gpus)
    part.lost = muldiv(tranche.lost, gpus, tranche.gpus)
    part.forgone = muldiv(tranche.forgone, gpus, tranche.gpus)
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
    split_waits(s, k, row, gpus)
    part.gpus = gpus
    tranche.gpus -= gpus
    part.reserved_gpus = gpus
    part.promised = gpus
    part.failed = gpus
    tranche.reserved_gpus -= gpus
    tranche.promised -= gpus
    tranche.failed -= gpus
    if contract.shifts == 0:
        schedule(s, END, row, part.planned_start + part.term_days)
    if part.long_stop_days > 0 and part.due_since + part.long_stop_days > day:
        schedule(s, LONG_STOP, row, part.due_since + part.long_stop_days)
    schedule(s, LEAVE, row, s.due[LEAVE, k])
    schedule(s, NOTICE, row, s.due[NOTICE, k])


@kernel
def copy_tranche(s: State, k: int) -> int:
    """A waiting tranche with the terms, rights and waits of another, of no GPUs; its row."""
    row = s.count[TRANCHES]
    s.count[TRANCHES] = row + 1
    track(s, row)
    tranche, part = s.tranches[k], s.tranches[row]
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
    part.first_rate = tranche.first_rate
    part.rates = tranche.rates
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
    part.dropped_as = tranche.dropped_as
    return int(row)


@kernel
def split_waits(s: State, k: int, row: int, gpus: int) -> None:
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
    if lets_power(s, k):
        move_in(s, tranche.site, tranche.microwatts, day)
    else:
        count_pool(s, tranche.pool, day)
        s.pools[tranche.pool].billing += tranche.gpus
    tranche.status = TRANCHE_LIVE
    tranche.start = day
    tranche.through = day - 1
    if lets_power(s, k) and contract.shifts != 0:
        begin_rent(s, k, day)
    owe_late_credit(s, k, day)
    if contract.shifts != 0:
        tranche.end = day + tranche.term_days
        schedule(s, END, k, tranche.end)
        count_to_reset(s, w, k, day)
    else:
        lose_days(s, k, day - 1)
        tranche.end = tranche.planned_start + tranche.term_days
    if contract.first_billing >= NEVER:
        contract.first_billing = day
        open_credits(s, tranche.contract)


@kernel
def begin_rent(s: State, k: int, day: int) -> None:
    """A tenancy's term begins: it has its months by the calendar from this day on.

    What parts of months at its two ends make it worth more or less than planned is repriced.
    """
    tranche = s.tranches[k]
    if day == tranche.planned_start:
        return
    tranche.term_days = add_months(day, tranche.term_months) - day
    value = rent_of_term(s, k, day)
    book_for(s, tranche.contract, REPRICED, NO_CAUSE, value - tranche.value)
    set_value(s, k, value)


@kernel
def open_credits(s: State, c: int) -> None:
    """Fix the months in which the prepayment is credited, counted from the first billing month."""
    contract = s.contracts[c]
    if contract.credited_to == 0:
        return
    month = s.clock[0].month - 1
    open_months(s, c, month + contract.credited_from, month + contract.credited_to)
