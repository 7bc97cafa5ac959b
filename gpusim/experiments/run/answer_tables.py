"""What the tables of answers share: units beside figures, undefined null."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from gpusim.results.intervals import Interval

INTERVAL: Final = ("mean", "low", "high")


def frame(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a table; what is not a number is null."""
    return pl.DataFrame(rows, infer_schema_length=None).fill_nan(None)


def ends(interval: Interval | None, name: str = "") -> dict[str, float]:
    """A mean and its interval as columns, NaN where there is none.

    >>> ends(Interval(1.0, 0.5, 1.5, "t"), "swing")
    {'swing': 1.0, 'swing_low': 0.5, 'swing_high': 1.5}
    """
    values = interval[:3] if interval is not None else (np.nan,) * 3
    heads = (name, f"{name}_low", f"{name}_high") if name else INTERVAL
    return dict(zip(heads, values, strict=True))
