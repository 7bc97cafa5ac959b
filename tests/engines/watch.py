"""A run with questions asked after every event and at the end of every day.

A question reads State and returns what is wrong, as words; a watched run collects the answers.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np

from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.agenda import day_of_key, phase_of_key
from gpusim.economics.core.array_capacity import copy
from gpusim.economics.core.state import State, World
from gpusim.engines.process.run import populate
from gpusim.engines.process.simulation import Simulation
from gpusim.scenario.lower import Book

Question = Callable[["Watched"], Iterable[str]]


def silent(sim: Watched) -> Iterable[str]:
    """Nothing to ask."""
    return ()


class Watched(Simulation):
    """The process engine, watched."""

    def __init__(self, state: State, world: World, event: Question, day: Question) -> None:
        super().__init__(state, world, None)
        self.event = event
        self.end_of_day = day
        self.day = int(state.clock[0].today)
        self.faults: list[str] = []

    def fire(self, event: Any) -> None:
        day = int(day_of_key(event._value))
        if day > self.day:
            if self.key >= 0:
                self.ask(self.end_of_day)
            self.day = day
        super().fire(event)

    def do(self, rule: Any, subject: int, *decision: float) -> None:
        self.s.payments_due[:] = 0  # work space: nothing of an earlier month to be seen
        super().do(rule, subject, *decision)
        self.ask(self.event)

    def ask(self, question: Question) -> None:
        for fault in question(self):
            self.faults.append(f"day {self.day}: {fault}")

    @property
    def phase(self) -> int:
        """Phase of the event that has just happened."""
        return int(phase_of_key(self.key))


def watch(book: Book, world: World, *, event: Question = silent, day: Question = silent) -> Watched:
    """Play a book to its end and ask on the way; `faults` holds the first answers."""
    sim = Watched(copy(book.state, world), world, event, day)
    open_run(sim.h, sim.w)
    populate(sim)
    sim.dispatch()
    sim.env.run()
    sim.ask(day)
    sim.faults = sim.faults[:5]
    return sim


def read(rows: Any) -> list[Any]:
    """Rows as they stand, each a tuple with the names of their columns: quick to look at."""
    return [kind(rows.dtype)._make(row) for row in rows.tolist()]


@cache
def kind(columns: np.dtype[Any]) -> Any:
    """The tuple of a noun's columns."""
    return namedtuple("Row", columns.names or ())
