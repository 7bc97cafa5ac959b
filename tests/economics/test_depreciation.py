"""Depreciation: adds up to the cost, follows days, and a new life is prospective."""

from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.books.depreciation import life_after_change
from tests.oracles.formulas import charged_through

YEAR = 365


@given(
    st.integers(0, 10**15),
    st.integers(1, 9_000),
    st.lists(st.integers(0, 12_000), min_size=1).map(sorted),
)
def test_charges_between_any_readings_add_up_to_the_cost(base, life, readings):
    start = 20_000
    points = [charged_through(base, start, life, start + r) for r in readings]
    assert points == sorted(points)
    assert points[0] >= 0
    assert points[-1] <= base
    assert charged_through(base, start, life, start + life - 1) == base


def test_first_day_in_service_is_charged_and_the_day_before_is_not():
    assert charged_through(2_190, 1_000, 6 * YEAR, 999) == 0
    assert charged_through(2_190, 1_000, 6 * YEAR, 1_000) == 1


def test_change_of_life_puts_the_rest_over_what_is_left_of_the_new_life():
    """Cost 100, mid-life of 6 years, changed to 4: the remaining 50 go over one year, not 25."""
    cost, change = 100_00, 3 * YEAR
    before = charged_through(cost, 0, 6 * YEAR, change - 1)
    yearly = before - charged_through(cost, 0, 6 * YEAR, change - 1 - YEAR)
    left = life_after_change(4 * YEAR, 3 * YEAR)
    after = charged_through(cost - before, change, left, change + YEAR - 1)
    assert (before, yearly, after) == (50_00, 16_67, 50_00)


def test_a_life_already_over_leaves_one_day():
    assert life_after_change(2 * YEAR, 3 * YEAR) == 1
