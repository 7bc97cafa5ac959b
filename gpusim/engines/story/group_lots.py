"""Lots of one tranche to which the same happens on one day, told as one."""

from __future__ import annotations

from itertools import groupby

from gpusim.economics.core import agenda
from gpusim.economics.core.state import NONE
from gpusim.engines.story.lots import LOT, tranche_of
from gpusim.engines.story.nouns.orders import OrderRecord
from gpusim.engines.story.nouns.payments import PaymentRecord
from gpusim.engines.story.trace import Event
from gpusim.scenario.spec import Names


def gather(names: Names, events: list[Event]) -> list[tuple[Event, int]]:
    """Events with the number of lots each stands for; amounts of what is told as one are added."""

    def alike(e: Event) -> tuple[int, int, str, int]:
        pass_ = e.parent if e.phase in (agenda.PLACE, agenda.FITTED) else NONE
        return e.day, e.phase, tranche_told(names, e), pass_

    gathered: list[tuple[Event, int]] = []
    for _, group in groupby(events, alike):
        run = list(group)
        if len(run) > 1 and tranche_told(names, run[0]):
            gathered.append((run[0]._replace(record=total(run)), len(run)))
        else:
            gathered.extend((event, 1) for event in run)
    return gathered


def tranche_told(names: Names, e: Event) -> str:
    """The tranche whose lots may be told together; nothing for other events."""
    row = NONE
    if e.phase in (agenda.PLACE, agenda.DELIVER, agenda.FITTED):
        row = e.subject
    elif e.phase == agenda.PAY:
        row = e.record.noun
    if row == NONE or LOT not in names.orders[row]:
        return ""
    return tranche_of(names.orders[row])


def total(run: list[Event]) -> OrderRecord | PaymentRecord:
    """The records of several events of a kind as one; lateness is the last one's."""
    records = [event.record for event in run]
    last = records[-1]
    if isinstance(last, PaymentRecord):
        return last._replace(
            amount=sum(r.amount for r in records),
            unpaid=sum(r.unpaid for r in records),
            drawn=sum(r.drawn for r in records),
        )
    summed: OrderRecord = last._replace(
        gpus=sum(r.gpus for r in records),
        cost=sum(r.cost for r in records),
        deposit=sum(r.deposit for r in records),
    )
    return summed
