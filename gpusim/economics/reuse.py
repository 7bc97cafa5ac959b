"""GPUs that are there already, or will be, for a tranche that would else order its own.

Asked on the order day. Nobody moves a customer, so what is counted is what is free and claimed by
nobody, what comes free in time because a contract ends that no renewal holds open, and what is on
order for nobody; of that, hardware that lives through the term and that no other lender holds.
"""

from __future__ import annotations

from gpusim.economics.agenda import LEAVE
from gpusim.economics.claims import claim
from gpusim.economics.kernel import ZERO, kernel
from gpusim.economics.lives import end_of_life
from gpusim.economics.pools import shrink
from gpusim.economics.state import (
    ASSETS,
    BACKSTOP,
    NEVER,
    NONE,
    ORDER_ACCEPTED,
    ORDER_IN_SERVICE,
    ORDER_PLACED,
    ORDERS,
    RUNNING,
    SERVERS,
    TRANCHE_ENDED,
    TRANCHE_GRANTED,
    TRANCHE_LIVE,
    State,
)


@kernel
def take_what_is_there(s: State, o: int, day: int) -> None:
    """On its order day a tranche claims GPUs that will do, and its order is for the rest only.

    Not if its hardware is dedicated. A tranche that orders nothing is served from its pool alone.
    """
    k = s.orders[o].tranche
    if k == NONE or s.contracts[s.tranches[k].contract].dedicated != 0:
        return
    gpus = min(to_be_had(s, k, day), s.orders[o].gpus)
    if gpus <= 0:
        return
    claim(s, k, gpus)
    if gpus == s.orders[o].gpus:
        s.tranches[k].order = NONE
    shrink(s, o, gpus)


@kernel
def to_be_had(s: State, k: int, day: int) -> int:
    """GPUs of its pool that a tranche can have in time and keep for its term."""
    by = waits_until(s, k, day)
    return int(max(min(free_by(s, s.tranches[k].pool, by, day), suitable(s, k, by, day)), 0))


@kernel
def waits_until(s: State, k: int, day: int) -> int:
    """Day until which a tranche waits for GPUs that come free before new ones are bought for it.

    Some days after its planned start, or until new ones could be accepted; before its long stop.
    """
    tranche = s.tranches[k]
    gen = s.gens[tranche.gen]
    start = max(tranche.planned_start, day)
    bought = day + gen.lead_days + gen.fitout_days + gen.acceptance_days
    by = max(tranche.planned_start + s.firm[0].reuse_wait_days, bought)
    if tranche.long_stop_days > 0:
        by = min(by, tranche.planned_start + tranche.long_stop_days - 1)
    return int(max(by, start))


@kernel
def free_by(s: State, p: int, start: int, day: int) -> int:
    """GPUs of a pool that are free on a day to come and claimed by nobody, as planned today."""
    pool = s.pools[p]
    between = s.gens[pool.gen].redeploy_days
    gpus = pool.free - pool.claimed + pool.failed
    if day + between <= start:
        gpus += pool.refitting
    for n in range(s.count[RUNNING]):
        j = s.running[n]
        if s.tranches[j].pool == p and free_after(s, j, day) <= start:
            gpus += s.tranches[j].gpus
    for o in range(s.count[ORDERS]):
        order = s.orders[o]
        for_nobody = order.pool == p and order.tranche == NONE and order.replacement == 0
        if for_nobody and accepted_by(s, o, day) <= start:
            gpus += order.gpus
    return int(gpus)


@kernel
def free_after(s: State, j: int, day: int) -> int:
    """Day from which a tranche's GPUs can serve another as planned; NEVER while that is open.

    A notice that is given ends a term, and no renewal follows. Open is the end of a contract with a
    renewal, and of a tranche whose GPUs are not ordered.
    """
    tranche = s.tranches[j]
    contract = s.contracts[tranche.contract]
    if tranche.status >= TRANCHE_ENDED or contract.kind == BACKSTOP:
        return int(NEVER)
    between = s.gens[tranche.gen].redeploy_days
    leaves = leaves_on(s, j, day)
    if tranche.status == TRANCHE_LIVE and leaves < tranche.end:
        return int(leaves + between)
    if contract.renew_days > 0:
        return int(NEVER)
    if tranche.status == TRANCHE_LIVE:
        return int(tranche.end + between)
    o = tranche.order
    bought = o != NONE and s.orders[o].tranche == j
    if bought and s.orders[o].status < ORDER_PLACED:
        return int(NEVER)
    start = tranche.planned_start
    if contract.shifts != 0 or tranche.status == TRANCHE_GRANTED:
        start = max(start, day)
    return int(min(start + tranche.term_days, max(leaves, start)) + between)


@kernel
def leaves_on(s: State, j: int, day: int) -> int:
    """Day on which a customer leaves a tranche by a notice that is given; NEVER if none is."""
    leaves = s.due[LEAVE, j]
    notice_days = s.contracts[s.tranches[j].contract].exit_notice_days
    return int(leaves) if leaves < NEVER and leaves - notice_days <= day else int(NEVER)


@kernel
def accepted_by(s: State, o: int, day: int) -> int:
    """Day on which a placed order should be accepted; NEVER if it has been, or is not placed."""
    order = s.orders[o]
    gen = s.gens[order.gen]
    if order.status < ORDER_PLACED or order.status >= ORDER_ACCEPTED:
        return int(NEVER)
    if order.status == ORDER_IN_SERVICE:
        return int(max(order.fitted + order.acceptance_planned, day))
    delivered = day
    if order.status == ORDER_PLACED:
        delivered = max(order.placed + gen.lead_days, day)
    return int(delivered + gen.fitout_days + order.acceptance_planned)


@kernel
def suitable(s: State, k: int, by: int, day: int) -> int:
    """GPUs of a pool that live through a tranche's term and are free of lenders and users.

    Its term runs from the planned start, or from today if that is past.
    """
    tranche = s.tranches[k]
    until = max(tranche.planned_start, day) + tranche.term_days
    gpus = ZERO
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        fleet = asset.category == SERVERS and asset.pool == tranche.pool and asset.retired == 0
        if not fleet or asset.gpus <= 0 or end_of_life(s, a) < until:
            continue
        if asset.order == NONE or can_change_hands(s, asset.order, k, by, day):
            gpus += asset.gpus
    for o in range(s.count[ORDERS]):
        order = s.orders[o]
        coming = ORDER_PLACED <= order.status < ORDER_IN_SERVICE
        if coming and order.pool == tranche.pool and can_change_hands(s, o, k, by, day):
            gpus += order.gpus
    return int(gpus)


@kernel
def can_change_hands(s: State, o: int, k: int, start: int, day: int) -> bool:
    """Whether an order's GPUs may serve a tranche: their own is over by then, and no lender minds.

    A lender minds where it has lent on them and is not the tranche's own. The firm's loans do not
    keep it from using its hardware for a contract that nobody else finances.
    """
    order = s.orders[o]
    j = order.tranche
    used = j != NONE and s.tranches[j].status < TRANCHE_ENDED
    if used and free_after(s, j, day) > start:
        return False
    f, own = order.facility, s.contracts[s.tranches[k].contract].facility
    if f in (NONE, own) or order.loan_share <= 0.0:
        return True
    lent = s.facilities[f].principal + s.facilities[f].reserved
    return bool(lent == 0 or (own == NONE and s.facilities[f].company == 0))
