"""Monthly paths: the market's state, the on-demand price, the base rate, the loan market.

Columns run over months; column 0 is the as-of month, which is known and not drawn. Draws are keyed
by calendar month, so a longer horizon keeps the months it shares with a shorter one.
"""

from __future__ import annotations

import math

from gpusim.economics.kernel import const, kernel
from gpusim.economics.state import Floats, Ints
from gpusim.scenario.spec import Spec
from gpusim.world.laws import normal
from gpusim.world.philox import BASE_RATE, LOAN_MARKET, MARKET, PRICE, u01

GLUT, BALANCED, SCARCE = const(0), const(1), const(2)
EVERYONE = const(0)
"""The entity of draws that all share."""
MONTH = 1.0 / 12.0  # [year]


@kernel
def market_states(spec: Spec, calendar: Ints, state: Ints, seed: int, replication: int) -> None:
    """The chain of market states; glut and scarce can be left for balanced only."""
    state[0] = spec.start_state
    for m in range(1, len(state)):
        u = u01(seed, replication, MARKET, EVERYONE, calendar[m])
        state[m] = next_state(state[m - 1], u, spec.stay[state[m - 1]], spec.balanced_to_scarce)


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
def on_demand_prices(
    spec: Spec, calendar: Ints, state: Ints, price: Floats, seed: int, replication: int
) -> None:
    """Prices [gens, months + 1]: one index for all generations, flat within a month.

    The log of the index moves each month by the drift of that month's state and a common shock.
    No price falls below its generation's floor; the index beneath is not held up by it.
    """
    index = 0.0
    for m in range(len(state)):
        if m > 0:
            shock = normal(seed, replication, PRICE, EVERYONE, calendar[m])
            index += spec.drift[state[m]] * MONTH + spec.volatility * math.sqrt(MONTH) * shock
        for g in range(len(spec.gen_ids)):
            price[g, m] = max(spec.gen_floor[g], spec.gen_price[g] * math.exp(index))


@kernel
def base_rates(spec: Spec, calendar: Ints, rate: Floats, seed: int, replication: int) -> None:
    """The curve plus mean-reverting noise, never below zero [1/year].

    Source: exact monthly step of an Ornstein-Uhlenbeck process that starts at 0.
    """
    speed = spec.mean_reversion
    kept = math.exp(-speed * MONTH)
    variance = MONTH if speed <= 0.0 else (1.0 - kept * kept) / (2.0 * speed)
    step = spec.rate_volatility * math.sqrt(variance)
    noise = 0.0
    for m in range(len(rate)):
        if m > 0:
            noise = kept * noise + step * normal(
                seed, replication, BASE_RATE, EVERYONE, calendar[m]
            )
        rate[m] = max(0.0, spec.base_curve[m] + noise)


@kernel
def loan_market(
    spec: Spec, calendar: Ints, state: Ints, is_open: Ints, seed: int, replication: int
) -> None:
    """1 in each month in which a new loan can close."""
    for m in range(len(state)):
        u = u01(seed, replication, LOAN_MARKET, EVERYONE, calendar[m])
        is_open[m] = 1 if u < spec.loan_market_open[state[m]] else 0
