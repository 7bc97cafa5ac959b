"""Sales on demand in the outlook, at today's list price and use; GPUs that are billed, by site.

How many are billed counts where a site's idle GPUs draw other power (`any_idles`).
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    BACKSTOP,
    BILLED,
    NONE,
    TRANCHE_LIVE,
    UNSETTLED,
    State,
    World,
)
from gpusim.economics.decisions.cost_bases import REVENUE


@kernel
def pool_sales(s: State, w: World, g: int, gpus: int, ahead: int) -> int:
    """On-demand revenue of GPUs in a month, at today's list price and use [cents]."""
    month = s.clock[0].month
    gpu_hours = gpus * HOURS_PER_DAY * (w.month_end[ahead] - w.month_end[ahead - 1])
    sold = gpu_hours * s.firm[0].on_demand_share * w.on_demand_use[g, month]
    return cents(sold * w.on_demand_price[g, month])


@kernel
def expect_sales(s: State, w: World, g: int, gpus: int, ahead: int) -> None:
    """Expect GPUs to be sold on demand in a month, or, below zero, not to be."""
    sales = pool_sales(s, w, g, gpus, ahead)
    s.outlook[ahead] += sales
    s.cost_bases[ahead, REVENUE] += sales


@kernel
def expect_sales_from(s: State, w: World, g: int, gpus: int, day: int, last: int) -> None:
    """Expect GPUs to be sold on demand in each month that begins on a day or after it."""
    for ahead in range(s.clock[0].month, last + 1):
        if w.month_end[ahead - 1] + 1 >= day:
            expect_sales(s, w, g, gpus, ahead)


@kernel
def use_of(s: State, w: World, g: int) -> float:
    """Share of free GPU-hours that is sold on demand, as today [share]."""
    return float(s.firm[0].on_demand_share * w.on_demand_use[g, s.clock[0].month])


@kernel
def idles(s: State, site: int) -> bool:
    """Whether GPUs at a site that are not billed draw other power than those that are."""
    return bool(s.sites[site].idle_load != s.sites[site].load_factor)


@kernel
def any_idles(s: State) -> bool:
    """Whether they do at any site."""
    found = False
    for site in range(len(s.sites)):
        found = found or idles(s, site)
    return found


@kernel
def bill_power(s: State, w: World, site: int, g: int, gpus: float, day: int, last: int) -> None:
    """Expect GPUs at a site to be billed from a day on, or from today; below zero, not to be."""
    if not idles(s, site):
        return
    first = max(day, s.clock[0].today)
    for ahead in range(s.clock[0].month, last + 1):
        days = min(w.month_end[ahead] - first + 1, w.month_end[ahead] - w.month_end[ahead - 1])
        if days > 0:
            s.expected[BILLED, site, ahead] += int(gpus * days * s.gens[g].it_microwatts)


@kernel
def bill_term(
    s: State, w: World, site: int, g: int, gpus: int, start: int, over: int, last: int
) -> None:
    """Expect GPUs of a contract to be billed from its start to the day before it is over."""
    if over > start:
        bill_power(s, w, site, g, float(gpus), start, last)
        bill_power(s, w, site, g, -float(gpus), over, last)


@kernel
def bill_sales_from(s: State, w: World, site: int, g: int, gpus: int, day: int, last: int) -> None:
    """Expect GPUs to be sold on demand, as `expect_sales_from` does: in whole months."""
    month = s.clock[0].month
    while month <= last and w.month_end[month - 1] + 1 < day:
        month += 1
    if month <= last:
        bill_power(s, w, site, g, gpus * use_of(s, w, g), w.month_end[month - 1] + 1, last)


@kernel
def open_billed(s: State, w: World, last: int) -> None:
    """GPUs that are billed in this month and those after it [uW-days by site].

    Live contracts until they end, then their GPUs on demand; signed ones by their plan; free GPUs
    as today.
    """
    month, today = s.clock[0].month, s.clock[0].today
    for site in range(len(s.sites)):
        for ahead in range(month, last + 1):
            s.expected[BILLED, site, ahead] = 0
    for p in range(len(s.pools)):
        pool = s.pools[p]
        use = use_of(s, w, pool.gen)
        so_far = pool.billing_gpu_days + pool.free_gpu_days * use
        power = s.gens[pool.gen].it_microwatts
        s.expected[BILLED, pool.site, month] += int(so_far * power)
        for ahead in range(month, last + 1):
            days = w.month_end[ahead] - max(w.month_end[ahead - 1], pool.counted)
            gpu_days = (pool.billing + pool.free * use) * days
            s.expected[BILLED, pool.site, ahead] += int(gpu_days * power)
    for n in range(s.count[UNSETTLED]):
        tranche = s.tranches[s.unsettled[n]]
        contract = s.contracts[tranche.contract]
        failed = s.customers[contract.customer].defaulted != 0
        if contract.kind == BACKSTOP or tranche.pool == NONE or contract.signed > today:
            continue
        site = s.pools[tranche.pool].site
        if tranche.status == TRANCHE_LIVE:
            over = min(tranche.end, tranche.leaves)
            bill_power(s, w, site, tranche.gen, -float(tranche.gpus), over, last)
            bill_sales_from(s, w, site, tranche.gen, tranche.gpus, over, last)
        elif tranche.status < TRANCHE_LIVE and not failed:
            start = tranche.planned_start
            over = min(start + tranche.term_days, tranche.leaves)
            bill_term(s, w, site, tranche.gen, tranche.gpus, start, over, last)
