"""Sales on demand in the outlook, at today's list price and use; GPUs that are billed, by site.

How many are billed (`BILLED_LOAD` of `State.expected` [uW-days]) is counted at sites whose idle
GPUs draw other power (`idles`).
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.economics.core.curtailment import curtailed_share
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    BACKSTOP,
    BILLED_LOAD,
    NONE,
    TRANCHE_LIVE,
    UNSETTLED,
    State,
    World,
)
from gpusim.economics.decisions.cost_bases import REVENUE
from gpusim.economics.plant.market import sold_share


@kernel
def pool_sales(s: State, w: World, site: int, g: int, gpus: int, ahead: int) -> int:
    """On-demand revenue of GPUs in a month, at today's list price and use [cents].

    site: less the hours in which it is curtailed; NONE: one that is not.
    """
    month, first, last = s.clock[0].month, w.month_end[ahead - 1] + 1, w.month_end[ahead]
    gpu_hours = float(gpus * HOURS_PER_DAY * (last - first + 1))
    if site != NONE:
        gpu_hours *= 1.0 - curtailed_share(s, site, first, last)
    return cents(gpu_hours * sold_share(s, w, g, month) * w.on_demand_price[g, month])


@kernel
def expect_sales(s: State, w: World, site: int, g: int, gpus: int, ahead: int) -> None:
    """Expect GPUs to be sold on demand in a month, or, below zero, not to be; see `pool_sales`."""
    sales = pool_sales(s, w, site, g, gpus, ahead)
    s.outlook[ahead] += sales
    s.cost_bases[ahead, REVENUE] += sales


@kernel
def expect_sales_from(
    s: State, w: World, site: int, g: int, gpus: int, day: int, last: int
) -> None:
    """Expect GPUs to be sold on demand in each month that begins on a day or after it."""
    for ahead in range(s.clock[0].month, last + 1):
        if w.month_end[ahead - 1] + 1 >= day:
            expect_sales(s, w, site, g, gpus, ahead)


@kernel
def sell_from(s: State, w: World, site: int, g: int, gpus: int, day: int, last: int) -> None:
    """Expect GPUs at a site to be sold on demand, and billed for it, in whole months from a day on.

    gpus [count]; day [day]; last month of the outlook.
    """
    expect_sales_from(s, w, site, g, gpus, day, last)
    expect_billed_sales(s, w, site, g, gpus, day, last)


@kernel
def idles(s: State, site: int) -> bool:
    """Whether GPUs at a site that are not billed draw other power than those that are."""
    return bool(s.sites[site].idle_load != s.sites[site].load_factor)


@kernel
def expect_billed(s: State, w: World, site: int, g: int, gpus: float, day: int, last: int) -> None:
    """Expect GPUs at a site to be billed from a day on, or from today; below zero, not to be.

    gpus [GPUs], a share of one too; day [day]; last month of the outlook. Counted in uW-days, at a
    site that `idles`.
    """
    if not idles(s, site):
        return
    first = max(day, s.clock[0].today)
    for ahead in range(s.clock[0].month, last + 1):
        days = min(w.month_end[ahead] - first + 1, w.month_end[ahead] - w.month_end[ahead - 1])
        if days > 0:
            s.expected[BILLED_LOAD, site, ahead] += int(gpus * days * s.gens[g].it_microwatts)


@kernel
def expect_billed_term(
    s: State, w: World, site: int, g: int, gpus: int, start: int, over: int, last: int
) -> None:
    """Expect GPUs of a contract to be billed from its start to the day before it is over.

    gpus [count]; start, over [day]; last month of the outlook.
    """
    if over > start:
        expect_billed(s, w, site, g, float(gpus), start, last)
        expect_billed(s, w, site, g, -float(gpus), over, last)


@kernel
def expect_billed_sales(
    s: State, w: World, site: int, g: int, gpus: int, day: int, last: int
) -> None:
    """Expect GPUs to be billed for what is sold of them on demand, as `sell_from`: whole months.

    gpus [count], of whose hours today's share is sold; day [day]; last month of the outlook.
    """
    month = s.clock[0].month
    sold = gpus * sold_share(s, w, g, month)
    while month <= last and w.month_end[month - 1] + 1 < day:
        month += 1
    if month <= last:
        expect_billed(s, w, site, g, sold, w.month_end[month - 1] + 1, last)


@kernel
def open_billed(s: State, w: World, site: int, last: int) -> None:
    """GPUs of a site that are billed in this month and those after it [uW-days by month].

    Live contracts until they end, then their GPUs on demand; signed ones by their plan; free GPUs
    as today.
    """
    month, today = s.clock[0].month, s.clock[0].today
    for ahead in range(month, last + 1):
        s.expected[BILLED_LOAD, site, ahead] = 0
    for p in range(len(s.pools)):
        if s.pools[p].site == site:
            open_pool(s, w, p, last)
    for n in range(s.count[UNSETTLED]):
        tranche = s.tranches[s.unsettled[n]]
        contract = s.contracts[tranche.contract]
        failed = s.customers[contract.customer].defaulted != 0
        if contract.kind == BACKSTOP or tranche.pool == NONE or contract.signed > today:
            continue
        if s.pools[tranche.pool].site != site:
            continue
        if tranche.status == TRANCHE_LIVE:
            over = min(tranche.end, tranche.leaves)
            expect_billed(s, w, site, tranche.gen, -float(tranche.gpus), over, last)
            expect_billed_sales(s, w, site, tranche.gen, tranche.gpus, over, last)
        elif tranche.status < TRANCHE_LIVE and not failed:
            start = tranche.planned_start
            over = min(start + tranche.term_days, tranche.leaves)
            expect_billed_term(s, w, site, tranche.gen, tranche.gpus, start, over, last)


@kernel
def open_pool(s: State, w: World, p: int, last: int) -> None:
    """Expect a pool's GPUs to be billed as they are today [uW-days]: let ones, and free by use."""
    month, pool = s.clock[0].month, s.pools[p]
    sold, power = sold_share(s, w, pool.gen, month), s.gens[pool.gen].it_microwatts
    so_far = pool.billing_gpu_days + pool.free_gpu_days * sold
    s.expected[BILLED_LOAD, pool.site, month] += int(so_far * power)
    for ahead in range(month, last + 1):
        days = w.month_end[ahead] - max(w.month_end[ahead - 1], pool.counted)
        gpu_days = (pool.billing + pool.free * sold) * days
        s.expected[BILLED_LOAD, pool.site, ahead] += int(gpu_days * power)
