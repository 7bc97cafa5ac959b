"""Both engines give the same State, to the last bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from gpusim.economics.core.state import ORDERS
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.engines.generate import plays
from tests.parity.difference import first_difference

SCENARIOS = settings(max_examples=300, deadline=None)


@SCENARIOS
@given(plays())
def test_generated_operators_end_the_same(play):
    assert first_difference(play.book, play.world) is None


def test_the_first_event_that_differs_is_named():
    """The comparison can fail: one engine is told that hardware takes a day longer."""
    book = lower(load("single-site"))
    world = draw(book.spec, 5, 0)
    later = world._replace(lead_days=world.lead_days + 1)
    end = process.run(book.state, world)
    placed = end.orders.placed[: end.count[ORDERS]].min()
    found = first_difference(book, world, other=later)
    assert found is not None
    assert found.endswith(f"differs after PLACE of row 0 on {np.datetime64(int(placed), 'D')}")
