"""The published overnight rate: the last one up to a day."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Final

from gpusim.scenario.reading.bundled import data_file
from gpusim.scenario.reading.files import read_table

RATES: Final = "rates_sofr.csv"
SERIES: Final = "SOFR"
"""How the names of the rows begin that hold it."""


def overnight(day: dt.date) -> tuple[dt.date, float]:
    """Day and rate of the last published SOFR up to a day; of a day before all, the first [1/year].

    >>> overnight(dt.date(2026, 1, 15))
    (datetime.date(2025, 12, 31), 0.0387)
    """
    known = _published()
    return max((row for row in known if row[0] <= day), default=known[0])


@cache
def _published() -> list[tuple[dt.date, float]]:
    rows = read_table(data_file(RATES), ("series", "date", "value", "unit"))
    return sorted(
        (dt.date.fromisoformat(row["date"]), round(float(row["value"]) / 100, 6))
        for _, row in rows
        if row["series"].startswith(SERIES) and row["unit"] == "%"
    )
