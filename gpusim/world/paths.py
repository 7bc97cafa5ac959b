"""Monthly paths that all share: the market's state, common shocks, the base rate, loan market.

Columns run over months; column 0 is the as-of month. Draws are keyed by calendar month, so a
longer horizon keeps the months it shares with a shorter one.
"""

from __future__ import annotations

import math

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.state import Floats, Ints
from gpusim.world.laws import normal
from gpusim.world.philox import BASE_RATE, HARDWARE, LOAN_MARKET, MARKET, PRICE, SPREAD, u01

GLUT, BALANCED, SCARCE = const(0), const(1), const(2)
EVERYONE = const(0)
"""The entity of draws that all share."""
MONTH = 1.0 / 12.0  # [year]
FACTORS = (PRICE, BASE_RATE, HARDWARE, SPREAD)
"""Streams of the shocks that all share, in the order of the correlations."""


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
def common_shocks(
    seed: int, replication: int, calendar: Ints, cholesky: Floats, shocks: Floats
) -> None:
    """Correlated standard normal numbers by factor and month, into `shocks` [factors, months].

    cholesky [factors, factors]: lower triangle of the correlations between the factors.
    """
    for m in range(1, len(calendar)):
        for f in range(len(FACTORS)):
            shocks[f, m] = 0.0
            for k in range(f + 1):
                fresh = normal(seed, replication, FACTORS[k], EVERYONE, calendar[m])
                shocks[f, m] += cholesky[f, k] * fresh


@kernel
def reverting_noise(shocks: Floats, volatility: float, speed: float, noise: Floats) -> None:
    """Mean-reverting noise that starts at zero, into `noise` [1/year].

    shocks [months + 1]: standard normal numbers; volatility [1/year/sqrt(year)]; speed of
    reversion [1/year].
    Source: exact monthly step of an Ornstein-Uhlenbeck process.
    """
    kept = math.exp(-speed * MONTH)
    variance = MONTH if speed <= 0.0 else (1.0 - kept * kept) / (2.0 * speed)
    step = volatility * math.sqrt(variance)
    noise[0] = 0.0
    for m in range(1, len(noise)):
        noise[m] = kept * noise[m - 1] + step * shocks[m]


@kernel
def base_rates(curve: Floats, noise: Floats, rate: Floats) -> None:
    """The curve plus noise, never below zero, into `rate` [1/year]."""
    for m in range(len(rate)):
        rate[m] = max(0.0, curve[m] + noise[m])


@kernel
def loan_market(
    seed: int, replication: int, calendar: Ints, state: Ints, chance: Floats, is_open: Ints
) -> None:
    """1 in each month in which a new loan can close, into `is_open`; chance [3] by state."""
    for m in range(len(state)):
        u = u01(seed, replication, LOAN_MARKET, EVERYONE, calendar[m])
        is_open[m] = 1 if u < chance[state[m]] else 0
