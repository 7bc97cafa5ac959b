"""A State that is being filled: its records as plain cells, its pointer made once.

numpy reads or writes one attribute of a record in two microseconds, and the opening State has some
ten thousand; a cell here takes a tenth of that. Cells are plain numbers and share the memory of the
State, whose columns nobody replaces while it is filled.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import numpy as np

from gpusim.economics.core import state_pointer
from gpusim.economics.core.state import State


class Cell:
    """A row of a noun; a class of its own for each noun has the fields, see `cell_of`."""

    __slots__ = ("at", "floats", "wholes")

    def __init__(self, wholes: Any, floats: Any, at: int) -> None:
        self.wholes, self.floats, self.at = wholes, floats, at


class Cells:
    """A column of records: cells[k].field, or cells[k, n].field and cells[k][n] of two axes."""

    def __init__(self, column: Any, shape: tuple[int, ...] | None = None, first: int = 0) -> None:
        """See the cells of a column; shape, first: of a part of it, the row at which it begins."""
        plain = np.asarray(column)
        self.column = plain
        self.shape: tuple[int, ...] = plain.shape if shape is None else shape
        self.first = first
        self.cell = cell_of(plain.dtype)
        self.width = len(plain.dtype.names or ())
        numbers = plain.view(np.int64).reshape(-1)
        self.wholes, self.floats = numbers.data, numbers.view(np.float64).data

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, place: Any) -> Any:
        """A row, or of two axes those of one place.

        Raises:
            IndexError: there is none.
        """
        if type(place) is tuple:
            row, rest = place
            return self[row][rest]
        length, *axes = self.shape
        if not -length <= place < length:
            raise IndexError(place)
        row = int(place) % length
        if axes:
            return Cells(self.column, tuple(axes), self.first + row * axes[0])
        return self.cell(self.wholes, self.floats, (self.first + row) * self.width)


@cache
def cell_of(dtype: np.dtype[Any]) -> type[Cell]:
    """The cells of a record type: a property a field, whole numbers truncated as numpy does."""
    fields: dict[str, Any] = {"__slots__": ()}
    for n, name in enumerate(dtype.names or ()):
        fields[name] = _whole(n) if dtype[name].kind == "i" else _float(n)
    return type("Cell", (Cell,), fields)


def _whole(n: int) -> property:
    def read(cell: Cell) -> int:
        return cast(int, cell.wholes[cell.at + n])

    def write(cell: Cell, value: float) -> None:
        cell.wholes[cell.at + n] = int(value)

    return property(read, write)


def _float(n: int) -> property:
    def read(cell: Cell) -> float:
        return cast(float, cell.floats[cell.at + n])

    def write(cell: Cell, value: float) -> None:
        cell.floats[cell.at + n] = value

    return property(read, write)


class Filling:
    """The columns of a State, those of records as cells."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.pointer = state_pointer.to_pointer(state)
        for name, column in zip(State._fields, state, strict=True):
            records = np.asarray(column).dtype.names is not None
            setattr(self, name, Cells(column) if records else column)


def filling(state: State) -> State:
    """A State to fill: what is written to it is written to the State."""
    return cast(State, Filling(state))


def to_pointer(s: State) -> State:
    """A State that is being filled, as compiled rules take it."""
    return cast(Filling, s).pointer


def as_records(s: State) -> State:
    """The State itself, of which a compiled rule can be given a row."""
    return cast(Filling, s).state
