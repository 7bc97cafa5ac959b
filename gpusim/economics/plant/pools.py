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

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.agenda import ALLOCATE, FUND, SELL, TREASURY, schedule_now
from gpusim.economics.core.curtailment import not_served
from gpusim.economics.core.state import ASSETS, NEEDING, NONE, SERVERS, WAITING, State
from gpusim.economics.plant.replacements import stop_buying


@kernel
def pool_of(s: State, g: int, site: int, company: int) -> int:
    """The pool of a generation at a site of the firm (0) or of a borrower of its own."""
    return int((company * len(s.sites) + site) * len(s.gens) + g)


@kernel
def company_of(s: State, f: int) -> int:
    """Who borrows on a facility: the firm, 0, or a company of its own. f: NONE for no loan."""
    return int(s.facilities[f].company) if f != NONE else 0


@kernel
def serving_gpus(s: State, p: int) -> int:
    """GPUs that serve live contracts: those reserved, less those that failed [GPUs]."""
    return int(max(s.pools[p].billing - s.pools[p].missing, 0))


@kernel
def unassigned_gpus(s: State, p: int) -> int:
    """Free GPUs of a pool that are set aside for nobody [GPUs]."""
    return int(s.pools[p].free - s.pools[p].held)


@kernel
def uncommitted_gpus(s: State, p: int) -> int:
    """Free GPUs of a pool that no signed tranche will take; below zero: some stand in line."""
    return int(s.pools[p].free - s.pools[p].reserved_gpus)


@kernel
def uncommitted_at_site(s: State, g: int, site: int) -> int:
    """What of a generation the firm can sell at a site at once, see `uncommitted_gpus` [GPUs]."""
    return uncommitted_gpus(s, pool_of(s, g, site, ZERO))


@kernel
def free_gpus_of(s: State, g: int) -> int:
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
        off = not_served(s, pool.site, pool.counted + 1, day - 1)
        pool.free_off += pool.free * off
        pool.billing_off += pool.billing * off
        pool.counted = day - 1


@kernel
def add_free(s: State, p: int, gpus: int, day: int) -> None:
    """GPUs that nobody bought for himself join a pool; who waits there is told.

    What is promised goes to those it is promised to. The rest serves live contracts that lack
    GPUs first, whose replacements are then not bought.
    """
    count_pool(s, p, day)
    s.pools[p].free += gpus
    stand_in(s, p, day)
    schedule_now(s, ALLOCATE, p)
    sell_aged(s, p)


@kernel
def stand_in(s: State, p: int, day: int) -> None:
    """Free GPUs that are promised to nobody take the place of those that live contracts lack."""
    pool = s.pools[p]
    gpus = min(pool.missing, pool.free - pool.promised)
    if gpus <= 0:
        return
    count_pool(s, p, day)
    pool.missing -= gpus
    pool.free -= gpus
    stop_buying(s, p)


@kernel
def free_to_sell(s: State, p: int) -> int:
    """GPUs of a pool that no contract uses or is to take; spares go with the last of them."""
    pool = s.pools[p]
    spares = pool.spare if pool.billing == 0 and pool.reserved_gpus == 0 else 0
    return int(uncommitted_gpus(s, p) + spares)


@kernel
def sell_aged(s: State, p: int) -> None:
    """GPUs of a pool have come free: those beyond their life that were in use are sold."""
    if s.pools[p].aged == 0 or free_to_sell(s, p) <= 0:
        return
    s.pools[p].aged = 0
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        owned = asset.pool == p and asset.gpus > 0 and asset.retired == 0
        if owned and asset.category == SERVERS and asset.retires <= s.clock[0].today:
            s.pools[p].aged = 1
            schedule_now(s, SELL, a)


@kernel
def lien_of(s: State, a: int) -> int:
    """The loan that paid for an asset, by its order or its building; NONE if none did."""
    asset = s.assets[a]
    if asset.order != NONE:
        return int(s.orders[asset.order].facility)
    if asset.hall != NONE:
        return int(s.halls[asset.hall].facility)
    return int(NONE)


@kernel
def release_lien(s: State, f: int) -> None:
    """A loan on which nothing is owed or promised any more: what it lent on is looked at anew."""
    if s.facilities[f].principal > 0 or s.facilities[f].reserved > 0:
        return
    if s.count[NEEDING] > 0:
        schedule_now(s, FUND, TREASURY)
    if s.count[WAITING] > 0:
        for p in range(len(s.pools)):
            if unassigned_gpus(s, p) > 0:
                schedule_now(s, ALLOCATE, p)
