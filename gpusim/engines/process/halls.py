"""A hall's life, and a site's standing pass."""

from __future__ import annotations

from gpusim.economics.core.agenda import ENERGISE, GIVE_BACK, HANDOVER, INSTALL
from gpusim.economics.core.state import HALL_PLANNED, HALL_RETURNED
from gpusim.economics.hardware import buildings
from gpusim.economics.plant import sites
from gpusim.engines.process.simulation import Lifecycle, Simulation


def hall(sim: Simulation, h: int) -> Lifecycle:
    """Handed over by the landlord, powered by the utility, given back after its lease."""
    if sim.s.halls[h].status == HALL_PLANNED:
        yield sim.wait(h, HANDOVER)
        sim.do(buildings.hand_over, h)
    rules = {int(ENERGISE): sites.energise, int(GIVE_BACK): sites.give_back}
    while sim.s.halls[h].status != HALL_RETURNED:
        came = yield sim.wait(h, ENERGISE, GIVE_BACK)
        sim.do(rules[came], h)


def site(sim: Simulation, k: int) -> Lifecycle:
    """Whenever power or hardware appears, delivered orders move in."""
    while True:
        yield sim.wait(k, INSTALL)
        sim.do(sites.install, k)
