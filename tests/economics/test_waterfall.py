"""Waterfall: cash is conserved and no junior is paid before its senior."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.waterfall import pay_in_order

cash = st.integers(0, 10**15)
claims = st.lists(cash, min_size=1, max_size=12)


def pay(available: int, due: list[int]) -> tuple[int, list[int]]:
    paid = np.full(len(due), -1)
    left = pay_in_order(available, np.array(due), paid)
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
