"""What the columns of a table may hold, declared once: what is written and what is read meet it.

The tables of each kind of folder are declared in `forms/KIND.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import polars as pl

from gpusim.scenario.language.limits import MOST_REPS
from gpusim.signs import visible

LISTED: Final = 5
"""Columns that a message lists at most."""
LONGEST: Final = 60
"""Signs of a name or cell that a message shows."""


class Column(NamedTuple):
    """What the cells of one column are."""

    words: str
    """In the plural, for messages."""
    kinds: tuple[type[pl.DataType], ...]
    empty: bool = False
    """Whether cells may be empty; a column of empty cells alone may be of no type."""
    least: Any = None
    most: Any = None
    """Bounds of numbers and days."""
    among: tuple[str, ...] = ()
    """All texts there are; none: any text."""
    pattern: str = ""
    """A regular expression that each text fits."""


def or_empty(column: Column) -> Column:
    """The same, where cells may be empty."""
    return column._replace(empty=True)


def one_of(*texts: str) -> Column:
    """A text out of a list."""
    return TEXT._replace(words=f"one of {', '.join(texts)}", among=texts)


TEXT: Final = Column("texts", (pl.String,))
PERIOD: Final = Column(
    "quarters, months or years", (pl.String,), pattern=r"^\d{4}(Q[1-4]|-(0[1-9]|1[0-2]))?$"
)
FLAG: Final = Column("true or false", (pl.Boolean,))
WHOLE: Final = Column("whole numbers", (pl.Int64,))
COUNT: Final = WHOLE._replace(words="whole numbers from 0 on", least=0)
REPLICATION: Final = Column(
    f"numbers of replications, 0 to {MOST_REPS:,}", (pl.Int64,), least=0, most=MOST_REPS
)
NUMBER: Final = Column("numbers", (pl.Float64, pl.Int64))
SHARE: Final = NUMBER._replace(words="shares from 0 to 1", least=0.0, most=1.0)
DAY: Final = Column("days", (pl.Date,), least=dt.date(1900, 1, 1), most=dt.date(9999, 12, 31))
VALUE: Final = Column(
    "numbers, texts, days, or true or false",
    (pl.Float64, pl.Int64, pl.String, pl.Date, pl.Boolean),
    empty=True,
)
"""Values of a key of a model, by point."""


def of(names: Iterable[str], column: Column) -> dict[str, Column]:
    """Columns that are alike."""
    return dict.fromkeys(names, column)


def no_others(_: str) -> Column | None:
    """A table has no columns but those that are declared."""
    return None


class Form(NamedTuple):
    """A table."""

    columns: Mapping[str, Column]
    others: Callable[[str], Column | None] = no_others
    """What a column is that is not among them, by its name; None: the table has none such."""
    newer: frozenset[str] = frozenset()
    """Columns that a folder of an earlier version may lack."""


def misfit(table: pl.DataFrame, form: Form, *, cells: bool = True) -> str:
    """In what a table is none of a form, to follow its name; empty where it is one.

    cells: whether they are looked at, and not the names and types of columns alone.

    >>> form = Form({"point": COUNT, "metric": TEXT})
    >>> misfit(pl.DataFrame({"point": [0], "metric": ["x"]}), form)
    ''
    >>> misfit(pl.DataFrame({"metric": ["x"]}), form)
    'lacks the column point'
    >>> misfit(pl.DataFrame({"point": [-1], "metric": ["x"]}), form)
    'has -1 in column point; expected whole numbers from 0 on'
    >>> misfit(pl.DataFrame({"point": ["a"], "metric": ["x"]}), form)
    'has cells of type String in column point; expected whole numbers from 0 on'
    """
    lacking = [n for n in form.columns if n not in table.columns and n not in form.newer]
    if lacking:
        more = ", ..." if len(lacking) > LISTED else ""
        return f"lacks the column{'s'[: len(lacking) - 1]} {', '.join(lacking[:LISTED])}{more}"
    for series in table:
        column = form.columns.get(series.name) or form.others(series.name)
        if column is None:
            return f"has a column {shortened(series.name)}, which gpusim does not write"
        if found := _found(series, column, cells=cells):
            return f"has {found} in column {shortened(series.name)}; expected {column.words}"
    return ""


def _found(series: pl.Series, column: Column, *, cells: bool) -> str:
    """What a column holds that it should not."""
    if series.dtype == pl.Null and column.empty:
        return ""
    if series.dtype not in column.kinds:
        return f"cells of type {series.dtype}"
    if not cells:
        return ""
    if not column.empty and series.null_count():
        return "an empty cell"
    for end, value in (("least", series.min()), ("most", series.max())):
        bound = getattr(column, end)
        if bound is not None and value is not None:
            beyond = value < bound if end == "least" else value > bound
            if beyond:
                return f"{value!s}"
    wrong = _wrong_texts(series, column)
    return shortened(str(wrong[0])) if len(wrong) else ""


def _wrong_texts(series: pl.Series, column: Column) -> pl.Series:
    if column.among:
        return series.filter(series.is_not_null() & ~series.is_in(column.among))
    if column.pattern:
        return series.filter(~series.str.contains(column.pattern).fill_null(value=True))
    return series.clear()


def shortened(text: str) -> str:
    """A name or cell that a message shows, without signs that steer a terminal.

    >>> shortened("x" * 100) == "x" * 60 + "..."
    True
    """
    shown = str(visible(text))
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}..."


DRAWN_INPUTS: Final = Form({"set": COUNT, "level": NUMBER} | of(("input", "family"), TEXT))
"""Levels of drawn inputs, a row a set and input, of every folder that has them."""
