"""Ordered lists: row numbers in an array, their length in `State.count`.

They are kept in order on entry, so that a pass reads them front to back; most enter at the end.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.records import Rows
from gpusim.economics.core.state import Ints, Tranche


@kernel
def enqueue(queue: Ints, count: Ints, place: int, row: int) -> None:
    """Insert a row in ascending order; `count[place]` is the queue's length."""
    n = count[place]
    while n > 0 and queue[n - 1] > row:
        queue[n] = queue[n - 1]
        n -= 1
    queue[n] = row
    count[place] += 1


@kernel
def enqueue_by_priority(
    queue: Ints, count: Ints, place: int, tranches: Rows[Tranche], row: int
) -> None:
    """Insert a tranche by (priority, row)."""
    n = count[place]
    while n > 0 and (tranches[queue[n - 1]].priority, queue[n - 1]) > (
        tranches[row].priority,
        row,
    ):
        queue[n] = queue[n - 1]
        n -= 1
    queue[n] = row
    count[place] += 1


@kernel
def leave(queue: Ints, count: Ints, place: int, row: int) -> None:
    """Take a row out, the others keep their order; nothing if it is not there."""
    at, length = 0, count[place]
    while at < length and queue[at] != row:
        at += 1
    if at == length:
        return
    for n in range(at + 1, length):
        queue[n - 1] = queue[n]
    count[place] = length - 1
