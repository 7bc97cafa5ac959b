"""Fit the market's drifts and volatility to a published series of rents.

A contract's price is a fixed share of the index, so their logarithms move alike. Each month the
log moves by the drift of the month's state, which nobody sees, and by normal noise; the chance of
the whole series is summed over all paths of the states (Hamilton's filter). Some fifteen prices
at irregular dates cannot tell everything: the chain itself is assumed, the drifts have priors,
and the fit says how far each moved from its prior and how much of its spread the data took away.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.scenario.reading.published.rents import Rent

Surprise = Callable[[Floats], float]
STATES = ("glut", "balanced", "scarce")
GLUT, BALANCED, SCARCE = range(3)
MONTHS_PER_YEAR = 12
OWN_SHARE = 0.25
"""Share of the variance taken as a generation's own; one series cannot tell."""
SKU, TIER, TERM = "H100 SXM", "neocloud contract", 12
"""The series fitted: one-year contracts, the longest there is."""
NAMES = ("drift glut", "drift balanced", "drift scarce", "volatility")


class Chain(NamedTuple):
    """The monthly chain of states, assumed."""

    stay: tuple[float, float, float] = (0.92, 0.94, 0.85)
    balanced_to_scarce: float = 0.4

    def matrix(self) -> Floats:
        """Chance of each state next month, by state now [3, 3]."""
        g, b, s = self.stay
        up = (1 - b) * self.balanced_to_scarce
        return np.array([[g, 1 - g, 0], [1 - b - up, b, up], [0, 1 - s, s]])


class Release(NamedTuple):
    """A known release whose fall is taken out of the series first, assumed."""

    date: dt.date = dt.date(2024, 12, 1)  # first shipments of GB200
    step: float = 0.10
    over_months: int = 12

    def share(self, date: dt.date) -> float:
        """Part of the fall that lies behind at a month's end."""
        months = MONTHS_PER_YEAR * (date.year - self.date.year) + date.month - self.date.month
        return min(max((months + 1) / self.over_months, 0.0), 1.0)


class Prior(NamedTuple):
    """What is believed before the series is seen; the volatility's in logarithms."""

    mean: tuple[float, float, float, float] = (-0.45, -0.15, 0.45, math.log(0.20))
    sd: tuple[float, float, float, float] = (0.20, 0.10, 0.30, 0.50)


class Parameter(NamedTuple):
    """One fitted parameter: drifts in [1/year], the volatility in [1/year^0.5]."""

    name: str
    prior: float
    prior_sd: float
    estimate: float
    sd: float  # from the curvature at the estimate
    learned: float  # share of the prior variance that the series took away


class Fit(NamedTuple):
    """The fit: most likely parameters given series and prior, and where the market stands."""

    first: dt.date
    last: dt.date
    prices: int
    parameters: list[Parameter]
    state: dict[str, float]  # chance of each state on the last day
    log_likelihood: float

    @property
    def drift(self) -> Floats:
        """Fitted drifts, glut, balanced, scarce [3] [1/year]."""
        return np.array([p.estimate for p in self.parameters[:3]])

    @property
    def volatility(self) -> float:
        """Fitted volatility in all [1/year^0.5]."""
        return self.parameters[3].estimate

    @property
    def common_volatility(self) -> float:
        """The part that all generations share [1/year^0.5]."""
        return self.volatility * math.sqrt(1.0 - OWN_SHARE)

    @property
    def own_volatility(self) -> float:
        """The part that is a generation's own [1/year^0.5]."""
        return self.volatility * math.sqrt(OWN_SHARE)


CHAIN, RELEASE, PRIOR = Chain(), Release(), Prior()


def fit(
    series: list[Rent], chain: Chain = CHAIN, release: Release = RELEASE, prior: Prior = PRIOR
) -> Fit:
    """Fit drifts [1/year] by state and volatility [1/sqrt(year)] to a series of rents.

    series: at least two prices, at most one a month.
    """
    moves = changes(series, release)
    steps = {months: paths(chain, months) for months, _ in moves}

    def surprise(theta: Floats) -> float:
        known = (theta - np.array(prior.mean)) / np.array(prior.sd)
        return 0.5 * float(known @ known) - filtered(theta, moves, steps, chain)[0]

    best = descend(surprise, np.array(prior.mean))
    sd = np.sqrt(np.diag(np.linalg.inv(curvature(surprise, best))))
    likelihood, weight = filtered(best, moves, steps, chain)
    return Fit(
        series[0].date,
        series[-1].date,
        len(series),
        [parameter(n, prior, best[n], sd[n]) for n in range(len(NAMES))],
        dict(zip(STATES, (float(w) for w in weight), strict=True)),
        likelihood,
    )


def parameter(n: int, prior: Prior, best: float, sd: float) -> Parameter:
    """A row of the fit; volatility told as itself, its spread at the estimate."""
    learned = max(0.0, 1.0 - (sd / prior.sd[n]) ** 2)
    if NAMES[n] != "volatility":
        return Parameter(NAMES[n], prior.mean[n], prior.sd[n], float(best), float(sd), learned)
    mean, estimate = math.exp(prior.mean[n]), math.exp(best)
    return Parameter(NAMES[n], mean, mean * prior.sd[n], estimate, estimate * float(sd), learned)


def changes(series: list[Rent], release: Release) -> list[tuple[int, float]]:
    """Months and change of the log between neighbours, the release's fall taken out."""
    moves = []
    for a, b in pairwise(series):
        months = MONTHS_PER_YEAR * (b.date.year - a.date.year) + b.date.month - a.date.month
        fall = math.log1p(-release.step) * (release.share(b.date) - release.share(a.date))
        moves.append((months, math.log(b.usd / a.usd) - fall))
    return moves


def paths(chain: Chain, months: int) -> Floats:
    """Chance of (last state, months in glut, months scarce), by state before.

    [3, 3, months + 1, months + 1]
    """
    matrix = chain.matrix()
    chance = np.zeros((3, 3, months + 1, months + 1))
    for state in range(3):
        chance[state, state, 0, 0] = 1.0
    for _ in range(months):
        moved = np.einsum("asgh,st->atgh", chance, matrix)
        chance = np.zeros_like(chance)
        chance[:, GLUT, 1:] = moved[:, GLUT, :-1]
        chance[:, BALANCED] = moved[:, BALANCED]
        chance[:, SCARCE, :, 1:] = moved[:, SCARCE, :, :-1]
    return chance


def filtered(
    theta: Floats, moves: list[tuple[int, float]], steps: dict[int, Floats], chain: Chain
) -> tuple[float, Floats]:
    """Log likelihood of the moves, and the chance of each state after the last."""
    drift, volatility = theta[:3] / MONTHS_PER_YEAR, math.exp(theta[3])
    weight = stationary(chain)
    total = 0.0
    for months, move in moves:
        glut, scarce = np.ogrid[: months + 1, : months + 1]
        mean = drift[GLUT] * glut + drift[SCARCE] * scarce
        mean = mean + drift[BALANCED] * (months - glut - scarce)
        sd = volatility * math.sqrt(months / MONTHS_PER_YEAR)
        density = np.exp(-0.5 * ((move - mean) / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
        after = np.einsum("a,atgh,gh->t", weight, steps[months], density)
        chance = max(float(after.sum()), 1e-300)
        total += math.log(chance)
        weight = after / chance
    return total, weight


def stationary(chain: Chain) -> Floats:
    """Long-run share of time in each state [3]."""
    matrix = chain.matrix()
    weight: Floats = np.linalg.matrix_power(matrix, 4096)[0]
    return weight


def descend(surprise: Surprise, start: Floats, step: float = 0.1) -> Floats:
    """The lowest point near a start, by moves along the axes that halve when none helps."""
    best, value = start.copy(), surprise(start)
    while step > 1e-6:
        better = False
        for n in range(len(best)):
            for sign in (1.0, -1.0):
                tried = best.copy()
                tried[n] += sign * step
                found = surprise(tried)
                if found < value:
                    best, value, better = tried, found, True
        step = step if better else step / 2
    return best


def curvature(surprise: Surprise, at: Floats, step: float = 1e-3) -> Floats:
    """Second derivatives at a point, by central differences."""
    n = len(at)
    table = np.zeros((n, n))
    steps = np.eye(n) * step
    for i in range(n):
        for j in range(n):
            corners = (
                surprise(at + steps[i] + steps[j])
                - surprise(at + steps[i] - steps[j])
                - surprise(at - steps[i] + steps[j])
                + surprise(at - steps[i] - steps[j])
            )
            table[i, j] = corners / (4 * step * step)
    return table
