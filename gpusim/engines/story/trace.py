"""What happened, in order: one row an event, with the event that caused it.

A row keeps the record that a reader asks for, read right after the rule; `telling` turns rows into
sentences with the scenario's own names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gpusim.economics.core.state import State


class Event(NamedTuple):
    """One event: its agenda key, the key of its cause (-1: none), and the record of its phase."""

    key: int
    parent: int
    day: int
    phase: int
    subject: int
    record: Any


@dataclass
class Trace:
    """The events of one replication, and what suppliers got up to the last."""

    events: list[Event] = field(default_factory=list)
    paid: int = 0  # [cents]
    drawn: int = 0  # [cents]
    kept: int = 0  # in reserves [cents]


class Moment(NamedTuple):
    """State right after the rule of an event, and what suppliers got by it."""

    s: State
    pointer: State  # the same, as rules take it
    phase: int
    paid: int  # [cents]
    drawn: int  # proceeds of debt for it [cents]
    kept: int  # put into reserves by it [cents]
