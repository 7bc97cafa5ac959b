"""Whether the fitted market could have done what the published series did: fall, then rise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.backtest.fit_market import BALANCED, CHAIN, RELEASE, Chain, Fit, Release
from gpusim.scenario.reading.published.rents import Rent
from gpusim.units_of_measure import CENTS_PER_USD
from gpusim.world.paths import FACTORS, common_shocks, market_states
from gpusim.world.prices import common_log, release_log, rental_index

RISE, RISE_MONTHS = 0.30, 6
"""A rise is at least so much, within so many months of the low."""
FALL_MARGIN = 0.03
"""A fall is to the series' low and so much above it: the series is told to the nearest 5 cents."""


class Replay(NamedTuple):
    """Shares of simulated paths from the series' first price."""

    replications: int
    low: float  # the fall that counts [USD/GPU-hour]
    fall: float  # reached it by the month of the series' low
    rise: float  # rose from their own low of that time
    both: float


def replay(series: list[Rent], fitted: Fit, replications: int = 2_000, seed: int = 1) -> Replay:
    """Simulate the fitted market from the series' first month, balanced, with the known release."""
    lowest = min(series, key=lambda rent: rent.usd)
    until = months_between(series[0], lowest)
    low = (1.0 + FALL_MARGIN) * lowest.usd
    paths = simulate(series[0], fitted, until + RISE_MONTHS, replications, seed)
    bottom = paths[:, : until + 1].argmin(axis=1)
    fell = paths[:, : until + 1].min(axis=1) <= low
    rose = np.array([climbs(path, start) for path, start in zip(paths, bottom, strict=True)])
    shares = (float(x.mean()) for x in (fell, rose, fell & rose))
    return Replay(replications, low, *shares)


def climbs(path: Floats, start: int) -> bool:
    """Whether a path rises enough within the months after one of them."""
    return bool(path[start : start + RISE_MONTHS + 1].max() >= (1.0 + RISE) * path[start])


def simulate(
    start: Rent,
    fitted: Fit,
    months: int,
    replications: int,
    seed: int,
    chain: Chain = CHAIN,
    release: Release = RELEASE,
) -> Floats:
    """Rents by replication and month, the first month's known [USD/GPU-hour]."""
    first = np.datetime64(start.date, "M").astype(np.int64)
    calendar = first + np.arange(months + 1)
    one = np.ones(1, np.int64)
    month = np.array([np.datetime64(release.date, "M").astype(np.int64) - first])
    fall: Floats = np.zeros((1, months + 1))
    release_log(month, one * release.over_months, np.array([release.step]), one[None, :], fall)
    state, shocks = np.zeros(months + 1, np.int64), np.zeros((len(FACTORS), months + 1))
    log, flat = np.zeros(months + 1), np.ones(months + 1)
    index, level = np.zeros((1, months + 1)), np.array([start.usd * CENTS_PER_USD])
    paths: Floats = np.zeros((replications, months + 1))
    for r in range(replications):
        stay = np.array(chain.stay)
        market_states(seed, r, calendar, BALANCED, stay, chain.balanced_to_scarce, state)
        common_shocks(seed, r, calendar, np.eye(len(FACTORS)), shocks)
        common_log(state, fitted.drift, fitted.volatility, shocks[0], log)
        given = level, np.zeros(1), log, 0.0, fall, np.zeros((1, months + 1)), flat
        rental_index(seed, r, calendar, one, *given, index)
        paths[r] = index[0] / CENTS_PER_USD
    return paths


def months_between(a: Rent, b: Rent) -> int:
    """Calendar months from one price to another."""
    return 12 * (b.date.year - a.date.year) + b.date.month - a.date.month
