"""Monthly paths: the market's state, the on-demand price, the base rate, the loan market.

Columns run over months; column 0 is the as-of month. Draws are keyed by calendar month, so a
longer horizon keeps the months it shares with a shorter one.
"""

from __future__ import annotations

import math

from gpusim.economics.kernel import const, kernel
from gpusim.economics.state import Floats, Ints
from gpusim.world.laws import normal
from gpusim.world.philox import BASE_RATE, LOAN_MARKET, MARKET, PRICE, u01

GLUT, BALANCED, SCARCE = const(0), const(1), const(2)
EVERYONE = const(0)
"""The entity of draws that all share."""
MONTH = 1.0 / 12.0  # [year]


@kernel
def market_states(
    seed: int,
    replication: int,
    calendar: Ints,
    start: int,
    stay: Floats,
    balanced_to_scarce: float,
    state: Ints,
) -> None:
    """The chain of market states, into `state`; glut and scarce can be left for balanced only."""
    state[0] = start
    for m in range(1, len(state)):
        u = u01(seed, replication, MARKET, EVERYONE, calendar[m])
        state[m] = next_state(state[m - 1], u, stay[state[m - 1]], balanced_to_scarce)


@kernel
def next_state(state: int, u: float, stay: float, to_scarce: float) -> int:
    """Next month's state; the part of u beyond `stay` says where an exit goes.

    >>> [int(next_state(BALANCED, u, 0.5, 0.6)) for u in (0.49, 0.51, 0.79, 0.81)]
    [1, 2, 2, 0]
    """
    if u < stay:
        return state
    if state != BALANCED:
        return BALANCED
    return SCARCE if u - stay < to_scarce * (1.0 - stay) else GLUT


@kernel
def price_index(
    seed: int,
    replication: int,
    calendar: Ints,
    state: Ints,
    drift: Floats,
    volatility: float,
    index: Floats,
) -> None:
    """The on-demand index of all generations, into `index`: 1 at as-of, flat within a month.

    Its log moves each month by the drift of that month's state and a common shock.
    drift [3] [1/year]; volatility [1/sqrt(year)].
    """
    log = 0.0
    index[0] = 1.0
    for m in range(1, len(state)):
        shock = normal(seed, replication, PRICE, EVERYONE, calendar[m])
        log += drift[state[m]] * MONTH + volatility * math.sqrt(MONTH) * shock
        index[m] = math.exp(log)


@kernel
def resale_value(capex: Floats, index: Floats, elasticity: float, resale: Floats) -> None:
    """What a used GPU as good as new fetches, into `resale` [gens, months + 1] [cents/GPU].

    Its price at as-of times the index over its as-of value, to the power of the elasticity. A
    generation without a rental price keeps its price. capex [gens] [cents/GPU].
    """
    for g in range(len(index)):
        for m in range(index.shape[1]):
            ratio = index[g, m] / index[g, 0] if index[g, 0] > 0.0 else 1.0
            resale[g, m] = capex[g] * math.pow(ratio, elasticity)


@kernel
def base_rates(
    seed: int,
    replication: int,
    calendar: Ints,
    curve: Floats,
    volatility: float,
    speed: float,
    rate: Floats,
) -> None:
    """The curve plus mean-reverting noise, never below zero, into `rate` [1/year].

    curve [months + 1] [1/year]; volatility [1/year/sqrt(year)]; speed of reversion [1/year].
    Source: exact monthly step of an Ornstein-Uhlenbeck process that starts at 0.
    """
    kept = math.exp(-speed * MONTH)
    variance = MONTH if speed <= 0.0 else (1.0 - kept * kept) / (2.0 * speed)
    step = volatility * math.sqrt(variance)
    noise = 0.0
    rate[0] = max(0.0, curve[0])
    for m in range(1, len(rate)):
        shock = normal(seed, replication, BASE_RATE, EVERYONE, calendar[m])
        noise = kept * noise + step * shock
        rate[m] = max(0.0, curve[m] + noise)


@kernel
def loan_market(
    seed: int, replication: int, calendar: Ints, state: Ints, chance: Floats, is_open: Ints
) -> None:
    """1 in each month in which a new loan can close, into `is_open`; chance [3] by state."""
    for m in range(len(state)):
        u = u01(seed, replication, LOAN_MARKET, EVERYONE, calendar[m])
        is_open[m] = 1 if u < chance[state[m]] else 0
