"""All that is random in one replication, drawn before its run.

Every number is keyed by purpose and by the identity of what it belongs to (a generation, a hall,
a lot, a calendar month), never by its place: another hall or contract in the file changes no
other draw. The drawing is compiled and runs without the GIL.
"""

from __future__ import annotations

import math

import numpy as np

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.calendar import month_number
from gpusim.economics.core.records import rows
from gpusim.economics.core.state import NONE, Floats, Ints, Offer, World
from gpusim.economics.core.state_pointer import world_to_pointer
from gpusim.scenario.spec import Spec
from gpusim.world.customers import collections, failure_days, willingness
from gpusim.world.delays import durations, lead_times, site_delays
from gpusim.world.demand import MAX_A_MONTH, count_offers, draw_offers
from gpusim.world.failures import failure_factors, stand_still
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
from gpusim.world.spec_pointer import spec_to_pointer

N_FACTORS = len(FACTORS)


def draw(spec: Spec, seed: int, replication: int) -> World:
    """The world of one replication: the same bits whatever was drawn before it.

    Raises:
        ValueError: a seed or replication outside what the generator's key holds.
    """
    refuse_unkeyed(seed, replication)
    world = blank(spec)
    p = spec_to_pointer(spec)
    keys = const(seed), const(replication)
    offers = rows(Offer, int(draw_world(p, world_to_pointer(world), *keys)))
    world = world._replace(offers=offers)
    draw_demand(p, world_to_pointer(world), *keys)
    return world


def refuse_unkeyed(seed: int, replication: int) -> None:
    """Check that the generator's key holds a seed and a replication.

    Raises:
        ValueError: it does not.
    """
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(f"seed {seed}: expected 0 to {MAX_SEED}")
    if not 0 <= replication <= MAX_REPLICATION:
        raise ValueError(f"replication {replication}: expected 0 to {MAX_REPLICATION}")


@kernel
def draw_world(p: Spec, w: World, seed: int, replication: int) -> int:
    """Draw all but the offers, into the world; returns how many of those there will be."""
    months = calendar_months(p.month_end[: p.months + 1])
    draw_market(p, w, months, seed, replication)
    draw_sites(p, w, seed, replication)
    stand_still(
        seed,
        replication,
        months,
        w.month_end,
        p.site_ids,
        p.outage_law,
        p.outage_dated,
        w.standstill,
    )
    draw_orders(p, w, months, seed, replication)
    draw_customers(p, w, months, seed, replication)
    failure_factors(seed, replication, months, p.gen_ids, p.gen_failure_sd, w.failure_factor)
    count = np.zeros((len(p.segment_ids), len(months)), np.int64)
    return count_asks(p, w.market, months, seed, replication, count)


def blank(spec: Spec) -> World:
    """A world of the right shape, all zero but what is not drawn."""
    months, gens, orders = spec.months + 1, len(spec.gen_ids), len(spec.order_ids)
    return World(
        month_end=spec.month_end.copy(),
        market=zeros(months),
        rental_index=np.zeros((gens, months)),
        on_demand_price=np.zeros((gens, months)),
        on_demand_use=np.zeros((gens, months)),
        term_ratio=spec.term_ratio.copy(),
        hardware_factor=np.zeros((gens, months)),
        resale=np.zeros((gens, months)),
        residual=spec.residual.copy(),
        base_rate=np.zeros(months),
        spread=np.zeros(months),
        market_open=zeros(months),
        hall_delay=zeros(len(spec.hall_ids)),
        power_delay=zeros(len(spec.hall_ids)),
        standstill=np.zeros(spec.outage_dated.shape, np.int64),
        lead_days=zeros(gens, months),
        fitout_days=zeros(orders),
        acceptance_days=zeros(orders),
        collection_delay=zeros(payers(spec), months),
        default_day=zeros(len(spec.customer_ids)),
        walk_away=np.zeros(len(spec.tranche_ids)),
        renewal=np.zeros(len(spec.tranche_ids)),
        failure_factor=np.zeros((gens, months)),
        offers=rows(Offer, 0),
    )


def payers(spec: Spec) -> int:
    """Rows of `World.collection_delay`; none if everybody pays on time.

    Contracts, then as many offers as there may be of the segments that pay late.
    """
    late = int((spec.segment_late[:, 0] > 0.0).sum())
    if late == 0 and not (spec.contract_late[:, 0] > 0.0).any():
        return 0
    return len(spec.contract_ids) + late * spec.months * int(MAX_A_MONTH)


def zeros(*shape: int) -> Ints:
    """Whole numbers, all zero."""
    return np.zeros(shape, np.int64)


@kernel
def calendar_months(month_end: Ints) -> Ints:
    """Months since January 1970 of each column.

    >>> calendar_months(np.array([30, 31])).tolist()
    [0, 1]
    """
    months = np.zeros(len(month_end), np.int64)
    for m in range(len(month_end)):
        months[m] = month_number(month_end[m])
    return months


@kernel
def draw_market(p: Spec, w: World, months: Ints, seed: int, replication: int) -> None:
    """Market states, the shocks all share, and the rates, spreads and prices that follow."""
    market_states(seed, replication, months, p.start_state, p.stay, p.balanced_to_scarce, w.market)
    shocks = np.zeros((N_FACTORS, len(months)))
    common_shocks(seed, replication, months, p.cholesky, shocks)
    noise = np.zeros(len(months))
    reverting_noise(shocks[1], p.rate_volatility, p.mean_reversion, noise)
    base_rates(p.base_curve, noise, w.base_rate)
    reverting_noise(shocks[3], p.spread_volatility, p.spread_reversion, noise)
    for m in range(len(months)):
        w.spread[m] = p.spread_shift[w.market[m]] + noise[m]
    loan_market(seed, replication, months, w.market, p.loan_market_open, w.market_open)
    log = np.zeros(len(months))
    common_log(w.market, p.drift, p.volatility, shocks[0], log)
    rents(p, w, months, log, seed, replication)
    hardware_factor(
        w.market,
        p.gen_inflation,
        p.hardware_drift,
        p.hardware_volatility,
        shocks[2],
        w.hardware_factor,
    )
    resale_value(p.gen_server_price, w.rental_index, p.resale_elasticity, w.resale)


@kernel
def rents(p: Spec, w: World, months: Ints, log: Floats, seed: int, replication: int) -> None:
    """What hours of each generation rent for, are listed at, and how many are taken.

    log: of what all generations share [log].
    """
    growth = np.zeros(len(months))
    volatility = math.sqrt(p.volatility * p.volatility + p.own_volatility * p.own_volatility)
    expected_growth(p.start_state, p.stay, p.balanced_to_scarce, p.drift, volatility, growth)
    releases = np.zeros(w.rental_index.shape)
    release_log(p.release_month, p.release_over, p.release_step, p.release_older, releases)
    rental_index(
        seed,
        replication,
        months,
        p.gen_ids,
        p.gen_price,
        p.gen_floor,
        log,
        p.own_volatility,
        releases,
        p.gen_forward,
        growth,
        w.rental_index,
    )
    list_price(w.rental_index, p.list_adjustment, w.on_demand_price)
    on_demand_use(
        w.market,
        p.on_demand_use,
        p.use_elasticity,
        w.rental_index,
        w.on_demand_price,
        w.on_demand_use,
    )


@kernel
def draw_sites(p: Spec, w: World, seed: int, replication: int) -> None:
    """How late each hall is, and its power beyond that."""
    site_delays(
        seed,
        replication,
        HALL_DELAY,
        HALL_DEVELOPER,
        p.hall_ids,
        p.hall_developers,
        p.hall_open,
        p.hall_probability,
        p.hall_mean,
        p.hall_sd,
        w.hall_delay,
    )
    site_delays(
        seed,
        replication,
        POWER_DELAY,
        POWER_DEVELOPER,
        p.hall_ids,
        p.hall_developers,
        p.hall_open,
        p.power_probability,
        p.power_mean,
        p.power_sd,
        w.power_delay,
    )


@kernel
def draw_customers(p: Spec, w: World, months: Ints, seed: int, replication: int) -> None:
    """When each customer fails and pays, and which walk away from a late tranche."""
    failure_days(
        seed,
        replication,
        months,
        w.month_end,
        w.market,
        p.customer_ids,
        p.customer_hazard,
        p.customer_correlation,
        w.default_day,
    )
    willingness(seed, replication, WALK_AWAY, p.tranche_ids, w.walk_away)
    willingness(seed, replication, RENEWAL, p.tranche_ids, w.renewal)
    if len(w.collection_delay) > 0:
        for c in range(len(p.contract_ids)):
            collections(
                seed,
                replication,
                months,
                p.contract_ids[c],
                p.contract_late[c],
                w.collection_delay[c],
            )


@kernel
def draw_orders(p: Spec, w: World, months: Ints, seed: int, replication: int) -> None:
    """Lead times by generation and month of order; fit-out and acceptance by order."""
    lead_times(seed, replication, months, p.gen_ids, p.lead_planned, p.lead_sd, w.lead_days)
    durations(seed, replication, FITOUT, p.order_ids, p.fitout_planned, p.fitout_sd, w.fitout_days)
    durations(
        seed,
        replication,
        ACCEPTANCE,
        p.order_ids,
        p.acceptance_planned,
        p.acceptance_sd,
        w.acceptance_days,
    )


@kernel
def count_asks(
    p: Spec, market: Ints, months: Ints, seed: int, replication: int, count: Ints
) -> int:
    """Offers by segment and month, into `count` [segments, months]; returns their sum."""
    return count_offers(
        seed,
        replication,
        months,
        market,
        p.segment_ids,
        p.segment_rate,
        p.self_build,
        p.segment_since,
        count,
    )


@kernel
def draw_demand(p: Spec, w: World, seed: int, replication: int) -> None:
    """Everyone who will ask for capacity, in order of month.

    w: a world that is drawn but for its offers, with as many rows of those as there will be.
    """
    months = calendar_months(p.month_end[: p.months + 1])
    count = np.zeros((len(p.segment_ids), len(months)), np.int64)
    count_asks(p, w.market, months, seed, replication, count)
    draw_offers(
        seed,
        replication,
        months,
        p.month_end,
        p.segment_ids,
        count,
        p.segment_terms,
        p.term_choices,
        p.term_weights,
        p.segment_law,
        p.customer_correlation,
        w.offers,
    )
    draw_payers(p, w, months, seed, replication)


@kernel
def draw_payers(p: Spec, w: World, months: Ints, seed: int, replication: int) -> None:
    """When those who ask will pay, in rows after the contracts'; NONE where it is on time."""
    row = len(p.contract_ids)
    for o in range(len(w.offers)):
        offer = w.offers[o]
        offer.payer = NONE
        if p.segment_late[offer.segment, 0] > 0.0:
            law, days = p.segment_late[offer.segment], w.collection_delay[row]
            collections(seed, replication, months, offer.id, law, days)
            offer.payer = row
            row += 1
