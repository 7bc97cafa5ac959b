"""Known answers C10: damages for each day of delay, up to a cap, USD.

Two published examples, see the head of `models/late-delivery.toml`. What is credited is what the
year earns less than its price.
"""

import datetime as dt

import polars as pl
import pytest

from tests.cases.reading import table
from tests.oracles.unit_rows import MODELS

CASE = "C10"
MODEL = str(MODELS / "late-delivery")
PRICE, DAY = 7_300_000, 20_000
"""Of the year and of a day."""
CENT = 0.0101
PLANNED = dt.date(2026, 3, 1)
FIFTY = ("sites.hall.delay.mean_days=50",)
LESS = ("contracts.customer.late_credits={ price_share = 0.125 }",)
EXAMPLES = {
    "30 days at 5,000": ((), 30, 150_000),
    "50 days at 5,000, at most 200,000": (FIFTY, 50, 200_000),
    "30 days at 2,500": (LESS, 30, 75_000),
}
"""Changes of the model, days, damages."""


def revenue(*changes: str) -> pl.DataFrame:
    """Months with what each earned [USD]."""
    months = table("statements_monthly", MODEL, *changes)
    return months.select("period", usd=pl.col("revenue") / 100)


@pytest.mark.parametrize("name", EXAMPLES)
def test_damages(name, compare):
    changes, _, damages = EXAMPLES[name]
    earned = revenue(*changes)["usd"].sum()
    compare(f"damages, {name} [USD]", PRICE - earned, damages, abs=CENT)
    paid = table("statements_monthly", MODEL, *changes)["cash_from_customers"].sum() / 100
    compare(f"not paid by the customer, {name} [USD]", PRICE - paid, damages, abs=CENT)


@pytest.mark.parametrize("name", EXAMPLES)
def test_days_of_delay(name, compare):
    """By what bills up to the end of the first whole month, damages added back."""
    changes, days, damages = EXAMPLES[name]
    starts = PLANNED + dt.timedelta(days=days)
    first = dt.date(starts.year, starts.month + 1, 1)
    until = revenue(*changes).filter(pl.col("period") <= f"{first:%Y-%m}")["usd"].sum()
    after = dt.date(first.year, first.month + 1, 1)
    billed = (until + damages) / DAY
    compare(f"days billed by {after}, {name}", round(billed, 6), (after - starts).days)
