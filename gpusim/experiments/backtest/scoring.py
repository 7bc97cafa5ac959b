"""Scores of a forecast against what happened. Pure functions of an ensemble and an outcome.

An ensemble may be weighted; weights sum to one. Source of the scores: Gneiting and Raftery,
"Strictly proper scoring rules, prediction, and estimation", JASA 102 (2007), 359-378.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """A central interval, and how it did."""

    low: float
    high: float
    score: float  # width, and a penalty outside; less is better
    holds: bool


def equal(members: int) -> Floats:
    """Equal weights."""
    return np.full(members, 1.0 / members)


def quantile(ensemble: Floats, weights: Floats, level: float) -> float:
    """Weighted quantile, linear between the middles of the members' shares of probability.

    >>> quantile(np.array([1.0, 2.0, 3.0]), equal(3), 0.5)
    2.0
    """
    order = np.argsort(ensemble, kind="stable")
    share = weights[order]
    middles = np.cumsum(share) - share / 2
    return float(np.interp(level, middles, ensemble[order]))


def crps(ensemble: Floats, weights: Floats, outcome: float) -> float:
    """Continuous ranked probability score: E|X - y| - E|X - X'| / 2, in the outcome's unit.

    >>> crps(np.array([1.0, 3.0]), equal(2), 2.0)
    0.5
    """
    order = np.argsort(ensemble, kind="stable")
    x, w = ensemble[order], weights[order]
    below = np.cumsum(w) - w
    spread = float(np.sum(w * x * (2.0 * below + w - 1.0)))  # E|X - X'| / 2
    return float(np.sum(w * np.abs(x - outcome))) - spread


def interval(ensemble: Floats, weights: Floats, outcome: float, level: float) -> Interval:
    """The central interval that should hold `level` of outcomes [share], and its score."""
    tail = (1.0 - level) / 2
    low, high = quantile(ensemble, weights, tail), quantile(ensemble, weights, 1.0 - tail)
    missed = max(low - outcome, 0.0) + max(outcome - high, 0.0)
    return Interval(low, high, high - low + missed / tail, low <= outcome <= high)


def pit(ensemble: Floats, weights: Floats, outcome: float) -> float:
    """Probability integral transform: weight below the outcome, half of what equals it [share]."""
    below = float(np.sum(weights[ensemble < outcome]))
    return below + float(np.sum(weights[ensemble == outcome])) / 2


def members_worth(weights: Floats) -> float:
    """How many equally weighted members the weights are worth (Kish)."""
    return 1.0 / float(np.sum(weights**2))


def tempered(log_weights: Floats, fewest: float) -> tuple[Floats, float]:
    """Weights from log weights, flattened until they are worth `fewest` members.

    Returns the weights and the power applied: 1 as they came, less where flattened.
    """

    def at(power: float) -> Floats:
        raised = np.exp(power * (log_weights - np.max(log_weights)))
        return np.asarray(raised / np.sum(raised))

    if members_worth(at(1.0)) >= fewest:
        return at(1.0), 1.0
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if members_worth(at(middle)) >= fewest else (low, middle)
    return at(low), low
