"""GPUs that are there already, or will be, for a tranche that would else order its own.

Asked on the order day. Nobody moves a customer, so what is counted is what is free and reserved by
nobody, what comes free in time because a contract ends that no renewal holds open, and what is on
order for nobody; of that, hardware that lives through the term and that no other lender holds.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.agenda import ALLOCATE, schedule_now
from gpusim.economics.core.state import (
    ASSETS,
    COMING,
    NONE,
    ORDER_ACCEPTED,
    ORDER_IN_SERVICE,
    ORDER_PLACED,
    SERVERS,
    TRANCHE_ENDED,
    TRANCHE_WAITING,
    State,
)
from gpusim.economics.plant.coming import coming_by, is_free_by, waits_until
from gpusim.economics.plant.replacements import shrink
from gpusim.economics.plant.reservations import reserve_gpus


@kernel
def reuse_available(s: State, o: int, day: int) -> None:
    """On its order day a tranche reserves GPUs that will do, and its order is for the rest only.

    Not if its hardware is dedicated. A tranche that orders nothing is served from its pool alone.
    """
    k = s.orders[o].tranche
    if k == NONE or s.contracts[s.tranches[k].contract].dedicated != 0:
        return
    gpus = min(available_in_time(s, k, day), s.orders[o].gpus)
    if gpus <= 0:
        return
    reserve_gpus(s, k, gpus)
    if s.tranches[k].status == TRANCHE_WAITING:
        schedule_now(s, ALLOCATE, s.tranches[k].pool)
    if gpus == s.orders[o].gpus:
        s.tranches[k].order = NONE
    shrink(s, o, gpus)


@kernel
def available_in_time(s: State, k: int, day: int) -> int:
    """GPUs of its pool that a tranche can have in time and keep for its term."""
    by = waits_until(s, k, day)
    pool = s.pools[s.tranches[k].pool]
    unreserved = coming_by(s, s.tranches[k].pool, by, day) - pool.reserved_gpus + pool.failed
    if unreserved <= 0:
        return 0  # what there is need not be looked at
    return suitable(s, k, by, day, unreserved)


@kernel
def suitable(s: State, k: int, by: int, day: int, most: int) -> int:
    """GPUs of a pool that live through a tranche's term and are free of lenders and users.

    At most so many: once they are found, no more are looked at.

    Those on order count once placed, replacements before: someone lacks them. Its term runs from
    the planned start, or from today if that is past.
    """
    gpus = suitable_in_service(s, k, by, day, most, ORDER_IN_SERVICE)
    for n in range(s.count[COMING]):
        if gpus >= most:
            return most
        o = s.coming[n]
        order = s.orders[o]
        coming = order.status < ORDER_IN_SERVICE
        coming = coming and (order.status >= ORDER_PLACED or order.replacement != 0)
        if coming and order.pool == s.tranches[k].pool and can_change_hands(s, o, k, by, day):
            gpus += order.gpus
    return int(min(gpus, most))


@kernel
def suitable_there(s: State, k: int, day: int, most: int) -> int:
    """Of what is `suitable` today what is accepted: who starts today can have nothing else."""
    return suitable_in_service(s, k, day, day, most, ORDER_ACCEPTED)


@kernel
def suitable_in_service(s: State, k: int, by: int, day: int, most: int, reached: int) -> int:
    """Of what is `suitable` what is in service, of orders that have reached a status."""
    tranche = s.tranches[k]
    until = max(tranche.planned_start, day) + tranche.term_days
    gpus = ZERO
    for a in range(s.count[ASSETS]):
        if gpus >= most:
            return most
        asset = s.assets[a]
        fleet = asset.category == SERVERS and asset.pool == tranche.pool and asset.retired == 0
        if not fleet or asset.gpus <= 0 or asset.retires < until:
            continue
        o = asset.order
        if o == NONE or (s.orders[o].status >= reached and can_change_hands(s, o, k, by, day)):
            gpus += asset.gpus
    return int(min(gpus, most))


@kernel
def can_change_hands(s: State, o: int, k: int, start: int, day: int) -> bool:
    """Whether an order's GPUs may serve a tranche: their own is over by then, and no lender minds.

    A lender minds where it has lent on them and is not the tranche's own. The firm's loans do not
    keep it from using its hardware for a contract that nobody else finances.
    """
    order = s.orders[o]
    j = order.tranche
    used = j != NONE and s.tranches[j].status < TRANCHE_ENDED
    if used and not is_free_by(s, j, start, day):
        return False
    f, own = order.facility, s.contracts[s.tranches[k].contract].facility
    if f in (NONE, own) or order.loan_share <= 0.0:
        return True
    lent = s.facilities[f].principal + s.facilities[f].reserved
    return bool(lent == 0 or (own == NONE and s.facilities[f].company == 0))
