"""Opening debt and leases: the declared years are paid exactly, and worth what the books say."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.debt import discount_amortised
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.lower import lower
from gpusim.scenario.lowering.books import lease_payments
from gpusim.scenario.lowering.horizon import Horizon
from gpusim.scenario.lowering.lending import repayments
from gpusim.units import cents_of, date_of

SMALL = str(Path(__file__).parent / "fixtures/small.toml")
SCENARIO = load(SMALL)
HORIZON = Horizon(SCENARIO.model.as_of, 40)
USD = 100

amounts = st.floats(0, 1e10).map(lambda usd: round(usd, 2))


def by_year(due: dict[int, int]) -> Counter[str]:
    years: Counter[str] = Counter()
    for month, amount in due.items():
        years[str(HORIZON.date_of_month(month).year)] += amount
    return years


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
    due = repayments(scenario, HORIZON, "ddtl")
    assert by_year(due) == Counter({y: cents_of(usd) for y, usd in ladder.items() if usd})
    assert all(HORIZON.date_of_month(month).month % every == 0 for month in due)


def test_quarterly_means_the_calendar_quarters_ends():
    due = repayments(with_opening("ddtl", repayments={"2026": 100.02}), HORIZON, "ddtl")
    assert due == {3: 2500, 6: 2500, 9: 2500, 12: 2502}


def test_nothing_is_due_after_maturity():
    scenario = with_opening("ddtl", every_months=6, repayments={"2032": 7.0})
    assert repayments(scenario, HORIZON, "ddtl") == {75: 700}  # matures in March 2032


def test_notes_are_due_in_their_maturity_month_alone():
    assert repayments(SCENARIO, HORIZON, "notes") == {54: 10_000_000 * USD}  # June 2030


def test_a_year_without_a_payment_month_is_refused():
    scenario = with_opening("ddtl", repayments={"2033": 1.0})
    with pytest.raises(ScenarioError, match=r"debt\.ddtl\.opening\.repayments\.2033"):
        repayments(scenario, HORIZON, "ddtl")


def test_the_schedule_holds_the_years_within_the_horizon():
    s = lower(SCENARIO).state
    ddtl, notes = s.draws[0], s.draws[1]
    ends = [date_of(day).year for day in HORIZON.month_end[:25]]
    for year, usd in ((2026, 12_000_000), (2027, 10_000_000)):
        columns = [m for m, y in enumerate(ends) if y == year]
        assert s.schedule[ddtl.scheduled, columns].sum() == usd * USD
    assert s.schedule[notes.scheduled].sum() == 0
    assert notes.balloon == notes.principal


@pytest.mark.parametrize("row", [0, 1])
def test_the_yield_takes_the_discount_to_zero_with_the_last_repayment(row):
    draw = lower(SCENARIO).state.draws[row]
    name = list(SCENARIO.debt)[row]
    due = repayments(SCENARIO, HORIZON, name)
    principal, discount = int(draw.principal), int(draw.discount)
    for month in range(1, max(due) + 1):
        discount -= discount_amortised(principal, discount, draw.yield_month, draw.coupon_month)
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
    assert repayments(scenario, HORIZON, "rcf") == {18: 5_000_000 * USD}
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
