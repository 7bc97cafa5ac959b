"""One replication from the opening State to the last month's books."""

from __future__ import annotations

from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.array_capacity import copy, with_journal
from gpusim.economics.core.state import (
    ASSETS,
    BILLS,
    CONTRACTS,
    CUSTOMERS,
    FACILITIES,
    INVOICES,
    ORDERS,
    TRANCHE_ENDED,
    TRANCHES,
    State,
    World,
)
from gpusim.engines.process import contracts, demand, facilities, halls, orders
from gpusim.engines.process.simulation import Onlooker, Simulation
from gpusim.engines.story import Trace
from gpusim.scenario.spec import Names
from gpusim.strategies import Strategy


def run(
    opening: State,
    world: World,
    *,
    trace: Trace | None = None,
    journal: bool = False,
    strategy: Strategy | None = None,
    names: Names | None = None,
    closing: Onlooker | None = None,
) -> State:
    """Play one replication.

    opening: State at the as-of day, left as it is; world: what is drawn; trace: filled with
    every event if given; journal: keep every posting; strategy: a user's own, asked about each
    offer with a view that calls rows by their names; closing: looks at every month before its
    books close. Returns the final State.
    Raises: UnhandledEventError if a rule set an event that no lifecycle awaits.
    """
    state = copy(opening, world)
    if journal:
        state = with_journal(state)
    sim = Simulation(state, world, trace, strategy, names)
    sim.closing = closing
    open_run(sim.h, sim.w)
    populate(sim)
    sim.dispatch()
    sim.env.run()
    return sim.s


def populate(sim: Simulation) -> None:
    """Start the lifecycle of every row the run opens with, and say how new rows begin theirs."""
    s = sim.s
    sim.factories = {
        "orders": orders.order,
        "assets": orders.asset,
        "customers": contracts.customer,
        "contracts": contracts.contract,
        "tranches": contracts.tranche,
        "facilities": facilities.facility,
        "invoices": contracts.invoice,
        "bills": orders.bill,
    }
    start = sim.env.process
    for h in range(len(s.halls)):
        start(halls.hall(sim, h))
    for k in range(len(s.sites)):
        start(halls.site(sim, k))
    for k in range(s.count[ORDERS]):
        start(orders.order(sim, k))
    for a in range(s.count[ASSETS]):
        start(orders.asset(sim, a))
    for b in range(s.count[BILLS]):
        start(orders.bill(sim, b))
    for k in range(s.count[TRANCHES]):
        if s.tranches[k].status < TRANCHE_ENDED:
            start(contracts.tranche(sim, k))
    for c in range(s.count[CUSTOMERS]):
        start(contracts.customer(sim, c))
    for c in range(s.count[CONTRACTS]):
        start(contracts.contract(sim, c))
    for i in range(s.count[INVOICES]):
        start(contracts.invoice(sim, i))
    for p in range(len(s.pools)):
        start(contracts.pool(sim, p))
    for f in range(s.count[FACILITIES]):
        start(facilities.facility(sim, f))
    for r in range(len(s.raises)):
        start(orders.equity(sim, r))
    for o in range(len(sim.s.offers)):
        start(demand.offer(sim, o))
    start(demand.desk(sim, 0))
    start(orders.treasury(sim, 0))
    start(facilities.books(sim, 0))
