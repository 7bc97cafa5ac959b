"""Both engines give the same State, to the last bit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from gpusim.engines import batch, process
from gpusim.scenario import bundled, load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.engines.generate import plays
from tests.parity.difference import first_difference

SCENARIOS = settings(max_examples=300, deadline=None)


@SCENARIOS
@given(plays())
def test_generated_operators_end_the_same(play):
    assert first_difference(play.book, play.world) is None


@pytest.mark.parametrize("model", bundled.operators())
def test_bundled_operators_end_the_same(model):
    book = lower(load(model))
    for replication in range(3):
        assert first_difference(book, draw(book.spec, 5, replication)) is None


def test_a_rule_that_differs_is_found(monkeypatch):
    """The comparison can fail: it names the event and the column."""
    book = lower(load("single-site"))
    world = draw(book.spec, 5, 0)
    late = world._replace(hall_delay=world.hall_delay + 1)
    assert process.run(book.state, world).ledger.tobytes() == batch.run(
        book.state, world
    ).ledger.tobytes()
    found = first_difference(book, world, other=late)
    assert found is not None
    assert "HANDOVER" in found or "alarm" in found
