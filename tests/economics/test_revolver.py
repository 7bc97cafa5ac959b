"""The revolver: interest runs from each draw's own day."""

import numpy as np

from gpusim.economics.core.state import NONE, REVOLVER
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt import accruals, draws
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw


def test_a_second_draw_bears_interest_from_its_own_day() -> None:
    book = lower(load("coreweave-2025q4"))
    s, w = book.state, draw(book.spec, 1, 0)
    f = int(np.flatnonzero(s.facilities.kind == REVOLVER)[0])
    s.draws.principal[:] = 0
    s.facilities.accrued[:] = 0
    s.clock[0].month = 1
    start, end = int(w.month_end[0]), int(w.month_end[1])
    terms = s.terms[s.facilities[f].terms]
    assert terms.floating == 1
    assert terms.hedged_share == 0
    rate = max(float(w.base_rate[1]), terms.base_floor) + s.facilities[f].margin
    h, hw = to_pointer(s), world_to_pointer(w)
    draws.cash_draw(h, hw, np.int64(f), 1_000_000, start)
    draws.cash_draw(h, hw, np.int64(f), 1_000_000, start + 20)
    accruals.accrue(h, hw, end, NONE)
    whole, part = (end - start) / 360, (end - start - 20) / 360
    assert abs(s.facilities[f].accrued - 1_000_000 * rate * (whole + part)) <= 1
