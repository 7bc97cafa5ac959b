"""Ordered lists: row numbers in an array, their length in `State.count`.

They are kept in order on entry, so that a pass reads them front to back; most enter at the end.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.state import Ints, Rows, Tranche


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
    """Take a row out of a queue in ascending order; nothing if it is not there."""
    at, length = 0, count[place]
    over = length
    while at < over:  # the first row that is not below it
        middle = (at + over) // 2
        if queue[middle] < row:
            at = middle + 1
        else:
            over = middle
    if at < length and queue[at] == row:
        close_gap(queue, count, place, at)


@kernel
def leave_by_priority(queue: Ints, count: Ints, place: int, row: int) -> None:
    """Take a row out of a queue in another order; nothing if it is not there."""
    at, length = 0, count[place]
    while at < length and queue[at] != row:
        at += 1
    if at < length:
        close_gap(queue, count, place, at)


@kernel
def close_gap(queue: Ints, count: Ints, place: int, at: int) -> None:
    """Take out what stands at a place; what stands behind it moves up."""
    length = count[place]
    for n in range(at + 1, length):
        queue[n - 1] = queue[n]
    count[place] = length - 1
