"""Tables of folders made by hand: the columns that a test is about, all others as declared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import polars as pl

from gpusim.results.stored import forms
from gpusim.results.stored.columns import Column

PLAIN = {
    pl.String: "as it is",
    pl.Int64: 0,
    pl.Float64: 0.0,
    pl.Boolean: False,
    pl.Date: dt.date(2026, 9, 30),
}


def plain(column: Column) -> Any:
    """A cell that a column may hold."""
    if column.empty:
        return None
    if column.pattern:
        return "2026Q3"
    return column.among[0] if column.among else PLAIN[column.kinds[0]]


def filled(kind: str, name: str, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """A table of a kind of folder from rows that need not have every column."""
    columns = forms.tables(kind)[name].columns
    if not rows:
        return pl.DataFrame(schema={key: column.kinds[0] for key, column in columns.items()})
    rest = {key: plain(column) for key, column in columns.items()}
    return pl.DataFrame([rest | row for row in rows], infer_schema_length=None)
