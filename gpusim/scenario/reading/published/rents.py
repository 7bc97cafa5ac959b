"""Published rents: a series of one product's prices from a data file, up to a day."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from gpusim.scenario.language.errors import Mistake, ScenarioError, shortened
from gpusim.scenario.reading.bundled import data_file, shown_path
from gpusim.scenario.reading.files import read_table

RENTS = "gpu_rental_prices.csv"
COLUMNS = ("date", "sku", "tier", "term_months", "usd_per_gpu_hour")


class Rent(NamedTuple):
    """One published price."""

    date: dt.date
    usd: float  # [USD/GPU-hour]


def rents(
    sku: str, tier: str, term_months: int, *, path: str | None = None, until: dt.date | None = None
) -> list[Rent]:
    """Prices of one sku, tier and term in order of date, none after `until`, one a month.

    path: a CSV file with the columns of the bundled one, which it replaces; tier: how the tier's
    name starts.
    Raises: ScenarioError for a file that lacks columns, holds a wrong value, two such prices in a
    month, or fewer than two in all.
    """
    file = Path(path) if path else data_file(RENTS)
    found = []
    for line, row in read_table(file, COLUMNS):
        fits = row["sku"] == sku and row["tier"].startswith(tier)
        if fits and row["term_months"] == str(term_months):
            found.append(_rent(file, line, row))
    kept = sorted(rent for rent in found if until is None or rent.date <= until)
    if len(kept) < 2:
        what = f"{len(kept)} {sku} rows of tier {tier}, {term_months} months"
        raise _mistake(file, 0, "", what + (f", up to {until}" if until else ""), "at least two")
    for a, b in pairwise(kept):
        if (a.date.year, a.date.month) == (b.date.year, b.date.month):
            raise _mistake(file, 0, "date", f"{a.date} and {b.date}", "one price a month")
    return kept


def _rent(file: Path, line: int, row: dict[str, str]) -> Rent:
    try:
        date = dt.date.fromisoformat(row["date"])
    except ValueError:
        raise _mistake(file, line, "date", row["date"], "a date such as 2026-03-31") from None
    try:
        usd = float(row["usd_per_gpu_hour"])
    except ValueError:
        usd = 0.0
    if not 0.0 < usd < 1_000.0:
        found = row["usd_per_gpu_hour"]
        raise _mistake(file, line, "usd_per_gpu_hour", found, "a price in USD/GPU-hour")
    return Rent(date, usd)


def _mistake(file: Path, line: int, key: str, found: str, expected: str) -> ScenarioError:
    return ScenarioError([Mistake(shown_path(file), line, 0, key, shortened(found), expected)])
