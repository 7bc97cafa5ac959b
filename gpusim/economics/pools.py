"""Pools: GPUs of one generation at one site that belong to one borrower, and who may use them.

A contract says where its GPUs stand, so it is served from the pool of its generation and site. A
loan without recourse, or with a cover covenant on its own contracts, is the loan of a company of
its own: what it buys, what its contracts use and what they leave stay in that company's pools. All
else is the firm's. Every pair of generation and site has a row for each company, so that a pool is
found by counting.

Of the free GPUs of a pool some are held: set aside for tranches that are signed and have not
started. What is held for one tranche serves no other; the rest is loose.
"""

from __future__ import annotations

from gpusim.economics.agenda import ALLOCATE, FUND, NEED, TREASURY, disarm, ring
from gpusim.economics.kernel import ZERO, kernel
from gpusim.economics.lists import leave
from gpusim.economics.money import muldiv
from gpusim.economics.state import (
    NEEDING,
    NONE,
    ORDER_ACCEPTED,
    ORDER_DEFERRED,
    ORDER_WITHDRAWN,
    ORDERS,
    RUNNING,
    State,
)


@kernel
def pool_of(s: State, g: int, site: int, company: int) -> int:
    """The pool of a generation at a site of the firm (0) or of a borrower of its own."""
    return int((company * len(s.sites) + site) * len(s.gens) + g)


@kernel
def company_of(s: State, f: int) -> int:
    """Who borrows on a facility: the firm, 0, or a company of its own. f: NONE for no loan."""
    return int(s.facilities[f].company) if f != NONE else 0


@kernel
def working(s: State, p: int) -> int:
    """GPUs that serve live contracts: those reserved, less those that failed [GPUs]."""
    return int(max(s.pools[p].billing - s.pools[p].missing, 0))


@kernel
def loose(s: State, p: int) -> int:
    """Free GPUs of a pool that are set aside for nobody [GPUs]."""
    return int(s.pools[p].free - s.pools[p].held)


@kernel
def idle_of(s: State, p: int) -> int:
    """Free GPUs of a pool that no signed tranche will take; below zero: some stand in line."""
    return int(s.pools[p].free - s.pools[p].claimed)


@kernel
def idle_in(s: State, g: int, site: int) -> int:
    """What of a generation the firm can sell at a site at once, see `idle_of` [GPUs]."""
    return idle_of(s, pool_of(s, g, site, ZERO))


@kernel
def free_of(s: State, g: int) -> int:
    """Free GPUs of a generation, wherever they stand and whosever they are."""
    total = ZERO
    for p in range(len(s.pools)):
        if s.pools[p].gen == g:
            total += s.pools[p].free
    return int(total)


@kernel
def in_service_of(s: State, g: int) -> int:
    """GPUs of a generation in service, accepted or not."""
    total = ZERO
    for p in range(len(s.pools)):
        if s.pools[p].gen == g:
            total += s.pools[p].in_service
    return int(total)


@kernel
def count_pool(s: State, p: int, day: int) -> None:
    """Bring a pool's GPU-day integrals up to the end of the day before."""
    pool = s.pools[p]
    days = day - 1 - pool.counted
    if days > 0:
        pool.free_gpu_days += pool.free * days
        pool.in_service_gpu_days += pool.in_service * days
        pool.billing_gpu_days += pool.billing * days
        pool.spare_gpu_days += pool.spare * days
        pool.missing_gpu_days += pool.missing * days
        pool.counted = day - 1


@kernel
def add_free(s: State, p: int, gpus: int, day: int) -> None:
    """GPUs that nobody bought for himself join a pool; who waits there is told.

    What is promised goes to those it is promised to. The rest serves live contracts that lack
    GPUs first, whose replacements are then not bought.
    """
    count_pool(s, p, day)
    pool = s.pools[p]
    due = max(pool.promised - pool.held, 0)
    lacking = min(pool.missing, max(gpus - due, 0))
    pool.missing -= lacking
    pool.free += gpus - lacking
    stop_buying(s, p, lacking)
    ring(s, ALLOCATE, p)


@kernel
def stop_buying(s: State, p: int, gpus: int) -> None:
    """So many replacements are not wanted any more: what of them is not yet placed is not bought.

    What is placed comes, and joins the pool.
    """
    if gpus <= 0:
        return
    pool = s.pools[p]
    unordered = min(gpus, int(pool.to_buy))
    pool.to_buy -= unordered
    left = gpus - unordered
    for k in range(s.count[ORDERS] - 1, -1, -1):
        if left == 0:
            return
        order = s.orders[k]
        if order.replacement != 0 and order.pool == p and order.status <= ORDER_DEFERRED:
            part = min(left, order.gpus)
            if order.status == ORDER_DEFERRED:
                ring(s, FUND, TREASURY)  # for fewer there may be the money
            shrink(s, k, part)
            left -= part


@kernel
def shrink(s: State, k: int, gpus: int) -> None:
    """An order not yet placed is for so many GPUs fewer; an order for none is withdrawn.

    Nothing is lost by it: the deposit is paid when an order is placed.
    """
    order = s.orders[k]
    if gpus >= order.gpus:
        withdraw(s, k)
        return
    order.cost -= muldiv(order.cost, gpus, order.gpus)
    order.gpus -= gpus
    s.sites[order.site].coming_microwatts -= gpus * s.gens[order.gen].it_microwatts


@kernel
def withdraw(s: State, k: int) -> None:
    """An order not yet placed is not wanted any more: it leaves whatever queue it stands in."""
    order = s.orders[k]
    if order.status == ORDER_DEFERRED:
        leave(s.needing, s.count, NEEDING, k)
    disarm(s, NEED, k)
    s.sites[order.site].coming_microwatts -= order.gpus * s.gens[order.gen].it_microwatts
    order.status = ORDER_WITHDRAWN
    order.cost = 0


@kernel
def let_order_go(s: State, k: int) -> None:
    """A tranche needs its order no more: not yet placed it is withdrawn, else it is the pool's."""
    o = s.tranches[k].order
    if o == NONE or s.orders[o].tranche != k:
        return
    order = s.orders[o]
    if order.status <= ORDER_DEFERRED:
        withdraw(s, o)
    elif order.status < ORDER_ACCEPTED:
        order.tranche = NONE


@kernel
def awaits_order(s: State, k: int) -> bool:
    """Whether GPUs bought for a tranche are still to come."""
    o = s.tranches[k].order
    return bool(o != NONE and s.orders[o].tranche == k and s.orders[o].status < ORDER_ACCEPTED)


@kernel
def set_aside(s: State, k: int, gpus: int) -> None:
    """Free GPUs of a tranche's pool are its own."""
    s.tranches[k].held += gpus
    s.pools[s.tranches[k].pool].held += gpus


@kernel
def hold(s: State, k: int, gpus: int) -> int:
    """Set loose GPUs aside for a tranche; returns how many of them stand in for failed ones."""
    tranche = s.tranches[k]
    pool = s.pools[tranche.pool]
    set_aside(s, k, gpus)
    filled = min(tranche.failed, gpus)
    tranche.failed -= filled
    pool.failed -= filled
    return int(filled)


@kernel
def keep_promises(s: State, p: int) -> None:
    """Set loose GPUs aside for the tranches to which they are promised, by row."""
    pool = s.pools[p]
    if pool.promised <= pool.held or loose(s, p) <= 0:
        return
    for n in range(s.count[RUNNING]):
        k = s.running[n]
        tranche = s.tranches[k]
        if tranche.pool == p and tranche.promised > tranche.held:
            filled = hold(s, k, min(tranche.promised - tranche.held, loose(s, p)))
            stop_buying(s, p, filled)


@kernel
def lose_held(s: State, p: int, gpus: int, day: int) -> None:
    """GPUs that were set aside have failed: each tranche loses its part, from a day on."""
    pool = s.pools[p]
    all_held, upto, done = pool.held, 0, 0
    for n in range(s.count[RUNNING]):
        k = s.running[n]
        tranche = s.tranches[k]
        if tranche.pool != p or tranche.held == 0 or gpus == 0:
            continue
        upto += tranche.held
        part = muldiv(gpus, upto, all_held) - done
        done += part
        tranche.held -= part
        tranche.failed += part
        if part > 0:
            tranche.failed_since = min(tranche.failed_since, day)
    pool.held -= gpus
    pool.failed += gpus
