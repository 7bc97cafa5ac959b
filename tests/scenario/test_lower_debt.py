"""Opening debt and leases: the declared years are paid exactly, and worth what the books say."""

import datetime as dt
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.debt.loan_arithmetic import discount_amortised
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.lower import lower
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.nouns.books import lease_payments
from gpusim.scenario.lowering.nouns.lending import payment_days, repayments
from gpusim.units_of_measure import cents_of, date_of

SMALL = str(Path(__file__).parent / "fixtures/small.toml")
SCENARIO = load(SMALL)
HORIZON = Horizon(SCENARIO.model.as_of, 40)
USD = 100

amounts = st.floats(0, 1e10).map(lambda usd: round(usd, 2))


def by_year(due: dict[int, int]) -> Counter[str]:
    years: Counter[str] = Counter()
    for month, amount in due.items():
        years[str(SCENARIO.model.as_of.year + (SCENARIO.model.as_of.month - 1 + month) // 12)] += (
            amount
        )
    return years


def by_date(scenario, name: str) -> dict[str, int]:
    """Repayments of an opening balance by their dates [cents]."""
    debt = scenario.debt[name]
    days = payment_days(debt, debt.opening.every_months, HORIZON)
    due = repayments(scenario, HORIZON, name)
    return {date_of(days[payment]).isoformat(): amount for payment, amount in due.items()}


def with_opening(name: str, **changes):
    debt = SCENARIO.debt[name]
    opening = debt.opening.model_copy(update=changes)
    update = {name: debt.model_copy(update={"opening": opening})}
    return SCENARIO.model_copy(update={"debt": SCENARIO.debt | update})


@given(
    years=st.lists(amounts, min_size=1, max_size=6),
    every=st.sampled_from([1, 3, 6, 12]),
)
def test_a_loan_repays_its_declared_years_exactly(years, every):
    ladder = {str(2026 + k): usd for k, usd in enumerate(years)}
    scenario = with_opening("ddtl", every_months=every, repayments=ladder)
    due = by_date(scenario, "ddtl")
    paid: Counter[str] = Counter()
    for date, amount in due.items():
        paid[date[:4]] += amount
    assert paid == Counter({y: cents_of(usd) for y, usd in ladder.items() if usd})
    assert all(int(date[5:7]) % every == 0 for date in due)


def test_quarterly_means_every_third_month_from_the_as_of_day():
    due = by_date(with_opening("ddtl", repayments={"2026": 100.02}), "ddtl")
    quarters = ("2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31")
    assert due == dict(zip(quarters, (2500, 2500, 2500, 2502), strict=True))


def test_quarters_and_months_are_paid_on_their_own_dates_beside_years():
    """Quarterly from December 2025: a month has one date, a quarter too; monthly, a quarter three.

    A zero in a period is no payment. 2029 is due in four parts.
    """
    own = {"2027Q1": 3.0, "2027-06": 5.0, "2028Q4": 0.0, "2029": 8.0, "2026-12": 1.0}
    assert by_date(with_opening("ddtl", repayments=own), "ddtl") == {
        "2026-12-31": 100,
        "2027-03-31": 300,
        "2027-06-30": 500,
        "2029-03-31": 200,
        "2029-06-30": 200,
        "2029-09-30": 200,
        "2029-12-31": 200,
    }
    monthly = with_opening("ddtl", every_months=1, repayments={"2028Q2": 9.0, "2028-02": 4.0})
    assert by_date(monthly, "ddtl") == {
        "2028-02-29": 400,
        "2028-04-30": 300,
        "2028-05-31": 300,
        "2028-06-30": 300,
    }


@pytest.mark.parametrize("period", ["2030", "2030Q2", "2030-06"])
def test_what_notes_repay_last_is_due_at_their_maturity_however_it_is_stated(period):
    """Half-yearly from 31 December, and on 1 June 2030."""
    scenario = with_opening("notes", repayments={"2029Q2": 4.0, period: 6.0})
    assert by_date(scenario, "notes") == {"2029-06-30": 400, "2030-06-01": 600}


@pytest.mark.parametrize("period", ["2025Q4", "2025-12"])
def test_what_ends_with_the_year_under_way_has_a_date_in_it(period):
    """As the whole year has: yearly from 30 September 2025, then on 31 December."""
    horizon = Horizon(dt.date(2025, 9, 30), 40)
    scenario = with_opening("ddtl", every_months=12, repayments={period: 1.0, "2026": 2.0})
    days = payment_days(scenario.debt["ddtl"], 12, horizon)
    due = repayments(scenario, horizon, "ddtl")
    dates = {date_of(days[n]).isoformat(): cents for n, cents in due.items()}
    assert dates == {"2025-12-31": 100, "2026-12-31": 200}


def test_a_month_without_a_payment_date_is_refused_with_those_there_are():
    scenario = with_opening("ddtl", repayments={"2027-05": 1.0})
    wanted = r"2027-05(?s:.*)one every 3 months from 2026-03-31 on, up to 2032-03-31"
    with pytest.raises(ScenarioError, match=wanted):
        repayments(scenario, HORIZON, "ddtl")


def test_nothing_is_due_after_maturity():
    # every six months from December 2025, and the stub to the maturity in March 2032
    scenario = with_opening("ddtl", every_months=6, repayments={"2032": 7.0})
    assert by_date(scenario, "ddtl") == {"2032-03-31": 700}


def test_a_stub_comes_first_where_dates_are_counted_back_from_the_maturity():
    changes = {"every_months": 6, "repayments": {"2026": 7.0, "2032": 9.0}, "stub": "first"}
    due = by_date(with_opening("ddtl", **changes), "ddtl")
    assert due == {"2026-03-31": 350, "2026-09-30": 350, "2032-03-31": 900}


def test_a_repayment_in_the_year_under_way_has_a_date_in_it():
    """Yearly from 30 September would pay in 2026 first; the amount of 2025 is due at its end."""
    horizon = Horizon(dt.date(2025, 9, 30), 40)
    years = {"2025": 1.0, "2026": 2.0}
    scenario = with_opening("ddtl", every_months=12, repayments=years)
    days = payment_days(scenario.debt["ddtl"], 12, horizon)
    due = repayments(scenario, horizon, "ddtl")
    dates = {date_of(days[n]).isoformat(): cents for n, cents in due.items()}
    assert dates == {"2025-12-31": 100, "2026-12-31": 200}


def test_notes_are_due_on_their_maturity_alone():
    assert by_date(SCENARIO, "notes") == {"2030-06-01": 10_000_000 * USD}


def test_a_year_without_a_payment_date_is_refused():
    scenario = with_opening("ddtl", repayments={"2033": 1.0})
    with pytest.raises(ScenarioError, match=r"debt\.ddtl\.opening\.repayments\.2033"):
        repayments(scenario, HORIZON, "ddtl")


def test_the_schedule_holds_its_whole_term_by_payment_dates():
    s = lower(SCENARIO).state
    ddtl, notes = s.draws[0], s.draws[1]
    for place, usd in enumerate((12_000_000, 10_000_000, 8_000_000)):  # four quarters a year
        assert s.schedule[ddtl.scheduled, 4 * place : 4 * place + 4].sum() == usd * USD
    # half-yearly from December 2025: the ninth date would be June 2030, it is the maturity
    assert s.schedule[notes.scheduled].nonzero()[0].tolist() == [8]
    assert notes.balloon == notes.principal


@pytest.mark.parametrize("row", [0, 1])
def test_the_yield_takes_the_discount_to_zero_with_the_last_repayment(row):
    draw = lower(SCENARIO).state.draws[row]
    name = list(SCENARIO.debt)[row]
    due = {
        HORIZON.month_of(dt.date.fromisoformat(date)): amount
        for date, amount in by_date(SCENARIO, name).items()
    }
    principal, discount = int(draw.principal), int(draw.discount)
    for month in range(1, max(due) + 1):
        discount -= discount_amortised(
            principal, discount, draw.yield_month, draw.coupon_month, 1.0
        )
        principal -= due.get(month, 0)
    assert principal == 0
    assert abs(discount) <= max(due)  # a cent a month of rounding


def test_a_revolver_is_due_at_its_maturity(tmp_path):
    path = tmp_path / "child.toml"
    path.write_text(f"""
    extends = "{SMALL}"
    [debt.rcf]
    kind = "revolver"
    commitment_usd = 50_000_000
    available_to = 2027-06-30
    base = "SOFR"
    margin = 0.03
    day_count = "act/360"
    maturity = 2027-06-30
    seniority = 0
    opening = {{ principal_usd = 5_000_000, every_months = 3, repayments = {{ 2027 = 5_000_000 }} }}
    [balance]
    cash_usd = 30_000_000
    revolver_usd = 5_000_000
    """)
    scenario = load(str(path))
    s = lower(scenario).state
    assert by_date(scenario, "rcf") == {"2027-06-30": 5_000_000 * USD}
    assert s.draws[2].scheduled == -1
    assert s.facilities[2].commitment - s.facilities[2].principal == 45_000_000 * USD


def test_lease_payments_follow_the_declared_years_and_the_rest_comes_after():
    due = lease_payments(SCENARIO, HORIZON)
    assert by_year({m: due[m] for m in range(1, 37)}) == Counter(
        {"2026": 4_700_000 * USD, "2027": 4_800_000 * USD, "2028": 4_900_000 * USD}
    )
    assert sum(due[m] for m in range(37, 133)) == 45_000_000 * USD
    assert max(due) == 132


def test_the_lease_rate_grows_the_liability_into_its_payments():
    lease = lower(SCENARIO).state.leases[0]
    due = lease_payments(SCENARIO, HORIZON)
    liability = float(lease.liability)
    for month in range(1, lease.months + 1):
        liability += liability * lease.rate / 12 - due[month]
    assert liability == pytest.approx(0, abs=1)
    assert lease.straight == sum(due.values()) + lease.asset - lease.liability


def test_tax_basis_is_deducted_over_a_full_life_from_the_first_month():
    s = lower(SCENARIO).state
    assert s.tax_schedule[0] == 0
    assert np.unique(s.tax_schedule[1:]).tolist() == [500_000 * USD]  # 30m over 60 months
