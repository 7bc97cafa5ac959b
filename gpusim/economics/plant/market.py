"""Prices and rates of a month, read from the world.

The world has drawn every path; what the operator does moves none of them. The *index* is the
price at which GPU-hours of a generation clear; the on-demand *list* price follows it with a lag.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.calendar import (
    DAYS_PER_AVERAGE_MONTH,
    DAYS_PER_YEAR,
    last_day,
    month_of,
)
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import State, World


@kernel
def base_rate(w: World, month: int) -> float:
    """Base rate (SOFR) of a month [1/year]."""
    return float(w.base_rate[month])


@kernel
def on_demand_revenue(w: World, gen: int, month: int, gpu_hours: int) -> int:
    """Revenue of on-demand GPU-hours sold in a month at that month's list price [cents].

    gpu_hours [GPU-hour] sold.
    """
    return cents(w.on_demand_price[gen, month] * gpu_hours)


@kernel
def sold_share(s: State, w: World, gen: int, month: int) -> float:
    """Share of free GPU-hours that is sold on demand in a month: offered, and taken [share]."""
    return float(s.firm[0].on_demand_share * w.on_demand_use[gen, month])


@kernel
def months_of(days: int) -> int:
    """Days as whole average months, to the nearest.

    >>> months_of(365), months_of(1095)
    (12, 36)
    """
    return int(days / DAYS_PER_AVERAGE_MONTH + 0.5)


@kernel
def term_price(w: World, gen: int, month: int, term_months: int) -> float:
    """Market price of a contract signed in a month, fixed for its term [cents/GPU-hour].

    term_months [month]; 0 is the index itself, beyond the last quoted term its ratio holds.
    Source: term prices are quoted as a share of on-demand (AWS p5: 0.59 for one year, 0.44 for
    three, The Next Platform, 2023-07-27).
    """
    term = min(max(term_months, ZERO), len(w.term_ratio) - 1)
    return float(w.rental_index[gen, month] * w.term_ratio[term])


@kernel
def indexed_price_share(index: float, base: float, share: float, floor: float, cap: float) -> float:
    """Price of a contract after a reset, over the price stated.

    index: rental index of the day, base: the one that the price stated stands for [cents/GPU-hour];
    share of the price that follows it [share]; floor, cap: least and most [ratio].
    Source: definitions, a price that follows the rental index; a collar, S-curve of LNG contracts.

    >>> [indexed_price_share(i, 200.0, 0.5, 0.9, 1.2) for i in (200.0, 180.0, 100.0, 400.0)]
    [1.0, 0.95, 0.9, 1.2]
    """
    return min(max(1.0 + share * (index / base - 1.0), floor), cap)


@kernel
def least_price_share(share: float, floor: float) -> float:
    """The least that `indexed_price_share` can be, whatever the index does [ratio].

    >>> least_price_share(0.5, 0.8), least_price_share(0.25, 0.6)
    (0.8, 0.75)
    """
    return max(floor, 1.0 - share)


@kernel
def whole_months_from(w: World, day: int) -> int:
    """Month index from which whole months of a term are counted.

    That of its first day [day], or the next one where that is not the first of its month.
    """
    month = month_of(w, day)
    return month if last_day(w, month - 1) + 1 == day else month + 1


@kernel
def next_reset_day(w: World, since: int, every: int, month: int) -> int:
    """First day of the next month after one in which a price is reset [day].

    since: month index from which whole months are counted; every so many of them [months].
    """
    first = max(since, month) + 1
    return last_day(w, first + (since - first) % every - 1) + 1


@kernel
def hardware_cost_on(w: World, gen: int, day: int, cost: int) -> int:
    """What hardware that costs so much on the as-of day costs on a day [cents].

    cost [cents] at the as-of day's price. The world has the price at months' ends; on a day
    between two it has moved by the days' share.
    """
    month = min(month_of(w, day), w.hardware_factor.shape[1] - 1)
    if month <= 0:
        return cost
    before, after = w.hardware_factor[gen, month - 1], w.hardware_factor[gen, month]
    first, last = w.month_end[month - 1], w.month_end[month]
    part = min(day - first, last - first) / (last - first)
    return cents(cost * (before + (after - before) * part))


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
