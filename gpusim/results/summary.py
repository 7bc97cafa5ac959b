"""Across replications: mean with its Monte Carlo error, spread, percentiles, probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.results import intervals
from gpusim.results.intervals import Interval
from gpusim.results.metric import PROBABILITY, Better, Coded, Metric, Values
from gpusim.results.metrics import metric_of

TAIL: Final = 0.05
"""Share of replications in a tail: the worst twentieth."""
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

OUTCOME_COLUMNS: Final = (
    "metric",
    "unit",
    "better",
    *COLUMNS[3:],
    "tail",
    "tail_low",
    "tail_high",
    "tail_by",
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


def summarise(figures: Floats, *, chance: bool = False, sets: Ints | None = None) -> Summary:
    """Summary of figures [replications, periods], NaN left out.

    chance: whether they are zeros and ones, whose mean is a probability; sets: of drawn inputs, by
    replication, see `intervals.of_mean`.
    """
    columns = [column[~np.isnan(column)] for column in figures.T]
    if all(len(column) == len(figures) > 0 for column in columns):
        percentiles = np.percentile(figures, PERCENTILES, axis=0)  # the same bits, faster
    else:
        each = [np.percentile(c, PERCENTILES) if len(c) else UNKNOWN for c in columns]
        percentiles = np.stack(each, axis=1)
    mean = np.array([c.mean() if len(c) else np.nan for c in columns])
    sd = np.array([c.std(ddof=1) if len(c) > 1 else np.nan for c in columns])
    n = np.array([len(c) for c in columns])
    told = _intervals(figures, columns, chance=chance, sets=sets)
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


def _intervals(
    figures: Floats, columns: list[Floats], *, chance: bool, sets: Ints | None
) -> list[Interval]:
    """The interval of each period's mean; columns: the figures of each that are defined."""
    if chance:
        return [intervals.of_mean(column, chance=True, sets=sets) for column in figures.T]
    whole = np.array([len(column) == len(figures) for column in columns], dtype=bool)
    together = iter(intervals.of_columns(figures[:, whole], sets=sets) if len(figures) else [])
    return [
        next(together) if kept else intervals.of_mean(column, sets=sets)
        for kept, column in zip(whole, figures.T, strict=True)
    ]


def rows(
    values: Mapping[str, Values],
    names: tuple[str, ...],
    own: Sequence[Coded] = (),
    sets: Ints | None = None,
) -> dict[str, list[Any]]:
    """The long table, a row a metric and period, undefined figures None."""
    units = {one.metric.name: one.metric.unit for one in own}
    table: dict[str, list[Any]] = {column: [] for column in COLUMNS}
    for metric, value in values.items():
        unit = units.get(metric) or metric_of(metric).unit
        summary = summarise(value.figures, chance=unit == PROBABILITY, sets=sets)
        table["metric"] += [metric] * len(names)
        table["period"] += names
        table["unit"] += [unit] * len(names)
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


def parts_of_tail(lost: Floats) -> Floats:
    """What each replication adds to the mean of the worst twentieth; their mean is that mean.

    >>> float(parts_of_tail(np.arange(40.0)).mean())
    38.5
    """
    tail = max(1, round(TAIL * len(lost)))
    limit = float(np.partition(lost, -tail)[-tail])
    parts: Floats = limit + np.maximum(0.0, lost - limit) * (len(lost) / tail)
    return parts


def tail_of(figures: Floats, metric: Metric, sets: Ints | None = None) -> Interval:
    """The tail of a metric [replications], see `tail_of_worst`.

    None of a probability, whose worst are all alike; none where replications in which the metric is
    undefined are the worst, and there are any.
    """
    if metric.unit == PROBABILITY or (metric.worst_undefined and np.isnan(figures).any()):
        return Interval(np.nan, np.nan, np.nan, intervals.NONE)
    return tail_of_worst(figures, metric.better, sets)


def tail_of_worst(figures: Floats, better: Better, sets: Ints | None = None) -> Interval:
    """Mean of the worst twentieth of what is defined, and its interval [unit of the figures].

    The lowest where more is better, the highest where less is; none where neither is. Of n
    replications in which it is defined n / 20, rounded, and one at least.
    Source: Rockafellar and Uryasev, 2000 (conditional value at risk); see `parts_of_tail`.

    >>> tail_of_worst(np.arange(40.0), Better.HIGHER)[0]
    0.5
    """
    there = ~np.isnan(figures)
    defined = figures[there]
    if better is Better.NEITHER or not len(defined):
        return Interval(np.nan, np.nan, np.nan, intervals.NONE)
    sign = -1.0 if better is Better.HIGHER else 1.0
    told = intervals.of_mean(
        parts_of_tail(sign * defined), sets=None if sets is None else sets[there]
    )
    low, high = (told.low, told.high) if sign > 0 else (-told.high, -told.low)
    mean, low, high = (figure + 0.0 for figure in (sign * told.mean, low, high))  # no -0.0
    return told._replace(mean=mean, low=low, high=high)


def of_outcomes(
    figures: Mapping[str, tuple[Metric, Floats]], sets: Ints | None = None
) -> dict[str, list[Any]]:
    """The table of figures of a whole replication: a row each, with the tail on its worse side.

    figures: how each reads and its values [replications], NaN where undefined.
    """
    table: dict[str, list[Any]] = {column: [] for column in OUTCOME_COLUMNS}
    for name, (metric, values) in figures.items():
        summary = summarise(values[:, None], chance=metric.unit == PROBABILITY, sets=sets)
        tail = tail_of(values, metric, sets)
        row: dict[str, Any] = {
            "metric": name,
            "unit": metric.unit,
            "better": metric.better.value,
            "n": int(summary.n[0]),
            "ci_by": summary.ci_by[0],
            "rests_on": int(summary.rests_on[0]),
            "tail_by": tail.how,
        }
        figures_of_row = {
            **{
                column: getattr(summary, column)[0]
                for column in ("mean", "sd", "ci_low", "ci_high")
            },
            **{f"p{p:02d}": summary.percentiles[n, 0] for n, p in enumerate(PERCENTILES)},
            "tail": tail.mean,
            "tail_low": tail.low,
            "tail_high": tail.high,
        }
        row |= {name: _nullable(np.array([value]))[0] for name, value in figures_of_row.items()}
        for column in OUTCOME_COLUMNS:
            table[column].append(row[column])
    return table
