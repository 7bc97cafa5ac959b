"""Prices and rates of a month, read from the world.

The world has drawn every path; what the operator does moves none of them.
"""

from __future__ import annotations

from gpusim.economics.kernel import kernel
from gpusim.economics.money import cents
from gpusim.economics.state import World


@kernel
def base_rate(w: World, month: int) -> float:
    """Base rate (SOFR) of a month [1/year]."""
    return float(w.base_rate[month])


@kernel
def on_demand_revenue(w: World, gen: int, month: int, gpu_hours: int) -> int:
    """Revenue of on-demand GPU-hours sold in a month at that month's index price [cents].

    gpu_hours [GPU-hour] sold.
    """
    return cents(w.on_demand_price[gen, month] * gpu_hours)


@kernel
def term_price(w: World, gen: int, month: int, term_months: float) -> float:
    """Market price of a reserved GPU for a term [cents/GPU-hour]."""
    return float(w.on_demand_price[gen, month])
