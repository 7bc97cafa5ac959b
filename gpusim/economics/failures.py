"""GPUs that fail: for good or for repair, what stands in for them, and what contracts lose.

Month by month for a whole generation. Spares stand in first, then the pool; beyond both, live
contracts get fewer GPU-hours than they reserved, and revenue falls. Failed GPUs are bought again
as maintenance capex, capitalised like any other order.
"""

from __future__ import annotations

from gpusim.economics.agenda import NEED, arm
from gpusim.economics.assets import write_out
from gpusim.economics.backlog import book, value_through
from gpusim.economics.calendar import HOURS_PER_DAY
from gpusim.economics.demand import blank_order
from gpusim.economics.kernel import ZERO, kernel
from gpusim.economics.measures import MISSING_GPU_HOURS, SERVICE_CREDITS
from gpusim.economics.money import muldiv, share_of
from gpusim.economics.orders import count_gen
from gpusim.economics.places import spoken_for
from gpusim.economics.state import (
    ASSETS,
    DELIVERY,
    NONE,
    ORDER_ACCEPTED,
    REPRICED,
    SERVERS,
    State,
    World,
)

DAYS_PER_YEAR = 365.0


@kernel
def outages(s: State, w: World, g: int, month: int, day: int) -> None:
    """Count the GPU-hours of the month that nothing stood in for, as a share of those contracted.

    On average as many GPUs are out for repair as fail a day times the days a repair takes.
    Source: Little, 1961, L = lambda W.
    """
    count_gen(s, g, day + 1)
    gen = s.gens[g]
    accepted = gen.free_gpu_days + gen.billing_gpu_days + gen.spare_gpu_days - gen.missing_gpu_days
    down = int(accepted * gen.repair_share * w.failure_factor[g, month])
    down -= min(down, gen.spare_gpu_days)
    from_pool = min(down, gen.free_gpu_days)
    gen.free_gpu_days -= from_pool
    short = min(down - from_pool + gen.missing_gpu_days, gen.billing_gpu_days)
    gen.short_share = short / gen.billing_gpu_days if short > 0 else 0.0
    gen.billing_gpu_days -= short
    gen.spare_gpu_days = 0
    gen.missing_gpu_days = 0
    s.stocks[MISSING_GPU_HOURS, month] += short * HOURS_PER_DAY


@kernel
def give_credit(s: State, k: int, month: int, day: int) -> None:
    """A live tranche is not paid for hours it did not get: its month is repriced.

    Within the allowance of its service level nothing is owed; beyond it the price times the
    multiple, at most the month's fee. Booked against delivery: hardware that was not there.
    Source: ASC 606-10-32-5 to 32-9, service-level credits are variable consideration.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    over = s.gens[tranche.gen].short_share - contract.sla_allowance
    if over <= 0.0:
        return
    first = tranche.start if contract.shifts != 0 else tranche.planned_start
    upto = value_through(s, k, day - first + 1)
    fee = max(upto - tranche.lost - tranche.recognised, 0)
    credit = share_of(fee, min(over * contract.sla_multiple, 1.0))
    tranche.lost += credit
    book(s, contract.vintage, REPRICED, DELIVERY, -credit)
    s.stocks[SERVICE_CREDITS, month] += credit


@kernel
def fail(s: State, w: World, g: int, month: int, day: int) -> None:
    """Month end: GPUs that failed for good leave the books, spares and pool stand in for them.

    A part of a GPU is carried to the next month. Every accepted GPU is as likely to fail.
    """
    gen = s.gens[g]
    if gen.failure_rate <= 0.0:
        return
    accepted = ZERO
    for a in range(s.count[ASSETS]):
        if can_fail(s, a, g):
            accepted += s.assets[a].gpus
    days = day - w.month_end[month - 1]
    rate = gen.failure_rate * w.failure_factor[g, month] * days / DAYS_PER_YEAR
    expected = gen.failing + accepted * rate
    failed = min(int(expected), accepted)
    gen.failing = expected - failed
    upto, done = 0, 0
    for a in range(s.count[ASSETS]):
        if failed > 0 and can_fail(s, a, g):
            upto += s.assets[a].gpus
            part = muldiv(failed, upto, accepted) - done
            done += part
            if part > 0:
                write_out(s, a, part, day + 1)
    gen.in_service -= failed
    spare = min(gen.spare, failed)
    pool = min(gen.free, failed - spare)
    gen.spare -= spare
    gen.free -= pool
    gen.missing += failed - spare - pool
    gen.lost += pool
    gen.to_buy += failed


@kernel
def can_fail(s: State, a: int, g: int) -> bool:
    """Whether an asset is accepted GPUs of a generation."""
    asset = s.assets[a]
    if asset.category != SERVERS or asset.gen != g or asset.gpus <= 0 or asset.retired != 0:
        return False
    return asset.order == NONE or s.orders[asset.order].status == ORDER_ACCEPTED


@kernel
def replace(s: State, g: int, day: int) -> None:
    """Order again what has failed, and the spares that growth asks for, where there is power.

    At the price of the day, funded like any order without a contract; what finds no powered room
    waits for the next month.
    """
    gen = s.gens[g]
    if gen.to_buy < 1.0:
        return
    best, most = NONE, 0
    for site in range(len(s.sites)):
        room = (s.sites[site].powered_microwatts - spoken_for(s, site)) // gen.it_microwatts
        if room > most:
            best, most = site, room
    gpus = min(int(gen.to_buy), most)
    if gpus <= 0:
        return
    gen.to_buy -= gpus
    row = blank_order(s, g, best, gpus)
    order = s.orders[row]
    order.id = gen.id
    order.replacement = 1
    order.fitout_drawn = gen.fitout_days
    order.acceptance_planned = gen.acceptance_days
    order.acceptance_drawn = gen.acceptance_days
    order.planned = day + 1
    arm(s, NEED, row, order.planned)
