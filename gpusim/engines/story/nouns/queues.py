"""Passes over what waits: orders for money, orders for powered room, tranches for GPUs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final, NamedTuple

from gpusim.economics.core import agenda
from gpusim.economics.core.state import NEEDING, ORDER_DELIVERED, ORDERS, WAITING
from gpusim.engines.story.formatting import plain, series
from gpusim.engines.story.lots import tranche_of, whose
from gpusim.engines.story.narrator import Narrator, Sentence, declare
from gpusim.engines.story.trace import Event, Moment


class QueueRecord(NamedTuple):
    """A pass (FUND, INSTALL, ALLOCATE): the orders or tranches it leaves waiting, as they stand."""

    waiting: tuple[int, ...]


def treasury_record(m: Moment, _: int) -> QueueRecord:
    """Orders that wait for funding."""
    return QueueRecord(tuple(m.s.needing[: m.s.count[NEEDING]].tolist()))


def site_record(m: Moment, site: int) -> QueueRecord:
    """Delivered orders that wait for powered room."""
    orders = [m.s.orders[k] for k in range(m.s.count[ORDERS])]
    return QueueRecord(
        tuple(
            k
            for k, order in enumerate(orders)
            if order.status == ORDER_DELIVERED and order.site == site
        )
    )


def pool_record(m: Moment, p: int) -> QueueRecord:
    """Tranches that wait for GPUs of a pool."""
    queue = m.s.waiting[: m.s.count[WAITING]].tolist()
    return QueueRecord(tuple(k for k in queue if m.s.tranches[k].pool == p))


def fund(narrator: Narrator, e: Event, r: QueueRecord) -> Sentence:
    """Orders without money: told once."""
    new = [k for k in r.waiting if k not in narrator.money_waits]
    narrator.money_waits |= set(new)
    narrator.unfunded |= dict.fromkeys(new, e.day)
    if not new:
        return Sentence(f"{len(r.waiting)} orders wait for funding", None, in_story=False)
    return Sentence(f"{listed(narrator, new)} wait for funding", None, in_story=True)


def install(narrator: Narrator, e: Event, r: QueueRecord) -> Sentence:
    """Delivered orders without powered room: told once."""
    new = [k for k in r.waiting if k not in narrator.room_waits]
    narrator.room_waits |= set(new)
    if not new:
        return Sentence(f"{len(r.waiting)} orders wait for powered room", None, in_story=False)
    site = narrator.names.sites[e.subject]
    return Sentence(f"{listed(narrator, new)} wait for powered room at {site}", None, in_story=True)


def allocate(narrator: Narrator, e: Event, r: QueueRecord) -> Sentence:
    """Tranches without GPUs: told once."""
    new = [k for k in r.waiting if k not in narrator.gpu_waits]
    narrator.gpu_waits |= set(new)
    if not new:
        return Sentence(f"{len(r.waiting)} tranches wait for GPUs", None, in_story=False)
    verb = "waits" if len(new) == 1 else "wait"
    tranches = series([plain(narrator.names.tranches[k]) for k in new])
    text = f"{tranches} {verb} for {narrator.names.pools[e.subject]}"
    return Sentence(text, None, in_story=True)


def listed(narrator: Narrator, rows: Iterable[int]) -> str:
    """Orders as a list, lots of a tranche together."""
    names, bought, said = narrator.names, narrator.bought, []
    for _, group in groupby(rows, lambda k: tranche_of(names.orders[k])):
        lots = list(group)
        known = [bought[k] for k in lots if k in bought]
        what = "GPUs"
        if len(known) == len(lots):
            what = f"{sum(gpus for gpus, _ in known):,} {known[0][1]}"
        said.append(f"{what} {whose(names, lots[0], len(lots))}")
    return series(said)


EVENTS: Final = {
    agenda.FUND: declare(treasury_record, fund),
    agenda.INSTALL: declare(site_record, install),
    agenda.ALLOCATE: declare(pool_record, allocate),
}
