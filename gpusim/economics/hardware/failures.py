"""GPUs that fail: for good or for repair, what stands in for them, and what contracts lose.

Month by month for a whole pool. Spares stand in first, then loose GPUs; beyond both, live contracts
get fewer GPU-hours than they reserved, which are not billed, and tranches start with fewer. Failed
GPUs are bought again as maintenance capex, capitalised like any other order.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.measures import MISSING_GPU_HOURS
from gpusim.economics.core.agenda import NEED, schedule
from gpusim.economics.core.calendar import DAYS_PER_YEAR, HOURS_PER_DAY
from gpusim.economics.core.money import in_proportion, muldiv, muldiv_split, whole
from gpusim.economics.core.outages import hours_of
from gpusim.economics.core.state import ASSETS, NONE, ORDER_ACCEPTED, SERVERS, State, World
from gpusim.economics.hardware.assets import write_off_failed
from gpusim.economics.hardware.orders import blank_order
from gpusim.economics.plant.pools import count_pool, serving_gpus, unassigned_gpus
from gpusim.economics.plant.promises import lose_held
from gpusim.economics.plant.replacements import gpus_lacking, replacements_on_order, stop_buying
from gpusim.economics.plant.sites import committed_microwatts

MILLIONTHS = 1_000_000
"""Of a GPU: in which the part of an asset in failed ones is carried."""


@kernel
def count_missing(s: State, w: World, p: int, month: int, day: int) -> None:
    """Count the GPU-hours of the month that nothing stood in for, as shares of those reserved.

    On average as many GPUs are out for repair as fail a day times the days a repair takes. What is
    reserved while the site stands still is missing too, but in no share of the pool's: each
    tranche's is of its own days, see `revenue.missing_shares`. Source: Little, 1961, L = lambda W.
    """
    count_pool(s, p, day + 1)
    pool = s.pools[p]
    accepted = pool.free_gpu_days + pool.billing_gpu_days + pool.spare_gpu_days
    accepted -= pool.missing_gpu_days
    pool.ran_gpu_days = accepted
    down = whole(accepted * s.gens[pool.gen].repair_share * w.failure_factor[pool.gen, month])
    down -= min(down, pool.spare_gpu_days)
    from_pool = min(down, pool.free_gpu_days)
    if from_pool > 0:
        left = pool.free_gpu_days - from_pool
        pool.free_off = in_proportion(pool.free_off, left, pool.free_gpu_days)
        pool.free_gpu_days = left
    reserved = pool.billing_gpu_days
    failed = min(pool.missing_gpu_days, reserved)
    short = min(down - from_pool + pool.missing_gpu_days, reserved)
    pool.failed_share = failed / reserved if failed > 0 else 0.0
    pool.short_share = short / reserved if short > 0 else 0.0
    if short > 0:
        pool.billing_off = in_proportion(pool.billing_off, reserved - short, reserved)
    pool.billing_gpu_days -= short
    pool.spare_gpu_days = 0
    pool.missing_gpu_days = 0
    s.stocks[MISSING_GPU_HOURS, month] += short * HOURS_PER_DAY + hours_of(pool.billing_off)


@kernel
def fail(s: State, w: World, p: int, month: int, day: int) -> None:
    """Month end: GPUs that failed for good leave the books, spares and loose GPUs stand in.

    A GPU may fail on the days of the month on which it ran, accepted and not being made fit for the
    next customer; a part of a GPU is carried to the next month. One that was sold or does not run
    at the month's end has not failed. What nothing stands in for is missing in live contracts and
    in tranches that are to start, in proportion. Source: definitions, failed GPUs.
    """
    pool = s.pools[p]
    gen = s.gens[pool.gen]
    if gen.failure_rate <= 0.0 or pool.in_service == 0:
        return
    accepted = ZERO
    for a in range(s.count[ASSETS]):
        if can_fail(s, a, p):
            accepted += s.assets[a].gpus
    days = min(pool.ran_gpu_days, (accepted - pool.refitting) * (day - w.month_end[month - 1]))
    rate = gen.failure_rate * w.failure_factor[pool.gen, month] / DAYS_PER_YEAR
    expected = pool.failing + days * rate
    serving = serving_gpus(s, p)
    failed = min(whole(expected), min(accepted, pool.free + pool.spare + serving))
    pool.failing = expected - failed
    if failed > 0:
        allocate_failures(s, p, failed, accepted)
        for a in range(s.count[ASSETS]):
            if can_fail(s, a, p) and s.assets[a].lost > 0:
                write_off_failed(s, a, s.assets[a].lost, day + 1)
    pool.in_service -= failed
    spare = min(pool.spare, failed)
    stands_in = min(unassigned_gpus(s, p), failed - spare)
    pool.spare -= spare
    pool.free -= stands_in
    rest = failed - spare - stands_in
    if rest > 0:
        held = muldiv(rest, pool.held, pool.held + serving)
        pool.missing += rest - held
        pool.free -= held
        lose_held(s, p, held, day + 1)


@kernel
def allocate_failures(s: State, p: int, failed: int, accepted: int) -> None:
    """Share failed GPUs among the assets of a pool, whole ones, in proportion over the months.

    Each has its part, and what it lost less than its part before; what whole GPUs leave goes to
    those that have lost least of theirs, the first of equals. Source: Hamilton's method of largest
    remainders, which are carried.
    """
    left = failed
    quotient, rest = failed * MILLIONTHS // accepted, failed * MILLIONTHS % accepted
    for a in range(s.count[ASSETS]):
        if can_fail(s, a, p):
            asset = s.assets[a]
            asset.failing += muldiv_split(quotient, rest, asset.gpus, accepted)
            asset.lost = min(max(asset.failing // MILLIONTHS, 0), asset.gpus, left)
            asset.failing -= asset.lost * MILLIONTHS
            left -= asset.lost
    while left > 0:
        most = NONE
        for a in range(s.count[ASSETS]):
            some_left = can_fail(s, a, p) and s.assets[a].lost < s.assets[a].gpus
            if some_left and (most == NONE or s.assets[a].failing > s.assets[most].failing):
                most = a
        s.assets[most].lost += 1
        s.assets[most].failing -= MILLIONTHS
        left -= 1


@kernel
def can_fail(s: State, a: int, p: int) -> bool:
    """Whether an asset is accepted GPUs of a pool."""
    asset = s.assets[a]
    if asset.category != SERVERS or asset.pool != p or asset.gpus <= 0 or asset.retired != 0:
        return False
    return asset.order == NONE or s.orders[asset.order].status == ORDER_ACCEPTED


@kernel
def replaces(s: State) -> bool:
    """Whether any GPUs may ever have to be bought again or kept as spares."""
    for g in range(len(s.gens)):
        if s.gens[g].failure_rate > 0.0 or s.gens[g].spare_share > 0.0:
            return True
    return False


@kernel
def replace(s: State, p: int, day: int) -> None:
    """Month start: order what contracts lack of failed GPUs and of spares, if nobody has yet.

    What ended and came free that day counts. Where there is power, at the price of the day, funded
    like any order without a contract; what finds no powered room at its site waits for the next
    month. Of what is wanted no more, what is not placed is withdrawn.
    """
    pool = s.pools[p]
    gen = s.gens[pool.gen]
    if gen.failure_rate <= 0.0 and gen.spare_share <= 0.0:
        return
    lacking = gpus_lacking(s, p)
    ordered = replacements_on_order(s, p)
    if ordered > lacking:
        stop_buying(s, p)
    place = s.sites[pool.site]
    room = (place.powered_microwatts - committed_microwatts(s, pool.site)) // gen.it_microwatts
    gpus = min(lacking - ordered, room)
    if gpus <= 0:
        return
    row = blank_order(s, p, gpus)
    order = s.orders[row]
    order.id = gen.id
    order.replacement = 1
    order.fitout_drawn = gen.fitout_days
    order.acceptance_planned = gen.acceptance_days
    order.acceptance_drawn = gen.acceptance_days
    order.planned = day
    schedule(s, NEED, row, order.planned)
