"""Known answers A4: loan arithmetic of a credit memo of 2026-09-17, USD millions.

Capex 100, loan 42, 14% a year, equal principal over N months, cash available 100 / P a month,
where P is the payback in months.
"""

import pytest

from gpusim.economics.debt import interest, principal_due, straight_capacity
from gpusim.economics.state import STRAIGHT

CASE = "A4"
MILLION = 100_000_000
RATE = 0.14


def services(loan: int, months: int) -> list[tuple[int, int]]:
    """(principal, interest) of every month."""
    paid = []
    for left in range(months, 0, -1):
        due = principal_due(STRAIGHT, loan, 0, left, RATE / 12)
        paid.append((due, interest(loan, RATE, 30)))
        loan -= due
    return paid


@pytest.mark.parametrize(("payback", "dscr"), [(22, 1.14), (30, 0.84), (36, 0.70)])
def test_first_month_dscr(payback, dscr, compare):
    principal, coupon = services(42 * MILLION, 12)[0]
    found = round(100 * MILLION / payback / (principal + coupon), 2)
    compare(f"first-month DSCR, payback {payback} months, to a hundredth", found, dscr)


@pytest.mark.parametrize(
    ("payback", "capacities"),
    [
        (22, (20.39, 29.62, 38.28)),
        (30, (14.95, 21.72, 28.07)),
        (36, (12.46, 18.10, 23.39)),
    ],
)
def test_capacity_at_dscr_of_one_and_a_quarter(payback, capacities, compare):
    found = [straight_capacity(100 / payback, 1.25, RATE / 12, months) for months in (6, 9, 12)]
    what = f"capacity at 1.25x over 6, 9, 12 months, payback {payback} months, to a hundredth"
    compare(what, [round(loan, 2) for loan in found], capacities)


def test_interest_over_twelve_months(compare):
    total = sum(coupon for _, coupon in services(42 * MILLION, 12))
    found = round(100 * total / (42 * MILLION), 3)
    compare("interest over 12 months, to a thousandth [% of principal]", found, 7.583)
