"""Names of tables and columns that were written once: what they are called now (`renamed.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

import polars as pl

FILE: Final = "renamed.toml"
TABLES, COLUMNS, VALUES = "tables", "columns", "values"
NO_TABLE: Final = (
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,  # no `Exception`; damaged bytes bring it about now and then
    OSError,
    ValueError,
)
"""What reading a file raises that holds no table."""


@cache
def mapping() -> dict[str, Any]:
    """The whole list: `tables`, `columns`, `values` and `sheets` by table, `json` by command."""
    return tomllib.loads((files(__package__) / FILE).read_text(encoding="utf-8"))


def table_now(name: str) -> str:
    """What a table is called now.

    >>> table_now("worlds"), table_now("summary")
    ('replications', 'summary')
    """
    return str(mapping()[TABLES].get(name, name))


def table_names(name: str) -> list[str]:
    """What a table is or was called, today's name first.

    >>> table_names("replications"), table_names("summary")
    (['replications', 'worlds'], ['summary'])
    """
    return [name, *(old for old, new in mapping()[TABLES].items() if new == name)]


def current(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """A table with its columns and words as they are called now.

    name: of the table, as it is called now.

    >>> current("tested", pl.DataFrame({"value": [0.5], "worlds": [20]})).columns
    ['value', 'replications']
    """
    columns = mapping()[COLUMNS].get(name, {})
    told = {old: new for old, new in columns.items() if old in table.columns}
    table = table.rename({old: new for old, new in told.items() if new not in table.columns})
    for column, words in mapping()[VALUES].get(name, {}).items():
        if column in table.columns:
            table = table.with_columns(pl.col(column).replace(words))
    return table


def file_now(file: str) -> str:
    """What the file of a table is called now.

    >>> file_now("worlds.parquet"), file_now("parts/outcomes-000000.parquet")
    ('replications.parquet', 'parts/outcomes-000000.parquet')
    """
    name, dot, rest = file.partition(".")
    return table_now(name) + dot + rest


def is_renamed(name: str) -> bool:
    """Whether columns or words of a table once had other names.

    >>> is_renamed("comparison"), is_renamed("summary")
    (True, False)
    """
    return name in mapping()[COLUMNS] or name in mapping()[VALUES]
