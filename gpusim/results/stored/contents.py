"""What the bytes of a file in a folder hold: tables, JSON and TOML are read here and nowhere else.

Whoever made a folder can write anything into it with hashes that fit. What is read here is bounded,
and held against what is declared of it in `forms`; what does not fit is said in words.
"""

from __future__ import annotations

import io
import json
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from gpusim import files, signs
from gpusim.files import UnsafeFileError
from gpusim.results.stored.columns import Form, misfit
from gpusim.results.stored.folder import digest, parquet
from gpusim.results.stored.forms.backtest import DOCUMENT
from gpusim.results.stored.renamed import NO_TABLE, current, is_renamed, table_now
from gpusim.results.stored.trees import Shape, anything, items, text, unlike
from gpusim.signs import visible

_STEERING: Final = "".join(
    rf"\u{{{first:x}}}-\u{{{last:x}}}" for first, last in signs.STEERING if first < 0xD800
)
"""Signs that `visible` makes visible, as polars' regular expressions know them; its texts hold no
half of a character."""
MOST_TABLE: Final = 8_000 * files.MEGABYTE
"""Bytes of a file at most; the largest that gpusim writes, of as many replications as fit into 24
GB of memory, has half as many."""
MOST_CELLS: Final = 1_000_000_000
"""Cells of a table at most; the largest that gpusim writes, events of 100,000 replications, has
half as many."""


class NotARunError(Exception):
    """What was named is no folder of finished work, or lacks what was asked of it."""


def table_in(data: io.BytesIO, where: Path) -> pl.DataFrame:
    """The table that the bytes of a file are, however its columns are called.

    Raises:
        NotARunError: they are none, or too many cells.
    """
    try:
        rows, columns = shape_in(data)
        if rows * len(columns) > MOST_CELLS:
            raise NotARunError(
                f"{where} says that it has {rows:,} rows of {len(columns):,} columns; at most "
                f"{MOST_CELLS:,} cells are read"
            )
        data.seek(0)
        return pl.read_parquet(data)
    except NO_TABLE as error:
        raise NotARunError(f"{where} cannot be read: {error}") from error


def table_of(name: str, data: bytes, where: Path, form: Form) -> pl.DataFrame:
    """A table of a folder, with its columns as they are called now.

    name: as it is called now.

    Raises:
        NotARunError: it is none, or of another form.
    """
    table = current(name, table_in(io.BytesIO(data), where))
    if wrong := misfit(table, form):
        raise NotARunError(f"{where} {wrong}")
    return shown(table)


def shape_in(data: io.BytesIO | Path) -> tuple[int, list[str]]:
    """How many rows, and which columns, a table says that it has; nothing is unpacked."""
    lazy = pl.scan_parquet(data, glob=False)
    rows, columns = lazy.select(pl.len()).collect().item(), lazy.collect_schema().names()
    return int(rows), columns


def shape_of(file: Path) -> dict[str, Any]:
    """Rows and columns that a table says it has; none where it cannot be read."""
    try:
        files.Descriptor(file, os.O_RDONLY).close()  # a pipe would be waited for
        rows, columns = shape_in(file)
        return {"rows": rows, "columns": visible(columns)}
    except (*NO_TABLE, UnsafeFileError):
        return {}


def digest_now(file: Path) -> str | None:
    """The hash that the file of a table would have with the names of today.

    None where it has them, or is no table.
    """
    name = table_now(file.stem)
    if not is_renamed(name):
        return None
    try:
        table = table_in(io.BytesIO(files.read(file, MOST_TABLE)), file)
    except (UnsafeFileError, OSError, NotARunError):
        return None
    now = current(name, table)
    return None if now.columns == table.columns and now.equals(table) else digest(parquet(now))


def tree_in(data: bytes, where: Path, shape: Shape) -> Any:
    """The JSON that the bytes of a file, or of a line of one, are.

    Raises:
        NotARunError: they are none, or it is of another form.
    """
    try:
        found = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise NotARunError(f"{where} is not JSON: {why}") from error
    if wrong := shape(found, ""):
        raise NotARunError(f"{where}: {wrong.strip()}")
    return found


def document(path: Path) -> dict[str, Any]:
    """A backtest as `gpusim backtest` wrote or printed it.

    Raises:
        NotARunError: the file is not the JSON of a backtest.
    """
    try:
        data = files.read(path, follow=True)
    except (UnsafeFileError, OSError) as error:
        raise NotARunError(f"{path} cannot be read as JSON: {error}") from error
    found: dict[str, Any] = tree_in(data, path, anything)
    if wrong := DOCUMENT(found, "the whole"):
        raise NotARunError(f"{path} is not what `gpusim backtest --json` prints: {wrong}")
    return found


def shown(table: pl.DataFrame) -> pl.DataFrame:
    """A table whose texts can be shown: signs that steer a terminal are made visible."""
    steered = [
        column.name
        for column in table
        if column.dtype == pl.String and column.str.contains(f"[{_STEERING}]").any()
    ]
    return table.with_columns(
        pl.col(name).map_elements(visible, return_dtype=pl.String) for name in steered
    ).rename({name: visible(name) for name in table.columns if name != visible(name)})


def toml_in(data: bytes, where: Path) -> dict[str, Any]:
    """The TOML that the bytes of a file are.

    Raises:
        NotARunError: they are none.
    """
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise NotARunError(f"{where} is no TOML: {error}") from error


def refuse_other_form(entries: Mapping[str, Any], kind: type, where: Path) -> None:
    """Check the entries that stand for the fields of a dataclass, lists for tuples.

    Raises:
        NotARunError: one is of another form than its field, or none of its fields.
    """
    hints = typing.get_type_hints(kind)
    for key, value in entries.items():
        if key not in hints:
            raise NotARunError(f"{where}: {visible(key)} is no part of what is asked for")
        kinds = _forms_of(hints[key])
        wrong = unlike(value, key, *kinds)
        of_texts = isinstance(value, list) and str in _forms_of(typing.get_args(hints[key])[0])
        if not wrong and of_texts:
            wrong = items(text)(value, key)
        if wrong:
            raise NotARunError(f"{where}: {wrong}")


def _forms_of(hint: Any) -> tuple[type, ...]:
    """Of what types a value of JSON may be that stands for one of an annotated type.

    >>> _forms_of(str | None), _forms_of(tuple[str, ...])
    ((<class 'str'>, <class 'NoneType'>), (<class 'list'>,))
    """
    if isinstance(hint, types.UnionType):
        return tuple(form for one in typing.get_args(hint) for form in _forms_of(one))
    if typing.get_origin(hint) is tuple:
        return (list,)
    if hint is float:
        return float, int
    return (hint,)
