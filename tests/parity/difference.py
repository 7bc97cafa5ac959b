"""Where two engines part: the first month, event and column in which their States differ."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from gpusim.economics.closing.opening import open_run
from gpusim.economics.core import agenda
from gpusim.economics.core.array_capacity import copy, fits, grow
from gpusim.economics.core.state import State, World
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.engines import batch, process
from gpusim.engines.batch.advance import perform
from gpusim.engines.batch.heap import pop, push
from gpusim.engines.process.run import populate
from gpusim.engines.process.simulation import Simulation
from gpusim.scenario.lower import Book


class Moment(NamedTuple):
    """An event and the State after it, column by column."""

    key: int
    columns: tuple[bytes, ...]


def first_difference(book: Book, world: World, other: World | None = None) -> str | None:
    """None where the final States are equal; else the first month, event and column that differ.

    other: a world for the batch engine alone.
    """
    one, two = process.run(book.state, world), batch.run(book.state, other or world)
    if columns(one) == columns(two):
        return None
    return f"{first_month(one, two, world)}: {first_event(book, world, other or world)}"


def digests(s: State) -> list[str]:
    """A digest of each month of a final State: what was posted, measured and moved in it."""
    monthly = s.ledger, s.stocks, s.backlog
    return [
        hashlib.blake2b(
            b"".join(c[..., month].tobytes() for c in monthly), digest_size=8
        ).hexdigest()
        for month in range(s.ledger.shape[-1])
    ]


def first_month(one: State, two: State, world: World) -> str:
    """The first month whose digests differ."""
    for month, (a, b) in enumerate(zip(digests(one), digests(two), strict=True)):
        if a != b:
            return f"{np.datetime64(int(world.month_end[month]), 'D')} ({a} and {b})"
    return "every month has the same digest"


def first_event(book: Book, world: World, other: World) -> str:
    """The first event and column that differ, by playing both once more, event by event."""
    pairs = zip_longest(by_process(book.state, world), by_batch(book.state, other))
    for left, right in pairs:
        if left is None or right is None or left.key != right.key:
            return f"the next event is {told(left)} in one engine, {told(right)} in the other"
        for name, a, b in zip(State._fields, left.columns, right.columns, strict=True):
            if a != b:
                return f"{name} differs after {told(left)}"
    return "States differ, but after no event"


def told(moment: Moment | None) -> str:
    if moment is None:
        return "none"
    if moment.key < 0:
        return "the opening"
    phase = agenda.PHASES[int(agenda.phase_of_key(moment.key))]
    day, subject = agenda.day_of_key(moment.key), agenda.subject_of_key(moment.key)
    return f"{phase} of row {subject} on {np.datetime64(int(day), 'D')}"


def columns(s: State) -> tuple[bytes, ...]:
    """State as bytes, column by column."""
    return tuple(column.tobytes() for column in s)


def by_process(opening: State, world: World) -> list[Moment]:
    moments = []

    class Noted(Simulation):
        def dispatch(self) -> None:
            super().dispatch()
            moments.append(Moment(int(self.key), columns(self.s)))

    sim = Noted(copy(opening, world), world, None)
    open_run(sim.h, sim.w)
    populate(sim)
    sim.dispatch()
    sim.env.run()
    return moments


def by_batch(opening: State, world: World) -> Iterator[Moment]:
    """What `advance` does, one event at a time."""
    s = copy(opening, world)
    h, w = to_pointer(s), world_to_pointer(world)
    heap = np.zeros(1 << 16, np.int64)
    open_run(h, w)
    key = -1
    while True:
        for scheduled in s.outbox[: s.clock[0].outbox]:
            push(heap, scheduled)
        s.clock[0].outbox = 0
        yield Moment(int(key), columns(s))
        key = None
        while heap[0] > 0 and key is None and not s.clock[0].halted:
            smallest = np.int64(pop(heap))
            key = smallest if agenda.pop_due(h, smallest) else None
        if key is None:
            return
        if not fits(h):
            s = grow(s)
            h = to_pointer(s)
        phase, subject = agenda.phase_of_key(key), agenda.subject_of_key(key)
        perform(h, w, np.int64(phase), np.int64(subject), s.clock[0].today)
