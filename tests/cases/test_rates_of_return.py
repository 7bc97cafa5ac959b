"""Rates at which flows are worth nothing: at zero, double, many, on days; and their absence."""

import numpy as np
import pytest
import pyxirr

from gpusim.appraisal.returns import irr, payback_on_days

DEALS = 4_000


@pytest.mark.parametrize(
    "flows", [[-0.3, 0.1, 0.1, 0.1], [-0.7, 0.1, 0.2, 0.4], [-1_000.1, 333.4, 333.3, 333.4]]
)
def test_what_just_returns_the_capital_returns_nothing_a_year(flows):
    """0.1 + 0.2 + 0.4 - 0.7 is not zero in binary; in the flows' own units it is."""
    found = irr(np.array(flows))
    assert (found.value, found.roots, found.reason, found.note) == (0.0, (0.0,), "", "")
    assert payback_on_days(np.array(flows), np.arange(4.0)).value == pytest.approx(3.0)


def test_two_equal_roots_at_zero_are_one():
    """100 - 200 v + 100 v^2 = 100 (1 - v)^2."""
    found = irr(np.array([100.0, -200.0, 100.0]))
    assert (found.value, found.roots) == (0.0, (0.0,))
    assert found.note == "present value touches zero and goes back"


@pytest.mark.parametrize(
    ("rates", "roots"),
    [
        ((0.05, 0.05), (0.05,)),
        ((0.05, 0.05, 0.05), (0.05,)),
        ((0.0, 0.0, 0.25, 0.25), (0.0, 0.25)),
        ((0.0, 0.0, 0.0), (0.0,)),
        ((-0.2, 0.0, 0.0, 0.3), (-0.2, 0.0, 0.3)),
        ((0.0, 0.1), (0.0, 0.1)),
        ((0.08, 0.0801), (0.08, 0.0801)),
        ((-0.9, -0.5, 0.1, 4.0, 30.0), (-0.9, -0.5, 0.1, 4.0, 30.0)),
    ],
)
def test_flows_built_from_their_roots_give_them_back(rates, roots):
    """The product of (u - 1 - r), u = 1 + rate, has exactly these roots."""
    found = irr(np.poly([1 + r for r in rates]))
    assert found.roots == pytest.approx(roots, abs=1e-9)
    assert 0.0 not in rates or 0.0 in found.roots


def test_a_pair_of_roots_may_lie_far_closer_than_any_grid():
    """-1 + 2.2 v - 1.21 v^2 is a double root at 10%; a ten-millionth more parts it.

    (u - 1.1)^2 = 1e-7 u: roots about 1.1 -+ sqrt(1.1e-7) = 0.09967, 0.10033; a ten-millionth less
    has none.
    """
    apart = irr(np.array([-1.0, 2.2 + 1e-7, -1.21]))
    gap = np.sqrt(1.1e-7)
    assert apart.roots == pytest.approx((0.1 - gap, 0.1 + gap), rel=1e-5)
    assert irr(np.array([-1.0, 2.2 - 1e-7, -1.21])).reason


def test_a_root_far_from_zero_is_found():
    assert irr(np.array([-1.0, 1e9])).value == pytest.approx(1e9 - 1, rel=1e-12)
    assert irr(np.array([-1e9, 1.0])).value == pytest.approx(1e-9 - 1, rel=1e-12)


def test_flows_on_days_in_any_order_and_two_on_one_day():
    """As pyxirr has it, a year being 365 days; the order of the flows is nothing."""
    days = np.array([0, 91, 400, 91, 720])
    flows = np.array([-100.0, 10.0, 60.0, -15.0, 70.0])
    dates = np.datetime64("2026-01-01") + days
    found = irr(flows, days / 365)
    assert found.value == pytest.approx(pyxirr.xirr(dates, flows), abs=1e-9)
    turned = irr(flows[::-1], days[::-1] / 365)
    assert turned.roots == pytest.approx(found.roots, abs=1e-12)


def _flows(rng, n):
    """Whole and broken amounts, long and short; a third of them just return the capital."""
    length = int(rng.integers(2, 13)) if n % 10 else int(rng.integers(13, 61))
    flows = rng.integers(-1_000, 1_001, length).astype(float)
    if n % 2:
        flows = flows * 0.1
    kind = n % 3
    if kind == 0:
        flows[0] = -flows[1:].sum()
    elif kind == 1:
        flows = np.concatenate([[-abs(flows[0]) - 0.1], np.abs(flows[1:])])
    return flows


def test_thousands_of_random_flows():
    """One change of sign: pyxirr. Else: the real roots of the companion matrix, all of them."""
    rng = np.random.default_rng(20_261_129)
    by_library = by_matrix = at_zero = 0
    for n in range(DEALS):
        flows = _flows(rng, n)
        found = irr(flows)
        for root in found.roots:
            worth = flows * (1.0 + root) ** -np.arange(len(flows))
            assert abs(worth.sum()) <= 1e-9 * np.abs(worth).sum()
        if n % 3 == 0 and flows.any():
            assert 0.0 in found.roots
            at_zero += 1
        trimmed = np.trim_zeros(flows)
        if (np.diff(np.sign(trimmed[trimmed != 0])) != 0).sum() == 1:
            theirs = pyxirr.irr(flows)
            assert len(found.roots) == 1
            if theirs is not None:
                ours = np.log1p(found.value)
                assert ours == pytest.approx(np.log1p(theirs), rel=1e-6, abs=1e-8)
                by_library += 1
        roots = np.roots(trimmed) if len(trimmed) else np.zeros(0)
        real = np.sort(roots[(np.abs(roots.imag) < 1e-9) & (roots.real > 0)].real)
        if np.abs(roots[:, None] - roots + 9 * np.eye(len(roots))).min(initial=1.0) > 1e-4:
            assert found.roots == pytest.approx(tuple(real - 1), rel=1e-6, abs=1e-7)
            by_matrix += 1
    assert min(by_library, at_zero) > 0.3 * DEALS
    assert by_matrix > 0.95 * DEALS
