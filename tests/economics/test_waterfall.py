"""Waterfall: cash is conserved and no junior is paid before its senior."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.debt.service.waterfall import pay_in_order

cash = st.integers(0, 10**15)
claims = st.lists(cash, min_size=1, max_size=12)


def pay(available: int, due: list[int]) -> tuple[int, list[int]]:
    paid, rows = np.zeros(len(due), np.int64), np.arange(len(due))
    left = pay_in_order(available, np.array(due), paid, rows, rows)
    return left, paid.tolist()


@given(cash, claims)
def test_cash_is_conserved(available, due):
    left, paid = pay(available, due)
    assert left >= 0
    assert left + sum(paid) == available


@given(cash, claims)
def test_no_junior_is_paid_before_its_senior_is_paid_in_full(available, due):
    _, paid = pay(available, due)
    assert all(0 <= p <= d for p, d in zip(paid, due, strict=True))
    short = [p < d for p, d in zip(paid, due, strict=True)]
    if True in short:
        first = short.index(True)
        assert not any(paid[first + 1 :])


@given(cash, claims)
def test_cash_is_left_only_when_all_are_paid(available, due):
    left, paid = pay(available, due)
    assert left == 0 or paid == due


def test_an_overdrawn_account_pays_nobody():
    assert pay(-5, [10, 20]) == (-5, [0, 0])


def shared(available: int, due: list[int], names: list[int]) -> list[int]:
    """What those who all rank alike are paid."""
    paid, alike = np.zeros(len(due), np.int64), np.zeros(len(due), np.int64)
    pay_in_order(available, np.array(due), paid, alike, np.array(names))
    return paid.tolist()


@given(st.integers(0, 10**13), st.lists(st.integers(0, 10**12), min_size=1, max_size=9))
def test_equals_are_paid_in_proportion_to_the_cent(available, due):
    paid = shared(available, due, list(range(len(due))))
    total = sum(due)
    assert sum(paid) == min(available, total)
    for got, owed in zip(paid, due, strict=True):
        exact = Fraction(min(available, total) * owed, max(total, 1))
        assert abs(got - exact) < 1 + Fraction(1, 100)


@given(st.lists(st.integers(0, 99), min_size=1, max_size=9), st.integers(0, 500), st.randoms())
def test_their_place_decides_nothing(due, available, luck):
    rows = list(enumerate(due))
    moved = luck.sample(rows, len(rows))
    paid = shared(available, due, list(range(len(due))))
    again = shared(available, [d for _, d in moved], [name for name, _ in moved])
    assert dict(zip((name for name, _ in moved), again, strict=True)) == dict(enumerate(paid))
