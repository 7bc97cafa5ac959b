"""Rows of what was worked out, as tables: figures by name, reasons, years, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from gpusim.appraisal.returns import Figure
from gpusim.appraisal.sides.by_year import CashYear
from gpusim.appraisal.sides.lender import LenderYear
from gpusim.reports.pages import page
from gpusim.reports.printed.sensitivity_report import finite


def listed(
    heads: Sequence[dict[str, str]],
    lists: Sequence[Sequence[CashYear] | Sequence[LenderYear]],
    fields: Sequence[str],
) -> pl.DataFrame:
    """A row an entry of each list, with what it belongs to; its columns also where none is."""
    found: list[dict[str, Any]] = [
        head | one._asdict() for head, own in zip(heads, lists, strict=True) for one in own
    ]
    columns = ("kind", "name", *fields)
    return framed(found) if found else pl.DataFrame(schema=dict.fromkeys(columns, pl.Float64))


def framed(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a table; what is not a number is null, also where no row has one.

    >>> framed([{"figure": float("nan"), "how": "alike"}]).dtypes
    [Float64, String]
    """
    table = pl.DataFrame(finite(list(rows)), infer_schema_length=None)
    return table.with_columns(pl.col(pl.Null).cast(pl.Float64))


def reasons(rows: Sequence[tuple[dict[str, str], dict[str, Figure]]]) -> pl.DataFrame:
    """A row a figure without a value, and why; rows: what names it, its figures."""
    columns = [*(rows[0][0] if rows else ()), "figure", "reason"]
    found = [
        head | {"figure": name, "reason": figure.reason}
        for head, figures in rows
        for name, figure in figures.items()
        if figure.value is None
    ]
    return pl.DataFrame(found, schema=dict.fromkeys(columns, pl.String))


def worded(table: pl.DataFrame) -> page.Table:
    """A table in words: figures with six digits."""
    numeric = [table.schema[name].is_numeric() for name in table.columns]
    heads = [page.Cell(name, number) for name, number in zip(table.columns, numeric, strict=True)]
    rows = [
        [page.Cell(_word(value), number) for value, number in zip(row, numeric, strict=True)]
        for row in table.iter_rows()
    ]
    return page.Table(heads, rows)


def _word(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
