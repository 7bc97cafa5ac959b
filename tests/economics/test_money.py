"""Rounding to the cent, and shares that stay exact at any size."""

from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.core.money import cents, in_proportion, muldiv, share_of
from gpusim.units_of_measure import CENTS_LIMIT

amounts = st.integers(-CENTS_LIMIT, CENTS_LIMIT)
days = st.integers(0, 9_000)


@given(amounts, days, st.integers(1, 9_000))
def test_muldiv_agrees_with_unbounded_integers(a: int, b: int, c: int):
    assert muldiv(a, b, c) == a * b // c


sums = st.integers(0, CENTS_LIMIT)


@given(sums, sums, sums)
def test_amounts_in_proportion_to_amounts_agree_with_unbounded_integers(a: int, b: int, c: int):
    part, whole = sorted((b, max(c, 1)))
    assert in_proportion(a, part, max(whole, 1)) == a * part // max(whole, 1)


@given(st.floats(-1e12, 1e12))
def test_cents_is_within_half_a_cent(x: float):
    assert -0.5 < cents(x) - x <= 0.5


@given(st.integers(-(10**9), 10**9))
def test_a_half_cent_goes_up(whole: int):
    assert cents(whole + 0.5) == whole + 1


@given(amounts)
def test_all_of_an_amount_is_the_amount(amount: int):
    assert share_of(amount, 1.0) == amount
    assert share_of(amount, 0.0) == 0
