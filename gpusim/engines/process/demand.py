"""An offer's single day, and the desk that replaces GPUs, raises money and builds ahead."""

from __future__ import annotations

from gpusim.economics.core.agenda import OFFER, PLAN
from gpusim.economics.decisions import capital_raising as raising
from gpusim.economics.decisions import demand
from gpusim.engines.process.simulation import Lifecycle, Simulation


def offer(sim: Simulation, o: int) -> Lifecycle:
    """A customer asks; the strategy decides; a signature brings rows to life."""
    yield sim.wait(o, OFFER)
    sim.do(demand.decide_offer, o, *sim.decide(o))


def desk(sim: Simulation, k: int) -> Lifecycle:
    """At the start of a month the operator replaces GPUs, may raise money or build ahead."""
    while True:
        yield sim.wait(k, PLAN)
        sim.do(raising.plan_month, k)
