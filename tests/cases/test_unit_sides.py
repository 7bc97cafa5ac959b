"""GPUs re-let after their term, cash by year, and the lender's side, by hand."""

from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.lot_loans import Borrowed
from gpusim.appraisal.sides.lender import Secured, life_cover, loan_to_value
from gpusim.appraisal.sides.relet import Lives, planned_months
from gpusim.appraisal.unit_cash import Cash, Loan, blank, borrow
from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.unit_figures import Row
from gpusim.appraisal.unit_lots import lots_of
from gpusim.appraisal.view.timing import timing_of
from gpusim.economics.core.records import one
from gpusim.economics.core.state import ACT_360, BULLET, LEVEL, THIRTY_360, LoanTerms
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


@pytest.mark.parametrize(
    ("factor", "rent"), [(0.5, 1.00), (1.0, 1.00), (2.0, 1.00), (3.0, 1.20), (5.0, 2.00)]
)
def test_the_floor_is_under_so_many_times_the_list_price(factor, rent):
    """A tenth of 4.00 is listed after the term, and nobody lets below 1.00."""
    scenario = load(MODEL)
    tail = Lives(scenario, (1.0, 1.0, 1.0, 1.0, 1.0, 0.1)).tail(lots_of(scenario)[0], factor)
    assert tail is not None
    assert tail.revenue[1:] == pytest.approx(tail.gpu_hours[1:] * rent)


def test_overheads_follow_what_is_billed_above_the_floor():
    """A hundredth of it, a quarter in shares: at 8.00 a hundredth of another 4.00 an hour."""
    scenario = load(MODEL, sets=["overheads.engineers.revenue_share=0.01"])
    lot = lots_of(scenario)[0]
    lives = Lives(scenario, (1.0,))
    once, twice = lives.tail(lot), lives.tail(lot, 2.0)
    assert once is not None
    assert twice is not None
    more = twice.overhead[1:] - once.overhead[1:]
    assert more == pytest.approx(np.full(12, REVENUE / 2 / 12 * 0.01 * 0.75))


def test_the_rent_at_the_hurdle_is_what_is_billed_on_average():
    """From 2033-07 on, the eighth year, a tenth of 4.00 is listed, and the floor of 1.00 binds.

    Of 24 months after terms that began in 2027-02 and 2027-05, that leaves 17 and 14 at 4.00.
    Bisected here: what rents are worth, less power, site, staff and overheads, is what is paid.
    """
    path = (1.0,) * 7 + (0.1,)
    row = rows("gpus.GB300.economic_life_years=7", price_path=path)["re-let", "anchor"]
    listed = [4.0 if k <= full else 0.4 for full in (17, 14) for k in range(1, 25)]
    worths = [1.1 ** (-k / 12) for _ in range(2) for k in range(1, 25)]
    fixed = (POWER + RENT + STAFF) / 12 * MONTHS_OF_A_YEAR * (1 + 1 / 1.1)
    fixed += OVERHEADS * sum(1.03 ** ((59 + k) / 12) * 1.1 ** (-k / 12) for k in range(1, 25))
    needed = (fixed + 48_000 * 76_400 / 6) / (24_000 * 730 * 0.92)  # of rent, discounted
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        got = sum(max(middle * p, 1.0) * w for p, w in zip(listed, worths, strict=True))
        low, high = (middle, high) if got < needed else (low, middle)
    average = sum(max(low * price, 1.0) for price in listed) / len(listed)
    assert 0.25 < low < 2.5  # it binds in the eighth year alone
    assert value(row, "price_at_hurdle") == pytest.approx(average, rel=1e-9)


def test_a_price_of_nothing_without_a_floor_bills_nothing():
    row = rows("gpus.GB300.floor_usd_per_gpu_hour=0", price_path=(1.0,) * 5 + (0.0,))[
        "re-let", "anchor"
    ]
    pay = OVERHEADS * sum(1.03 ** ((59 + k) / 12) * 1.1 ** (-k / 12) for k in range(1, 13))
    worth = -(POWER + RENT + STAFF) / 12 * MONTHS_OF_A_YEAR - pay
    assert value(row, "rent_price") == 0.0
    assert value(row, "npv") == pytest.approx(worth - 48_000 * 76_400 / 6)
    assert row.figures["price_at_hurdle"] == (None, "nothing is billed")


def test_a_floor_that_pays_for_all_leaves_no_price_to_find():
    """At 3.50 for ever the year is worth more than the sixth of the cost that is taken over."""
    row = rows("gpus.GB300.floor_usd_per_gpu_hour=3.5")["re-let", "anchor"]
    pay = OVERHEADS * sum(1.03 ** ((59 + k) / 12) * 1.1 ** (-k / 12) for k in range(1, 13))
    worth = (REVENUE * 3.5 / 4 - POWER - RENT - STAFF) / 12 * MONTHS_OF_A_YEAR - pay
    assert worth > 48_000 * 76_400 / 6
    assert row.figures["price_at_hurdle"] == (None, "a price of nothing is already above it")


def test_a_lot_that_is_not_re_let_counts_at_its_residual():
    """Half the GPUs for five years, half for all six of their life: the latter are sold."""
    halves = "[{gpus=24000,start=2027-02-01},{gpus=24000,start=2027-05-01,term_months=72}]"
    row = rows(f"contracts.anchor.tranches={halves}", residual_share=0.3)["contract", "anchor"]
    before = (REVENUE - POWER - RENT - STAFF) / 2 / 12 * MONTHS_OF_A_YEAR
    pay = OVERHEADS / 2 * sum(1.03 ** ((59 + k) / 12) * 1.1 ** (-k / 12) for k in range(1, 13))
    sold = 0.3 * 24_000 * 76_400
    assert value(row, "residual") == pytest.approx(2 * sold)
    assert value(row, "relet_value") == pytest.approx(before - pay + sold)
    added = value(row, "npv_with_relet") - value(row, "npv")
    assert added == pytest.approx((before - pay - sold) * 1.1**-5)


def test_what_is_written_off_is_taken_over_at_nothing():
    """Five years of life and of term: by years' starts all of a sixth year comes at once."""
    sets = ["gpus.GB300.book_life_years=5", "gpus.GB300.economic_life_years=6"]
    row = rows(*sets, timing=timing_of("yearly", "start"))["re-let", "anchor"]
    assert value(row, "capital_recovery") == 0.0
    assert row.irr_roots == {"unlevered": []}
    assert row.figures["irr_unlevered"] == (None, "no flow is negative")


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


def test_a_facility_with_nothing_left_lends_nothing():
    """All of its 2,000m was drawn before the as-of day."""
    row = rows(
        "debt.ddtl.opening.principal_usd=2000000000",
        "debt.ddtl.opening.every_months=1",
        "debt.ddtl.opening.repayments={2027=1000000000,2028=1000000000}",
        "balance.cash_usd=2700000000",
    )["contract", "anchor"]
    for name in ("loan", "llcr", "irr_levered", "dscr_lowest", "advance_share"):
        assert row.figures[name] == (None, "no loan is attributed to it")
    assert row.lender == []


def written_off(charge: float, law: int = BULLET) -> Secured:
    """200 owed for two years, on hardware of 300 of which so much is written off each month."""
    part = secured(law)
    left = 300.0 - charge * np.arange(TWO_YEARS + 1)
    charges = -np.diff(np.maximum(left, 0.0), prepend=300.0)
    return part._replace(cash=part.cash._replace(depreciation=charges))


def test_loan_to_value_is_highest_where_book_value_is_least():
    """200 over 300 - 120 after a year, over 300 - 240 after two."""
    found = loan_to_value([written_off(10.0)])
    assert found["ltv_highest"].value == pytest.approx(200 / 60)
    assert found["ltv_at_term_end"].value == pytest.approx(200 / 60)


@pytest.mark.parametrize("charge", [25.0, 20.0, 12.5])
def test_debt_on_hardware_that_is_written_off_is_told(charge):
    reason = "the books carry nothing of its hardware while something is owed"
    found = loan_to_value([written_off(charge)])
    assert found["ltv_highest"] == (None, reason)
    assert found["ltv_at_term_end"] == (None, reason)


def test_hardware_that_is_written_off_and_paid_for_has_no_loan_to_value_at_the_end():
    """A level loan is repaid by the end; after a year, half of 300 is left in the books."""
    service = 200 * 0.01 / (1 - 1.01**-TWO_YEARS)
    owed = service * (1 - 1.01**-12) / 0.01
    found = loan_to_value([written_off(12.5, LEVEL)])
    assert found["ltv_highest"].value == pytest.approx(owed / 150, rel=1e-4)  # whole cents
    assert found["ltv_at_term_end"] == (None, "the books carry nothing of its hardware")
