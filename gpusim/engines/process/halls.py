"""A hall's life, and a site's standing pass."""

from __future__ import annotations

from gpusim.economics import sites
from gpusim.economics.agenda import ENERGISE, HANDOVER, INSTALL
from gpusim.economics.state import HALL_PLANNED
from gpusim.engines.process.simulation import Lifecycle, Simulation


def hall(sim: Simulation, h: int) -> Lifecycle:
    """Handed over by the landlord, then powered by the utility."""
    if sim.s.halls[h].status == HALL_PLANNED:
        yield sim.wait(h, HANDOVER)
        sim.do(sites.handover, h)
    yield sim.wait(h, ENERGISE)
    sim.do(sites.energise, h)


def site(sim: Simulation, k: int) -> Lifecycle:
    """Whenever power or hardware appears, delivered orders move in."""
    while True:
        yield sim.wait(k, INSTALL)
        sim.do(sites.install, k)
