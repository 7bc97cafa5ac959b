"""The fee on what is undrawn, by hand: each day that a loan is open, its first and last among them.

100m at 3.6% over 360 days: 10,000 a day.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.ledger import CASH_FOR_INTEREST, INTEREST_UNDRAWN_FEES
from tests.cases.test_upfront_fee import APRIL_10, APRIL_30, firm, loan, played

CENTS = 100


def open_from(opens: dt.date, to: dt.date, **changes: Any) -> dict[str, Any]:
    return loan(upfront_fee=0.0, undrawn_fee=0.036, opens=opens, available_to=to, **changes)


def of_months(final: Any, account: int, months: int = 3) -> list[float]:
    """USD of the first months, debits less credits."""
    return (final.ledger[account, 1 : months + 1] / CENTS).tolist()


@pytest.mark.parametrize(
    ("opens", "to", "days"),
    [
        (dt.date(2026, 4, 4), APRIL_30, [27, 0, 0]),
        (dt.date(2026, 4, 1), APRIL_30, [30, 0, 0]),
        (APRIL_10, APRIL_10, [1, 0, 0]),
        (APRIL_30, APRIL_30, [1, 0, 0]),
        (APRIL_30, dt.date(2026, 6, 15), [1, 31, 15]),
        (dt.date(2026, 5, 1), dt.date(2026, 6, 15), [0, 31, 15]),
        # open on the as-of day, which is past
        (dt.date(2026, 3, 31), APRIL_30, [30, 0, 0]),
    ],
)
def test_each_day_that_a_loan_is_open_is_charged_once(opens, to, days):
    final = played(firm(open_from(opens, to), drawn=0))
    assert of_months(final, INTEREST_UNDRAWN_FEES) == [10_000 * n for n in days]
    assert of_months(final, CASH_FOR_INTEREST) == [-10_000 * n for n in days]


def test_the_day_of_a_draw_is_one_of_the_fee_and_not_of_interest():
    """60 drawn on the day the loan opens, the month's last: 10,000, then 4,000 a day."""
    final = played(firm(open_from(APRIL_30, dt.date(2026, 6, 15), margin=0.0)))
    assert of_months(final, INTEREST_UNDRAWN_FEES) == [10_000, 31 * 4_000, 15 * 4_000]
    assert of_months(final, CASH_FOR_INTEREST) == [-10_000, -31 * 4_000, -15 * 4_000]


def test_a_payment_date_on_the_first_day_of_draws_has_the_fee_of_that_day():
    """Quarterly from 10 April: one day then, 91 by 10 July; 82 of them by the end of June."""
    plan = {"law": "straight", "months": 6, "every_months": 3}
    terms = {"first_payment": APRIL_10, "maturity": dt.date(2030, 4, 10), "amortisation": plan}
    final = played(firm(open_from(APRIL_10, dt.date(2026, 12, 31), **terms), drawn=0))
    assert of_months(final, INTEREST_UNDRAWN_FEES) == [210_000, 310_000, 300_000]
    assert of_months(final, CASH_FOR_INTEREST, 4) == [-10_000, 0, 0, -910_000]
