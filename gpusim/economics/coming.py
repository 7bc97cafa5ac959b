"""From when GPUs of a pool can serve a tranche, as planned today; how long it waits for them."""

from __future__ import annotations

from gpusim.economics.agenda import RETURN
from gpusim.economics.kernel import ZERO, kernel
from gpusim.economics.state import (
    BACKSTOP,
    COMING,
    NEVER,
    NONE,
    ORDER_ACCEPTED,
    ORDER_IN_SERVICE,
    ORDER_PLACED,
    RUNNING,
    TRANCHE_ENDED,
    TRANCHE_GRANTED,
    TRANCHE_LIVE,
    TRANCHES,
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
    """GPUs of a pool that are free on a day to come, whoever claims them, as planned today.

    Those of contracts count whole: what failed of them is replaced, or missed by who comes next.
    """
    pool = s.pools[p]
    gpus = pool.free
    gpus += refitted_by(s, p, by, day)
    for n in range(s.count[RUNNING]):
        j = s.running[n]
        if s.tranches[j].pool == p and is_free_by(s, j, by, day):
            gpus += s.tranches[j].gpus
    for n in range(s.count[COMING]):
        o = s.coming[n]
        order = s.orders[o]
        for_nobody = order.pool == p and order.tranche == NONE and order.replacement == 0
        if for_nobody and accepted_by(s, o, day) <= by:
            gpus += order.gpus
    return int(gpus)


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
    tranche = s.tranches[j]
    last = tranche.planned_start + tranche.term_days
    if tranche.status == TRANCHE_LIVE:
        last = tranche.end
    if min(last, tranche.leaves) > by:
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
    if tranche.status >= TRANCHE_ENDED or contract.kind == BACKSTOP:
        return int(NEVER)
    between = s.gens[tranche.gen].redeploy_days
    if tranche.status == TRANCHE_LIVE and tranche.leaves < NEVER:
        return int(min(tranche.leaves, tranche.end) + between)
    if contract.renew_months > 0 and tranche.leaves >= NEVER:
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
