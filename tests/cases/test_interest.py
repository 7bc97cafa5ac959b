"""Interest by the day: on cash, of financing components, and what of it is capitalised."""

import datetime as dt

import pytest

from tests.cases.reading import usd

DET = "det"
PREPAID = 0.20 * 24_000 * 2.91 * 24 * (1_826 + 1_827)
"""Received on 30 September 2026: USD 1,224.6m."""
DEPOSIT = 0.10 * 24_000 * 76_400
COST = 24_000 * 76_400


def cash_rate(day: dt.date) -> float:
    """Base rate of a month's last day, between the curve's points, less a quarter of a percent."""
    first, last = dt.date(2026, 6, 30), dt.date(2028, 6, 30)
    return 0.0375 - 0.0025 * (day - first) / (last - first) - 0.0025


def interest(cash_days: float, day: dt.date) -> float:
    return cash_days * cash_rate(day) / 365


# --- row 30: interest on cash --------------------------------------------------------------------


def test_cash_that_came_on_the_last_day_earns_a_day():
    """September 2026: August's cash for thirty days, the prepayment for the thirtieth."""
    held = usd("cash", "2026-08", DET)
    expected = interest(30 * held + 1 * PREPAID, dt.date(2026, 9, 30))
    assert usd("interest_income", "2026-09", DET) == pytest.approx(expected, abs=1.0)
    assert expected == pytest.approx(1.59e6, abs=0.01e6)


def test_cash_that_was_paid_earns_until_the_day_before():
    """A deposit on 26 July 2026: 700 for 25 days, what it left for 6."""
    expected = interest(31 * 700e6 - 6 * DEPOSIT, dt.date(2026, 7, 31))
    assert usd("interest_income", "2026-07", DET) == pytest.approx(expected, abs=1.0)


def test_the_second_deposit_earns_until_the_day_before():
    """Ordered 190 and 10 days before 1 May 2027, on 23 October 2026: nine days without it."""
    held = usd("cash", "2026-09", DET)
    expected = interest(31 * held - 9 * DEPOSIT, dt.date(2026, 10, 31))
    assert usd("interest_income", "2026-10", DET) == pytest.approx(expected, abs=1.0)


def test_a_month_in_which_nothing_moves_earns_on_its_opening_balance():
    held = usd("cash", "2026-07", DET)
    expected = interest(31 * held, dt.date(2026, 8, 31))
    assert usd("interest_income", "2026-08", DET) == pytest.approx(expected, abs=1.0)


def test_restricted_cash_earns_too():
    """January 2027: the reserve earns with the rest; nothing moves before the month's end."""
    held = usd("cash", "2026-12", DET) + usd("restricted_cash", "2026-12", DET)
    assert usd("restricted_cash", "2026-12", DET) > 20e6
    expected = interest(31 * held, dt.date(2027, 1, 31))
    assert usd("interest_income", "2027-01", DET) == pytest.approx(expected, abs=1.0)


# --- its sibling: the financing component of a prepayment ----------------------------------------

FINANCED = (DET, "contracts.anchor.sfc_rate=0.06")


def financing(month: str, *model: str) -> float:
    return usd("interest_expense", month, *model) - usd("interest_expense_debt", month, *model)


@pytest.mark.parametrize(
    ("due", "month", "days", "of"),
    [
        ("2026-08-31", "2026-09", 1, 30),
        ("2026-08-12", "2026-09", 20, 30),
        ("2026-09-01", "2026-10", 31, 31),
    ],
)
def test_a_financing_component_runs_from_the_day_of_receipt(due, month, days, of):
    """Half a percent a month, by the day in the first: paid 30 days after it was due."""
    model = (*FINANCED, f"contracts.anchor.prepayment.due={due}")
    expected = PREPAID * 0.06 / 12 * days / of
    assert financing(month, *model) == pytest.approx(expected, abs=1.0)
    following = "2026-10" if month == "2026-09" else "2026-11"
    grown = (PREPAID + expected) * 0.06 / 12
    assert financing(following, *model) == pytest.approx(grown, abs=1.0)


# --- row 29: capitalised interest ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "capitalised"), [("2026-12", 196_274.91), ("2027-03", 572_056.51)]
)
def test_interest_of_a_month_that_ends_without_construction(month, capitalised):
    """Half of the opening balance is the average, whatever the closing one is."""
    assert usd("construction_in_progress", month, DET) == 0
    assert usd("interest_capitalised", month, DET) == pytest.approx(capitalised, abs=0.005)


def test_it_is_cost_of_what_was_placed_in_service():
    added = 196_274.91
    assert usd("ppe_gross", "2026-12", DET) == pytest.approx(COST + added, abs=0.01)


def test_it_is_charged_over_the_life_that_is_left():
    """The hall is there on 1 December, fit-out takes thirty days: in service on the 31st.

    One day of December without it, then both to the same end.
    """
    added = 196_274.91
    plain = (DET, "operator.capitalised_interest_share=0")
    name = "depreciation_and_amortization"
    one = usd(name, "2026-12", *plain)
    life = round(COST / one)
    assert life in (2_191, 2_192)
    more = usd(name, "2027-01", DET) - usd(name, "2027-01", *plain)
    assert usd(name, "2026-12", DET) == one
    assert more == pytest.approx(added * 31 / (life - 1), abs=0.02)


ONE_STAYS = (
    DET,
    "contracts.anchor.tranches.1.start=2027-03-01",
    "balance.cash_usd=3700000000",
    "balance.paid_in_capital_usd=3700000000",
)


def test_what_stays_and_what_left_share_it_by_their_averages():
    """Orders of one size: one opens December in construction and is in service on the 31st, one
    comes in December and stays. The average is 1,833.6; each has half of it."""
    month = "2026-12"
    capitalised = usd("interest_capitalised", month, *ONE_STAYS)
    assert capitalised > 100_000
    inside = usd("construction_in_progress", month, *ONE_STAYS)
    assert inside == pytest.approx(COST + capitalised / 2, abs=0.02)
    assert usd("ppe_gross", month, *ONE_STAYS) == pytest.approx(2 * COST + capitalised, abs=0.02)


def test_a_month_whose_debt_was_repaid_before_its_end():
    """Notes of 1,000 at 10% are repaid on 15 November: fifteen days, 4.17, at a rate of 0.417%.

    Construction opens at nothing and closes at 1,833.6: 0.15 x 916.8 x 0.417% = 0.573.
    """
    capitalised = usd("interest_capitalised", "2026-11", "bridge")
    assert usd("debt_principal", "2026-11", "bridge") == 0
    assert capitalised == pytest.approx(0.15 * COST / 2 * 0.10 * 15 / 360, abs=1.0)
