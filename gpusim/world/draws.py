"""All luck of one replication, drawn before its run.

Every number is keyed by purpose and by the identity of what it belongs to (a generation, a hall,
an order, a calendar month), never by its row: another hall or contract in the file changes no
other draw. The drawing itself is compiled and runs without the GIL.
"""

from __future__ import annotations

import numpy as np

from gpusim.economics.state import Floats, Ints, Offer, Rows, World, rows
from gpusim.scenario.spec import Spec
from gpusim.world.customers import failure_days, willingness
from gpusim.world.delays import durations, lead_times, site_delays
from gpusim.world.demand import count_offers, draw_offers
from gpusim.world.failures import failure_factors
from gpusim.world.paths import (
    FACTORS,
    base_rates,
    common_shocks,
    loan_market,
    market_states,
    reverting_noise,
)
from gpusim.world.philox import (
    ACCEPTANCE,
    FITOUT,
    HALL_DELAY,
    HALL_DEVELOPER,
    MAX_REPLICATION,
    MAX_SEED,
    POWER_DELAY,
    POWER_DEVELOPER,
    RENEWAL,
    WALK_AWAY,
)
from gpusim.world.prices import (
    common_log,
    expected_growth,
    hardware_factor,
    list_price,
    on_demand_use,
    release_log,
    rental_index,
    resale_value,
)


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
    calendar = calendar_months(spec.month_end)
    draw_market(spec, calendar, world, seed, replication)
    draw_sites(spec, world, seed, replication)
    draw_orders(spec, calendar, world, seed, replication)
    draw_customers(spec, calendar, world, seed, replication)
    failing = spec.gen_ids, spec.gen_failure_sd
    failure_factors(seed, replication, calendar, *failing, world.failure_factor)
    return world._replace(offers=draw_demand(spec, calendar, world, seed, replication))


def blank(spec: Spec) -> World:
    """A world of the right shape, all zero but what is not luck."""
    months, gens, orders = len(spec.month_end), len(spec.gen_ids), len(spec.order_ids)
    return World(
        month_end=spec.month_end.copy(),
        market=whole(months),
        rental_index=np.zeros((gens, months)),
        on_demand_price=np.zeros((gens, months)),
        on_demand_use=np.zeros((gens, months)),
        spot_ratio=np.array([spec.spot_ratio]),
        term_ratio=spec.term_ratio.copy(),
        hardware_factor=np.zeros((gens, months)),
        resale=np.zeros((gens, months)),
        residual=spec.residual.copy(),
        base_rate=np.zeros(months),
        spread=np.zeros(months),
        market_open=whole(months),
        hall_delay=whole(len(spec.hall_ids)),
        power_delay=whole(len(spec.hall_ids)),
        lead_days=whole(gens, months),
        fitout_days=whole(orders),
        acceptance_days=whole(orders),
        collection_delay=whole(len(spec.contract_ids)),
        default_day=whole(len(spec.customer_ids)),
        walk_away=np.zeros(len(spec.tranche_ids)),
        renewal=np.zeros(len(spec.tranche_ids)),
        failure_factor=np.zeros((gens, months)),
        offers=rows(Offer, 0),
    )


def whole(*shape: int) -> Ints:
    """Whole numbers, all zero."""
    return np.zeros(shape, np.int64)


def calendar_months(month_end: Ints) -> Ints:
    """Months since January 1970 of each column.

    >>> calendar_months(np.array([30, 31])).tolist()
    [0, 1]
    """
    return month_end.astype("M8[D]").astype("M8[M]").astype(np.int64)


def draw_market(spec: Spec, calendar: Ints, world: World, seed: int, replication: int) -> None:
    """Market states, the shocks all share, and the rates, spreads and prices that follow."""
    luck = seed, replication, calendar
    state = world.market
    shocks: Floats = np.zeros((len(FACTORS), len(calendar)))
    market_states(*luck, spec.start_state, spec.stay, spec.balanced_to_scarce, state)
    common_shocks(*luck, spec.cholesky, shocks)
    noise: Floats = np.zeros(len(calendar))
    reverting_noise(shocks[1], spec.rate_volatility, spec.mean_reversion, noise)
    base_rates(spec.base_curve, noise, world.base_rate)
    reverting_noise(shocks[3], spec.spread_volatility, spec.spread_reversion, noise)
    world.spread[:] = spec.spread_shift[state] + noise
    loan_market(*luck, state, spec.loan_market_open, world.market_open)
    draw_prices(spec, calendar, world, shocks, seed, replication)


def draw_prices(
    spec: Spec, calendar: Ints, world: World, shocks: Floats, seed: int, replication: int
) -> None:
    """Rents, list prices and what they sell, hardware and resale, by generation."""
    state, index, listed = world.market, world.rental_index, world.on_demand_price
    log: Floats = np.zeros(len(calendar))
    growth: Floats = np.zeros(len(calendar))
    releases: Floats = np.zeros(index.shape)
    volatility = float(np.hypot(spec.volatility, spec.own_volatility))
    chain = spec.start_state, spec.stay, spec.balanced_to_scarce
    common_log(state, spec.drift, spec.volatility, shocks[0], log)
    expected_growth(*chain, spec.drift, volatility, growth)
    older = spec.release_month, spec.release_over, spec.release_step, spec.release_older
    release_log(*older, releases)
    level = spec.gen_ids, spec.gen_price, spec.gen_floor, log, spec.own_volatility, releases
    rental_index(seed, replication, calendar, *level, spec.gen_forward, growth, index)
    list_price(index, spec.list_adjustment, listed)
    on_demand_use(
        state, spec.on_demand_use, spec.use_elasticity, index, listed, world.on_demand_use
    )
    hardware = spec.gen_inflation, spec.hardware_drift, spec.hardware_volatility
    hardware_factor(state, *hardware, shocks[2], world.hardware_factor)
    resale_value(spec.gen_capex, index, spec.resale_elasticity, world.resale)


def draw_sites(spec: Spec, world: World, seed: int, replication: int) -> None:
    """How late each hall is, and its power beyond that."""
    halls = spec.hall_ids, spec.hall_developers, spec.hall_open
    law = spec.hall_probability, spec.hall_mean, spec.hall_sd
    site_delays(seed, replication, HALL_DELAY, HALL_DEVELOPER, *halls, *law, world.hall_delay)
    law = spec.power_probability, spec.power_mean, spec.power_sd
    site_delays(seed, replication, POWER_DELAY, POWER_DEVELOPER, *halls, *law, world.power_delay)


def draw_customers(spec: Spec, calendar: Ints, world: World, seed: int, replication: int) -> None:
    """When each customer fails, and which walk away from a late tranche."""
    months = calendar, world.month_end, world.market
    customers = spec.customer_ids, spec.customer_hazard
    failure_days(seed, replication, *months, *customers, world.default_day)
    willingness(seed, replication, WALK_AWAY, spec.tranche_ids, world.walk_away)
    willingness(seed, replication, RENEWAL, spec.tranche_ids, world.renewal)


def draw_demand(
    spec: Spec, calendar: Ints, world: World, seed: int, replication: int
) -> Rows[Offer]:
    """Everyone who will ask for capacity, in order of month."""
    luck = seed, replication, calendar
    count = whole(len(spec.segment_ids), len(calendar))
    rate = spec.segment_rate, spec.self_build, spec.segment_since
    total = count_offers(*luck, world.market, spec.segment_ids, *rate, count)
    offers = rows(Offer, total)
    if total:
        draw_offers(
            *luck,
            spec.month_end,
            spec.segment_ids,
            count,
            spec.segment_terms,
            spec.term_choices,
            spec.term_weights,
            spec.segment_law,
            offers,
        )
    return offers


def draw_orders(spec: Spec, calendar: Ints, world: World, seed: int, replication: int) -> None:
    """Lead times by generation and month of order; fit-out and acceptance by order."""
    luck = seed, replication
    lead_times(*luck, calendar, spec.gen_ids, spec.lead_planned, spec.lead_sd, world.lead_days)
    fitout = spec.fitout_planned, spec.fitout_sd
    durations(*luck, FITOUT, spec.order_ids, *fitout, world.fitout_days)
    acceptance = spec.acceptance_planned, spec.acceptance_sd
    durations(*luck, ACCEPTANCE, spec.order_ids, *acceptance, world.acceptance_days)
