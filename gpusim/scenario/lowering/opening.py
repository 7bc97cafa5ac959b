"""Column 0: the backlog and the measures of the as-of day."""

from __future__ import annotations

from gpusim.economics.closing.month_end import measure, measure_backlog
from gpusim.economics.core.agenda import MONTH, SUBJECT_MASK, key_of
from gpusim.economics.core.state import N_CAUSES, NEVER, OPENING, TRANCHES, State
from gpusim.economics.sales.backlog import book_for
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.writable import to_pointer


def fill_clock(s: State, horizon: Horizon) -> None:
    """The end of the as-of day: every event is for a later day."""
    clock = s.clock[0]
    clock.now = key_of(horizon.today, MONTH, SUBJECT_MASK)
    clock.today = horizon.today
    clock.first_shortfall = NEVER


def fill_backlog(s: State) -> None:
    """Value signed by the as-of day is the opening balance of vintage 0."""
    h = to_pointer(s)
    for k in range(s.count[TRANCHES]):
        tranche = s.tranches[k]
        if s.contracts[tranche.contract].vintage == 0:
            book_for(h, int(tranche.contract), OPENING, N_CAUSES, int(tranche.value))


def fill_stocks(s: State, horizon: Horizon) -> None:
    """Measures as the books would write them on the as-of day."""
    measure(to_pointer(s), 0)
    measure_backlog(to_pointer(s), 0, horizon.today)
