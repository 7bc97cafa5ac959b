"""What a generation rents, costs and resells for, month by month.

Rows are generations, columns months; column 0 is the as-of month. All generations share the
market's state and one shock a month; each has a little noise of its own.
"""

from __future__ import annotations

import math

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.state import Floats, Ints
from gpusim.world.laws import normal
from gpusim.world.paths import BALANCED, GLUT, MONTH, SCARCE
from gpusim.world.philox import OWN_PRICE

HIGHEST_RENT = 1e6  # [cents/GPU-hour]
HIGHEST_FACTOR = 10.0
"""No rent, and no hardware or resale price as a factor of as-of, is drawn above these, so that
money stays within 63 bits whatever a file says."""


@kernel
def common_log(state: Ints, drift: Floats, volatility: float, shocks: Floats, log: Floats) -> None:
    """Log of the index all generations share, 0 at as-of, into `log` [months + 1].

    drift [3] [1/year] by state; volatility [1/sqrt(year)].
    """
    log[0] = 0.0
    for m in range(1, len(log)):
        step = drift[state[m]] * MONTH + volatility * math.sqrt(MONTH) * shocks[m]
        log[m] = log[m - 1] + step


@kernel
def expected_growth(
    start: int,
    stay: Floats,
    balanced_to_scarce: float,
    drift: Floats,
    volatility: float,
    growth: Floats,
) -> None:
    """Mean of the index without floor, releases and curve, 1 at as-of, into `growth` [months + 1].

    The chain's states are summed exactly: each month the weight of a state moves on by the
    chain and grows by the state's drift. volatility [1/sqrt(year)], common and own together.
    """
    weight = (
        1.0 if start == GLUT else 0.0,
        1.0 if start == BALANCED else 0.0,
        1.0 if start == SCARCE else 0.0,
    )
    variance = 0.5 * volatility * volatility * MONTH
    up, down = balanced_to_scarce, 1.0 - balanced_to_scarce
    growth[0] = 1.0
    for m in range(1, len(growth)):
        left = weight[1] * (1.0 - stay[1])
        glut = weight[0] * stay[0] + left * down
        balanced = weight[1] * stay[1] + weight[0] * (1.0 - stay[0]) + weight[2] * (1.0 - stay[2])
        scarce = weight[2] * stay[2] + left * up
        weight = (
            glut * math.exp(drift[0] * MONTH + variance),
            balanced * math.exp(drift[1] * MONTH + variance),
            scarce * math.exp(drift[2] * MONTH + variance),
        )
        growth[m] = weight[0] + weight[1] + weight[2]


@kernel
def release_log(first: Ints, over: Ints, step: Floats, older: Ints, log: Floats) -> None:
    """Log of what releases have taken off each generation since as-of, into `log` [gens, months].

    first [releases]: first month of the fall, 1 or later; over [releases] [month]: how long it
    takes; step [releases] [share]: the whole of it; older [releases, gens]: 1 where it is felt.
    """
    log[:, :] = 0.0
    for r in range(len(first)):
        whole = math.log1p(-step[r])
        for g in range(len(log)):
            if older[r, g] != 0:
                for m in range(log.shape[1]):
                    log[g, m] += whole * release_share_passed(first[r], over[r], m)


@kernel
def release_share_passed(first: int, over: int, month: int) -> float:
    """Share of a release's fall that lies behind at a month's end.

    first: its first month; over [month].

    >>> [release_share_passed(2, 4, m) for m in (1, 2, 5, 6)]
    [0.0, 0.25, 1.0, 1.0]
    """
    return min(max((month - first + 1) / max(over, 1), 0.0), 1.0)


@kernel
def rental_index(
    seed: int,
    replication: int,
    calendar: Ints,
    gens: Ints,
    price: Floats,
    floor: Floats,
    common: Floats,
    own_volatility: float,
    releases: Floats,
    forward: Floats,
    growth: Floats,
    index: Floats,
) -> None:
    """Clearing price by generation and month, into `index` [gens, months + 1].

    price [gens]: at as-of; floor [gens], cash cost; common [months + 1], releases [gens, months +
    1]: logs; forward [gens, months + 1]: a curve that the mean follows instead, releases
    included, 0 where there is none; growth [months + 1]: mean of what the curve replaces.
    Prices [cents/GPU-hour].
    """
    for g in range(len(gens)):
        own = 0.0
        index[g, 0] = max(floor[g], price[g])
        for m in range(1, index.shape[1]):
            fresh = normal(seed, replication, OWN_PRICE, gens[g], calendar[m])
            own += own_volatility * math.sqrt(MONTH) * fresh
            if forward[g, m] > 0.0:
                level = forward[g, m] * math.exp(common[m] + own) / growth[m]
            else:
                level = price[g] * math.exp(common[m] + own + releases[g, m])
            index[g, m] = min(max(floor[g], level), HIGHEST_RENT)


@kernel
def list_price(index: Floats, adjustment: float, price: Floats) -> None:
    """On-demand list price: each month it closes a share of its gap to the index, into `price`."""
    for g in range(len(index)):
        price[g, 0] = index[g, 0]
        for m in range(1, index.shape[1]):
            price[g, m] = adjustment * index[g, m] + (1.0 - adjustment) * price[g, m - 1]


@kernel
def on_demand_use(
    state: Ints, use: Floats, elasticity: float, index: Floats, price: Floats, sold: Floats
) -> None:
    """Share of offered hours sold, into `sold` [gens, months + 1].

    That of the state where list price and index agree; a list price above the index sells less.
    use [3] [share] by state; elasticity of use in index / list price.
    """
    for g in range(len(index)):
        for m in range(index.shape[1]):
            share = use[state[m]]
            if price[g, m] > 0.0:
                share *= math.pow(index[g, m] / price[g, m], elasticity)
            sold[g, m] = min(max(share, 0.0), 1.0)


@kernel
def hardware_factor(
    state: Ints,
    inflation: Floats,
    drift: Floats,
    volatility: float,
    shocks: Floats,
    factor: Floats,
) -> None:
    """Price of new hardware by generation and month, 1 at as-of, into `factor`.

    inflation [gens] [1/year] expected of the generation; drift [3] [1/year] added by state;
    volatility [1/sqrt(year)] common to all, which leaves the mean alone.
    """
    for g in range(len(factor)):
        trend = math.log1p(inflation[g]) - 0.5 * volatility * volatility
        log = 0.0
        factor[g, 0] = 1.0
        for m in range(1, factor.shape[1]):
            log += (trend + drift[state[m]]) * MONTH + volatility * math.sqrt(MONTH) * shocks[m]
            factor[g, m] = min(math.exp(log), HIGHEST_FACTOR)


@kernel
def resale_value(price: Floats, index: Floats, elasticity: float, resale: Floats) -> None:
    """What a used GPU as good as new fetches: its servers, into `resale` [gens, months + 1].

    Its price at as-of times the index over its as-of value, to the power of the elasticity. A
    generation without a rental price keeps its price. price [gens] of new servers [cents/GPU].
    """
    for g in range(len(index)):
        for m in range(index.shape[1]):
            ratio = index[g, m] / index[g, 0] if index[g, 0] > 0.0 else 1.0
            resale[g, m] = price[g] * min(math.pow(ratio, elasticity), HIGHEST_FACTOR)
