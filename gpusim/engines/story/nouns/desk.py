"""The desk's month: what it raises, and what it orders ahead of any contract."""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.economics.books.measures import RAISED_DEBT, RAISED_EQUITY
from gpusim.economics.core import agenda
from gpusim.economics.core.state import NEVER, NONE, ORDERS
from gpusim.engines.story.formatting import usd
from gpusim.engines.story.narrator import Narrator, Sentence, declare
from gpusim.engines.story.trace import Event, Moment


class PlanRecord(NamedTuple):
    """PLAN: GPUs that will be ordered for nobody in particular; 0: none. Money raised [cents]."""

    gpus: int
    gen: int
    notes: int
    shares: int


def plan_record(m: Moment, _: int) -> PlanRecord:
    """What the desk has just decided to raise and to order."""
    s = m.s
    month, last = s.clock[0].month, s.count[ORDERS] - 1
    notes, shares = s.stocks[RAISED_DEBT, month], s.stocks[RAISED_EQUITY, month]
    mine = last >= 0 and s.orders[last].tranche == NONE and s.due[agenda.NEED, last] < NEVER
    mine = mine and s.orders[last].replacement == 0
    ordered = (int(s.orders[last].gpus), int(s.orders[last].gen)) if mine else (0, 0)
    return PlanRecord(*ordered, int(notes), int(shares))


def plan(narrator: Narrator, e: Event, r: PlanRecord) -> Sentence:
    """Notes, shares and GPUs; nothing is told where there is none."""
    raised = r.notes + r.shares
    done = []
    if r.notes:
        done.append(f"notes of {usd(r.notes)} are issued, for cash runs low ahead")
    if r.shares:
        done.append(f"new shares are sold for {usd(r.shares)}, for cash runs low ahead")
    if r.gpus:
        gpus = f"{r.gpus:,} {narrator.names.gens[r.gen]}"
        done.append(f"{gpus} will be ordered ahead of any contract")
    if not done:
        return Sentence("nothing is raised or built ahead", None, in_story=False)
    return Sentence("; ".join(done), raised or None, in_story=True)


EVENTS: Final = {agenda.PLAN: declare(plan_record, plan)}
