"""Lots of one tranche to which the same happens on one day, told as one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from gpusim.economics.core import agenda
from gpusim.economics.core.state import NONE
from gpusim.engines.process.facts import OrderFacts, PaymentFacts
from gpusim.engines.process.trace import Event
from gpusim.engines.process.words import plain, series
from gpusim.scenario.spec import Names

LOT = ".lot."


def tranche_of(order: str) -> str:
    """An order's name without its lot.

    >>> tranche_of("anchor.tranches.1.lot.0")
    'anchor.tranches.1'
    """
    return order.partition(LOT)[0]


def lots_name(names: Names, row: int, count: int) -> str:
    """The name of an order, or of `count` lots of its tranche."""
    if count == 1:
        return plain(names.orders[row])
    return f"{plain(tranche_of(names.orders[row]))} ({count} lots)"


def listed(names: Names, bought: dict[int, tuple[int, str]], rows: Iterable[int]) -> str:
    """Orders as a list, lots of a tranche together. bought: GPUs and generation, where known."""
    said = []
    for _, group in groupby(rows, lambda k: tranche_of(names.orders[k])):
        lots = list(group)
        known = [bought[k] for k in lots if k in bought]
        what = "GPUs"
        if len(known) == len(lots):
            what = f"{sum(gpus for gpus, _ in known):,} {known[0][1]}"
        said.append(f"{what} for {lots_name(names, lots[0], len(lots))}")
    return series(said)


def gather(names: Names, events: list[Event]) -> list[tuple[Event, int]]:
    """Events with the number of lots each stands for; amounts of what is told as one are added."""

    def alike(e: Event) -> tuple[int, int, str, int]:
        pass_ = e.parent if e.phase in (agenda.PLACE, agenda.FITTED) else NONE
        return e.day, e.phase, tranche_told(names, e), pass_

    gathered: list[tuple[Event, int]] = []
    for _, group in groupby(events, alike):
        run = list(group)
        if len(run) > 1 and tranche_told(names, run[0]):
            gathered.append((run[0]._replace(facts=total(run)), len(run)))
        else:
            gathered.extend((event, 1) for event in run)
    return gathered


def tranche_told(names: Names, e: Event) -> str:
    """The tranche whose lots may be told together; nothing for other events."""
    row = NONE
    if e.phase in (agenda.PLACE, agenda.DELIVER, agenda.FITTED):
        row = e.subject
    elif e.phase == agenda.PAY:
        row = e.facts.noun
    if row == NONE or LOT not in names.orders[row]:
        return ""
    return tranche_of(names.orders[row])


def total(run: list[Event]) -> OrderFacts | PaymentFacts:
    """The facts of several events of a kind as one; lateness is the last one's."""
    facts = [event.facts for event in run]
    last = facts[-1]
    if isinstance(last, PaymentFacts):
        return last._replace(
            amount=sum(f.amount for f in facts),
            unpaid=sum(f.unpaid for f in facts),
            drawn=sum(f.drawn for f in facts),
        )
    summed: OrderFacts = last._replace(
        gpus=sum(f.gpus for f in facts),
        cost=sum(f.cost for f in facts),
        deposit=sum(f.deposit for f in facts),
    )
    return summed
