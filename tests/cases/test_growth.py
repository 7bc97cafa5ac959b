"""Yearly rates turned monthly: the whole rate once a full year after the base day."""

import pytest

from tests.cases.reading import table, usd

OFFICE = "overheads.office.growth_per_year=1"


def test_overheads_have_grown_by_their_rate_after_a_year() -> None:
    # 1.5m a month on 2026-06-30, doubling every year
    month = ("general_and_administrative", "2026-07", "det", OFFICE)
    assert usd(*month) == 1_500_000
    assert usd("general_and_administrative", "2027-07", "det", OFFICE) == 3_000_000
    assert usd("general_and_administrative", "2028-07", "det", OFFICE) == 6_000_000
    # half of a year: the root of two
    half = usd("general_and_administrative", "2027-01", "det", OFFICE)
    assert half == pytest.approx(1_500_000 * 2**0.5, abs=0.01)


def test_overheads_may_shrink() -> None:
    change = "overheads.sellers.growth_per_year=-0.5"
    assert usd("sales_and_marketing", "2028-07", "det", change) == 125_000


@pytest.mark.parametrize(
    ("start", "factor"),
    [
        # ordered 190 days ahead, on 2026-07-26: 26 of July's 31 days of a twelfth of a year
        ("2027-02-01", 1 + (1.1 ** (1 / 12) - 1) * 26 / 31),
        # on 2026-12-31, half a year after the as-of day, and on 2027-06-30, a year after it
        ("2027-07-09", 1.1**0.5),
        ("2028-01-06", 1.1),
    ],
)
def test_hardware_costs_what_inflation_made_of_it_on_its_order_day(
    start: str, factor: float
) -> None:
    changes = (
        "gpus.GB300.hardware_inflation_per_year=0.1",
        f"contracts.anchor.tranches=[{{gpus = 24000, start = {start}}}]",
    )
    orders = table("events", "det", *changes).filter(what="need")
    assert orders["amount_usd"].to_list() == [pytest.approx(24_000 * 76_400 * factor, abs=0.01)]


def test_rent_steps_after_twelve_payments() -> None:
    # 6.5m a month for each hall, from December 2026 and from March 2027, half more a year later
    change = "sites.alpha.rent_escalator=0.5"
    paid = [-usd("cash_for_rent", month, "det", change) for month in ("2027-11", "2027-12")]
    assert paid == [13_000_000, 16_250_000]
    assert -usd("cash_for_rent", "2028-03", "det", change) == 19_500_000
