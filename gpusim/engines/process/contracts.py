"""A tranche's life from planned start to end; its contract, its invoices, its GPUs' pool."""

from __future__ import annotations

from gpusim.economics import contracts
from gpusim.economics.agenda import ALLOCATE, COLLECT, END, FALL_DUE, PREPAY, SIGN, START
from gpusim.economics.state import BACKSTOP, TRANCHE_LIVE, TRANCHE_SIGNED
from gpusim.engines.process.simulation import Lifecycle, Simulation


def tranche(sim: Simulation, k: int) -> Lifecycle:
    """Falls due, waits, bills, ends; or ends waiting, where a late start keeps the planned end."""
    came = TRANCHE_LIVE
    if sim.s.tranches[k].status == TRANCHE_SIGNED:
        yield sim.wait(k, FALL_DUE)
        sim.do(contracts.fall_due, k)
        if sim.s.contracts[sim.s.tranches[k].contract].kind != BACKSTOP:
            came = yield sim.wait(k, START, END)
            if came == START:
                sim.do(contracts.start, k)
    if came != END:
        yield sim.wait(k, END)
    sim.do(contracts.end, k)


def contract(sim: Simulation, c: int) -> Lifecycle:
    """Signed if it is not yet, and prepaid if it says so, in the order the days bring."""
    rules = {int(SIGN): contracts.sign, int(PREPAY): contracts.prepay}
    while True:
        came = yield sim.wait(c, SIGN, PREPAY)
        sim.do(rules[came], c)


def invoice(sim: Simulation, i: int) -> Lifecycle:
    """Paid by the customer on its day."""
    yield sim.wait(i, COLLECT)
    sim.do(contracts.collect, i)


def generation(sim: Simulation, g: int) -> Lifecycle:
    """Whenever GPUs are free or a tranche waits, the pass hands them out."""
    while True:
        yield sim.wait(g, ALLOCATE)
        sim.do(contracts.allocate, g)
