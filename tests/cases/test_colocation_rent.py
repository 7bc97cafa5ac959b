"""The rent of a colocation steps every twelve months, as that of a lease does."""

import pytest

from tests.cases.reading import usd

KEPT = ("sites.hall.lease_years=1",)
OLD = (*KEPT, "sites.hall.phases=[{it_mw = 2, ready = 2025-01-01}]")
MID = ("sites.hall.phases=[{it_mw = 2, ready = 2026-09-30}, {it_mw = 1, ready = 2026-12-16}]",)


@pytest.mark.parametrize(
    ("month", "rent"), [("2026-10", 200_000), ("2027-10", 220_000), ("2028-10", 242_000)]
)
def test_it_steps_after_every_twelve_months(month: str, rent: float) -> None:
    # 2,000 kW at 100 a month from 30 September 2026 on, a tenth more every year
    assert usd("rent", month, "colocation-escalator") == pytest.approx(rent, abs=0.01)


def test_the_step_falls_on_its_day() -> None:
    # 29 days of the first year and one of the second in September 2027
    rent = 200_000 * 29 / 30 + 220_000 / 30
    assert usd("rent", "2027-09", "colocation-escalator") == pytest.approx(rent, abs=0.02)


def test_each_hall_counts_from_its_own_handover() -> None:
    # the second, 1,000 kW, from 16 December: 16 of 31 days, and its step a year later
    assert usd("rent", "2026-12", "colocation-escalator", *MID) == pytest.approx(
        200_000 + 100_000 * 16 / 31, abs=0.02
    )
    assert usd("rent", "2027-12", "colocation-escalator", *MID) == pytest.approx(
        220_000 + 100_000 * 15 / 31 + 110_000 * 16 / 31, abs=0.02
    )


def test_beyond_its_term_it_stays_at_the_last_level_times_the_multiple() -> None:
    # a term of one year has one level; held over at one and a half of it while GPUs stand there
    assert usd("rent", "2027-11", "colocation-escalator", *KEPT) == pytest.approx(300_000, abs=0.02)


@pytest.mark.parametrize(
    ("month", "rent"), [("2026-10", 220_000), ("2027-01", 242_000), ("2028-01", 266_200)]
)
def test_one_whose_years_are_over_on_the_as_of_day_goes_on_to_step(month: str, rent: float) -> None:
    # handed over on 1 January 2025 for a year, without an end since: a tenth more every January
    assert usd("rent", month, "colocation-escalator", *OLD) == pytest.approx(rent, abs=0.01)
