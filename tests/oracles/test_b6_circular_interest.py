"""Known answers B6: interest on a closing balance that holds the interest itself."""

import pytest

from gpusim.economics.returns import fixed_point

OPENING, RATE, CASH = 100_000.0, 0.10, 5_000.0


def test_closing_balance_and_interest():
    found = fixed_point(lambda closing: OPENING + RATE * closing - CASH, OPENING)
    assert round(found.value, 2) == 105_555.56
    assert round(RATE * found.value, 2) == 10_555.56


def test_a_rule_that_bends_is_solved_too():
    """Interest only above a threshold, as in a cash sweep."""
    found = fixed_point(lambda x: 100.0 + 0.2 * max(x - 80.0, 0.0), 0.0)
    assert found.value == pytest.approx(105.0)


def test_no_fixed_point_is_told():
    found = fixed_point(lambda x: x + 1.0, 0.0, steps=50)
    assert (found.value, found.reason) == (None, "no fixed point found in 50 steps")
