"""The agenda on SimPy's clock: events in, lifecycles woken, one rule done, its events dispatched.

SimPy gives time and generators; the order of ties is the agenda key alone, passed as the event's
priority. A process waits for events on its own subject and, once woken, does exactly one rule.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from gpusim.economics.core.agenda import DAY_BITS, PHASES, phase_of_key, pop_due, subject_of_key
from gpusim.economics.core.array_capacity import GROWING, fits, grow
from gpusim.economics.core.state import State, World
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.engines.deciding import decide
from gpusim.engines.story.recording import record_event
from gpusim.engines.story.trace import Trace
from gpusim.scenario.spec import Names
from gpusim.strategies import Strategy

Lifecycle = Generator[simpy.Event, int, None]
Rule = Callable[..., None]
"""(state, world, subject, *decision, day)."""
Onlooker = Callable[[State, World], None]
"""Sees the State as it is before the books of a month close; may keep a copy, changes nothing."""
ORDER_MASK = (1 << int(DAY_BITS)) - 1
FIRST_PRIORITY = 2
"""SimPy wakes processes with priorities 0 and 1; events come after that."""


class UnhandledEventError(Exception):
    """An event's moment has come, it still holds, and no lifecycle waits for it."""


class Simulation:
    """One replication under way."""

    def __init__(
        self,
        state: State,
        world: World,
        trace: Trace | None,
        strategy: Strategy | None = None,
        names: Names | None = None,
    ) -> None:
        """Take over a State and the World it meets.

        trace: collects events if given; strategy: a user's own; names: for its views.
        """
        self.strategy = strategy
        self.names = names
        self.world = world
        self.s = state
        self.h = to_pointer(state)
        self.w = world_to_pointer(world)
        self.trace = trace
        self.env = simpy.Environment(initial_time=int(state.clock[0].today))
        self.listeners: dict[tuple[int, int], simpy.Event] = {}
        self.factories: dict[str, Callable[[Simulation, int], Lifecycle]] = {}
        self.known = {name: int(state.count[place]) for name, place in GROWING}
        self.parents: dict[int, int] = {}
        self.closing: Onlooker | None = None
        self.key = -1

    def wait(self, subject: int, *phases: int) -> simpy.Event:
        """A SimPy event that fires with the phase of the first of these events on the subject."""
        event = simpy.Event(self.env)
        for phase in phases:
            self.listeners[int(phase), subject] = event
        return event

    def decide(self, offer: int) -> tuple[int, float]:
        """What the operator makes of an offer: its verdict, and its ask over the market."""
        return decide(self.s, self.world, self.h, self.w, offer, self.strategy, self.names)

    def do(self, rule: Rule, subject: int, *decision: float) -> None:
        """Run one rule for a subject, today, and take up the events it set."""
        if not fits(self.h):
            self.s = grow(self.s)
            self.h = to_pointer(self.s)
        rule(self.h, self.w, subject, *decision, int(self.env.now))
        if self.trace is not None:
            parent = self.parents.get(self.key, -1)
            record_event(self.trace, self.s, self.h, self.key, parent)
        self.dispatch()

    def dispatch(self) -> None:
        """Put the outbox on SimPy's clock and start a lifecycle for every new row."""
        clock = self.s.clock[0]
        now = int(self.env.now)
        for key in self.s.outbox[: clock.outbox].tolist():
            event = simpy.Event(self.env)
            event._ok = True
            event._value = key
            event.callbacks = [self.fire]
            priority = FIRST_PRIORITY + (key & ORDER_MASK)
            self.env.schedule(event, priority, (key >> int(DAY_BITS)) - now)
            if self.trace is not None:
                self.parents.setdefault(key, self.key)
        clock.outbox = 0
        for name, place in GROWING:
            count = int(self.s.count[place])
            factory = self.factories.get(name)
            if factory is not None:
                for row in range(self.known[name], count):
                    self.env.process(factory(self, row))
            self.known[name] = count

    def fire(self, event: Any) -> None:
        """Wake the lifecycle that awaits this event, unless the event no longer holds."""
        key: int = event._value
        if not pop_due(self.h, key):
            return
        phase, subject = int(phase_of_key(key)), int(subject_of_key(key))
        listener = self.listeners.pop((phase, subject), None)
        if listener is None or listener.triggered:
            raise UnhandledEventError(
                f"{PHASES[phase]} of row {subject} on day {int(self.env.now)}"
            )
        self.key = key
        listener.succeed(phase)
