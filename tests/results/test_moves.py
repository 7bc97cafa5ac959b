"""Backlog movements: every sum a report asks for, against one loop over the cube."""

import datetime as dt
import itertools

import numpy as np
import pytest

from gpusim.economics.core import state
from gpusim.results import periods
from gpusim.results.payload import stack
from tests.results.panels import MONTHS, M, firm, panel, payload

AS_OF = dt.date(2025, 12, 31)
QUARTERS = periods.quarters(AS_OF, MONTHS)
CALENDARS = (
    QUARTERS,
    periods.by_month(AS_OF, MONTHS),
    periods.fiscal_years(dt.date(2025, 4, 30), MONTHS),
)


@pytest.fixture
def scattered():
    """Three firms whose backlog moves anywhere, and their cubes."""
    luck = np.random.default_rng(7)
    firms = [firm() for _ in range(3)]
    for books in firms:
        somewhere = luck.random(books.backlog.shape) < 0.2
        books.backlog[somewhere] = luck.integers(-5 * M, 5 * M, int(somewhere.sum()))
    stacked = stack([payload(n, books=books) for n, books in enumerate(firms)])
    return stacked.backlog, [books.backlog for books in firms]


def test_one_cause_and_one_vintage_can_be_asked_for():
    moves = panel().backlog
    power = moves.movement(QUARTERS, state.SLIPPED, vintage=0, cause=state.POWER)
    assert power[0].tolist() == [10 * M, 0, 0, 0, 0]
    assert not moves.movement(QUARTERS, state.SLIPPED, cause=state.SITE).any()
    assert not moves.movement(QUARTERS, state.SLIPPED, vintage=1).any()


@pytest.mark.parametrize("calendar", CALENDARS, ids=["quarters", "months", "years"])
def test_sums_by_period_are_those_of_the_cube(scattered, calendar):
    moves, cubes = scattered
    spans = list(itertools.pairwise(calendar.bounds))
    for move, vintage, cause in itertools.product(
        range(state.N_MOVES), (None, 0, 3), (None, state.POWER, state.N_CAUSES)
    ):
        of = slice(None) if vintage is None else vintage
        why = slice(None) if cause is None else cause
        known = [[c[of, move, why, a + 1 : b + 1].sum() for a, b in spans] for c in cubes]
        assert moves.movement(calendar, move, vintage, cause).tolist() == known


def test_sums_of_the_run_leave_the_as_of_month_out(scattered):
    moves, cubes = scattered
    found = moves.of_run(state.SLIPPED, state.SIGNED)
    parts = [c[:, [state.SIGNED, state.SLIPPED], :, 1:] for c in cubes]
    assert found.total().tolist() == [part.sum() for part in parts]
    assert found.by_cause().tolist() == [part.sum(axis=(0, 1, 3)).tolist() for part in parts]


def test_the_table_has_each_sum_that_is_not_zero_once(scattered):
    moves, cubes = scattered
    table = moves.table(QUARTERS)
    keys = list(zip(*(table[name].tolist() for name in table if name != "cents"), strict=True))
    assert keys == sorted(set(keys))
    known = {}
    for place, cube in enumerate(cubes):
        for vintage, move, cause, month in zip(*np.nonzero(cube), strict=True):
            period = 0 if month == 0 else 1 + (month - 1) // 3
            key = (place, vintage, move, cause, period)
            known[key] = known.get(key, 0) + cube[vintage, move, cause, month]
    assert dict(zip(keys, table["cents"].tolist(), strict=True)) == {
        key: cents for key, cents in known.items() if cents
    }
