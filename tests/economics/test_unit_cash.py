"""A lot's planned cash: loans that end at nothing, and a chain that adds up to the owner's cash."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.appraisal.unit_cash import Loan, blank, borrow, priced, total
from gpusim.appraisal.unit_measures import (
    dscr_by_year,
    factor_at,
    hourly,
    lowest,
    return_on_capital,
)
from gpusim.economics.core.records import one
from gpusim.economics.core.state import BULLET, LEVEL, STRAIGHT, THIRTY_360, LoanTerms

MONTHS = 24


def lot(price=3.0, gpus=10, capital=300_000.0):
    """Ten GPUs for two years, a fifth paid ahead and credited in the second."""
    cash = blank(MONTHS)
    cash.gpu_hours[1:] = gpus * 730
    cash.revenue[1:] = gpus * 730 * price
    cash.capital[0] = capital
    cash.employed[0] = capital * MONTHS / 12
    cash.residual[-1] = 0.25 * capital
    cash.prepaid[0] = 0.2 * cash.revenue.sum()
    cash.credited[13:] = cash.prepaid[0] / 12
    cash.power[1:] = 700.0
    cash.rent[1:] = 2_700.0
    cash.staff[1:] = 100.0
    cash.overhead[1:] = 0.1 * cash.revenue[1:]
    return cash


def loan(amount=200_000.0, rate=0.09, **terms):
    usual = {
        "day_count": THIRTY_360,
        "draw_discount": 0.02,
        "law": LEVEL,
        "months": 18,
        "every_months": 1,
        "reserve_share": 0.05,
    }
    return Loan(amount, np.full(MONTHS + 1, rate), one(LoanTerms, **(usual | terms)))


LOANS = st.builds(
    loan,
    law=st.sampled_from([LEVEL, STRAIGHT, BULLET]),
    months=st.sampled_from([12, 18, 24, 36, 60]),
    grace_months=st.sampled_from([0, 6]),
    every_months=st.sampled_from([1, 3]),
    balloon_share=st.sampled_from([0.0, 0.3]),
)


@given(LOANS)
def test_a_loan_is_repaid_in_full_and_its_reserve_comes_back(terms):
    cash = borrow(lot(), terms)
    repaid = cash.principal.sum() + cash.balloon.sum()
    assert repaid == pytest.approx(terms.amount, abs=0.01)
    assert cash.reserve[0] > 0
    assert cash.reserve.sum() == pytest.approx(0, abs=1e-6)


@given(LOANS)
def test_margin_times_hours_is_the_owners_cash(terms):
    cash = borrow(lot(), terms)
    margin = hourly(cash)["margin"].value * cash.gpu_hours.sum()
    assert margin == pytest.approx(cash.levered.sum(), abs=0.01)


@given(LOANS)
def test_the_chain_adds_up_to_the_rent(terms):
    chain = {name: figure.value for name, figure in hourly(borrow(lot(), terms)).items()}
    rent = chain.pop("rent_price")
    assert sum(chain.values()) == pytest.approx(rent)


def test_a_bullet_is_no_scheduled_principal():
    cash = borrow(lot(), loan(law=BULLET, months=24))
    assert cash.principal.sum() == 0
    assert cash.balloon[24] == pytest.approx(200_000)


def test_what_a_loan_costs_before_interest_is_paid_with_the_draw():
    """2% kept of the draw, 1% of it as upfront fee: 3% of 200,000."""
    cash = borrow(lot(), loan(upfront_fee=0.01))
    assert cash.interest[0] == pytest.approx(6_000)


def test_a_level_loan_costs_the_same_every_month():
    cash = borrow(lot(), loan(draw_discount=0.0))
    assert cash.service[1:19] == pytest.approx(11_919.53, abs=0.02)  # annuity table: 0.0595977
    assert cash.service[19:].sum() == 0


def test_a_reserve_holds_the_service_of_the_months_ahead():
    """1,200 in twelve equal parts at 1% a month; three months of service are kept.

    At the draw 3 x 100 + 12 + 11 + 10 = 333, a month later 330; with 300 left 306 would be due and
    300 are kept. A twentieth of the balance comes on top where it is asked for.
    """
    terms = {"law": STRAIGHT, "months": 12, "draw_discount": 0.0, "reserve_months": 3}
    kept = loan(1_200.0, 0.12, **terms, reserve_share=0.0)
    held = np.cumsum(borrow(lot(), kept).reserve)
    assert held[:2] == pytest.approx([333.0, 330.0])
    assert held[[9, 12, MONTHS]] == pytest.approx([300.0, 0.0, 0.0])
    both = np.cumsum(borrow(lot(), loan(1_200.0, 0.12, **terms, reserve_share=0.05)).reserve)
    assert both[:2] == pytest.approx([393.0, 385.0])


def test_a_reserve_leaves_bullets_out():
    """1% a month on 1,200 that are due at the end: three months of interest are 36."""
    terms = {"law": BULLET, "months": 24, "draw_discount": 0.0, "reserve_months": 3}
    kept = loan(1_200.0, 0.12, **terms, reserve_share=0.0)
    held = np.cumsum(borrow(lot(), kept).reserve)
    assert held[[0, 21, 22, 23, 24]] == pytest.approx([36.0, 36.0, 24.0, 12.0, 0.0])


def test_rent_lowers_cover_only_after_rent():
    cash = borrow(lot(), loan(months=24))
    before, after = (dscr_by_year(cash, before_rent=flag) for flag in (True, False))
    due = [cash.service[1:13].sum(), cash.service[13:].sum()]
    gaps = [a.value - b.value for a, b in zip(before, after, strict=True)]
    assert gaps == pytest.approx([12 * 2_700 / d for d in due])
    assert after[1].value < after[0].value  # credits come off the second year's invoices


def moving(cash):
    """A tenth of revenue is spent on what follows it; the prepayment is a share of the value."""
    return blank(MONTHS)._replace(
        revenue=cash.revenue,
        overhead=0.1 * cash.revenue,
        prepaid=cash.prepaid,
        credited=cash.credited,
    )


@pytest.mark.parametrize(
    ("net", "target"), [("total", 0.0), ("npv", 0.12), ("dscr", 1.2), ("return", 0.1)]
)
def test_at_its_break_even_price_a_lot_breaks_even(net, target):
    cash = borrow(lot(), loan(months=24))
    cash.depreciation[1:] = 225_000 / 24
    factor = factor_at(lambda times: priced(cash, moving(lot()), times), net, target).value
    then = borrow(lot(price=3.0 * factor), loan(months=24))
    then.depreciation[1:] = 225_000 / 24
    monthly = 1.12 ** (1 / 12)
    found = {
        "total": then.unlevered.sum(),
        "npv": (then.unlevered / monthly ** np.arange(MONTHS + 1)).sum(),
        "dscr": lowest(dscr_by_year(then)).value - 1.2,
        "return": return_on_capital(then).value - 0.1,
    }
    assert found[net] == pytest.approx(0, abs=1e-6 if net in ("dscr", "return") else 0.01)


def test_cover_that_only_jumps_past_its_target_is_at_it_nowhere():
    """The lender lends from 1.5 times the price on: cover is 1.67 there, and nothing below."""

    def at(times):
        cash = blank(12)
        cash.revenue[1:] = times
        cash.interest[1:] = 0.9 if times >= 1.5 else 0.0
        return cash

    assert factor_at(at, "dscr", 1.2).reason.startswith("it is passed in a jump")
    assert factor_at(at, "dscr", 1.8).value == pytest.approx(1.62)


def test_a_broken_last_year_reaches_back_twelve_months():
    """14 months of 10 a month; 12 is due in months 7 and 14: years cover 120 / 12 and 120 / 24."""
    cash = blank(14)
    cash.revenue[1:] = 10.0
    cash.principal[[7, 14]] = 12.0
    assert [year.value for year in dscr_by_year(cash)] == [10.0, 5.0]


def test_a_dearer_lot_moves_its_prepayment_and_pays_costs_that_follow_revenue():
    cash = lot()
    other = priced(cash, moving(cash), 2.0)
    assert other.prepaid.sum() == pytest.approx(2 * cash.prepaid.sum())
    assert other.credited.sum() == pytest.approx(2 * cash.credited.sum())
    assert other.overhead.sum() == pytest.approx(2 * cash.overhead.sum())
    assert (other.rent == cash.rent).all()


def test_what_does_not_exist_has_a_reason():
    nothing = blank(12)
    assert hourly(nothing)["margin"].reason == "no GPU-hour is billed"
    assert return_on_capital(nothing).reason == "no hardware is paid for"
    never = factor_at(lambda times: priced(lot(), moving(lot()), times / 1e6), "total", 0.0)
    assert never.reason == "no price up to a hundred times this one reaches it"
    assert lowest(dscr_by_year(lot())).reason == "no loan is attributed to it"


def test_lots_of_different_length_add_up():
    both = total([lot(), blank(12)])
    assert len(both.revenue) == MONTHS + 1
    assert both.unlevered.sum() == pytest.approx(lot().unlevered.sum())
