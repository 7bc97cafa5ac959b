"""Backlog movements of all replications, and their sums by period.

The cube of each replication is nearly empty and kept as its non-zero cells. Which vintage,
movement, cause and month a cell stands for is looked up, not divided out, and sums by period are
worked out once a calendar: a report asks for some ninety of them.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gpusim.economics.core.state import Ints
from gpusim.results.periods import Calendar

OPENING_VINTAGE: Final = 0
AXES: Final = ("vintage", "move", "cause", "month")
Mask = npt.NDArray[np.bool_]


class Moves:
    """Cells that are not zero, replication by replication, each in rising order."""

    def __init__(
        self, replications: int, shape: tuple[int, ...], place: Ints, cell: Ints, cents: Ints
    ) -> None:
        """Movements of so many replications.

        shape: of a cube: vintages, moves, causes + 1, months + 1; place [cells]: of the
        replication in the panel; cell [cells]: flat place in the cube; cents [cells].
        """
        self.replications = replications
        self.shape = shape
        self.place = place
        self.cell = cell
        self.cents = cents
        self.sums: dict[Calendar, Ints] = {}

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.cell)

    @cached_property
    def meaning(self) -> dict[str, Ints]:
        """By axis, what each place of a cube stands for."""
        places = np.unravel_index(np.arange(int(np.prod(self.shape))), self.shape)
        return dict(zip(AXES, places, strict=True))

    def by_cell(self, of_place: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """What holds for each place of a cube, for the cells."""
        return of_place[self.cell]

    def where(self, of_place: Mask) -> Moves:
        """Only the cells at some places of a cube."""
        return self.only(self.by_cell(of_place))

    def only(self, kept: Mask) -> Moves:
        """Only some cells."""
        return Moves(
            self.replications, self.shape, self.place[kept], self.cell[kept], self.cents[kept]
        )

    def of_run(self, *moves: int) -> Moves:
        """Only these movements, after the as-of month."""
        return self.where(np.isin(self.meaning["move"], moves) & (self.meaning["month"] > 0))

    def total(self) -> Ints:
        """Sum of the cells by replication [cents]."""
        total = np.zeros(self.replications, np.int64)
        np.add.at(total, self.place, self.cents)
        return total

    def by_cause(self) -> Ints:
        """Sum of the cells [replications, causes + 1] [cents]."""
        total = np.zeros(self.replications * self.shape[2], np.int64)
        np.add.at(
            total, self.place * self.shape[2] + self.by_cell(self.meaning["cause"]), self.cents
        )
        return total.reshape(self.replications, -1)

    def movement(
        self, calendar: Calendar, move: int, vintage: int | None = None, cause: int | None = None
    ) -> Ints:
        """A movement [replications, periods] [cents].

        vintage, cause: only that one.
        """
        if vintage not in (None, OPENING_VINTAGE):
            at = self.meaning["vintage"] == vintage
            return self.where(at).movement(calendar, move, cause=cause)
        sums = self.by_period(calendar)[:, :, move]
        which = sums.sum(axis=1) if vintage is None else sums[:, 0]
        found: Ints = which.sum(axis=1) if cause is None else which[:, cause]
        return found

    def by_period(self, calendar: Calendar) -> Ints:
        """Sums of all movements [replications, opening or later, moves, causes + 1, periods]."""
        if calendar not in self.sums:
            self.sums[calendar] = self._by_period(calendar)
        return self.sums[calendar]

    def _by_period(self, calendar: Calendar) -> Ints:
        period, periods = calendar.place(self.meaning["month"]), len(calendar.names)
        shape = (2, self.shape[1], self.shape[2], periods + 1)
        later = np.minimum(self.meaning["vintage"], 1)
        kinds = (later, self.meaning["move"], self.meaning["cause"], np.minimum(period, periods))
        bin_of = np.ravel_multi_index(kinds, shape)
        inside = (period >= 1) & (period <= periods)
        bin_of[~inside] = 0  # the place of the months before, which is cut off
        size = int(np.prod(shape))
        total = np.zeros(self.replications * size, np.int64)
        np.add.at(total, self.place * size + self.by_cell(bin_of), self.cents)
        return total.reshape(self.replications, *shape)[..., 1:]

    def table(self, calendar: Calendar) -> dict[str, Ints]:
        """Sums that are not zero, by place, vintage, move, cause and period (0: the opening)."""
        shape = (*self.shape[:3], len(calendar.names) + 1)
        period = calendar.place(self.meaning["month"])
        kinds = (*(self.meaning[axis] for axis in AXES[:3]), period)
        group_of = np.ravel_multi_index(kinds, shape)
        group = self.by_cell(group_of)
        differs = np.ones(len(group), bool)
        differs[1:] = (group[1:] != group[:-1]) | (self.place[1:] != self.place[:-1])
        first = np.flatnonzero(differs)
        cents = np.add.reduceat(self.cents, first) if len(first) else self.cents[:0]
        first, cents = first[cents != 0], cents[cents != 0]
        columns = np.unravel_index(np.arange(int(np.prod(shape))), shape)
        found = {
            name: column[group[first]]
            for name, column in zip((*AXES[:3], "period"), columns, strict=True)
        }
        return {"place": self.place[first], **found, "cents": cents}
