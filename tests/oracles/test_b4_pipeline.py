"""Known answer B4: orders in the pipeline are Poisson with mean rate x lead time (M/G/infinity).

Customers ask 24 times a year and each has a GPU ordered that day, through models/pipeline.toml. An
order is in the pipeline from its order day until it is in service: delivery 60 days, fit-out 60
days. Source: Palm, 1938 (METRIC in spare parts supply); Khintchine, 1955.

Delivery has one draw a month and generation, for a supplier is late with all orders of a month
alike. Where it varies, the pipeline is Poisson only given those draws, and its mean is their
mean's; fit-out has its own draw for every order.
"""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from gpusim.economics.core.state import ORDERS
from tests.oracles.queues import ENGINES, WARM_UP, played

CASE = "B4"
A_MONTH = 2.0
RATE = 24 / 365.25
MEAN = RATE * 120
LAWS = {
    "fixed": (),
    "log-normal": ("gpus.any.fitout.sd_days=60",),
}
BY_MONTH = "gpus.any.lead.sd_days=40"


def census(law, engine, replications):
    """Orders in the pipeline [replications, month ends after the warm-up], and the worlds."""
    counts, worlds = [], []
    for world, state in played("pipeline", engine, replications, *law):
        orders = state.orders[: state.count[ORDERS]]
        days = world.month_end[WARM_UP:-1]
        there = (orders.placed[:, None] <= days) & (days < orders.fitted[:, None])
        counts.append(there.sum(axis=0))
        worlds.append(world)
    return np.array(counts, float), worlds


@ENGINES
@pytest.mark.parametrize("law", LAWS)
def test_mean_variance_and_law(law, engine, replications, compare):
    counts, _ = census(LAWS[law], engine, replications)
    said = f"{law} time in the pipeline, {engine.__name__.rsplit('.', 1)[-1]} engine"
    root = np.sqrt(replications)
    means = counts.mean(axis=1)
    compare(f"mean, {said}", means.mean(), MEAN, errors=means.std(ddof=1) / root)
    spread = ((counts - counts.mean(axis=0)) ** 2).mean(axis=1) * replications / (replications - 1)
    compare(f"variance, {said}", spread.mean(), MEAN, errors=spread.std(ddof=1) / root)
    once_a_year = counts[:, ::12].ravel()
    cut = np.arange(3, 15)
    edges = np.concatenate([[-1], cut, [np.inf]])
    chances = np.diff(np.concatenate([[0.0], stats.poisson.cdf(cut, MEAN), [1.0]]))
    observed = [((once_a_year > a) & (once_a_year <= b)).sum() for a, b in pairwise(edges)]
    assert sum(observed) == once_a_year.size
    distance = stats.chisquare(observed, chances * once_a_year.size).statistic
    limit = stats.chi2.ppf(0.9973, len(cut))
    compare.most(f"chi-square distance from the Poisson law, {said}", float(distance), float(limit))


@ENGINES
def test_lead_times_that_a_month_shares(engine, replications, compare):
    """Given the world's lead times the pipeline is Poisson; without them it is wider."""
    counts, worlds = census((BY_MONTH,), engine, replications)
    name = engine.__name__.rsplit(".", 1)[-1]
    means = counts.mean(axis=1)
    root = np.sqrt(replications)
    compare(f"mean, {name} engine", means.mean(), MEAN, errors=means.std(ddof=1) / root)
    given = np.array([expected(world) for world in worlds])
    scaled = ((counts - given) ** 2 / given).mean(axis=1)
    what = f"variance over mean, given the lead times drawn, {name} engine"
    compare(what, scaled.mean(), 1.0, errors=scaled.std(ddof=1) / root)


def expected(world):
    """Mean orders in the pipeline at each census, given the lead times of each month's orders."""
    days = world.month_end[WARM_UP:-1]
    total = np.zeros(len(days))
    for month in range(1, len(world.month_end)):
        first, last = world.month_end[month - 1] + 1, world.month_end[month]
        stay = world.lead_days[0, month] + 60
        oldest = np.maximum(first, days - stay + 1)
        there = np.clip(np.minimum(last, days) - oldest + 1, 0, None)
        total += A_MONTH * there / (last - first + 1)
    return total
