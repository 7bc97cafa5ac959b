"""When planned cash counts: present value, rates of return, payback and cover by hand."""

import numpy as np
import pytest

from gpusim.appraisal.lot_loans import Borrowed
from gpusim.appraisal.sides.together import alone
from gpusim.appraisal.unit_cash import Cash, Loan, blank, borrow
from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.unit_figures import Deal, Group, Row, judged, prices
from gpusim.appraisal.unit_measures import dscr_by_period
from gpusim.appraisal.view.timing import MONTH_ENDS, Flows, Timing, View, timing_of
from gpusim.economics.core.records import one
from gpusim.economics.core.state import BULLET, THIRTY_360, LoanTerms
from gpusim.scenario import load

YEAR = 1.1
"""A year's growth at the hurdle."""


def lot() -> Cash:
    """300 paid; 25 billed and 5 of power in each of 24 months; 10 GPUs."""
    cash = blank(24)
    cash.capital[0] = 300.0
    cash.employed[0] = 600.0
    cash.gpu_hours[1:] = 10.0
    cash.revenue[1:] = 25.0
    cash.power[1:] = 5.0
    return cash


def lent() -> Cash:
    """The same with a bullet of 200 at 12% a year: 2 of interest a month."""
    terms = one(LoanTerms, law=BULLET, day_count=THIRTY_360, months=24, every_months=1)
    return borrow(lot(), Loan(200.0, np.full(25, 0.12), terms))


def part(every_months: int) -> Borrowed:
    """A loan that pays so often."""
    terms = one(LoanTerms, every_months=every_months)
    return Borrowed(
        "loan", "loan", 200.0, {"advance rate": 200.0}, Loan(200.0, np.zeros(25), terms)
    )


def row(timing: Timing = MONTH_ENDS, cash: Cash | None = None, *every_months: int) -> Row:
    """The figures of the lot, or of one with loans that pay so often."""
    loan = [[part(every) for every in every_months or (1,)]] if cash is not None else []
    group = Group("total", "by hand", [], loan, None)
    plain, view = lot(), View(0.10, timing)
    deal = Deal(
        lambda factor: plain._replace(revenue=plain.revenue * factor),
        lambda factor: cash if cash is not None else deal.plain(factor),
        lambda factor: 2.5 * factor,
    )
    breakevens = prices(group, deal, view)
    sides = alone(plain, "contract", "not asked for")
    return judged(group, deal, breakevens, sides, view=view, mw=1.0, mw_years=2.0, gpus=10)


TWO_YEARS = 1 - YEAR**-2
BY_HAND = [
    ("monthly", "end", 20 * TWO_YEARS / (YEAR ** (1 / 12) - 1)),
    ("monthly", "start", 20 * TWO_YEARS / (YEAR ** (1 / 12) - 1) * YEAR ** (1 / 12)),
    ("quarterly", "end", 60 * TWO_YEARS / (YEAR ** (1 / 4) - 1)),
    ("quarterly", "mid", 60 * TWO_YEARS / (YEAR ** (1 / 4) - 1) * YEAR ** (1 / 8)),
    ("yearly", "end", 240 / YEAR + 240 / YEAR**2),
    ("yearly", "mid", 240 / YEAR**0.5 + 240 / YEAR**1.5),
    ("yearly", "start", 240 + 240 / YEAR),
]


@pytest.mark.parametrize(("periods", "place", "worth"), BY_HAND)
def test_present_value_is_an_annuity_of_its_periods(periods, place, worth):
    found = row(timing_of(periods, place)).figures
    assert found["npv"].value == pytest.approx(worth - 300, abs=1e-9)
    assert found["npv_per_gpu"].value == pytest.approx((worth - 300) / 10, abs=1e-9)


@pytest.mark.parametrize(("periods", "place", "worth"), BY_HAND)
def test_the_rent_at_the_hurdle_pays_by_the_same_timing(periods, place, worth):
    """Worth of 20 a month is known; rent must pay 5 of power and 300 with it: 2.5 at 25 a month."""
    needed = (300 / (worth / 20) + 5) / 10
    found = row(timing_of(periods, place)).figures["price_at_hurdle"].value
    assert found == pytest.approx(needed, rel=1e-9)


def test_rates_of_return_by_years():
    """At ends 300 = 240 / x + 240 / x^2: x = (240 + sqrt(240^2 + 4 x 300 x 240)) / 600.

    At starts -60, 240: 300%. In the middle 300 = 240 y^-1 + 240 y^-3 with y^2 = x.
    """
    end = (240 + (240**2 + 4 * 300 * 240) ** 0.5) / 600 - 1
    found = {place: row(timing_of("yearly", place)).figures for place in ("start", "mid", "end")}
    assert found["end"]["irr_unlevered"].value == pytest.approx(end, abs=1e-12)
    assert found["end"]["irr_year_end"].value == found["end"]["irr_unlevered"].value
    assert found["start"]["irr_unlevered"].value == pytest.approx(3.0, abs=1e-12)
    middle = found["mid"]["irr_unlevered"].value
    assert middle is not None
    root = (1 + middle) ** 0.5
    assert 240 / root + 240 / root**3 == pytest.approx(300, abs=1e-9)


@pytest.mark.parametrize(
    ("periods", "place", "years"),
    [
        ("monthly", "end", 15 / 12),  # 300 / 20 months
        ("quarterly", "end", 5 / 4),  # 300 / 60 quarters
        ("quarterly", "mid", 4.5 / 4),  # each quarter's half a quarter earlier
        ("yearly", "end", 1.25),
        ("yearly", "start", 0.25),  # 60 of 300 are left after the first year's, paid ahead
    ],
)
def test_payback_by_hand(periods, place, years):
    found = row(timing_of(periods, place)).figures["payback_years"].value
    assert found == pytest.approx(years, abs=1e-12)


def test_the_owners_side_by_hand():
    """100 put in; 18 a month, and 200 paid back at the end: -182 then.

    23 months bring 18 = 414; put in are 100 and 182.
    """
    found = row(cash=lent()).figures
    monthly = YEAR ** (1 / 12)
    worth = 18 * TWO_YEARS / (monthly - 1) - 200 / YEAR**2 - 100
    assert found["npv_levered"].value == pytest.approx(worth, abs=1e-9)
    assert found["npv_levered_per_gpu"].value == pytest.approx(worth / 10, abs=1e-9)
    assert found["multiple_levered"].value == pytest.approx(414 / 282)
    assert found["multiple_unlevered"].value == pytest.approx(480 / 300)
    assert found["dscr_average"].value == pytest.approx(10.0)  # 20 over 2
    assert found["dscr_period_lowest"].value == pytest.approx(10.0)


def test_cover_of_each_period():
    """60 a quarter over 6 of interest; by years 240 over 24."""
    for periods, count in (("monthly", 24), ("quarterly", 8), ("yearly", 2)):
        found = row(timing_of(periods, "end"), lent()).dscr_periods
        assert [one.value for one in found] == [pytest.approx(10.0)] * count


def quarterly() -> Cash:
    """The lot with a bullet of 200 at 12% a year: 6 of interest a quarter."""
    terms = one(LoanTerms, law=BULLET, day_count=THIRTY_360, months=24, every_months=3)
    return borrow(lot(), Loan(200.0, np.full(25, 0.12), terms))


def test_a_period_has_a_payment_date_of_its_loan():
    """Interest of 6 a quarter, asked by months: quarters of 60 over 6."""
    found = row(MONTH_ENDS, quarterly(), 3)
    assert [one.value for one in found.dscr_periods] == [pytest.approx(10.0)] * 8
    assert found.figures["dscr_period_lowest"].value == pytest.approx(10.0)


def test_cash_without_service_counts_with_the_next_payment():
    """By months: two months without, then 60 over 6."""
    found = dscr_by_period(quarterly(), 1)
    assert [one.value for one in found] == [None, None, pytest.approx(10.0)] * 8


def test_loans_of_other_calendars_are_measured_over_the_longest():
    """A lease pays 4 a month, a loan 30 a quarter: 60 over 12 + 30, not the third month's 20 of 34.

    By half years 120 over 84, the same; by months as well.
    """
    cash = lot()
    cash.interest[1:] = 4.0
    cash.principal[3::3] = 30.0
    for periods, count in (("monthly", 8), ("quarterly", 8), ("yearly", 2)):
        found = row(timing_of(periods, "end"), cash, 1, 3)
        assert [one.value for one in found.dscr_periods] == [pytest.approx(60 / 42)] * count
        assert found.figures["dscr_period_lowest"].value == pytest.approx(60 / 42)
        assert found.figures["dscr_average"].value == pytest.approx(60 / 42)


def test_a_last_instalment_of_little_moves_the_average_little():
    """20 a month over 16, 23 times, then over 0.2: 480 / 368.2; the mean of covers is 5.4."""
    cash = lot()
    cash.principal[1:] = 16.0
    cash.principal[24] = 0.2
    found = row(MONTH_ENDS, cash)
    covers = [one.value for one in found.dscr_periods]
    assert covers == [pytest.approx(1.25)] * 23 + [pytest.approx(100.0)]
    assert found.figures["dscr_average"].value == pytest.approx(480 / 368.2)


def test_cash_after_the_last_service_is_in_no_average():
    """20 a month over 16 for twelve months; twelve more pay nothing."""
    cash = lot()
    cash.principal[1:13] = 16.0
    assert row(MONTH_ENDS, cash).figures["dscr_average"].value == pytest.approx(1.25)


def test_service_and_what_hardware_fetches_stay_at_period_ends():
    """At yearly starts 240 comes at 0 and 1, 24 of interest at 1 and 2, 200 of principal at 2."""
    found = row(timing_of("yearly", "start"), lent()).figures["npv_levered"].value
    assert found == pytest.approx(140 + (240 - 24) / YEAR - 224 / YEAR**2, abs=1e-9)


def test_without_a_loan_there_is_no_owners_side_after_it():
    found = row().figures
    for name in ("npv_levered", "npv_levered_per_gpu", "multiple_levered", "dscr_period_lowest"):
        assert found[name] == (None, "no loan is attributed to it")


@pytest.mark.parametrize("place", ["start", "mid", "end"])
def test_a_models_rent_at_the_hurdle_has_no_present_value(place):
    """Put back into the model, by quarters."""
    timing = timing_of("quarterly", place)

    def anchor(*sets: str) -> Row:
        scenario = load("single-site", sets=sets)
        return compute(scenario, contract="anchor", timing=timing).rows[0]

    price = anchor().figures["price_at_hurdle"].value
    back = anchor(f"contracts.anchor.price_usd_per_gpu_hour={price!r}").figures
    assert back["npv"].value == pytest.approx(0.0, abs=1.0)  # of 3.7bn
    assert back["irr_unlevered"].value == pytest.approx(0.10, abs=1e-9)


@pytest.mark.parametrize("place", ["start", "mid"])
def test_what_rounding_leaves_is_no_flow(place):
    """0.3 paid, then 0.1 a year at its start or in its middle; in a reserve 0.1, 0.2 and -0.3.

    The latter are nothing at a year's end, and 5.6e-17 in binary: a change of sign of its own.
    """
    cash = blank(48)
    cash.capital[0] = 0.3
    cash.revenue[1:], cash.power[1:] = 0.1 / 12 + 0.7, 0.7
    cash.reserve[[25, 26, 27]] = 0.1, 0.2, -0.3
    dated = timing_of("yearly", place).dated(cash.to_owner)
    times = [0.0, 1.0, 2.0, 3.0] if place == "start" else [0.0, 0.5, 1.5, 2.5, 3.5]
    assert dated.times.tolist() == times
    found = dated.irr()
    assert len(found.roots) == 1
    rate = found.value
    assert rate is not None
    paid = [0.1 / (1 + rate) ** (n if place == "start" else n + 0.5) for n in range(4)]
    assert sum(paid) == pytest.approx(0.3, abs=1e-12)


def test_what_rounding_leaves_of_a_residual_is_no_flow():
    """At ends too: a millionth sold, of a thousand million let, is no change of sign."""
    flows = np.array([0.0, 1e9, -1e-7])
    dated = MONTH_ENDS.dated(Flows(flows, np.array([0.0, 1e9, 0.0]), np.array([0.0, 0.0, -1e-7])))
    assert dated.irr()[:3] == (None, (), "no flow is negative")
