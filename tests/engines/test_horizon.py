"""A run that is longer begins the same: no month knows where the simulation stops."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.core.state import State
from gpusim.engines import batch, process
from gpusim.scenario import load
from gpusim.scenario.lower import Book, lower
from gpusim.scenario.reading import bundled
from gpusim.world import draw
from tests.engines.build import book_of, merged
from tests.engines.generate import operators
from tests.engines.profile import EXAMPLES

MONTHLY = (
    "ledger", "stocks", "own_cash", "own_service", "loan_months", "covenant_tests", "earned",
    "received", "fleet", "plan",
)  # fmt: skip
"""Columns of State that a month writes and nothing later changes: statements, measures, cover."""
WHOLE_RUN = "later"
"""The vintage of what is signed after the last month: a longer run has quarters for it."""


def unlike(short: Book, a: State, long: Book, b: State) -> Iterator[str]:
    """What the shorter run's months hold that the longer run's do not."""
    months = a.ledger.shape[-1]
    for name in MONTHLY:
        one, two = getattr(a, name), getattr(b, name)
        rows = min(len(one), len(two))
        one, two = one[:rows, ..., :months], two[:rows, ..., :months]
        if not np.array_equal(one, two):
            yield f"{name} from month {np.argwhere(one != two)[:, -1].min()}"
    for v, vintage in enumerate(short.names.vintages):
        if vintage != WHOLE_RUN:
            one = a.backlog[v]
            two = b.backlog[long.names.vintages.index(vintage)][..., :months]
            if not np.array_equal(one, two):
                yield f"backlog of {vintage} from month {np.argwhere(one != two)[:, -1].min()}"


@EXAMPLES
@given(operators(), st.integers(1, 6), st.integers(0, 1000))
def test_any_operator_begins_the_same_whatever_its_horizon(tables, more, seed):
    quarters = tables["model"]["quarters"]
    short = book_of(tables)
    long = book_of(merged(tables, {"model": {"quarters": quarters + more}}))
    one = process.run(short.state, draw(short.spec, seed, 0))
    two = process.run(long.state, draw(long.spec, seed, 0))
    assert list(unlike(short, one, long, two)) == []


@pytest.mark.parametrize("model", bundled.names("operators"))
def test_bundled_models_begin_the_same_whatever_their_horizon(model):
    scenario = load(model)
    short = lower(scenario)
    long = lower(load(model, sets=[f"model.quarters={scenario.model.quarters + 4}"]))
    for replication in range(4):
        one = batch.run(short.state, draw(short.spec, 1, replication))
        two = batch.run(long.state, draw(long.spec, 1, replication))
        assert list(unlike(short, one, long, two)) == [], replication


def test_the_comparison_can_fail():
    """A longer run of another seed is not the same."""
    short, long = lower(load("spot-heavy")), lower(load("spot-heavy", sets=["model.quarters=30"]))
    one = batch.run(short.state, draw(short.spec, 1, 0))
    two = batch.run(long.state, draw(long.spec, 2, 0))
    assert any(fault.startswith("ledger") for fault in unlike(short, one, long, two))
