"""Every bundled operator, shock and strategy, in both engines, to the last bit.

A covering set: each operator as it is with several seeds, each shock and each strategy on the
operator that has everything, and on each other operator a pair of its own.
"""

from __future__ import annotations

import numpy as np
import pytest

from gpusim.engines import batch, process
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.lower import Book, lower
from gpusim.scenario.reading import bundled
from gpusim.world import draw
from tests.parity.difference import digests, first_difference, first_month

WHOLE = "coreweave-2025q4"
OPERATORS, SHOCKS = bundled.names("operators"), bundled.names("shocks")
STRATEGIES = bundled.names("strategies")
PAIRS = [(s, STRATEGIES[n % len(STRATEGIES)]) for n, s in enumerate(SHOCKS)]
OTHERS = [name for name in OPERATORS if name != WHOLE]


@pytest.mark.parametrize("model", OPERATORS)
def test_operators_end_the_same_with_any_luck(model):
    book = lower(load(model))
    for seed, replication in ((1, 0), (5, 1), (5, 2), (2**62, 7)):
        assert first_difference(book, draw(book.spec, seed, replication)) is None


@pytest.mark.parametrize(("shock", "strategy"), PAIRS)
def test_shocks_and_strategies_end_the_same(shock, strategy):
    book = lower(load(WHOLE, shocks=(shock,), strategy=strategy))
    assert first_difference(book, draw(book.spec, 5, 3)) is None


def pairs_of(model: str, wanted: int) -> list[Book]:
    """Some shocks and strategies that have something to change in an operator, a strategy first."""
    found: list[Book] = []
    turn = OTHERS.index(model)
    for n in range(len(PAIRS)):
        shock, strategy = SHOCKS[(turn + n) % len(SHOCKS)], STRATEGIES[(turn + n) % len(STRATEGIES)]
        for both in (strategy, None):
            try:
                found.append(lower(load(model, shocks=(shock,), strategy=both)))
            except ScenarioError:
                continue
            break
        if len(found) == wanted:
            break
    return found


@pytest.mark.parametrize("model", OTHERS)
def test_other_operators_end_the_same_with_shocks_and_strategies_of_their_own(model):
    books = pairs_of(model, 3)
    assert len(books) == 3
    for book in books:
        assert first_difference(book, draw(book.spec, 9, 4)) is None


def test_all_shocks_at_once_and_each_month_has_the_same_digest():
    book = lower(load(WHOLE, shocks=SHOCKS, strategy="build-ahead"))
    world = draw(book.spec, 5, 6)
    one, two = process.run(book.state, world), batch.run(book.state, world)
    assert len(digests(one)) == book.spec.months + 1
    assert digests(one) == digests(two)
    two.ledger[3, 7] += 1
    assert first_month(one, two, world).startswith(f"{np.datetime64(int(world.month_end[7]), 'D')}")
