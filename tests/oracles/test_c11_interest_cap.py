"""Known answers C11: interest that adjusted taxable income does not carry waits for the next year.

A textbook's question on 26 U.S.C. 163(j), USD: the head of `models/interest-cap.toml`.
"""

import polars as pl

from tests.cases.reading import table
from tests.oracles.unit_rows import MODELS

CASE = "C11"
MODEL = str(MODELS / "interest-cap")
INTEREST, INCOME, DEDUCTED, CARRIED = 10_500_000, 29_000_000, 8_700_000, 1_800_000
RATE = 0.25
FEW_CENTS = 0.05
"""A cent of tax is four of income."""


def year(line: str, year: int) -> float:
    """A line of a year [USD]."""
    months = table("statements_monthly", MODEL)
    return months.filter(pl.col("period").str.starts_with(str(year)))[line].sum() / 100


def test_the_question(compare):
    compare("net interest [USD]", year("interest_expense", 2026), INTEREST, abs=FEW_CENTS)
    for of in (2026, 2027):
        compare(f"income before interest, {of} [USD]", year("revenue", of), INCOME, abs=FEW_CENTS)
    compare("interest of the second year [USD]", year("interest_expense", 2027), 0)


def test_what_is_deducted_and_what_is_carried(compare):
    """By what each year's tax was on."""
    for what, of, known in (("deducted", 2026, DEDUCTED), ("carried forward", 2027, CARRIED)):
        found = INCOME - year("income_tax", of) / RATE
        compare(f"interest {what} [USD]", found, known, abs=FEW_CENTS)
