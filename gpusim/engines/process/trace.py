"""What happened, in order: one row an event, with the event that caused it.

A row keeps the facts a reader asks for, read right after the rule; `story` turns rows into
sentences with the scenario's own names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gpusim.economics.books.ledger import (
    CASH_FOR_CAPEX,
    CASH_FROM_DRAWS,
)
from gpusim.economics.core.agenda import (
    END,
    LONG_STOP,
    PAY,
    START,
    day_of_key,
    phase_of_key,
    subject_of_key,
)
from gpusim.economics.core.state import State
from gpusim.engines.process.facts import READERS, main_cause, renewal


class Event(NamedTuple):
    """One event: its agenda key, the key of its cause (-1: none), and the facts of its phase."""

    key: int
    parent: int
    day: int
    phase: int
    subject: int
    facts: Any


@dataclass
class Trace:
    """The events of one replication, and what suppliers got up to the last."""

    events: list[Event] = field(default_factory=list)
    paid: int = 0  # [cents]
    drawn: int = 0  # [cents]

    def note(self, s: State, handle: State, key: int, parent: int) -> None:
        """Append the event whose rule has just run. handle: s as rules take it."""
        phase, subject = int(phase_of_key(key)), int(subject_of_key(key))
        facts: Any = READERS[phase](s, subject, phase)
        paid, drawn = -int(s.balance[CASH_FOR_CAPEX]), int(s.balance[CASH_FROM_DRAWS])
        if phase == PAY:
            facts = facts._replace(amount=paid - self.paid, drawn=drawn - self.drawn)
        elif phase == LONG_STOP and facts.never_started:
            facts = facts._replace(cause=int(s.days.argmax()))
        elif phase == END:
            value, term_days = renewal(s, handle, subject)
            facts = facts._replace(renewed=value, renewed_days=term_days)
        elif phase == START and facts.late > 0:
            facts = facts._replace(cause=main_cause(s, handle, subject))
        self.paid, self.drawn = paid, drawn
        self.events.append(Event(key, parent, int(day_of_key(key)), phase, subject, facts))
