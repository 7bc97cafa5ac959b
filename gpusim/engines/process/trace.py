"""What happened, in order: one row an event, with the event that caused it.

A row keeps the numbers a reader asks for, read from State right after the rule; `story` turns rows
into sentences with the scenario's own names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from gpusim.economics.agenda import (
    ACCEPT,
    COLLECT,
    DELIVER,
    END,
    ENERGISE,
    FALL_DUE,
    FITTED,
    FUND,
    HANDOVER,
    MONTH,
    NEED,
    PAY,
    PLACE,
    PREPAY,
    RAISE,
    RETIRE,
    START,
    day_of_key,
    phase_of_key,
    subject_of_key,
)
from gpusim.economics.ledger import FIRST_CASH, LAST_CASH
from gpusim.economics.measures import SHORTFALL
from gpusim.economics.state import NEEDING, State


class Event(NamedTuple):
    """One event: its agenda key, the key of its cause (-1: none), and two numbers of its noun."""

    key: int
    parent: int
    day: int
    phase: int
    subject: int
    amount: int  # cents, GPUs or watts, by phase
    other: int  # a second number, by phase


@dataclass
class Trace:
    """The events of one replication."""

    events: list[Event] = field(default_factory=list)

    def note(self, s: State, key: int, parent: int) -> None:
        """Append the event whose rule has just run."""
        phase, subject = int(phase_of_key(key)), int(subject_of_key(key))
        amount, other = numbers_of(s, phase, subject)
        self.events.append(
            Event(key, parent, int(day_of_key(key)), phase, subject, int(amount), int(other))
        )


def numbers_of(s: State, phase: int, k: int) -> tuple[int, int]:
    """The two numbers worth telling of an event."""
    month = int(s.clock[0].month)
    if phase in (HANDOVER, ENERGISE):
        hall = s.halls[k]
        if phase == HANDOVER:
            return hall.watts, hall.handed_over - hall.planned_ready
        return hall.watts, hall.powered - hall.planned_power
    if phase in (NEED, PLACE, DELIVER, FITTED, ACCEPT):
        order = s.orders[k]
        return order.gpus, order.placed - order.planned if phase == PLACE else order.tranche
    if phase == FUND:
        return int(s.count[NEEDING]), 0
    if phase in (FALL_DUE, START, END):
        tranche = s.tranches[k]
        late = tranche.start - tranche.planned_start if phase == START else tranche.status
        return tranche.gpus, late
    if phase == PAY:
        return s.bills[k].amount, s.bills[k].status
    if phase == COLLECT:
        return s.invoices[k].amount, s.invoices[k].prepaid
    if phase == RAISE:
        return s.raises[k].amount, 0
    if phase == RETIRE:
        return s.assets[k].gpus, s.assets[k].retired
    if phase == MONTH:
        closed = month if s.clock[0].halted else month - 1
        held = s.balance[int(FIRST_CASH) : int(LAST_CASH) + 1].sum()
        return int(held), int(s.stocks[SHORTFALL, closed])
    if phase == PREPAY:
        return s.contracts[k].balance, 0
    return 0, 0
