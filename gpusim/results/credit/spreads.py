"""A figure over replications: its median and the band of 80% of them, as a run's summary has it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl


class Spread(NamedTuple):
    """A figure over the replications in which it is defined; NaN where it is in none.

    Infinite: of a debt over nothing, and of all whose headroom is the least there is.
    """

    n: int
    p10: float
    p50: float
    p90: float


UNDEFINED: Final = Spread(0, math.nan, math.nan, math.nan)


def spreads(summary: pl.DataFrame, name: str, dates: Sequence[str]) -> tuple[str, list[Spread]]:
    """A metric's unit, and its band at some dates, as the summary of the run has it."""
    rows = summary.filter(pl.col("metric") == name)
    by_period = {row["period"]: spread_of(row) for row in rows.iter_rows(named=True)}
    unit = str(rows["unit"][0]) if rows.height else ""
    return unit, [by_period.get(date, UNDEFINED) for date in dates]


def over_replications(figures: Any) -> Spread:
    """Median and band of 80% of a figure [replications].

    >>> over_replications(np.array([0.0, 10.0, 20.0]))
    Spread(n=3, p10=2.0, p50=10.0, p90=18.0)
    """
    low, middle, high = (float(one) for one in np.percentile(figures, (10, 50, 90)))
    return Spread(len(figures), low, middle, high)


def spread_of(row: dict[str, Any]) -> Spread:
    """The band of a row of a summary."""
    if not row["n"]:
        return UNDEFINED
    return Spread(row["n"], row["p10"], row["p50"], row["p90"])
