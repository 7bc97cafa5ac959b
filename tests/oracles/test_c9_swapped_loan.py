"""Known answers C9: what a floating loan costs with a swap to a fixed rate, and without.

Three published examples, as rates of a year: see the head of `models/swapped-loan.toml`. The second
gives no floating rate, for none counts: it is played at two.
"""

import pytest

from tests.cases.reading import table
from tests.oracles.unit_rows import MODELS

CASE = "C9"
MODEL = str(MODELS / "swapped-loan")
SIX_CENTS = 0.061
"""A month's interest is rounded to the cent: half a cent in each of twelve."""


def loan(principal: int, floating: float, margin: float, swap: float) -> tuple[str, ...]:
    """An example as changes of the model."""
    return (
        f"rates.curve=[{{ date = 2025-12-31, rate = {floating} }}]",
        f"debt.loan.margin={margin}",
        f"debt.loan.hedge.swap_rate={swap}",
        f"debt.loan.opening.principal_usd={principal}",
        f"debt.loan.opening.repayments={{ 2030 = {principal} }}",
        f"balance.loans_usd={principal}",
        f"balance.cash_usd={principal}",
    )


UNSWAPPED = ("debt.loan.hedge.share=0.0",)
EXAMPLES = {
    "first, swapped": (10_000_000, (), 0.0660),
    "first, not swapped": (10_000_000, UNSWAPPED, 0.0685),
    "second, the floating rate at 1%": (15_000_000, loan(15_000_000, 0.01, 0.02, 0.04458), 0.06458),
    "second, the floating rate at 9%": (15_000_000, loan(15_000_000, 0.09, 0.02, 0.04458), 0.06458),
    "third": (100_000_000, loan(100_000_000, 0.0435, 0.015, 0.035), 0.05),
}
"""Principal, changes of the model, and what a year costs of it."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_year_s_interest(name, compare):
    principal, changes, rate = EXAMPLES[name]
    months = table("statements_monthly", MODEL, *changes)
    for what, line, sign in (
        ("interest", "interest_expense_debt", 1),
        ("interest paid", "cash_for_interest", -1),
    ):
        found = sign * int(months[line].sum()) / 100
        compare(f"{what} of a year, {name} [USD]", found, rate * principal, abs=SIX_CENTS)


def test_the_swap_of_the_first_example_saves_a_quarter_of_a_point(compare):
    costs = [
        int(table("statements_monthly", MODEL, *changes)["interest_expense_debt"].sum())
        for changes in (UNSWAPPED, ())
    ]
    points = (costs[0] - costs[1]) / 100 / 10_000_000 * 10_000
    compare("saved by the swap [basis points]", round(points, 4), 25)
