"""Records as columns: a class of int and float fields is a row of 8 bytes a field.

`state` says which records there are; here is how a table of one is made, read and typed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, get_type_hints, overload

import numpy as np

R = TypeVar("R")

if TYPE_CHECKING:
    from collections.abc import Hashable

    class Rows(Generic[R]):
        """A record array: rows[k].field reads and writes one cell."""

        def __getitem__(self, row: int) -> R: ...
        def __len__(self) -> int: ...
        def copy(self) -> Rows[R]: ...

        size: int
        dtype: np.dtype[Any]

    class Table(Generic[R]):
        """A record array with two axes: table[k, n].field reads and writes one cell."""

        @overload
        def __getitem__(self, cell: tuple[int, int]) -> R: ...
        @overload
        def __getitem__(self, cell: int) -> Rows[R]: ...
        def __getitem__(self, cell: tuple[int, int] | int) -> R | Rows[R]: ...
        def __setitem__(self, cell: tuple[int, int], record: R) -> None: ...
        def __len__(self) -> int: ...
        def copy(self) -> Table[R]: ...

        shape: tuple[int, int]
        dtype: np.dtype[Any]

else:

    class Rows(Generic[R]):
        """Typing only; at run time the arrays are numpy record arrays."""

    class Table(Generic[R]):
        """Typing only, likewise."""


@cache
def dtype_of(record: type[Any]) -> np.dtype[Any]:
    """The numpy record type of a record class: 8 bytes a field, in declared order."""
    hints = get_type_hints(record)
    return np.dtype([(name, "i8" if hint is int else "f8") for name, hint in hints.items()])


def rows(record: type[R], count: int) -> Rows[R]:
    """`count` zeroed rows of a noun."""
    key = cast("Hashable", record)  # mypy does not see that a class can be a key
    return cast("Rows[R]", np.zeros(count, dtype_of(key)).view(np.recarray))


def one(record: type[R], **fields: float) -> R:
    """A row of a noun by itself, zero but for some fields.

    Raises:
        AttributeError: a field that the noun does not have.

    >>> from gpusim.economics.core.state import BULLET, LoanTerms
    >>> terms = one(LoanTerms, law=BULLET, months=60)
    >>> int(terms.law), int(terms.months), int(terms.stub)
    (2, 60, 0)
    """
    row = rows(record, 1)[0]
    for name, value in fields.items():
        setattr(row, name, value)
    return row


def table(record: type[R], height: int, width: int) -> Table[R]:
    """Zeroed cells of a noun that has two axes."""
    key = cast("Hashable", record)
    return cast("Table[R]", np.zeros((height, width), dtype_of(key)).view(np.recarray))
