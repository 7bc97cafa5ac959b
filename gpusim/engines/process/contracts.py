"""A tranche's life from planned start to end; its contract, its invoices, its GPUs' pool."""

from __future__ import annotations

from collections.abc import Generator

import simpy

from gpusim.economics.core.agenda import (
    ALLOCATE,
    COLLECT,
    DEFAULT,
    END,
    LEAVE,
    LONG_STOP,
    NOTICE,
    PLANNED_START,
    PREPAY,
    RESET,
    RETURN,
    SIGN,
    START,
)
from gpusim.economics.core.state import (
    BACKSTOP,
    NEVER,
    TRANCHE_LOST,
    TRANCHE_SIGNED,
    TRANCHE_WAITING,
)
from gpusim.economics.sales import allocation, contracts, customers, ends, invoices
from gpusim.engines.process.simulation import Lifecycle, Simulation

OUT = {int(END): ends.end, int(LEAVE): customers.leave}


def tranche(sim: Simulation, k: int) -> Lifecycle:
    """Falls due, waits, bills, ends; or ends waiting, where a late start keeps the planned end.

    A part of a tranche that is cut off another waits at once.
    """
    came = int(START)
    if sim.s.tranches[k].status == TRANCHE_WAITING:
        came = yield from starting(sim, k)
    if sim.s.tranches[k].status == TRANCHE_SIGNED:
        came = yield from await_first(sim, k, PLANNED_START, LEAVE)
        if came == PLANNED_START:
            sim.do(allocation.reach_planned_start, k)
            came = int(START)
            if sim.s.contracts[sim.s.tranches[k].contract].kind != BACKSTOP:
                came = yield from starting(sim, k)
    if came == START:
        came = yield from await_first(sim, k, END, LEAVE, RETURN)
    if came == RETURN:  # a lender has ended it
        sim.do(ends.come_back, k)
    if came in OUT:
        sim.do(OUT[came], k)
        if sim.s.due[RETURN, k] < NEVER:
            yield sim.wait(k, RETURN)
            sim.do(ends.come_back, k)


def await_first(sim: Simulation, k: int, *phases: int) -> Generator[simpy.Event, int, int]:
    """Waits for the first of some events; which came.

    Until then its customer may give notice, and its price may follow an index.
    """
    while True:
        came = yield sim.wait(k, NOTICE, RESET, *phases)
        if came == NOTICE:
            sim.do(customers.give_notice, k)
        elif came == RESET:
            sim.do(contracts.reset_price, k)
        else:
            return came


def starting(sim: Simulation, k: int) -> Generator[simpy.Event, int, int]:
    """Waits for GPUs; what ended the wait. A customer that stays after the long stop waits on."""
    while True:
        came = yield from await_first(sim, k, START, END, LONG_STOP, LEAVE)
        if came == START:
            sim.do(allocation.start, k)
        if came != LONG_STOP:
            return came
        sim.do(customers.long_stop, k)
        if sim.s.tranches[k].status == TRANCHE_LOST:
            return came


def customer(sim: Simulation, c: int) -> Lifecycle:
    """Fails once, if ever."""
    yield sim.wait(c, DEFAULT)
    sim.do(customers.fail, c)


def contract(sim: Simulation, c: int) -> Lifecycle:
    """Signed if it is not yet, and prepaid if it says so, in the order the days bring."""
    rules = {int(SIGN): contracts.sign, int(PREPAY): invoices.prepay}
    while True:
        came = yield sim.wait(c, SIGN, PREPAY)
        sim.do(rules[came], c)


def invoice(sim: Simulation, i: int) -> Lifecycle:
    """Paid by the customer on its day."""
    yield sim.wait(i, COLLECT)
    sim.do(invoices.collect, i)


def pool(sim: Simulation, p: int) -> Lifecycle:
    """Whenever GPUs are free or a tranche waits, the pass hands them out."""
    while True:
        yield sim.wait(p, ALLOCATE)
        sim.do(allocation.allocate, p)
