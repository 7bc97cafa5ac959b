"""From when GPUs of a pool can serve a tranche, as planned today; how long it waits for them."""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.agenda import RETURN
from gpusim.economics.core.state import (
    COMING,
    NEVER,
    NONE,
    ORDER_ACCEPTED,
    ORDER_IN_SERVICE,
    ORDER_PLACED,
    TRANCHE_ENDED,
    TRANCHE_GRANTED,
    TRANCHE_LIVE,
    TRANCHES,
    UNSETTLED,
    State,
)


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
def coming_by(s: State, p: int, by: int, day: int) -> int:
    """GPUs of a pool that are free on a day to come, whoever reserves them, as planned today.

    Those of contracts count whole: what failed of them is replaced, or missed by who comes next.
    """
    pool = s.pools[p]
    gpus = pool.free
    gpus += refitted_by(s, p, by, day)
    gpus += ended_by(s, p, by, day)
    gpus += ordered_by(s, p, by, day)
    return int(gpus)


@kernel
def ended_by(s: State, p: int, by: int, day: int) -> int:
    """GPUs of a pool that contracts which are over by a day to come leave to others.

    Nothing is looked at before the first term of the pool ends.
    """
    if s.pools[p].first_end > by:
        return 0
    gpus, first = ZERO, NEVER
    for n in range(s.count[UNSETTLED]):
        j = s.unsettled[n]
        tranche = s.tranches[j]
        if tranche.pool == p and tranche.status < TRANCHE_ENDED:
            first = min(first, last_used(s, j))
            if is_free_by(s, j, by, day):
                gpus += tranche.gpus
    s.pools[p].first_end = first
    return int(gpus)


@kernel
def ordered_by(s: State, p: int, by: int, day: int) -> int:
    """GPUs of a pool on order for nobody that should be accepted by a day to come.

    A pool for which none is to come is not looked through again before one may be: who makes an
    order one for nobody says so.
    """
    if s.pools[p].none_coming != 0:
        return 0
    gpus, orders = ZERO, ZERO
    for n in range(s.count[COMING]):
        o = s.coming[n]
        order = s.orders[o]
        if order.pool == p and order.tranche == NONE and order.replacement == 0:
            orders += 1
            if accepted_by(s, o, day) <= by:
                gpus += order.gpus
    if orders == 0:
        s.pools[p].none_coming = 1
    return int(gpus)


@kernel
def last_used(s: State, j: int) -> int:
    """Day from which a tranche, as planned, has no use for its GPUs; no later start is foreseen."""
    tranche = s.tranches[j]
    last = tranche.planned_start + tranche.term_days
    if tranche.status == TRANCHE_LIVE:
        last = tranche.end
    return int(min(last, tranche.leaves))


@kernel
def note_end(s: State, k: int) -> None:
    """A tranche is its pool's from now on, or ends sooner: see `Pool.first_end`."""
    p = s.tranches[k].pool
    if p != NONE:
        s.pools[p].first_end = min(s.pools[p].first_end, last_used(s, k))


@kernel
def refitted_by(s: State, p: int, by: int, day: int) -> int:
    """GPUs on their way from one contract to the next that are fit for it by a day to come."""
    pool = s.pools[p]
    if pool.refitting == 0 or day + s.gens[pool.gen].redeploy_days <= by:
        return int(pool.refitting)
    gpus = ZERO
    for k in range(s.count[TRANCHES]):
        if s.tranches[k].pool == p and s.due[RETURN, k] <= by:
            gpus += s.tranches[k].returning
    return int(gpus)


@kernel
def is_free_by(s: State, j: int, by: int, day: int) -> bool:
    """Whether a tranche's GPUs can serve another on a day to come, see `free_after`.

    Most end long after it, which their own row tells.
    """
    if last_used(s, j) > by:
        return False
    return bool(free_after(s, j, day) <= by)


@kernel
def free_after(s: State, j: int, day: int) -> int:
    """Day from which a tranche's GPUs can serve another as planned; NEVER while that is open.

    A notice that is given ends a term, and no renewal follows. Open is the end of a contract with a
    renewal, and of a tranche whose GPUs are not ordered.
    """
    tranche = s.tranches[j]
    contract = s.contracts[tranche.contract]
    if tranche.status >= TRANCHE_ENDED or tranche.pool == NONE:
        return int(NEVER)
    between = s.gens[tranche.gen].redeploy_days
    if tranche.status == TRANCHE_LIVE and tranche.leaves < NEVER:
        return int(min(tranche.leaves, tranche.end) + between)
    if contract.renew_months > 0 and contract.renew_times > 0 and tranche.leaves >= NEVER:
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
    return int(min(start + tranche.term_days, max(tranche.leaves, start)) + between)


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
