"""The laws of the draws as plain arrays, for the world."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.state import Floats, Ints
from gpusim.scenario.lowering import prices
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.index import MARKET_STATES, Index, by_date
from gpusim.scenario.lowering.frame.lots import Lot
from gpusim.scenario.lowering.frame.purchases import Purchase
from gpusim.scenario.lowering.frame.standstill import dated_seconds, outages_of
from gpusim.scenario.lowering.nouns.demand import (
    LAW_FIGURES,
    first_months,
    law_of,
    segment_rates,
    segment_table,
    segment_terms,
    term_choices,
    term_weights,
)
from gpusim.scenario.spec import Spec, identity
from gpusim.units_of_measure import CENTS_PER_USD, Day, day_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.contracts import Contract
    from gpusim.scenario.tables.demand import Segment
    from gpusim.scenario.tables.market import Market, StateDrifts, StateRates, StateShares


def spec_of(
    scenario: Scenario, horizon: Horizon, index: Index, lots: list[Lot], bought: list[Purchase]
) -> Spec:
    """Everything the world needs to know of a scenario."""
    return Spec(
        month_end=ints(horizon.calendar),
        months=horizon.months,
        **_generations(scenario, horizon),
        **_halls(scenario, horizon),
        **_sites(scenario, horizon),
        **_orders(scenario, bought),
        **_customers(scenario, horizon, index, lots),
        **_market(scenario.market),
        **_prices(scenario, horizon),
        base_curve=base_curve(scenario, horizon.month_end),
        rate_volatility=scenario.rates.volatility_per_year,
        mean_reversion=scenario.rates.mean_reversion_per_year,
    )


def _generations(scenario: Scenario, horizon: Horizon) -> dict[str, Any]:
    """What GPUs cost, rent for, when they come and how often they fail."""
    gpus = scenario.gpus
    return {
        "gen_ids": ints(identity(f"gpus.{name}") for name in gpus),
        "gen_price": floats(g.on_demand_usd_per_gpu_hour * CENTS_PER_USD for g in gpus.values()),
        "gen_floor": floats(g.floor_usd_per_gpu_hour * CENTS_PER_USD for g in gpus.values()),
        "gen_forward": prices.forwards(scenario, horizon),
        "gen_server_price": floats(
            g.capex_usd_per_gpu * (1.0 - g.infrastructure_share) * CENTS_PER_USD
            for g in gpus.values()
        ),
        "gen_inflation": floats(g.hardware_inflation_per_year for g in gpus.values()),
        "gen_failure_sd": floats(g.failures.log_sd if g.failures else 0.0 for g in gpus.values()),
        "lead_planned": floats(g.lead.planned_days for g in gpus.values()),
        "lead_sd": floats(g.lead.sd_days for g in gpus.values()),
    }


def _halls(scenario: Scenario, horizon: Horizon) -> dict[str, Any]:
    """How late each hall and its power may be, and who builds it."""
    halls = [(n, site, p) for n, site in scenario.sites.items() for p in by_date(site)]
    return {
        "hall_ids": ints(
            identity(f"sites.{name}.phases.{site.phases[p].name}") for name, site, p in halls
        ),
        "hall_developers": ints(identity(f"developer.{site.developer}") for _, site, _ in halls),
        "hall_open": ints(site.phases[p].ready <= horizon.as_of for _, site, p in halls),
        "hall_probability": floats(site.delay.probability for _, site, _ in halls),
        "hall_mean": floats(site.delay.mean_days for _, site, _ in halls),
        "hall_sd": floats(site.delay.sd_days for _, site, _ in halls),
        "power_probability": floats(site.power_delay.probability for _, site, _ in halls),
        "power_mean": floats(site.power_delay.mean_days for _, site, _ in halls),
        "power_sd": floats(site.power_delay.sd_days for _, site, _ in halls),
    }


def _sites(scenario: Scenario, horizon: Horizon) -> dict[str, Any]:
    """When sites stand still, for certain and by chance."""
    laws = outages_of(scenario, horizon)
    rows = [
        (law.per_year / MONTHS_PER_YEAR, law.mean_hours or 1.0, law.sd_hours)
        for law in laws.values()
    ]
    seconds = [dated_seconds(law, horizon) for law in laws.values()]
    days = horizon.month_end[-1] - horizon.today
    return {
        "site_ids": ints(identity(f"sites.{name}") for name in laws),
        "outage_law": np.array(rows, np.float64).reshape(-1, 3),
        "outage_dated": np.array(seconds, np.int64).reshape(-1, days + 1),
    }


def _orders(scenario: Scenario, orders: list[Purchase]) -> dict[str, Any]:
    """How long each order takes from delivery to service."""
    gpus = scenario.gpus
    return {
        "order_ids": ints(identity(own.key) for own in orders),
        "fitout_planned": floats(gpus[own.gpu].fitout.planned_days for own in orders),
        "fitout_sd": floats(gpus[own.gpu].fitout.sd_days for own in orders),
        "acceptance_planned": floats(own.acceptance_days for own in orders),
        "acceptance_sd": floats(own.acceptance_sd for own in orders),
    }


def _customers(
    scenario: Scenario, horizon: Horizon, index: Index, lots: list[Lot]
) -> dict[str, Any]:
    """Who has signed and may fail, and who will ask for what."""
    return {
        "customer_ids": ints(identity(f"customers.{name}") for name in index.customers),
        "customer_hazard": hazards(scenario, index),
        "customer_correlation": scenario.defaults.correlation if scenario.defaults else 0.0,
        "tranche_ids": ints(identity(lot.key) for lot in lots),
        "segment_ids": ints(identity(f"segments.{name}") for name in scenario.segments),
        "segment_rate": segment_rates(scenario),
        "segment_since": first_months(scenario, horizon),
        "self_build": segment_table(
            scenario, 2, lambda s: (s.self_build.share, s.self_build.growth_per_year)
        ),
        "segment_terms": segment_terms(scenario, index),
        "segment_law": segment_table(scenario, LAW_FIGURES, lambda s: law_of(scenario, s)),
        "term_choices": term_choices(scenario),
        "term_weights": term_weights(scenario),
        "contract_ids": ints(identity(f"contracts.{name}") for name in scenario.contracts),
        "contract_late": late_laws(scenario.contracts.values()),
        "segment_late": late_laws(scenario.segments.values()),
    }


def _market(market: Market) -> dict[str, Any]:
    """How the state of the market changes, and what follows it."""
    return {
        "start_state": MARKET_STATES.index(market.start_state),
        "stay": by_state(market.stay),
        "balanced_to_scarce": market.balanced_to_scarce,
        "drift": by_state(market.drift_per_year),
        "volatility": market.volatility_per_year,
        "own_volatility": market.own_volatility_per_year,
        "cholesky": prices.cholesky(market.correlations),
        "spread_shift": by_state(market.spread_shift),
        "spread_volatility": market.spread_noise.volatility_per_year,
        "spread_reversion": market.spread_noise.mean_reversion_per_year,
        "loan_market_open": by_state(market.loan_market_open),
    }


def _prices(scenario: Scenario, horizon: Horizon) -> dict[str, Any]:
    """What hours sell for by the market, and what hardware costs and fetches."""
    market = scenario.market
    releases = market.releases.values()
    return {
        "release_month": ints(max(1, horizon.month_of(r.date)) for r in releases),
        "release_over": ints(r.over_months for r in releases),
        "release_step": floats(r.step for r in releases),
        "release_older": prices.release_table(scenario),
        "list_adjustment": market.list_adjustment,
        "on_demand_use": by_state(market.on_demand_use),
        "use_elasticity": market.use_elasticity,
        "term_ratio": prices.term_ratios(market.term_ratio),
        "hardware_drift": by_state(market.hardware_drift_per_year),
        "hardware_volatility": market.hardware_volatility_per_year,
        "resale_elasticity": market.resale.rent_elasticity if market.resale else 0.0,
        "residual": prices.residuals(market.resale),
    }


def late_laws(signed: Iterable[Contract | Segment]) -> Floats:
    """Chance that an invoice is late [share], mean and standard deviation [days], a row each."""
    late = [own.late_payment for own in signed]
    rows = [(law.chance, law.mean_days, law.sd_days) if law else (0.0, 0.0, 0.0) for law in late]
    return np.array(rows, np.float64).reshape(-1, 3)


def hazards(scenario: Scenario, index: Index) -> Floats:
    """Chance a year that each customer fails, by market state; its worst contract's rating."""
    table = np.zeros((len(index.customers), len(MARKET_STATES)))
    if scenario.defaults is not None:
        for contract in scenario.contracts.values():
            investment_grade = contract.rating == "investment-grade"
            law = (
                scenario.defaults.investment_grade if investment_grade else scenario.defaults.other
            )
            row = index.customers[contract.customer]
            table[row] = np.maximum(table[row], by_state(law))
    return table


def base_curve(scenario: Scenario, month_end: list[Day]) -> Floats:
    """Base rate at each month's end: linear between the points, flat outside."""
    curve = scenario.rates.curve
    days, rates = [day_of(point.date) for point in curve], [point.rate for point in curve]
    return np.interp(month_end, days, rates)


def by_state(figures: StateShares | StateRates | StateDrifts) -> Floats:
    """A figure for each market state [3]."""
    return floats(getattr(figures, state) for state in MARKET_STATES)


def ints(values: Iterable[int]) -> Ints:
    """Whole numbers as a column."""
    return np.array(list(values), np.int64)


def floats(values: Iterable[float]) -> Floats:
    """Real numbers as a column."""
    return np.array(list(values), np.float64)
