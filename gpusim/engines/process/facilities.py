"""A facility's availability, and the books that close every month."""

from __future__ import annotations

from gpusim.economics import facilities, month, recourse
from gpusim.economics.agenda import CLOSE, LAPSE, MONTH
from gpusim.engines.process.simulation import Lifecycle, Simulation


def facility(sim: Simulation, f: int) -> Lifecycle:
    """Closes when the loan market is open, lapses when its availability or its lender ends it."""
    rules = {int(CLOSE): facilities.close, int(LAPSE): recourse.lapse}
    while True:
        came = yield sim.wait(f, CLOSE, LAPSE)
        sim.do(rules[came], f)


def books(sim: Simulation, k: int) -> Lifecycle:
    """The last event of every month."""
    while True:
        yield sim.wait(k, MONTH)
        sim.do(month.close_month, k)
