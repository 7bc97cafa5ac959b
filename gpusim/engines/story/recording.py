"""Noting events as they happen."""

from __future__ import annotations

from gpusim.economics.books.ledger import CASH_FOR_CAPEX, CASH_FROM_DRAWS, CASH_TO_RESERVES
from gpusim.economics.core.agenda import day_of_key, phase_of_key, subject_of_key
from gpusim.economics.core.state import State
from gpusim.engines.story.events import EVENTS
from gpusim.engines.story.trace import Event, Moment, Trace


def record_event(trace: Trace, s: State, pointer: State, key: int, parent: int) -> None:
    """Append the event whose rule has just run.

    s, pointer: State, and the same as rules take it; key: the event's place in the agenda; parent:
    that of the event which scheduled it; -1: none.
    """
    phase, subject = int(phase_of_key(key)), int(subject_of_key(key))
    paid, drawn = -int(s.balance[CASH_FOR_CAPEX]), int(s.balance[CASH_FROM_DRAWS])
    kept = -int(s.balance[CASH_TO_RESERVES])
    gone = (paid - trace.paid, drawn - trace.drawn, kept - trace.kept)
    moment = Moment(s, pointer, phase, *gone)
    trace.paid, trace.drawn, trace.kept = paid, drawn, kept
    record = EVENTS[phase].read(moment, subject)
    trace.events.append(Event(key, parent, int(day_of_key(key)), phase, subject, record))
