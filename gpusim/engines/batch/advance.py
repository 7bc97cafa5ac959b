"""The agenda, compiled: take the smallest event that still holds, run its phase's one rule.

It owns nothing but the order. All progress is in State and the heap, so a run stops for a decision
or for room and goes on from there.
"""

from __future__ import annotations

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.books import equity
from gpusim.economics.closing import month_end as month
from gpusim.economics.closing import recourse, settle
from gpusim.economics.core import agenda
from gpusim.economics.core.array_capacity import fits
from gpusim.economics.core.state import NONE, Flat, State, World
from gpusim.economics.debt.service import loan_closing
from gpusim.economics.decisions import capital_raising as raising
from gpusim.economics.decisions import demand
from gpusim.economics.hardware import assets, buildings, funding, orders
from gpusim.economics.plant import sites
from gpusim.economics.sales import allocation, contracts, customers, ends, invoices
from gpusim.engines.batch.heap import pop, push

DONE, DECIDE, ROWS, PLACES = const(0), const(1), const(2), const(3)
"""Why `advance` came back: the run is over, a strategy is asked, rows for the rule of the event in
the clock may not suffice, or the heap may not."""


@kernel
def advance(s: State, w: World, heap: Flat, taken: int, asks: int) -> int:
    """Go on until the run is over, a decision is due or room is short; says which.

    taken: key of the event that was taken before room was made for its rule; NONE. asks: 1 stops
    at every offer, with its key in the clock; 0 decides by the levers.
    """
    key = taken
    while True:
        if key == NONE:
            if len(heap) - heap[0] <= s.clock[0].outbox + 1:
                return PLACES
            for n in range(s.clock[0].outbox):
                push(heap, s.outbox[n])
            s.clock[0].outbox = 0
            if heap[0] == 0 or s.clock[0].halted != 0:
                return DONE
            key = pop(heap)
            if not agenda.pop_due(s, key):
                key = NONE
                continue
        if not fits(s):
            return ROWS
        phase = agenda.phase_of_key(key)
        if phase == agenda.OFFER and asks != 0:
            return DECIDE
        perform(s, w, phase, agenda.subject_of_key(key), s.clock[0].today)
        key = NONE


@kernel
def perform(s: State, w: World, phase: int, k: int, day: int) -> None:
    """The one rule of a phase, for the subject of its event."""
    if phase == agenda.COLLECT:
        invoices.collect(s, w, k, day)
    elif phase == agenda.PAY:
        funding.pay_bill(s, w, k, day)
    elif phase == agenda.NEED:
        orders.need(s, w, k, day)
    elif phase == agenda.FUND:
        funding.fund(s, w, k, day)
    elif phase == agenda.PLACE:
        orders.place(s, w, k, day)
    elif phase == agenda.DELIVER:
        orders.deliver(s, w, k, day)
    elif phase == agenda.INSTALL:
        sites.install(s, w, k, day)
    elif phase == agenda.FITTED:
        orders.fitted(s, w, k, day)
    elif phase == agenda.ACCEPT:
        orders.accept(s, w, k, day)
    elif phase == agenda.PLANNED_START:
        allocation.reach_planned_start(s, w, k, day)
    elif phase == agenda.ALLOCATE:
        allocation.allocate(s, w, k, day)
    elif phase == agenda.START:
        allocation.start(s, w, k, day)
    elif phase == agenda.END:
        ends.end(s, w, k, day)
    elif phase == agenda.RETURN:
        ends.come_back(s, w, k, day)
    elif phase == agenda.NOTICE:
        customers.give_notice(s, w, k, day)
    elif phase == agenda.LEAVE:
        customers.leave(s, w, k, day)
    elif phase == agenda.RESET:
        contracts.reset_price(s, w, k, day)
    elif phase == agenda.LONG_STOP:
        customers.long_stop(s, w, k, day)
    elif phase == agenda.DEFAULT:
        customers.fail(s, w, k, day)
    elif phase == agenda.OFFER:
        verdict = demand.decide_bid(s, w, k)
        demand.decide_offer(s, w, k, verdict, s.policy[0].price_markup, day)
    elif phase == agenda.PLAN:
        raising.plan_month(s, w, k, day)
    elif phase == agenda.SIGN:
        contracts.sign(s, w, k, day)
    elif phase == agenda.PREPAY:
        invoices.prepay(s, w, k, day)
    elif phase == agenda.RAISE:
        equity.receive_equity(s, w, k, day)
    elif phase == agenda.CLOSE:
        loan_closing.close(s, w, k, day)
    elif phase == agenda.LAPSE:
        recourse.lapse(s, w, k, day)
    elif phase == agenda.HANDOVER:
        buildings.hand_over(s, w, k, day)
    elif phase == agenda.GIVE_BACK:
        sites.give_back(s, w, k, day)
    elif phase == agenda.ENERGISE:
        sites.energise(s, w, k, day)
    elif phase == agenda.RETIRE or phase == agenda.SELL:
        assets.retire(s, w, k, day)
    elif phase == agenda.SERVE:
        settle.serve(s, w, k, day)
    elif phase == agenda.MONTH:
        month.close_month(s, w, k, day)
