"""Across replications: mean with its Monte Carlo error, spread, percentiles, probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, Final, NamedTuple

import numpy as np

from gpusim.economics.state import Floats, Ints
from gpusim.results.metrics import Values, metric_of

PERCENTILES: Final = (5, 10, 25, 50, 75, 90, 95)
CONFIDENCE: Final = 0.95
UNKNOWN: Final = np.full(len(PERCENTILES), np.nan)
COLUMNS: Final = (
    "metric",
    "period",
    "unit",
    "n",
    "mean",
    "sd",
    "ci_low",
    "ci_high",
    *(f"p{p:02d}" for p in PERCENTILES),
)
STUDENT: Final = (
    12.706205,
    4.302653,
    3.182446,
    2.776445,
    2.570582,
    2.446912,
    2.364624,
    2.306004,
    2.262157,
    2.228139,
)
"""97.5% points of Student's t for 1 to 10 degrees of freedom."""


class Summary(NamedTuple):
    """One metric over replications, every field [periods]; NaN where it is undefined."""

    n: Ints  # replications in which it is defined
    mean: Floats
    sd: Floats
    ci_low: Floats
    ci_high: Floats
    percentiles: Floats  # [percentiles, periods]


def student(freedom: int) -> float:
    """97.5% point of Student's t.

    Source: Cornish-Fisher expansion in 1/freedom, from 11 degrees on (error below 1e-4).

    >>> round(student(30), 3)
    2.042
    """
    if freedom <= len(STUDENT):
        return STUDENT[freedom - 1]
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / freedom + second / freedom**2


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """95% interval of a probability.

    Source: Wilson, 1927, score interval.

    >>> [round(p, 3) for p in wilson(0, 10)]
    [0.0, 0.278]
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z / scale * float(np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)))
    return max(0.0, centre - half), min(1.0, centre + half)


def summarise(figures: Floats) -> Summary:
    """Summary of figures [replications, periods], NaN left out."""
    columns = [column[~np.isnan(column)] for column in figures.T]
    if all(len(column) == len(figures) > 0 for column in columns):
        percentiles = np.percentile(figures, PERCENTILES, axis=0)  # the same bits, faster
    else:
        each = [np.percentile(c, PERCENTILES) if len(c) else UNKNOWN for c in columns]
        percentiles = np.stack(each, axis=1)
    mean = np.array([c.mean() if len(c) else np.nan for c in columns])
    sd = np.array([c.std(ddof=1) if len(c) > 1 else np.nan for c in columns])
    n = np.array([len(c) for c in columns])
    half = np.array([student(max(1, int(k) - 1)) for k in n]) * sd / np.sqrt(np.maximum(n, 1))
    return Summary(n, mean, sd, mean - half, mean + half, percentiles)


def rows(values: Mapping[str, Values], names: tuple[str, ...]) -> dict[str, list[Any]]:
    """The long table, a row a metric and period, undefined figures None."""
    table: dict[str, list[Any]] = {column: [] for column in COLUMNS}
    for metric, value in values.items():
        summary = summarise(value.figures)
        table["metric"] += [metric] * len(names)
        table["period"] += names
        table["unit"] += [metric_of(metric).unit] * len(names)
        table["n"] += summary.n.tolist()
        for column in ("mean", "sd", "ci_low", "ci_high"):
            table[column] += _nullable(getattr(summary, column))
        for place, percentile in enumerate(PERCENTILES):
            table[f"p{percentile:02d}"] += _nullable(summary.percentiles[place])
    return table


def _nullable(figures: Floats) -> list[float | None]:
    return [None if np.isnan(figure) else float(figure) for figure in figures]
