"""Years and months are counted by the calendar."""

import datetime as dt

import pytest

from tests.cases.reading import happened, usd

PLAIN = "operator.capitalised_interest_share=0"
LATER = "contracts.anchor.tranches=[{gpus = 24000, start = 2028-06-01}]"


def days(first: tuple[int, int, int], after: tuple[int, int, int]) -> int:
    return (dt.date(*after) - dt.date(*first)).days


def test_a_lease_of_fifteen_years_has_the_days_of_its_years() -> None:
    # 2026-12-01 to 2041-12-01 and 2027-03-01 to 2042-03-01: both 5,479 days, 180 rents of 6.5m each
    term = days((2026, 12, 1), (2041, 12, 1))
    assert term == days((2027, 3, 1), (2042, 3, 1)) == 5_479
    assert usd("rent", "2028-04", "det") == pytest.approx(13_000_000 * 180 / term * 30, abs=0.05)


@pytest.mark.parametrize(
    ("tranches", "months", "served", "life"),
    [
        # in service on 2026-12-31: the years to 2032-12-31 have two leap days
        ("contracts.anchor.tranches=[{gpus = 24000, start = 2027-02-01}]", 72, "2026-12-31", 2_192),
        # in service on 2028-04-22, ten days before it must be: the years to 2034-04-22 have one
        (LATER, 72, "2028-04-22", 2_191),
        # five and a half years to 2033-10-22
        (LATER, 66, "2028-04-22", 2_009),
    ],
)
def test_servers_are_written_off_by_their_anniversary(
    tranches: str, months: int, served: str, life: int
) -> None:
    changes = (PLAIN, tranches, f"gpus.GB300.book_life_years={months / 12}")
    assert [day for day, _ in happened("fitted", "det", *changes)] == [served]
    year, month, day = map(int, served.split("-"))
    ahead = year * 12 + month - 1 + months
    assert days((year, month, day), (ahead // 12, ahead % 12 + 1, day)) == life
    charge = usd("depreciation_and_amortization", "2029-01", "det", *changes)
    assert charge == pytest.approx(24_000 * 76_400 / life * 31, abs=0.02)


def test_infrastructure_lives_by_the_calendar_too() -> None:
    # all of it infrastructure, ten years from 2028-04-22: two leap days, 3,652 days
    changes = (PLAIN, LATER, "gpus.GB300.infrastructure_share=1")
    life = days((2028, 4, 22), (2038, 4, 22))
    assert life == 3_652
    charge = usd("depreciation_and_amortization", "2029-01", "det", *changes)
    assert charge == pytest.approx(24_000 * 76_400 / life * 31, abs=0.02)


def test_gpus_are_let_go_on_the_anniversary_of_their_economic_life() -> None:
    # two years after 2026-12-31, where nobody uses them any more
    changes = (
        "gpus.GB300.economic_life_years=2",
        "contracts.anchor.term_months=12",
        "contracts.anchor.prepayment.credited_months=[1, 12]",
        "contracts.anchor.tranches=[{gpus = 24000, start = 2027-02-01}]",
    )
    assert happened("retire", "det", *changes)[0][0] == "2028-12-31"
