"""Across replications: mean with its Monte Carlo error, spread, percentiles, probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.results import intervals
from gpusim.results.intervals import Interval
from gpusim.results.metric import Coded, Values
from gpusim.results.metrics import metric_of

PERCENTILES: Final = (5, 10, 25, 50, 75, 90, 95)
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
    "ci_by",
    "rests_on",
    *(f"p{p:02d}" for p in PERCENTILES),
)


class Summary(NamedTuple):
    """One metric over replications, every field [periods]; NaN where it is undefined."""

    n: Ints  # replications in which it is defined
    mean: Floats
    sd: Floats
    ci_low: Floats
    ci_high: Floats
    ci_by: list[str]  # how the interval was made: `intervals`
    rests_on: Ints  # replications that hold half of the variance, where they are few; else 0
    percentiles: Floats  # [percentiles, periods]


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
    told = _intervals(figures, columns)
    return Summary(
        n,
        mean,
        sd,
        np.array([one.low for one in told]),
        np.array([one.high for one in told]),
        [one.how for one in told],
        np.array([one.rests_on for one in told]),
        percentiles,
    )


def _intervals(figures: Floats, columns: list[Floats]) -> list[Interval]:
    """The interval of each period's mean; columns: the figures of each that are defined."""
    whole = np.array([len(column) == len(figures) for column in columns], dtype=bool)
    together = iter(intervals.of_columns(figures[:, whole]) if len(figures) else [])
    return [
        next(together) if kept else intervals.of_mean(column)
        for kept, column in zip(whole, columns, strict=True)
    ]


def rows(
    values: Mapping[str, Values], names: tuple[str, ...], own: Sequence[Coded] = ()
) -> dict[str, list[Any]]:
    """The long table, a row a metric and period, undefined figures None."""
    units = {one.metric.name: one.metric.unit for one in own}
    table: dict[str, list[Any]] = {column: [] for column in COLUMNS}
    for metric, value in values.items():
        summary = summarise(value.figures)
        table["metric"] += [metric] * len(names)
        table["period"] += names
        table["unit"] += [units.get(metric) or metric_of(metric).unit] * len(names)
        table["n"] += summary.n.tolist()
        for column in ("mean", "sd", "ci_low", "ci_high"):
            table[column] += _nullable(getattr(summary, column))
        table["ci_by"] += summary.ci_by
        table["rests_on"] += summary.rests_on.tolist()
        for place, percentile in enumerate(PERCENTILES):
            table[f"p{percentile:02d}"] += _nullable(summary.percentiles[place])
    return table


def _nullable(figures: Floats) -> list[float | None]:
    return [None if np.isnan(figure) else float(figure) for figure in figures]
