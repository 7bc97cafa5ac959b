"""Sales on demand in the outlook, at today's list price and use."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import State, World
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
