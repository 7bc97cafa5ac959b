"""Events of an order for GPUs: needed, placed, delivered, in service, accepted."""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.economics.core import agenda
from gpusim.economics.core.state import ASSETS, NEVER, State
from gpusim.engines.story.formatting import against_plan, days, usd
from gpusim.engines.story.lots import whose
from gpusim.engines.story.narrator import Narrator, Sentence, declare
from gpusim.engines.story.trace import Event, Moment


class OrderRecord(NamedTuple):
    """NEED, PLACE, DELIVER, FITTED, ACCEPT."""

    gpus: int
    gen: int
    cost: int  # whole at NEED and PLACE; entered construction in progress; left it
    late: int
    deposit: int


def order_record(m: Moment, k: int) -> OrderRecord:
    """An order on its way. An order placed before the as-of day has no planned delivery."""
    order = m.s.orders[k]
    gen = m.s.gens[order.gen]
    cost, late, deposit = order.cost, 0, 0
    if m.phase == agenda.NEED:
        late = order.needed - order.planned
    elif m.phase == agenda.PLACE:
        late, deposit = order.placed - order.needed, order.paid_ahead
    elif m.phase == agenda.DELIVER:
        cost = order.in_progress
        late = order.delivered - order.placed - gen.lead_days if order.placed < NEVER else 0
    elif m.phase == agenda.FITTED:
        cost = in_service(m.s, k)
    else:
        late = order.accepted - order.fitted - order.acceptance_planned
    return OrderRecord(int(order.gpus), int(order.gen), int(cost), int(late), int(deposit))


def in_service(s: State, k: int) -> int:
    """Cost of the assets an order has just become [cents]."""
    total, row = 0, s.count[ASSETS] - 1
    while row >= 0 and s.assets[row].order == k:
        total += s.assets[row].gross
        row -= 1
    return total


def need(narrator: Narrator, e: Event, r: OrderRecord) -> Sentence:
    """Its planned day has come; what became of it is told when it is placed or waits."""
    return Sentence(f"{called(narrator, e, r)} should be ordered", r.cost, in_story=False)


def place(narrator: Narrator, e: Event, r: OrderRecord) -> Sentence:
    """It is placed, and a deposit paid; what it waited for."""
    text = f"{called(narrator, e, r)} are ordered: {usd(r.cost)}, of which {usd(r.deposit)} now"
    if r.late > 0:
        text += f"; funded after {days(r.late)}{narrator.causes.nearest(e)}"
    return Sentence(text, r.cost, in_story=True)


def deliver(narrator: Narrator, e: Event, r: OrderRecord) -> Sentence:
    """Title passes."""
    text = f"{called(narrator, e, r)} are delivered{against_plan(r.late)}"
    return Sentence(f"{text}: {usd(r.cost)} in construction in progress", r.cost, in_story=True)


def fitted(narrator: Narrator, e: Event, r: OrderRecord) -> Sentence:
    """It is in service; what it waited for."""
    text = f"{called(narrator, e, r)} in service: {usd(r.cost)} leaves construction in progress"
    return Sentence(text + narrator.causes.nearest(e), r.cost, in_story=True)


def accept(narrator: Narrator, e: Event, r: OrderRecord) -> Sentence:
    """The customer has tested it."""
    text = f"{called(narrator, e, r)} are accepted{against_plan(r.late)}"
    return Sentence(text, None, in_story=False)


def called(narrator: Narrator, e: Event, r: OrderRecord) -> str:
    """An order, or several lots told as one, by its GPUs and whom they are for."""
    gpus = f"{r.gpus:,} {narrator.names.gens[r.gen]}"
    return f"{gpus} {whose(narrator.names, e.subject, narrator.lots)}"


EVENTS: Final = {
    agenda.NEED: declare(order_record, need),
    agenda.PLACE: declare(order_record, place),
    agenda.DELIVER: declare(order_record, deliver),
    agenda.FITTED: declare(order_record, fitted),
    agenda.ACCEPT: declare(order_record, accept),
}
