"""What a sentence is, what sentences remember of those before, and how an event is declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from gpusim.economics.core.agenda import PHASES
from gpusim.engines.story.causes import Causes
from gpusim.engines.story.formatting import series
from gpusim.engines.story.trace import Event, Moment, Trace
from gpusim.scenario.naming import NOUNS
from gpusim.scenario.spec import Names

R = TypeVar("R")
"""The record of an event: numbers only, with names."""


class Sentence(NamedTuple):
    """An event in words."""

    text: str
    amount: int | None  # the money it is about [cents]
    in_story: bool  # whether it belongs in the story


class Narrator:
    """Whoever says one event after the other: names, causes, and what has been said so far."""

    def __init__(self, names: Names, trace: Trace) -> None:
        """Begin the story of a trace. names: of all its rows."""
        self.names = names
        self.causes = Causes(names, trace)
        self.lots = 1  # that the event under way stands for
        orders = [e for e in trace.events if NOUNS[PHASES[e.phase]] == "order"]
        self.bought = {e.subject: (e.record.gpus, names.gens[e.record.gen]) for e in orders}
        self.money_waits: set[int] = set()  # orders told to wait for money
        self.room_waits: set[int] = set()  # orders told to wait for powered room
        self.gpu_waits: set[int] = set()  # tranches told to wait for GPUs
        self.postponed: dict[int, int] = {}  # facility: first day its closing failed
        self.stops: dict[int, int] = {}  # facility: day its draws stopped last
        self.unfunded: dict[int, int] = {}  # order: day it was first told to wait for money
        self.repaid: set[int] = set()  # facilities told to be repaid
        self.kept: set[int] = set()  # assets at the end of their life and still in use
        self.held_over: set[int] = set()  # halls told to be kept beyond their lease
        self.revenue = 0  # of the quarter so far [cents]
        self.puts_lost = 0  # up to the last year told [cents]
        self.unpaid: tuple[int, ...] = ()  # waterfall steps short at the last month's end

    def loans(self, rows: tuple[int, ...]) -> str:
        """Facilities by name; those of contracts signed in the run have none."""
        known = len(self.names.facilities)
        names = [self.names.facilities[row] for row in rows if row < known]
        if len(names) < len(rows):
            names.append(f"{len(rows) - len(names)} new loans")
        return series(names)


class Telling(NamedTuple):
    """How an event is read and said."""

    read: Callable[[Moment, int], Any]  # its record, from the row of its subject
    say: Callable[[Narrator, Event, Any], Sentence]


def declare(
    read: Callable[[Moment, int], R], say: Callable[[Narrator, Event, R], Sentence]
) -> Telling:
    """A phase's line in a noun's EVENTS: the sentence takes the record that is read.

    read: right after the event's rule, given the row of its subject; say: after the run.
    """
    return Telling(read, say)
