"""Rates of return and break-even: laws over any flows, and the figures that do not exist."""

from itertools import pairwise

import numpy as np
import pytest
import pyxirr
from hypothesis import assume, given
from hypothesis import strategies as st

from gpusim.appraisal.returns import (
    annualised,
    annualised_multiple,
    break_even,
    irr,
    payback_on_days,
    present_value,
)

FLOWS = st.lists(st.integers(-1_000, 1_000), min_size=2, max_size=40)


@given(FLOWS)
def test_every_root_makes_the_flows_worth_nothing(flows):
    found = irr(np.array(flows, float))
    for root in found.roots:
        worth = np.array(flows) / (1 + root) ** np.arange(len(flows))
        assert abs(worth.sum()) <= 1e-6 * np.abs(worth).sum()


@given(FLOWS)
def test_no_more_roots_than_sign_changes_and_a_reason_where_there_is_none(flows):
    signs = [f for f in flows if f]
    assume(signs)
    changes = sum(a * b < 0 for a, b in pairwise(signs))
    found = irr(np.array(flows, float))
    assert len(found.roots) <= changes
    assert (found.value is None) == (not found.roots)
    assert (found.value is None) == bool(found.reason)


@given(st.integers(1, 10_000), st.lists(st.integers(0, 1_000), min_size=1, max_size=80))
def test_an_investment_has_the_rate_another_library_finds(price, later):
    assume(any(later))
    flows = [-float(price), *map(float, later)]
    found = irr(np.array(flows))
    assert len(found.roots) == 1
    other = pyxirr.irr(flows)
    if other is not None:
        assert np.log1p(found.value) == pytest.approx(np.log1p(other), rel=1e-6, abs=1e-8)


def test_roots_closer_than_the_scan_are_found_by_the_dip_between():
    """8% and 8.01%, in one cell of the scan."""
    a, b = 1.08, 1.0801
    found = irr(np.array([-1.0, a + b, -a * b]))
    assert found.roots == pytest.approx((a - 1, b - 1), abs=1e-7)


def test_a_borrower_gets_what_the_money_costs():
    found = irr(np.array([100.0, -60.0, -60.0]))
    assert found.value == pytest.approx(0.130662, abs=1e-6)
    assert found.note.startswith("the flows are borrowing")


def test_of_several_falling_roots_the_one_nearest_to_zero():
    """Roots 5%, 20% and 50%: present value falls at the first and the last."""
    u = np.poly([1.05, 1.2, 1.5])
    found = irr(u if present_value(u, 0.04) > 0 else -u)
    assert found.roots == pytest.approx((0.05, 0.2, 0.5))
    assert found.value == pytest.approx(0.05)
    assert "nearest to a rate of zero" in found.note


@pytest.mark.parametrize(
    ("flows", "reason"),
    [
        ([-1.0, 3.0, -2.5], "present value is never zero, at any rate"),
    ],
)
def test_no_real_root_is_a_reason(flows, reason):
    assert irr(np.array(flows)).reason == reason


def test_payback_is_the_last_time_the_sum_comes_back():
    """Sums 20, -80, -40, 40, -10, 10: back first at 2.5, below again after 3, for good at 4.5."""
    found = payback_on_days(np.array([20.0, -100.0, 40.0, 80.0, -50.0, 20.0]), np.arange(6.0))
    assert found.value == pytest.approx(4.5)


@pytest.mark.parametrize(
    ("flows", "reason"),
    [
        ([5.0, 1.0], "nothing has to come back"),
        ([-5.0, 1.0], "not paid back by the last flow"),
    ],
)
def test_payback_that_never_comes_is_a_reason(flows, reason):
    assert payback_on_days(np.array(flows), np.arange(len(flows)) / 12) == (None, reason)


@pytest.mark.parametrize(
    ("flows", "reason"),
    [
        ([-5.0], "nothing follows the first flow"),
        ([5.0, 1.0], "nothing is put in at first"),
        ([-5.0, -1.0], "nothing is got back"),
    ],
)
def test_a_multiple_that_does_not_exist_is_a_reason(flows, reason):
    assert annualised_multiple(np.array(flows), 12) == (None, reason)


def test_a_month_at_one_percent_is_a_year_at_twelve_and_two_thirds():
    assert round(annualised(0.01, 12), 4) == 0.1268


def test_break_even_out_of_reach_is_a_reason():
    assert break_even(lambda x: x + 1.0, 0.0, 9.0) == (None, "above zero from 0 to 9")
    assert break_even(lambda x: x - 10.0, 0.0, 9.0) == (None, "below zero from 0 to 9")
    assert break_even(lambda x: 4.0 - x, 0.0, 9.0).value == 4.0
