"""Contracts, tranches, debt and orders from CSV files beside a model: a table a row.

`contracts = "book.csv"`, `debt = "loans.csv"` and `orders = "orders.csv"` have a column `name`;
rows of one contract are its tranches, in columns `tranches.KEY`. `[contracts.NAME]` may have
`tranches = "tranches.csv"`. What a cell means is what its key is in a model file; an empty one
leaves the key out. A column of a list of tables (`price_steps.after_months`) has an item a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from gpusim.scenario.language import cells
from gpusim.scenario.language.errors import (
    Mistake,
    ScenarioError,
    near_ones,
    nearest,
    shortened,
)
from gpusim.scenario.language.fields import KeyPath, Problem
from gpusim.scenario.language.limits import MISTAKES
from gpusim.scenario.reading import bundled, catalogue, estimates, files, own_files
from gpusim.scenario.reading.plain_text import unfit
from gpusim.scenario.reading.tree import KindOf, Origin, Tree

NOUNS: Final = ("contracts", "debt", "orders")
PARTS: Final = "tranches"
NAME: Final = "name"
EMPTY: Final = "a first row of keys, such as name, and a row for each table"
SHOWN: Final = 3
"""Keys like the nearest one that a message names."""
LIKE: Final = 0.3
"""Likeness of keys that are asked whether they are near: a heading may be one word of theirs."""
ALL_KEYS: Final = "gpusim models schema --keys"
KEY_SIGNS: Final = re.compile(r"[^a-z0-9.]+")
"""What a spreadsheet's heading has where a key has an underscore."""


def no_kind(path: KeyPath) -> Any:
    """That there is no key: what files are read with that name no CSV file."""
    return None


class Column(NamedTuple):
    """A column of a file, and the key that it is."""

    place: int
    key: KeyPath  # below the table, or below a tranche; 0 stands for each item of a list of tables
    of_part: bool
    kind: Any  # of a list of tables: a list of what each item has

    @property
    def name(self) -> str:
        """As it stands in the header."""
        return ".".join(str(segment) for segment in self.key if segment != 0)

    def takes(self, text: str) -> bool:
        """Whether a cell of it may be a range, which is read with those of the model file."""
        return 0 not in self.key and estimates.is_told(self.kind, text)


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

    def columns(self, heads: Sequence[str], at: KeyPath, needed: str, line: int) -> list[Column]:
        """The columns of a file by its header, which is on a line. at: a table with these keys."""
        found = []
        texts = [head.strip() for head in heads]
        for place, text in enumerate(texts):
            if text == needed:
                continue
            column = self.column(place, text, at)
            if texts.index(text) < place:
                self.wrong(line, place, text, "a column a second time", "each column once", "")
            elif column is None:
                known = [*([needed] if needed and needed not in texts else []), *self.known(at)]
                self.wrong(line, place, text, "a heading that is no key", _meant(text, known), "")
            else:
                found.append(column)
        if needed and needed not in texts:
            self.wrong(line, 0, needed, "no such column", f"a column {needed}", "")
        return found

    def column(self, place: int, text: str, at: KeyPath) -> Column | None:
        """The column of a word in the header; None if it is no key that fits into a cell."""
        key = tuple(text.split("."))
        of_part = key[0] == PARTS and len(key) > 1 and at[0] == NOUNS[0] and len(at) == 2
        start: KeyPath = (*at, PARTS, 0) if of_part else at
        path, several = start, False
        for segment in key[1:] if of_part else key:
            if cells.is_list(self.kind_of(path)):
                path, several = (*path, 0), True
            path = (*path, segment)
        kind = str if key == (catalogue.USE,) and at[0] == "debt" else self.kind_of(path)
        if not cells.fits(kind) or any(segment.isdigit() for segment in key):
            return None
        if several:
            if cells.is_list(kind):
                return None
            kind = cells.list_of(kind)
        return Column(place, path[len(start) :], of_part, kind)

    def known(self, at: KeyPath, below: KeyPath = ()) -> Iterator[str]:
        """Columns that a file may have."""
        kind = self.kind_of((*at, *below))
        fields = getattr(kind, "model_fields", None)
        if fields is None:
            if cells.is_list(kind) and not cells.fits(kind):
                yield from self.known(at, (*below, 0))
            elif cells.fits(kind):
                yield ".".join(str(segment) for segment in below if segment != 0)
            return
        for name, info in fields.items():
            yield from self.known(at, (*below, info.alias or name))

    def whole(self, heads: Sequence[str], line: int, row: Sequence[str]) -> list[str] | None:
        """A row with a cell a column; cells that it lacks at its end are empty.

        None if it has more, as a decimal comma makes.
        """
        if len(row) <= len(heads):
            return [*row, *[""] * (len(heads) - len(row))]
        found, several = f"a row of {len(row)} cells", "s" if len(heads) != 1 else ""
        expected = f"{len(heads)} cell{several}, as the header has; a comma in a number or a text?"
        self.wrong(line, len(heads), "", found, expected, "")
        return None

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
        """The values of a row's cells that are not empty; of lists of tables each item's."""
        lengths: dict[KeyPath, tuple[str, int]] = {}
        for column in columns:
            text = row[column.place].strip()
            if not text:
                continue
            value, expected = cells.value_of(column.kind, text)
            value = text if value is None and column.takes(text) else value
            hidden = next(unfit(value), None)
            if hidden is not None:
                self.wrong(line, column.place, column.name, hidden.found, hidden.expected, "")
            elif value is None:
                self.wrong(line, column.place, column.name, shortened(text), expected, "")
            elif 0 in column.key:
                item = column.key.index(0)
                first, count = lengths.setdefault(column.key[:item], (column.name, len(value)))
                if count != len(value):
                    found, expected = f"{len(value)} items", f"{count}, as {first} has"
                    self.wrong(line, column.place, column.name, found, expected, "")
                    continue
                for n, one in enumerate(value):
                    key = (*column.key[:item], n, *column.key[item + 1 :])
                    yield column._replace(key=key), one
            else:
                yield column, value


def _meant(head: str, known: Sequence[str]) -> str:
    """The key that a heading is to be, those that are like it, and where all of them are."""
    text = KEY_SIGNS.sub("_", head.lower()).strip("_")
    ends = [key for key in known if key.rpartition(".")[2] == text]
    near = ends[0] if len(ends) == 1 else nearest(text, known)
    others = [one for one in near_ones(text, known, SHOWN + 1, LIKE) if one != near][:SHOWN]
    told = near or "the key of a column"
    told += f" (near it too: {', '.join(others)})" if others else ""
    return f"{told}; all keys: {ALL_KEYS}"


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
    header = next(rows, None)
    if header is None:
        raise ScenarioError([Mistake(book.where, 1, 1, "", "an empty file", EMPTY)])
    if len(at) == 1:
        _tables(book, header, rows, str(at[0]))
    else:
        _parts(book, header, rows, at)
    if book.mistakes:
        raise ScenarioError(book.mistakes)
    if not own_files.is_bundled(path):
        own.texts[path.as_posix()] = text
    own.put(at, Tree(book.values).get(at), own.origin(at))
    own.origins |= book.origins


def _tables(
    book: Book, header: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]], noun: str
) -> None:
    """A table a row; of contracts a row more is a tranche more."""
    above, heads = header
    columns = book.columns(heads, (noun, "any"), NAME, above)
    names = [head.strip() for head in heads]
    if NAME not in names:
        return
    place, first = names.index(NAME), dict[str, int]()
    book.values[noun] = {}
    for line, cut in rows:
        if (row := book.whole(heads, line, cut)) is None:
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
                book.wrong(line, column.place, column.name, shortened(str(value)), expected, "")
            else:
                book.put(whole, value, line, column.place)


def _parts(
    book: Book, header: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]], at: KeyPath
) -> None:
    """A tranche a row."""
    above, heads = header
    columns = book.columns(heads, (*at, 0), "", above)
    noun, name, key = map(str, at)
    book.values = {noun: {name: {key: []}}}
    for part, (line, cut) in enumerate(rows):
        if (row := book.whole(heads, line, cut)) is None:
            return
        found = list(book.cells(columns, line, row))
        if not found:
            book.wrong(line, 0, "", "a row without a value", "a tranche", "")
            return
        for column, value in found:
            book.put((*at, part, *column.key), value, line, column.place)
