"""Known answers C2: the schedule of a loan of 2009 as filed with its agreement, USD, to the dollar.

Where it comes from, and what of it is an input: the head of `models/filed-loan.toml`.
"""

import polars as pl
import pytest

from tests.cases.reading import table
from tests.oracles.unit_rows import MODELS

CASE = "C2"
DOLLAR = 0.51
"""The schedule is rounded to the dollar, a run's interest to the cent."""
MODEL = str(MODELS / "filed-loan")
# fmt: off
AMORTISATION = [150_000] * 6 + [250_000] * 6
INTEREST = [
    362_540, 361_276, 360_011, 358_746, 357_482, 356_217, 354_952, 352_844, 350_737, 348_629,
    346_521, 344_413,
]
PAYMENT = [
    512_540, 511_276, 510_011, 508_746, 507_482, 506_217, 604_952, 602_844, 600_737, 598_629,
    596_521, 594_413,
]
BALANCE = [
    42_850_000, 42_700_000, 42_550_000, 42_400_000, 42_250_000, 42_100_000, 41_850_000, 41_600_000,
    41_350_000, 41_100_000, 40_850_000, 40_600_000,
]
# fmt: on


def months(line: str) -> list[float]:
    """A line of the monthly statements [USD]."""
    return [usd / 100 for usd in table("statements_monthly", MODEL)[line]]


@pytest.mark.parametrize(
    ("what", "line", "known"),
    [
        ("interest", "interest_expense_debt", INTEREST),
        ("interest paid", "cash_for_interest", [-usd for usd in INTEREST]),
        ("principal paid", "debt_repaid_cash", [-usd for usd in AMORTISATION]),
        ("balance", "debt_principal", BALANCE),
    ],
)
def test_each_month(what, line, known, compare):
    compare(f"{what}, months 13-24 [USD]", months(line), known, abs=DOLLAR)


def test_each_payment(compare):
    service = table("debt_service", MODEL).filter(pl.col("period") <= "2026Q2")
    paid = (service["interest_paid"] + service["principal_paid"]).to_list()
    quarters = [sum(PAYMENT[n : n + 3]) for n in range(0, 12, 3)]
    compare("payments by quarter [USD]", [x / 100 for x in paid], quarters, abs=3 * DOLLAR)


def test_the_rate_of_a_month():
    """Effective and nominal: the model's margin is twelve times the month's rate."""
    monthly = 1.106 ** (1 / 12) - 1
    assert round(12 * monthly, 11) == 0.10117402852
    assert round(43_000_000 * monthly) == INTEREST[0]
