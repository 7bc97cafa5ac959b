"""Known answers C8: a payment two years ahead grows by interest, and what it has become is revenue.

Example 29 of Topic 606, USD, to the dollar: the head of `models/advance-payment.toml`, which is a
thousand times as much.
"""

import polars as pl

from tests.cases.reading import table
from tests.oracles.unit_rows import MODELS

CASE = "C8"
MODEL = str(MODELS / "advance-payment")
SCALE = 1_000
PAID, INTEREST, REVENUE = 4_000, 494, 4_494


def line(name: str) -> pl.Series:
    """A line's months [USD of the example]."""
    return table("statements_monthly", MODEL)[name] / 100 / SCALE


def test_what_is_paid_is_owed_in_services(compare):
    compare("paid on the first day [USD]", line("cash_from_customers")[0], PAID)
    compare("paid later [USD]", float(line("cash_from_customers")[1:].sum()), 0)
    first = line("deferred_revenue")[0] - line("interest_expense")[0]
    compare("owed in services before interest [USD]", first, PAID, abs=0.001)


def test_interest_of_two_years(compare):
    """Without cash, and none of it a lender's."""
    compare("interest of two years [USD]", round(line("interest_expense").sum()), INTEREST)
    compare("of it on debt [USD]", float(line("interest_expense_debt").sum()), 0)
    compare("interest paid [USD]", float(line("cash_for_interest").sum()), 0)


def test_revenue_is_what_was_paid_with_its_interest(compare):
    compare("revenue before the last month [USD]", float(line("revenue")[:-1].sum()), 0)
    compare("revenue [USD]", round(line("revenue")[-1]), REVENUE)
    compare("left of the payment after it [USD]", line("deferred_revenue")[-1], 0)
