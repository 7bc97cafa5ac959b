"""Rounding to the cent, and shares that stay exact at any size."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.core.money import bought, cents, in_proportion, muldiv, share_of
from gpusim.units_of_measure import CENTS_LIMIT, CENTS_PER_USD

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


@pytest.mark.parametrize(
    ("usd", "price", "shares"),
    [
        ("1_100_000", "1.10", 1_000_000), ("1_099_999.99", "1.10", 999_999),
        ("220_000_000", "2.20", 100_000_000), ("219_999_999.99", "2.20", 99_999_999),
        ("100", "0.3", 333), ("10", "10", 1), ("9.99", "10", 0), ("0", "87.20", 0),
        ("2_000_000_000", "87.20", 22_935_779),
    ],
)  # fmt: skip
def test_an_issue_is_the_whole_shares_that_it_buys(usd: str, price: str, shares: int):
    """1.10 and 2.20 are a hair more in binary: their whole amount was a share short of them."""
    assert bought(int(Decimal(usd) * CENTS_PER_USD), float(price) * CENTS_PER_USD) == shares


@given(st.integers(0, 10**12), st.integers(1, 10**8), st.integers(-1, 1))
def test_shares_are_those_of_unbounded_decimals(cents: int, price: int, off: int):
    """At prices of four decimals, also where an amount is that of whole shares or next to it."""
    for amount in (cents, max(cents // price * price // 100 + off, 0)):
        told = bought(amount, float(Decimal(price) / 10_000) * CENTS_PER_USD)
        assert told == amount * 100 // price
