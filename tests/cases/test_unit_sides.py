"""GPUs re-let after their term, cash by year, and the lender's side, by hand."""

from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.lot_loans import Borrowed
from gpusim.appraisal.returns import timing_of
from gpusim.appraisal.sides.lender import Secured, life_cover
from gpusim.appraisal.sides.relet import planned_months
from gpusim.appraisal.unit_cash import Cash, Loan, blank, borrow
from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.unit_figures import Row
from gpusim.appraisal.unit_lots import lots_of
from gpusim.economics.core.state import ACT_360, BULLET, LEVEL, THIRTY_360, LoanTerms, one
from gpusim.scenario import load

MODEL = "single-site"
REVENUE = 48_000 * 8_760 * 0.92 * 4.00
"""Of a year on demand: 92% of hours sold at 4.00."""
POWER = 48_000 * 8_760 * 0.1198080  # see test_the_tutorials_figures_checked_by_hand
RENT = 48_000 * 12 * 2.08 * 130
STAFF = 48_000 * 12 * 2.08 * 5
OVERHEADS = 2_000_000 * 0.75 + 500_000 * 0.90 + 1_500_000 * 0.67
"""A month's on the as-of day, less pay in shares; they grow by 3% a year, month by month."""
MONTHS_OF_A_YEAR = (1 - 1.1**-1) / (1.1 ** (1 / 12) - 1)
"""One a month, at 10% a year."""


def rows(*sets: str, **options: Any) -> dict[tuple[str, str], Row]:
    found = compute(load(MODEL, sets=sets), **options).rows
    return {(row.kind, row.name): row for row in found}


def value(row: Row, figure: str) -> float:
    found = row.figures[figure].value
    assert found is not None, row.figures[figure].reason
    return found


@pytest.fixture(scope="module")
def plain():
    return rows()


def test_the_last_year_of_planned_life_is_let_on_demand(plain):
    """Six years of life, five of them under contract: a year at 4.00, overheads as they grow."""
    years = plain["contract", "anchor"].years
    (last,) = [year for year in years if (year.part, year.year) == ("re-let", 6)]
    assert last.revenue == pytest.approx(REVENUE)
    assert last.power == pytest.approx(POWER, rel=1e-9)
    assert last.site_rent == pytest.approx(RENT)
    assert last.staff == pytest.approx(STAFF)
    fifth = next(year for year in years if (year.part, year.year) == ("contract", 5))
    assert last.overhead == pytest.approx(fifth.overhead * 1.03)
    assert last.rent_price == pytest.approx(4.0)
    assert last.residual == pytest.approx(0.0, abs=1.0)  # written off after six years


def test_what_it_is_worth_re_let_and_what_that_adds(plain):
    contract, tail = plain["contract", "anchor"], plain["re-let", "anchor"]
    before = (REVENUE - POWER - RENT - STAFF) / 12 * MONTHS_OF_A_YEAR
    pay = OVERHEADS * sum(1.03 ** ((59 + k) / 12) * 1.1 ** (-k / 12) for k in range(1, 13))
    worth = before - pay
    taken = 48_000 * 76_400 / 6
    assert value(contract, "residual") == pytest.approx(taken)
    assert value(contract, "relet_value") == pytest.approx(worth)
    assert value(tail, "npv") == pytest.approx(worth - taken)
    added = (worth - taken) * 1.1**-5
    with_it = value(contract, "npv_with_relet")
    assert with_it == pytest.approx(value(contract, "npv") + added)


def test_the_rate_of_return_with_what_follows_brings_its_flows_to_nothing(plain):
    """By years: month 0, five years without the sale, then the year re-let."""
    row = rows(timing=timing_of("yearly", "end"))["contract", "anchor"]
    flows = [0.0] * 7
    for year in row.years:
        flows[year.year] += year.unlevered
    rate = value(row, "irr_with_relet")
    assert sum(f / (1 + rate) ** n for n, f in enumerate(flows)) == pytest.approx(0.0, abs=100.0)
    assert rate > value(row, "irr_unlevered")


def test_the_residual_asked_for_is_where_the_tail_begins():
    row = rows(residual_share=0.3)["contract", "anchor"]
    assert value(row, "residual") == pytest.approx(0.3 * 48_000 * 76_400)
    assert value(row, "relet_value") == pytest.approx(
        value(rows()["contract", "anchor"], "relet_value")
    )


def test_a_price_path_counts_from_the_as_of_day():
    """Every month after a term of five years is in the sixth year or later."""
    tail = rows(price_path=(1.0, 1.0, 1.0, 1.0, 1.0, 0.5))["re-let", "anchor"]
    assert value(tail, "rent_price") == pytest.approx(2.0)


def test_a_longer_economic_life_is_a_longer_tail():
    found = rows("gpus.GB300.economic_life_years=7")
    years = [year for year in found["contract", "anchor"].years if year.part == "re-let"]
    assert [year.year for year in years] == [5, 6, 7]
    assert found["re-let", "anchor"].term_years == 2.0


@pytest.mark.parametrize(
    ("sets", "reason"),
    [
        (["gpus.GB300.economic_life_years=5"], "its planned life ends with the term"),
        (
            ["gpus.GB300.on_demand_usd_per_gpu_hour=0", "gpus.GB300.floor_usd_per_gpu_hour=0"],
            "no on-demand price",
        ),
    ],
)
def test_without_a_tail_the_reason_is_told(sets, reason):
    found = rows(*sets)
    assert ("re-let", "anchor") not in found
    for name in ("relet_value", "irr_with_relet", "npv_with_relet", "irr_levered_with_relet"):
        assert found["contract", "anchor"].figures[name] == (None, reason)


def test_hardware_in_service_has_what_is_left_of_its_life():
    scenario = load("coreweave-2025q4")
    lot = next(lot for lot in lots_of(scenario) if lot.contract == "microsoft-hopper")
    fleet, own = scenario.assets["hopper"], scenario.gpus["H100"]
    moved = (own.economic_life_years or own.book_life_years) - own.book_life_years
    assert planned_months(scenario, lot) == round((fleet.remaining_life_years + moved) * 12)


def test_years_add_up_to_the_owners_cash(plain):
    """Margin times hours is the owner's cash over the term; reserves come back."""
    row = plain["contract", "anchor"]
    own = [year for year in row.years if year.part == "contract"]
    hours = sum(year.gpu_hours for year in own)
    assert hours == pytest.approx(48_000 * 8_760 * 5)
    assert sum(y.levered for y in own) == pytest.approx(value(row, "margin") * hours)
    for year in row.years:
        costs = year.power + year.site_rent + year.staff + year.overhead
        assert year.ebitda == pytest.approx(year.revenue - costs, abs=1e-3)
        service = year.interest + year.principal + year.balloon
        after = year.unlevered + year.drawn - service - year.reserve
        assert year.levered == pytest.approx(after, abs=1e-3)


TWO_YEARS = 24


def secured(law: int, *, every: int = 1, count: int = THIRTY_360, revenue: float = 20.0) -> Secured:
    """200 at 12% on a lot that earns so much a month for two years."""
    terms = one(LoanTerms, law=law, day_count=count, months=TWO_YEARS, every_months=every)
    loan = Loan(200.0, np.full(TWO_YEARS + 1, 0.12), terms)
    cash = blank(TWO_YEARS)
    cash.capital[0] = 300.0
    cash.revenue[1:] = revenue
    return of(borrow(cash, loan), loan)


def of(cash: Cash, loan: Loan) -> Secured:
    lot: Any = None
    return Secured(lot, [Borrowed("loan", "loan", loan.amount, {}, loan)], cash, None)


def test_cover_over_a_loans_life_is_an_annuity():
    """20 a month at 1%, over 200."""
    known = 20 * (1 - 1.01**-TWO_YEARS) / 0.01 / 200
    assert life_cover([secured(BULLET)]).value == pytest.approx(known)


def test_a_loan_paid_by_quarters_counts_interest_from_payment_to_payment():
    """On actual/360 a month's interest is 0.01 x 365 / 360, simple within the quarter."""
    month = 0.01 * 365 / 360
    known = sum(
        20 / (1 + 3 * month) ** quarter / (1 + k * month) for quarter in range(8) for k in (1, 2, 3)
    )
    found = life_cover([secured(BULLET, every=3, count=ACT_360)]).value
    assert found == pytest.approx(known / 200)


def test_where_cash_is_a_multiple_of_service_that_is_the_cover():
    """A level loan has service of 200 x 0.01 / (1 - 1.01^-24) a month."""
    service = 200 * 0.01 / (1 - 1.01**-TWO_YEARS)
    found = life_cover([secured(LEVEL, revenue=1.3 * service)]).value
    assert found == pytest.approx(1.3, rel=1e-4)  # instalments are whole cents


def test_two_lots_cover_what_both_owe():
    """300 of revenue over 400 of loans: the mean of 20 and 10 a month."""
    one_lot, other = secured(BULLET), secured(BULLET, revenue=10.0)
    known = 15 * (1 - 1.01**-TWO_YEARS) / 0.01 / 200
    assert life_cover([one_lot, other]).value == pytest.approx(known)


def test_what_is_owed_against_book_value_by_year(plain):
    row = plain["contract", "anchor"]
    cost = 48_000 * 76_400
    own = [year for year in row.years if year.part == "contract"]
    paid = np.cumsum([year.principal for year in own])
    for place, year in enumerate(row.lender[:-1], start=1):
        assert year.months == 12 * place
        assert year.book == pytest.approx(cost * (6 - place) / 6, rel=1e-6)
        assert year.owed == pytest.approx(own[0].drawn - paid[place], abs=1.0)
        assert year.ltv == pytest.approx(year.owed / year.book)
    assert value(row, "ltv_highest") == pytest.approx(max(year.ltv or 0 for year in row.lender))
    assert value(row, "advance_share") == pytest.approx(2_000e6 / cost)


def test_a_balloon_is_owed_at_the_terms_end():
    """A bullet of 2,000m, against a sixth of the cost in the books."""
    row = rows(
        'debt.ddtl.amortisation.law="bullet"',
        "debt.ddtl.amortisation.grace_months=0",
    )["contract", "anchor"]
    assert value(row, "balloon") == pytest.approx(2_000e6)
    assert value(row, "ltv_at_term_end") == pytest.approx(2_000e6 / (48_000 * 76_400 / 6))
    last = row.lender[-1]
    assert last.owed == pytest.approx(2_000e6)
    assert last.recovered_book == pytest.approx(48_000 * 76_400 / 6 / 2_000e6)


def test_what_a_lender_recovers_when_a_contract_ends_early():
    """Used GPUs of a year fetch 30% of 3,667.2m; let on demand they fetch more than is owed."""
    row = rows("market.resale.residual_by_age.1=0.3")["contract", "anchor"]
    first = row.lender[0]
    assert first.resale == pytest.approx(0.3 * 48_000 * 76_400)
    assert first.recovered_resale == pytest.approx(0.3 * 48_000 * 76_400 / first.owed)
    assert (first.recovered_book, first.recovered_relet) == (1.0, 1.0)
    last_year = row.lender[3]
    assert last_year.relet is not None
    ebitda = 2 * (REVENUE - POWER - RENT - STAFF) - 80e6  # two years left, some overhead
    assert 0.85 * ebitda < last_year.relet < ebitda


def test_without_a_loan_there_is_no_lenders_side():
    row = rows("contracts.anchor.loan_share=0.0")["contract", "anchor"]
    assert row.lender == []
    for name in ("llcr", "balloon", "ltv_highest", "ltv_at_term_end", "advance_share"):
        assert row.figures[name] == (None, "no loan is attributed to it")
