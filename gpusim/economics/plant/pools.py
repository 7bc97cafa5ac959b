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
from gpusim.economics.core.agenda import ALLOCATE, FUND, NEED, SELL, TREASURY, disarm, ring
from gpusim.economics.core.lists import leave
from gpusim.economics.core.money import muldiv, whole
from gpusim.economics.core.state import (
    ASSETS,
    COMING,
    NEEDING,
    NEVER,
    NONE,
    ORDER_ACCEPTED,
    ORDER_DEFERRED,
    ORDER_WITHDRAWN,
    RUNNING,
    SERVERS,
    TRANCHE_LIVE,
    WAITING,
    State,
)
from gpusim.economics.plant.coming import coming_by, free_after, waits_until
from gpusim.economics.plant.sites import ask_back


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
    s.pools[p].free += gpus
    stand_in(s, p, day)
    ring(s, ALLOCATE, p)
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
    spares = pool.spare if pool.billing == 0 and pool.claimed == 0 else 0
    return int(idle_of(s, p) + spares)


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
            ring(s, SELL, a)


@kernel
def release_lien(s: State, f: int) -> None:
    """A loan on which nothing is owed or promised any more: what it lent on is looked at anew."""
    if s.facilities[f].principal > 0 or s.facilities[f].reserved > 0:
        return
    if s.count[NEEDING] > 0:
        ring(s, FUND, TREASURY)
    if s.count[WAITING] > 0:
        for p in range(len(s.pools)):
            if loose(s, p) > 0:
                ring(s, ALLOCATE, p)


@kernel
def spares_for(s: State, p: int) -> int:
    """Spares that are a pool's share of accepted GPUs, themselves included, once nothing lacks.

    Loose GPUs need none: they serve nobody. Source: definitions, who lacks a GPU.
    """
    pool = s.pools[p]
    share = s.gens[pool.gen].spare_share
    taken = min(pool.free, pool.claimed - pool.failed)
    gpus = taken + pool.billing + pool.refitting + pool.failed
    return whole(gpus * share / (1.0 - share))


@kernel
def ready_day(s: State, p: int) -> int:
    """Day on which a GPU of a pool that is ordered today could be accepted, as planned."""
    gen = s.gens[s.pools[p].gen]
    return int(s.clock[0].today + gen.lead_days + gen.fitout_days + gen.acceptance_days)


@kernel
def lasting(s: State, p: int, by: int) -> tuple[int, int]:
    """GPUs that live contracts of a pool still reserve on a day to come, and those then free again.

    A contract that may be renewed lasts. GPUs being made fit for the next are neither.
    """
    between, today = s.gens[s.pools[p].gen].redeploy_days, s.clock[0].today
    lasts, freed = ZERO, ZERO
    for n in range(s.count[RUNNING]):
        j = s.running[n]
        if s.tranches[j].pool == p and s.tranches[j].status == TRANCHE_LIVE:
            free = free_after(s, j, today)
            if free - between > by:
                lasts += s.tranches[j].gpus
            elif free <= by:
                freed += s.tranches[j].gpus
    return int(lasts), int(freed)


@kernel
def claims_beyond(s: State, p: int, by: int, there: int) -> int:
    """GPUs that tranches to start are to take from a pool of what is there on a day to come.

    Less what comes free for them after it, as each waits. there: `coming_by` that day [GPUs].
    """
    today, most = s.clock[0].today, ZERO
    if s.pools[p].claimed - s.pools[p].held - s.pools[p].failed <= 0:
        return 0
    for n in range(s.count[RUNNING]):
        k = s.running[n]
        if s.tranches[k].pool != p or open_claim(s, k) <= 0:
            continue
        until = waits_until(s, k, today)
        open_by = ZERO
        for i in range(s.count[RUNNING]):
            j = s.running[i]
            if s.tranches[j].pool == p and waits_until(s, j, today) <= until:
                open_by += max(open_claim(s, j), 0)
        later = coming_by(s, p, until, today) - there if until > by else ZERO
        most = max(most, open_by - later)
    return int(most)


@kernel
def open_claim(s: State, k: int) -> int:
    """GPUs that a tranche is to take from its pool and that are neither there nor known to lack."""
    tranche = s.tranches[k]
    return int(tranche.claims - tranche.held - tranche.failed)


@kernel
def wanted(s: State, p: int) -> int:
    """GPUs that contracts of a pool lack: failed ones, and spares to stand in for the next.

    Counted for the day on which one ordered today could be accepted: what contracts that are still
    there then and tranches to start lack, less what nobody has taken by then, be it loose, of
    contracts that are over, or on order for nobody. Nobody lacks what has failed in a pool that no
    contract needs. Source: definitions, who lacks a GPU.
    """
    pool = s.pools[p]
    if pool.billing <= 0 and pool.claimed <= 0:
        return 0
    by = ready_day(s, p)
    lasts, freed = lasting(s, p, by)
    there = coming_by(s, p, by, s.clock[0].today)
    claimed = pool.held + pool.failed + claims_beyond(s, p, by, there)
    stays, goes = 0, 0
    if pool.billing > 0:
        stays = pool.missing - muldiv(pool.missing, pool.billing - lasts, pool.billing)
        goes = muldiv(pool.missing, freed, pool.billing)
    lacking = stays + claimed - (there - goes)
    spares = 0
    if lasts > 0 or pool.claimed > 0:
        spares = max(spares_for(s, p) - pool.spare - max(-lacking, 0), 0)
    return int(min(max(lacking, 0), pool.missing + pool.failed) + spares)


@kernel
def replacing(s: State, p: int) -> int:
    """Replacements and spares of a pool on order, not yet accepted [GPUs]."""
    gpus = ZERO
    for n in range(s.count[COMING]):
        k = s.coming[n]
        order = s.orders[k]
        if order.replacement != 0 and order.pool == p:
            gpus += order.gpus
    return int(gpus)


@kernel
def stop_buying(s: State, p: int) -> None:
    """Replacements beyond what is still wanted are not bought, where they are not yet placed.

    What is placed comes, and joins the pool.
    """
    ordered = replacing(s, p)
    left = ordered - wanted(s, p) if ordered > 0 else ZERO
    for n in range(s.count[COMING] - 1, -1, -1):
        if left <= 0:
            return
        k = s.coming[n]
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
    ask_back(s, order.site)


@kernel
def withdraw(s: State, k: int) -> None:
    """An order not yet placed is not wanted any more: it leaves whatever queue it stands in."""
    order = s.orders[k]
    if order.status == ORDER_DEFERRED:
        leave(s.needing, s.count, NEEDING, k)
    disarm(s, NEED, k)
    s.sites[order.site].coming_microwatts -= order.gpus * s.gens[order.gen].it_microwatts
    ask_back(s, order.site)
    order.status = ORDER_WITHDRAWN
    leave(s.coming, s.count, COMING, k)
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
        s.pools[order.pool].none_coming = 0


@kernel
def awaits_order(s: State, k: int) -> bool:
    """Whether GPUs bought for a tranche are still to come."""
    o = s.tranches[k].order
    return bool(o != NONE and s.orders[o].tranche == k and s.orders[o].status < ORDER_ACCEPTED)


@kernel
def next_to_start(s: State, p: int, after: int) -> int:
    """The tranche of a pool whose turn comes after another's, or the first (NONE), or NONE.

    By priority, planned start and row. Source: definitions, failed GPUs.
    """
    best = NONE
    for n in range(s.count[RUNNING]):
        k = s.running[n]
        if s.tranches[k].pool == p and s.tranches[k].claims > 0:
            later = after == NONE or turn(s, k) > turn(s, after)
            if later and (best == NONE or turn(s, k) < turn(s, best)):
                best = k
    return int(best)


@kernel
def turn(s: State, k: int) -> tuple[int, int, int]:
    """What tells whose turn it is among tranches to start."""
    return s.tranches[k].priority, s.tranches[k].planned_start, k


@kernel
def set_aside(s: State, k: int, gpus: int) -> None:
    """Free GPUs of a tranche's pool are its own."""
    s.tranches[k].held += gpus
    s.pools[s.tranches[k].pool].held += gpus


@kernel
def hold(s: State, k: int, gpus: int) -> int:
    """Set loose GPUs aside for a tranche; returns how many of them stand in for failed ones.

    First come those that it still expects.
    """
    set_aside(s, k, gpus)
    tranche = s.tranches[k]
    return fill(s, k, max(tranche.held + tranche.failed - tranche.promised, 0))


@kernel
def fill(s: State, k: int, gpus: int) -> int:
    """So many failed GPUs of a tranche lack no more; returns the number."""
    s.tranches[k].failed -= gpus
    s.pools[s.tranches[k].pool].failed -= gpus
    close_failure(s, k)
    return gpus


@kernel
def close_failure(s: State, k: int) -> None:
    """Where a tranche lacks no failed GPUs any more, count the days of its wait on which it did.

    None of them are before what was bought for it is accepted.
    """
    tranche = s.tranches[k]
    if tranche.failed > 0 or tranche.failed_since >= NEVER:
        return
    since = max(tranche.failed_since, tranche.planned_start)
    if tranche.order != NONE:
        since = max(since, s.orders[tranche.order].accepted)
    tranche.failed_days += max(s.clock[0].today - since, 0)
    tranche.failed_since = NEVER


@kernel
def keep_promises(s: State, p: int) -> None:
    """Set loose GPUs aside for the tranches to which they are promised, see `next_to_start`."""
    pool = s.pools[p]
    if pool.promised <= pool.held or loose(s, p) <= 0:
        return
    filled, k = ZERO, next_to_start(s, p, NONE)
    while k != NONE:
        tranche = s.tranches[k]
        if tranche.promised > tranche.held:
            filled += hold(s, k, min(tranche.promised - tranche.held, loose(s, p)))
        k = next_to_start(s, p, k)
    if filled > 0:
        stop_buying(s, p)


@kernel
def lose_held(s: State, p: int, gpus: int, day: int) -> None:
    """GPUs that were set aside have failed: each tranche loses its part, from a day on.

    What rounding leaves goes on to the next, so that the last to start lacks it.
    """
    pool = s.pools[p]
    if gpus == 0:
        return
    all_held, upto, done = pool.held, 0, 0
    k = next_to_start(s, p, NONE)
    while k != NONE:
        tranche = s.tranches[k]
        upto += tranche.held
        part = muldiv(gpus, upto, all_held) - done
        done += part
        tranche.held -= part
        tranche.failed += part
        if part > 0:
            tranche.failed_since = min(tranche.failed_since, day)
        k = next_to_start(s, p, k)
    pool.held -= gpus
    pool.failed += gpus
