"""Prices and rates of a month, read from the world.

The world has drawn every path; what the operator does moves none of them.
"""

from __future__ import annotations

from gpusim.economics.kernel import const, kernel
from gpusim.economics.money import cents
from gpusim.economics.state import World

DAYS_PER_YEAR = 365.0
ZERO = const(0)


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


@kernel
def residual_share(w: World, age_days: int) -> float:
    """Resale value of a GPU of some age as a share of one that is new [share].

    Linear between whole years of 365 days, flat after the last.
    """
    years = max(age_days, ZERO) / DAYS_PER_YEAR
    last = len(w.residual) - 1
    if years >= last:
        return float(w.residual[last])
    whole = int(years)
    part = years - whole
    return float(w.residual[whole] * (1.0 - part) + w.residual[whole + 1] * part)


@kernel
def resale_price(w: World, gen: int, month: int, age_days: int) -> int:
    """What a used GPU fetches in a month [cents/GPU].

    age_days [day] since it was new; the price of a new-equivalent one follows the rental index.
    """
    return cents(w.resale[gen, month] * residual_share(w, age_days))
