"""An offer's single day, and the desk that builds ahead."""

from __future__ import annotations

from gpusim.economics import demand
from gpusim.economics.agenda import OFFER, PLAN
from gpusim.engines.process.simulation import Lifecycle, Simulation


def offer(sim: Simulation, o: int) -> Lifecycle:
    """A customer asks; the strategy decides; a signature brings rows to life."""
    yield sim.wait(o, OFFER)
    sim.do(demand.decide_offer, o, *sim.decide(o))


def desk(sim: Simulation, k: int) -> Lifecycle:
    """At the start of each month the operator may order GPUs that nobody has asked for yet."""
    while True:
        yield sim.wait(k, PLAN)
        sim.do(demand.build_ahead, k)
