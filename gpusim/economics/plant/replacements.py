"""What contracts lack of GPUs and of spares, and orders that nobody needs any more."""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.agenda import FUND, NEED, TREASURY, cancel, schedule_now
from gpusim.economics.core.lists import leave
from gpusim.economics.core.money import muldiv, whole
from gpusim.economics.core.state import (
    COMING,
    NEEDING,
    NONE,
    ORDER_ACCEPTED,
    ORDER_DEFERRED,
    ORDER_WITHDRAWN,
    TRANCHE_LIVE,
    UNSETTLED,
    State,
)
from gpusim.economics.plant.coming import coming_by, free_after, waits_until
from gpusim.economics.plant.sites import reconsider_return


@kernel
def spares_for(s: State, p: int) -> int:
    """Spares that are a pool's share of accepted GPUs, themselves included, once nothing lacks.

    Loose GPUs need none: they serve nobody. Source: definitions, who lacks a GPU.
    """
    pool = s.pools[p]
    share = s.gens[pool.gen].spare_share
    taken = min(pool.free, pool.reserved_gpus - pool.failed)
    gpus = taken + pool.billing + pool.refitting + pool.failed
    return whole(gpus * share / (1.0 - share))


@kernel
def ready_day(s: State, p: int) -> int:
    """Day on which a GPU of a pool that is ordered today could be accepted, as planned."""
    gen = s.gens[s.pools[p].gen]
    return int(s.clock[0].today + gen.lead_days + gen.fitout_days + gen.acceptance_days)


@kernel
def still_reserved(s: State, p: int, by: int) -> tuple[int, int]:
    """GPUs that live contracts of a pool still reserve on a day to come, and those then free again.

    A contract that may be renewed lasts. GPUs being made fit for the next are neither.
    """
    between, today = s.gens[s.pools[p].gen].redeploy_days, s.clock[0].today
    lasts, freed = ZERO, ZERO
    for n in range(s.count[UNSETTLED]):
        j = s.unsettled[n]
        if s.tranches[j].pool == p and s.tranches[j].status == TRANCHE_LIVE:
            free = free_after(s, j, today)
            if free - between > by:
                lasts += s.tranches[j].gpus
            elif free <= by:
                freed += s.tranches[j].gpus
    return int(lasts), int(freed)


@kernel
def reservations_beyond(s: State, p: int, by: int, there: int) -> int:
    """GPUs that tranches to start are to take from a pool of what is there on a day to come.

    Less what comes free for them after it, as each waits. there: `coming_by` that day [GPUs].
    """
    today, most = s.clock[0].today, ZERO
    if s.pools[p].reserved_gpus - s.pools[p].held - s.pools[p].failed <= 0:
        return 0
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        if s.tranches[k].pool != p or open_reservation(s, k) <= 0:
            continue
        until = waits_until(s, k, today)
        open_by = ZERO
        for i in range(s.count[UNSETTLED]):
            j = s.unsettled[i]
            if s.tranches[j].pool == p and waits_until(s, j, today) <= until:
                open_by += max(open_reservation(s, j), 0)
        later = coming_by(s, p, until, today) - there if until > by else ZERO
        most = max(most, open_by - later)
    return int(most)


@kernel
def open_reservation(s: State, k: int) -> int:
    """GPUs that a tranche is to take from its pool and that are neither there nor known to lack."""
    tranche = s.tranches[k]
    return int(tranche.reserved_gpus - tranche.held - tranche.failed)


@kernel
def gpus_lacking(s: State, p: int) -> int:
    """GPUs that contracts of a pool lack: failed ones, and spares to stand in for the next.

    Counted for the day on which one ordered today could be accepted: what contracts that are still
    there then and tranches to start lack, less what nobody has taken by then, be it loose, of
    contracts that are over, or on order for nobody. Nobody lacks what has failed in a pool that no
    contract needs. Source: definitions, who lacks a GPU.
    """
    pool = s.pools[p]
    if pool.billing <= 0 and pool.reserved_gpus <= 0:
        return 0
    by = ready_day(s, p)
    lasts, freed = still_reserved(s, p, by)
    there = coming_by(s, p, by, s.clock[0].today)
    reserved = pool.held + pool.failed + reservations_beyond(s, p, by, there)
    stays, goes = 0, 0
    if pool.billing > 0:
        stays = pool.missing - muldiv(pool.missing, pool.billing - lasts, pool.billing)
        goes = muldiv(pool.missing, freed, pool.billing)
    lacking = stays + reserved - (there - goes)
    spares = 0
    if lasts > 0 or pool.reserved_gpus > 0:
        spares = max(spares_for(s, p) - pool.spare - max(-lacking, 0), 0)
    return int(min(max(lacking, 0), pool.missing + pool.failed) + spares)


@kernel
def replacements_on_order(s: State, p: int) -> int:
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
    ordered = replacements_on_order(s, p)
    left = ordered - gpus_lacking(s, p) if ordered > 0 else ZERO
    for n in range(s.count[COMING] - 1, -1, -1):
        if left <= 0:
            return
        k = s.coming[n]
        order = s.orders[k]
        if order.replacement != 0 and order.pool == p and order.status <= ORDER_DEFERRED:
            part = min(left, order.gpus)
            if order.status == ORDER_DEFERRED:
                schedule_now(s, FUND, TREASURY)  # for fewer there may be the money
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
    reconsider_return(s, order.site)


@kernel
def withdraw(s: State, k: int) -> None:
    """An order not yet placed is not wanted any more: it leaves whatever queue it stands in."""
    order = s.orders[k]
    if order.status == ORDER_DEFERRED:
        leave(s.needing, s.count, NEEDING, k)
    cancel(s, NEED, k)
    s.sites[order.site].coming_microwatts -= order.gpus * s.gens[order.gen].it_microwatts
    reconsider_return(s, order.site)
    order.status = ORDER_WITHDRAWN
    leave(s.coming, s.count, COMING, k)
    order.cost = 0


@kernel
def release_order(s: State, k: int) -> None:
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
