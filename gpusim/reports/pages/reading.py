"""Figures of a run folder in the units a page shows: USD m, shares, ratios, MW."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from gpusim.economics.core.state import Floats
from gpusim.reports.layout import MILLION, Format, counted, number, percent
from gpusim.results.stored.opened import NotARunError, Opened
from gpusim.units_of_measure import CENTS_PER_USD

PERCENTILES: Final = ("p05", "p10", "p25", "p50", "p75", "p90", "p95")
CENTS_PER_MILLION: Final = CENTS_PER_USD * MILLION
USD_M, SHARE, RATIO, MW, COUNT = "USD m", "share", "ratio", "MW", "count"
POINTS: Final = "points"
"""Hundredths of a share: what two shares differ by."""
UNITS: Final = {"USD": USD_M, "probability": SHARE, "cents": USD_M}
SCALES: Final = {"USD": MILLION, "cents": CENTS_PER_MILLION}
SMALLEST_SAID: Final = 0.05
"""What rounds to nothing in a sentence [USD m]."""
DECIMALS: Final = {RATIO: 2, POINTS: 1, MW: 0, COUNT: 0, "GPUs": 0}


def periods_of(run: Opened) -> list[str]:
    """The quarters of a run, in order.

    Raises:
        NotARunError: it has none.
    """
    names = run.table("summary").filter(pl.col("metric") == "revenue")["period"].to_list()
    quarters = [name for name in names if "Q" in name]
    if not quarters:
        raise NotARunError(f"{run.path} holds no quarter")
    return quarters


def after_the_end(run: Opened, periods: Sequence[str]) -> tuple[str, ...]:
    """What figures by period hold of firms that have ended: a note, or none where no firm has."""
    rows = run.table("metrics")
    if "firm_ended" not in rows.columns:
        return ()
    gone = rows.filter("firm_ended")
    if gone.is_empty():
        return ()
    count = gone.filter(period=periods[-1]).height
    whole = rows["replication"].n_unique()
    return (
        f"In {count} of {counted(whole, 'replication')} the firm has ended before "
        f"{periods[-1]}, the earliest before {min(gone['period'].to_list())}. They stay in means "
        f"and bands: with no flows, backlog, GPUs or power from their end on, and with cash and "
        f"debt as they left them.",
    )


def spread(run: Opened, metric: str, periods: Sequence[str]) -> pl.DataFrame:
    """A metric's summary by period: n, mean and percentiles, USD as USD m."""
    rows = run.table("summary").filter(pl.col("metric") == metric)
    rows = pl.DataFrame({"period": list(periods)}).join(
        rows, on="period", how="left", maintain_order="left"
    )
    columns = ("mean", *PERCENTILES)
    scale = MILLION if (rows["unit"] == "USD").any() else 1.0
    return rows.select("period", "n", *(pl.col(name) / scale for name in columns))


def spread_of(values: Floats, periods: Sequence[str]) -> pl.DataFrame:
    """The same of figures [replications, periods]; NaN is left out."""
    columns = [column[~np.isnan(column)] for column in values.T]
    table: dict[str, object] = {
        "period": list(periods),
        "n": [len(c) for c in columns],
        "mean": [float(c.mean()) if len(c) else None for c in columns],
    }
    for name in PERCENTILES:
        share = int(name[1:])
        table[name] = [float(np.percentile(c, share)) if len(c) else None for c in columns]
    return pl.DataFrame(table, strict=False)


def by_replication(
    run: Opened, file: str, column: str, periods: Sequence[str], scale: float = 1.0
) -> Floats:
    """A column of a table as [replications, periods]; null is NaN."""
    frame = run.table(file)
    if column not in frame.columns:
        raise NotARunError(f"{run.path / file}.parquet has no column {column}: run it again")
    values = frame[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.asarray(values.reshape(-1, len(periods)) / scale)


def arrays(table: pl.DataFrame) -> dict[str, Floats]:
    """The percentile columns as arrays, null as NaN."""
    return {
        name: table[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for name in table.columns
        if name in PERCENTILES or name == "mean"
    }


def formats(unit: str, largest: float) -> Format:
    """How figures of a unit are written, given the largest of their column."""
    if unit == SHARE:
        return percent
    if unit == USD_M:
        return number(0 if largest >= 1000 else 1 if largest >= 1 else 3)
    return number(DECIMALS.get(unit, 2))


def written(unit: str, largest: float) -> Format:
    """The same where nothing may be left blank: zero is written.

    >>> written(SHARE, 1.0)(0.0), written(USD_M, 5.0)(-0.01)
    ('0.0%', '0')
    """
    show, zero = formats(unit, largest), "0.0%" if unit == SHARE else "0"
    return lambda figure: show(figure) or zero


def unit_of(unit: str) -> tuple[str, float]:
    """A unit of a folder as a page has it, and what figures are divided by."""
    return UNITS.get(unit, unit or COUNT), SCALES.get(unit, 1.0)


def in_units(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Rows of one unit with some columns in the unit of a page."""
    scale = SCALES.get(str(rows["unit"][0]), 1.0)
    return rows.with_columns(pl.col(name) / scale for name in columns)


def difference_unit(unit: str) -> tuple[str, float]:
    """The unit of differences of figures of a unit of a page, and what they are multiplied by."""
    return (POINTS, 100.0) if unit == SHARE else (unit, 1.0)


def array(series: pl.Series) -> Floats:
    """A column of figures, null as NaN."""
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def value_text(value: object) -> str:
    """A value of a key.

    >>> value_text(25_000_000.0), value_text(0.05), value_text("scarce"), value_text(None)
    ('25,000,000', '0.05', 'scarce', 'as it is')
    """
    if value is None:
        return "as it is"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{float(f'{value:.6g}'):,.10g}"
    return str(value)


def safe(name: str) -> str:
    """A name for a file.

    >>> safe("revenue@2027Q4")
    'revenue_2027Q4'
    """
    return "".join(c if c.isalnum() or c in "_-" else "_" for c in name)


def largest_of(values: Floats) -> float:
    """The largest size among figures; 0 of none."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if len(finite) else 0.0


def millions(amount: float) -> str:
    """An amount of USD m in a sentence.

    >>> millions(66_800.0), millions(-12.34), millions(0.0), millions(-0.0), millions(-0.04)
    ('USD 66.8bn', 'USD -12.3m', 'USD 0m', 'USD 0m', 'USD 0m')
    """
    if abs(amount) < SMALLEST_SAID:
        return "USD 0m"
    if abs(amount) >= 10_000:
        return f"USD {amount / 1000:,.1f}bn"
    digits = 0 if abs(amount) >= 100 else 1
    return f"USD {amount:,.{digits}f}m"
