"""Contracts, tranches and debt from CSV files beside a model: a row a table, a column a key.

`contracts = "book.csv"` and `debt = "loans.csv"` have a column `name`; rows of one contract are its
tranches, in columns `tranches.KEY`. `[contracts.NAME]` may have `tranches = "tranches.csv"`. What a
cell means is what its key is in a model file; an empty one leaves the key out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin

from gpusim.scenario.language.errors import Mistake, ScenarioError, listed, nearest, shortened
from gpusim.scenario.language.fields import KeyPath, Problem
from gpusim.scenario.language.limits import MISTAKES
from gpusim.scenario.reading import bundled, catalogue, files, own_files
from gpusim.scenario.reading.plain_text import unfit
from gpusim.scenario.reading.tree import Origin, Tree

NOUNS: Final = ("contracts", "debt")
PARTS: Final = "tranches"
NAME: Final = "name"
LIST_SIGN: Final = ";"
"""What stands between the items of a list in a cell."""
NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
WHOLE: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)

SCALARS: Final = (int, float, str, bool, dt.date)

KindOf = Callable[[KeyPath], Any]
"""The type of the value at a key path; None where there is no such key."""


def no_kind(path: KeyPath) -> Any:
    """That there is no key: what files are read with that name no CSV file."""
    return None


class Column(NamedTuple):
    """A column of a file, and the key that it is."""

    place: int
    key: tuple[str, ...]  # below the table, or below a tranche
    of_part: bool
    kind: Any


class Book:
    """One CSV file on its way into a tree."""

    def __init__(self, where: str, kind_of: KindOf) -> None:
        self.where = where
        self.kind_of = kind_of
        self.mistakes: list[Mistake] = []
        self.values: dict[str, Any] = {}
        self.origins: dict[KeyPath, Origin] = {}

    def wrong(self, line: int, place: int, key: str, found: str, expected: str, near: str) -> None:
        """Note a mistake in a cell."""
        self.mistakes.append(Mistake(self.where, line, place + 1, key, found, expected, near))
        if len(self.mistakes) >= MISTAKES.most:
            raise ScenarioError(self.mistakes)

    def columns(self, heads: Sequence[str], at: KeyPath, needed: str) -> list[Column]:
        """The columns of a file by its first row. at: a table that they are keys of."""
        found = []
        texts = [head.strip() for head in heads]
        for place, text in enumerate(texts):
            if text == needed:
                continue
            key = tuple(text.split("."))
            of_part = key[0] == PARTS and len(key) > 1 and at[0] == NOUNS[0] and len(at) == 2
            path: KeyPath = (*at, PARTS, 0, *key[1:]) if of_part else (*at, *key)
            kind = str if key == (catalogue.USE,) and at[0] == "debt" else self.kind_of(path)
            if texts.index(text) < place:
                self.wrong(1, place, text, "a column a second time", "each column once", "")
            elif not _fits_cell(kind):
                known = list(self.known(at))
                expected = f"a key: {listed(known, 60)}"
                self.wrong(1, place, text, "no key of a cell", expected, nearest(text, known))
            else:
                found.append(Column(place, key[1:] if of_part else key, of_part, kind))
        if needed and needed not in texts:
            self.wrong(1, 0, needed, "no such column", f"a column {needed}", "")
        return found

    def known(self, at: KeyPath, below: KeyPath = ()) -> Iterator[str]:
        """Columns that a file may have."""
        kind = self.kind_of((*at, *below))
        fields = getattr(kind, "model_fields", None)
        if fields is None:
            if below == (PARTS,):
                yield from self.known(at, (PARTS, 0))
            elif _fits_cell(kind):
                yield ".".join(str(segment) for segment in below if segment != 0)
            return
        for name, info in fields.items():
            yield from self.known(at, (*below, info.alias or name))

    def is_whole(self, heads: Sequence[str], line: int, row: Sequence[str]) -> bool:
        """Whether a row has a cell a column; a decimal comma, for one, makes a cell more."""
        if len(row) == len(heads):
            return True
        place = min(len(row), len(heads))
        found, several = f"a row of {len(row)} cells", "s" if len(heads) != 1 else ""
        self.wrong(line, place, "", found, f"{len(heads)} cell{several}, as the header has", "")
        return False

    def put(self, path: KeyPath, value: Any, line: int, place: int) -> None:
        """Write a value of a cell, making the tables on the way to it."""
        holder: Any = self.values
        for depth, segment in enumerate(path[:-1], 1):
            if isinstance(holder, list) and segment == len(holder):
                holder.append({})
            elif isinstance(holder, dict) and segment not in holder:
                holder[segment] = [] if isinstance(path[depth], int) else {}
            self.origins.setdefault(path[:depth], Origin(self.where, line, 1))
            holder = holder[segment]
        holder[path[-1]] = value
        self.origins[path] = Origin(self.where, line, place + 1)

    def cells(
        self, columns: Sequence[Column], line: int, row: Sequence[str]
    ) -> Iterator[tuple[Column, Any]]:
        """The values of a row's cells that are not empty."""
        for column in columns:
            text = row[column.place].strip()
            if not text:
                continue
            value, expected = _value(column.kind, text)
            hidden = next(unfit(value), None)
            key = ".".join(column.key)
            if hidden is not None:
                self.wrong(line, column.place, key, hidden.found, hidden.expected, "")
            elif value is None:
                self.wrong(line, column.place, key, shortened(text), expected, "")
            else:
                yield column, value


def read_books(own: Tree, folder: Path, kind_of: KindOf) -> None:
    """Read the CSV files that a model file names into its tree, and keep their texts.

    own: the file's own tree; folder: where the file is, beside or below which they are.

    Raises:
        ScenarioError: a file is not there, leads elsewhere, or holds what is none of its keys.
    """
    for noun in NOUNS:
        if isinstance(own.values.get(noun), str):
            _take(own, folder, (noun,), kind_of)
    contracts = own.values.get(NOUNS[0])
    for name, contract in list(contracts.items()) if isinstance(contracts, dict) else ():
        if isinstance(contract, dict) and isinstance(contract.get(PARTS), str):
            _take(own, folder, (NOUNS[0], name, PARTS), kind_of)


def _take(own: Tree, folder: Path, at: KeyPath, kind_of: KindOf) -> None:
    """Put what a CSV file holds in the place of its name."""
    name = own.get(at)
    try:
        path, text = own_files.read_beside(folder, name)
    except ScenarioError as error:
        (mistake,) = error.mistakes
        raise ScenarioError(
            [own.mistake(Problem(at, f"{shortened(name)}: {mistake.found}", mistake.expected))]
        ) from None
    book = Book(bundled.shown_path(path), kind_of)
    rows = files.rows_of(text, book.where)
    _, heads = next(rows, (1, []))
    if len(at) == 1:
        _tables(book, heads, rows, str(at[0]))
    else:
        _parts(book, heads, rows, at)
    if book.mistakes:
        raise ScenarioError(book.mistakes)
    if not own_files.is_bundled(path):
        own.texts[path.as_posix()] = text
    own.put(at, Tree(book.values).get(at), own.origin(at))
    own.origins |= book.origins


def _tables(
    book: Book, heads: Sequence[str], rows: Iterator[tuple[int, list[str]]], noun: str
) -> None:
    """A table a row; of contracts a row more is a tranche more."""
    columns = book.columns(heads, (noun, "any"), NAME)
    names = [head.strip() for head in heads]
    if NAME not in names:
        return
    place, first = names.index(NAME), dict[str, int]()
    book.values[noun] = {}
    for line, row in rows:
        if not book.is_whole(heads, line, row):
            continue
        name = row[place].strip()
        if not name:
            book.wrong(line, place, NAME, "nothing", "a name", "")
            continue
        again = name in first
        table = book.values[noun].setdefault(name, {})
        if again and noun != NOUNS[0]:
            book.wrong(line, place, NAME, name, f"each name once, this is line {first[name]}'s", "")
            continue
        first.setdefault(name, line)
        book.origins.setdefault((noun, name), Origin(book.where, line, place + 1))
        part = len(table.get(PARTS, ()))
        for column, value in book.cells(columns, line, row):
            path = (noun, name, PARTS, part) if column.of_part else (noun, name)
            whole: KeyPath = (*path, *column.key)
            before = Tree(book.values).get(whole)
            if again and not column.of_part and before != value:
                expected = f"what line {first[name]} says, or nothing"
                key = ".".join(column.key)
                book.wrong(line, column.place, key, shortened(str(value)), expected, "")
            else:
                book.put(whole, value, line, column.place)


def _parts(
    book: Book, heads: Sequence[str], rows: Iterator[tuple[int, list[str]]], at: KeyPath
) -> None:
    """A tranche a row."""
    columns = book.columns(heads, (*at, 0), "")
    noun, name, key = map(str, at)
    book.values = {noun: {name: {key: []}}}
    for part, (line, row) in enumerate(rows):
        if not book.is_whole(heads, line, row):
            return
        found = list(book.cells(columns, line, row))
        if not found:
            book.wrong(line, 0, "", "a row without a value", "a tranche", "")
            return
        for column, value in found:
            book.put((*at, part, *column.key), value, line, column.place)


def _fits_cell(kind: Any) -> bool:
    """Whether a value of this type can stand in a cell."""
    if get_origin(kind) is tuple:
        item = _bare(get_args(kind)[0])
        return get_origin(item) is not tuple and _fits_cell(item)
    return kind in SCALARS or _is_words(kind)


def _is_words(kind: Any) -> bool:
    """Whether a type is one of some words or whole numbers."""
    return get_origin(kind) is Literal


def _bare(kind: Any) -> Any:
    """A type without what is said about it."""
    return get_args(kind)[0] if hasattr(kind, "__metadata__") else kind


def _value(kind: Any, text: str) -> tuple[Any, str]:
    """What a cell's text means for a key of a type, or None and what is expected."""
    if get_origin(kind) is tuple:
        items = [_value(_bare(get_args(kind)[0]), one.strip()) for one in text.split(LIST_SIGN)]
        if any(value is None for value, _ in items):
            return None, f"{items[0][1]}, several with {LIST_SIGN} between"
        return [value for value, _ in items], ""
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower()), "true or false"
    if kind is dt.date:
        return _date(text), "a date such as 2027-03-01"
    if kind is int or (_is_words(kind) and isinstance(get_args(kind)[0], int)):
        found = int(text) if WHOLE.fullmatch(text) else None
        return found, "a whole number without separators"
    if kind is float:
        number = float(text) if NUMBER.fullmatch(text) else None
        return number, "a number with a point and without separators"
    return text, ""


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
