"""Every bundled shock moves what it should, the way it should, on coreweave-2025q4; every strategy
changes what the operator does. Common seeds, so a difference of means is the shock's own.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from gpusim.economics.core.state import Floats
from gpusim.experiments.common.replicate import Job, replicate
from gpusim.results import metrics, periods
from gpusim.results.metric import Values
from gpusim.results.payload import stack
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.scenario.reading.bundled import names

MODEL, SEED, REPS = "coreweave-2025q4", 1, 12
PER_PERIOD = ("active_mw", "utilisation", "backlog", "liquidity")


class Effect(NamedTuple):
    """A metric over the quarters first to last (summed, or averaged), and which way it goes."""

    metric: str
    first: int
    last: int
    sign: int


SHOCKS = {
    "spot-softening": Effect("revenue_on_demand", 1, 20, -1),
    "scarcity-rebound": Effect("revenue_on_demand", 1, 20, +1),
    "higher-for-longer": Effect("interest_expense", 1, 4, +1),
    "hyperscaler-bypass": Effect("backlog_signed", 1, 8, -1),
    "memory-inflation": Effect("capex_in_service", 1, 4, +1),
    "grid-cost-allocation": Effect("cost_of_revenue", 1, 8, +1),
    "permitting-delay": Effect("active_mw", 2, 4, -1),
    "late-shell": Effect("active_mw", 2, 3, -1),
    "export-control": Effect("active_mw", 2, 4, -1),
    "chinese-cloud-price-rise": Effect("revenue_on_demand", 1, 20, +1),
    "custom-silicon": Effect("backlog_signed", 1, 8, -1),
    "sovereign-demand": Effect("backlog_signed", 1, 8, +1),
    "vendor-withdrawal": Effect("backlog", 1, 4, -1),
    "early-generation": Effect("revenue_on_demand", 1, 8, -1),
    "largest-customer-default": Effect("backlog", 7, 8, -1),
    "orbital-compute": Effect("revenue_on_demand", 1, 20, -1),
    "gpu-failures": Effect("net_income", 1, 8, -1),
    "optical-shortage": Effect("utilisation", 1, 4, -1),
}
STRATEGIES = {
    "contract-only": Effect("revenue_on_demand", 1, 8, -1),
    "build-ahead": Effect("capex_cash", 1, 2, +1),
    "build-ahead-10": Effect("revenue_on_demand", 5, 20, +1),
    "spot-heavy": Effect("revenue_on_demand", 5, 20, +1),
    "long-term-anchor": Effect("backlog_signed", 1, 8, -1),
    "deleverage": Effect("backlog_signed", 1, 8, -1),
    "prepay-first": Effect("backlog_signed", 1, 8, -1),
    "asset-light": Effect("backlog_signed", 1, 8, -1),
    "refresh-early": Effect("active_mw", 9, 20, -1),
    "hold-to-zero": Effect("active_mw", 17, 20, +1),
    "liquidity-floor": Effect("backlog_signed", 1, 8, -1),
    "hedged": Effect("interest_expense", 5, 12, +1),
    "liquidity-first": Effect("liquidity", 5, 8, +1),
}


@cache
def simulated(shock: str = "", strategy: str = "", reps: int = REPS) -> dict[str, Values]:
    """Metrics of every replication with a shock or strategy, or neither."""
    scenario = load(MODEL, shocks=(shock,) if shock else (), strategy=strategy or None)
    job = Job(lower(scenario), SEED, 0)
    done = [replicate(job, r) for r in range(reps)]
    assert all(one.breach is None for one in done)
    calendar = periods.quarters(scenario.model.as_of, 3 * scenario.model.quarters)
    return metrics.compute(stack([one.payload for one in done]), calendar)


def figure(values: dict[str, Values], effect: Effect) -> Floats:
    """The metric of an effect [replications]."""
    quarters = values[effect.metric].figures[:, effect.first - 1 : effect.last]
    return np.asarray(
        quarters.mean(axis=1) if effect.metric in PER_PERIOD else quarters.sum(axis=1)
    )


def test_every_bundled_shock_and_strategy_has_an_expected_effect() -> None:
    assert set(SHOCKS) == set(names("shocks"))
    assert set(STRATEGIES) == set(names("strategies"))


@pytest.mark.parametrize("shock", SHOCKS)
def test_a_shock_moves_its_metric_the_expected_way(shock: str) -> None:
    effect = SHOCKS[shock]
    moved = figure(simulated(shock=shock), effect) - figure(simulated(), effect)
    assert np.sign(moved.mean()) == effect.sign


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_strategy_changes_what_the_operator_does(strategy: str) -> None:
    effect = STRATEGIES[strategy]
    moved = figure(simulated(strategy=strategy), effect) - figure(simulated(), effect)
    assert np.sign(moved.mean()) == effect.sign
