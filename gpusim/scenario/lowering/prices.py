"""Prices as the draws take them: forward curves, releases, terms and ages by month or year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.economics.plant.curves import falling_forwards, flat_forwards
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.units_of_measure import CENTS_PER_USD, day_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.gpus import Gpu
    from gpusim.scenario.tables.market import Correlations, Market, Release, Resale, TermRatios

TERMS = (12, 24, 36, 48, 60)


def forwards(scenario: Scenario, horizon: Horizon) -> Floats:
    """Expected index by generation and month, 0 without a curve [cents/GPU-hour]."""
    path = np.zeros((len(scenario.gpus), horizon.months + 1))
    for g, gpu in enumerate(scenario.gpus.values()):
        if gpu.forward is not None:
            fill_forward(gpu, horizon, path[g])
    return path * CENTS_PER_USD


def fill_forward(gpu: Gpu, horizon: Horizon, path: Floats) -> None:
    """One generation's expected index by month, into `path` [USD/GPU-hour]."""
    curve = gpu.forward
    if curve is None:
        return
    if curve.quotes:
        terms = np.array([q.term_months for q in curve.quotes], np.int64)
        prices = np.array([q.usd_per_gpu_hour for q in curve.quotes])
        rule = falling_forwards if curve.between == "falling" else flat_forwards
        rule(terms, prices, path)
        return
    later = [p for p in curve.curve if day_of(p.date) > horizon.today]
    days = [horizon.today, *(day_of(p.date) for p in later)]
    usd = [gpu.on_demand_usd_per_gpu_hour, *(p.usd_per_gpu_hour for p in later)]
    path[1:] = np.interp(horizon.month_end[1:], days, usd)


def older_than(market: Market, release: Release, names: list[str]) -> list[int]:
    """1 for each generation whose rents a release lowers: all but itself and what comes later."""
    spared = {r.gpus for r in market.releases.values() if r.date >= release.date}
    spared.add(release.gpus)
    return [int(name not in spared) for name in names]


def release_table(scenario: Scenario) -> Ints:
    """Which generation each release lowers [releases, gens]."""
    market, names = scenario.market, list(scenario.gpus)
    rows = [older_than(market, release, names) for release in market.releases.values()]
    table: Ints = np.array(rows, np.int64).reshape(len(rows), len(names))
    return table


def cholesky(correlations: Correlations) -> Floats:
    """Lower triangle that turns independent shocks into correlated ones [4, 4]."""
    lower: Floats = np.linalg.cholesky(correlations.matrix()).astype(np.float64)
    return lower


def term_ratios(ratios: TermRatios | None) -> Floats:
    """Contract price over the index by month of term, 1 at term 0 [months + 1]."""
    if ratios is None:
        return np.ones(1)
    given = [getattr(ratios, f"months_{term}") for term in TERMS]
    by_month: Floats = np.interp(np.arange(TERMS[-1] + 1), [0, *TERMS], [1.0, *given])
    return by_month


def residuals(resale: Resale | None) -> Floats:
    """Resale value over new by whole years of age [years + 1]; nothing without a resale market."""
    if resale is None:
        return np.zeros(1)
    shares = {int(age): share for age, share in resale.residual_by_age.items()}
    ages = sorted(shares)
    by_year: Floats = np.interp(np.arange(ages[-1] + 1), ages, [shares[age] for age in ages])
    return by_year
