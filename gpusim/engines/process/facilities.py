"""A facility's availability, and the books that close every month."""

from __future__ import annotations

from gpusim.economics.closing import month_end as month
from gpusim.economics.closing import recourse, settle
from gpusim.economics.core.agenda import CLOSE, LAPSE, MONTH, SERVE
from gpusim.economics.debt.service import loan_closing
from gpusim.engines.process.simulation import Lifecycle, Simulation


def facility(sim: Simulation, f: int) -> Lifecycle:
    """Closes in an open loan market for its fee, is served, lapses in time or by its lender."""
    rules = {
        int(CLOSE): loan_closing.close,
        int(SERVE): settle.serve,
        int(LAPSE): recourse.lapse,
    }
    while True:
        came = yield sim.wait(f, CLOSE, SERVE, LAPSE)
        sim.do(rules[came], f)


def books(sim: Simulation, k: int) -> Lifecycle:
    """The last event of every month."""
    while True:
        yield sim.wait(k, MONTH)
        if sim.closing is not None:
            sim.closing(sim.s, sim.world)
        sim.do(month.close_month, k)
