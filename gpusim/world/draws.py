"""All luck of one replication, drawn before its run.

Every number is keyed by purpose and by the identity of what it belongs to (a generation, a hall,
an order, a calendar month), never by its row: another hall or contract in the file changes no
other draw.
"""

from __future__ import annotations

import math

import numpy as np

from gpusim.economics.kernel import const, kernel
from gpusim.economics.state import Ints, World
from gpusim.scenario.spec import Spec
from gpusim.world.laws import lognormal_days, normal, normal_quantile
from gpusim.world.paths import base_rates, loan_market, market_states, on_demand_prices
from gpusim.world.philox import (
    ACCEPTANCE,
    FITOUT,
    HALL_DELAY,
    HALL_DEVELOPER,
    LEAD,
    MAX_REPLICATION,
    MAX_SEED,
    POWER_DELAY,
    POWER_DEVELOPER,
)

IF_LATE, HOW_LATE = const(0), const(1)
ONCE = const(0)
"""Index of an entity's only draw in its stream."""
NO_DAYS = const(0)
HALF_ROOT = math.sqrt(0.5)


def draw(spec: Spec, seed: int, replication: int) -> World:
    """The world of one replication: the same bits whatever was drawn before it.

    Raises:
        ValueError: a seed or replication outside what the generator's key holds.
    """
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(f"seed {seed}: expected 0 to {MAX_SEED}")
    if not 0 <= replication <= MAX_REPLICATION:
        raise ValueError(f"replication {replication}: expected 0 to {MAX_REPLICATION}")
    world = blank(spec)
    fill(spec, calendar_months(spec.month_end), world, seed, replication)
    return world


def blank(spec: Spec) -> World:
    """A world of the right shape, all zero but its calendar."""
    months, gens, halls = len(spec.month_end), len(spec.gen_ids), len(spec.hall_ids)
    return World(
        month_end=spec.month_end.copy(),
        market=np.zeros(months, np.int64),
        on_demand_price=np.zeros((gens, months)),
        on_demand_use=np.zeros(months),
        base_rate=np.zeros(months),
        spread=np.zeros(months),
        market_open=np.zeros(months, np.int64),
        hall_delay=np.zeros(halls, np.int64),
        power_delay=np.zeros(halls, np.int64),
        lead_days=np.zeros((gens, months), np.int64),
        fitout_days=np.zeros(len(spec.order_ids), np.int64),
        acceptance_days=np.zeros(len(spec.order_ids), np.int64),
        collection_delay=np.zeros(len(spec.contract_ids), np.int64),
    )


def calendar_months(month_end: Ints) -> Ints:
    """Months since January 1970 of each column."""
    return month_end.astype("M8[D]").astype("M8[M]").astype(np.int64)


@kernel
def fill(spec: Spec, calendar: Ints, world: World, seed: int, replication: int) -> None:
    """Draw everything into the columns of `world`; calendar [months + 1], see `calendar_months`."""
    draw_market(spec, calendar, world, seed, replication)
    draw_sites(spec, world, seed, replication)
    draw_orders(spec, calendar, world, seed, replication)


@kernel
def draw_market(spec: Spec, calendar: Ints, world: World, seed: int, replication: int) -> None:
    """Market states, and the prices, rates and openness that go with them."""
    state = world.market
    market_states(spec, calendar, state, seed, replication)
    on_demand_prices(spec, calendar, state, world.on_demand_price, seed, replication)
    base_rates(spec, calendar, world.base_rate, seed, replication)
    loan_market(spec, calendar, state, world.market_open, seed, replication)
    for m in range(len(state)):
        world.on_demand_use[m] = spec.on_demand_use[state[m]]
        world.spread[m] = spec.spread_shift[state[m]]


@kernel
def draw_sites(spec: Spec, world: World, seed: int, replication: int) -> None:
    """How late each hall is, and its power beyond that; 0 for halls already open."""
    for h in range(len(spec.hall_ids)):
        if spec.hall_open[h] == 0:
            hall, developer = spec.hall_ids[h], spec.hall_developers[h]
            late = shared(seed, replication, HALL_DEVELOPER, developer, HALL_DELAY, hall, IF_LATE)
            size = shared(seed, replication, HALL_DEVELOPER, developer, HALL_DELAY, hall, HOW_LATE)
            world.hall_delay[h] = delay_days(
                spec.hall_probability[h], spec.hall_mean[h], spec.hall_sd[h], late, size
            )
            late = shared(seed, replication, POWER_DEVELOPER, developer, POWER_DELAY, hall, IF_LATE)
            size = shared(
                seed, replication, POWER_DEVELOPER, developer, POWER_DELAY, hall, HOW_LATE
            )
            world.power_delay[h] = delay_days(
                spec.power_probability[h], spec.power_mean[h], spec.power_sd[h], late, size
            )


@kernel
def shared(
    seed: int, replication: int, common: int, group: int, own: int, entity: int, index: int
) -> float:
    """A standard normal number of an entity, half of whose variance its group shares.

    common, own: streams of the group's and of the entity's part. Two entities of a group
    correlate by one half (one-factor Gaussian copula).
    """
    theirs = normal(seed, replication, common, group, index)
    return HALF_ROOT * (theirs + normal(seed, replication, own, entity, index))


@kernel
def delay_days(probability: float, mean: float, sd: float, late: float, size: float) -> int:
    """Days late: 0 unless `late` is among the lowest `probability` of normal numbers.

    mean, sd [days] of a delay that happens; late, size: standard normal numbers. A delay is at
    least one day.

    >>> [int(delay_days(0.5, 180.0, 0.0, z, 0.0)) for z in (-0.1, 0.1)]
    [180, 0]
    """
    if late < normal_quantile(probability):
        return lognormal_days(mean, sd, size)
    return NO_DAYS


@kernel
def draw_orders(spec: Spec, calendar: Ints, world: World, seed: int, replication: int) -> None:
    """Lead times by generation and month of order; fit-out and acceptance by order."""
    for g in range(len(spec.gen_ids)):
        for m in range(len(calendar)):
            z = normal(seed, replication, LEAD, spec.gen_ids[g], calendar[m])
            world.lead_days[g, m] = lognormal_days(spec.lead_planned[g], spec.lead_sd[g], z)
    for k in range(len(spec.order_ids)):
        order = spec.order_ids[k]
        z = normal(seed, replication, FITOUT, order, ONCE)
        world.fitout_days[k] = lognormal_days(spec.fitout_planned[k], spec.fitout_sd[k], z)
        z = normal(seed, replication, ACCEPTANCE, order, ONCE)
        world.acceptance_days[k] = lognormal_days(
            spec.acceptance_planned[k], spec.acceptance_sd[k], z
        )
