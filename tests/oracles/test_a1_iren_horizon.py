"""Known answers A1: IREN Horizon 1-4 for Microsoft, through models/operators/iren-horizon.toml.

USD 9,700m over five years for 76,000 GB300 that cost 5,810m; a fifth paid ahead and credited over
months 25 to 60; 3,650m lent at 6.00%, level over 60 months; 312m a year charged for space and power
equipment ("the charge", site rent here). The company's blended funding cost of 3.31% cannot be
rebuilt from what it published, so it is no test.
"""

import pytest

from gpusim.economics.measures import CFADS, DEBT_SERVICE
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.oracles.unit_rows import row, value

FIXED_COSTS = (
    "overheads.operations.revenue_share=0",
    "overheads.operations.monthly_usd=24_250_000",
)
"""291m a year whatever the price, instead of 15% of revenue."""


@pytest.fixture(scope="module")
def contract():
    return row("iren-horizon", "microsoft")


def test_revenue_price_and_margin(contract):
    assert value(contract, "revenue_per_mw_year") * contract.mw == pytest.approx(1_940e6, rel=1e-9)
    assert round(value(contract, "rent_price"), 3) == 2.914
    before = value(contract, "ebitda_share_before_rent")
    assert before == pytest.approx(0.85, abs=1e-9)
    assert before * 1_940 == pytest.approx(1_649, abs=0.5)
    hours = 76_000 * 8_760
    assert value(contract, "site_rent") * hours == pytest.approx(312e6, rel=5e-4)


@pytest.mark.parametrize(("residual", "rate"), [(0.0, 0.1055), (0.20, 0.1886), (0.35, 0.2346)])
def test_unlevered_irr_after_the_charge(residual, rate):
    found = row("iren-horizon", "microsoft", residual_share=residual)
    assert value(found, "irr_unlevered") == pytest.approx(rate, abs=0.002)


def test_dscr_before_the_charge(contract):
    years = [year.value for year in contract.dscr_before_rent]
    assert years == pytest.approx([1.947] * 2 + [1.184] * 3, abs=0.005)


def test_dscr_after_the_charge(contract):
    years = [year.value for year in contract.dscr]
    assert years == pytest.approx([1.579] * 2 + [0.815] * 3, abs=0.005)


@pytest.mark.parametrize(
    ("sets", "at_covenant", "at_one"), [((), 2.714, 2.639), (FIXED_COSTS, 2.744, 2.680)]
)
def test_prices_at_which_the_later_years_just_cover_the_debt(sets, at_covenant, at_one):
    found = row("iren-horizon", "microsoft", *sets)
    assert value(found, "price_at_covenant_before_rent") == pytest.approx(at_covenant, abs=0.005)
    assert value(found, "price_at_dscr_one_before_rent") == pytest.approx(at_one, abs=0.005)


def test_the_loan_is_what_the_bank_committed(contract):
    assert value(contract, "loan") == pytest.approx(3_650e6)
    assert "debt capacity is set by the commitment" in contract.notes


def test_the_owner_has_two_rates_of_return(contract):
    """Full invoices for two years, then credits: cash turns twice, and both roots are told."""
    low, high = contract.irr_roots["levered"]
    assert low < 0 < high == contract.figures["irr_levered"].value


def test_a_run_pays_what_the_plan_says():
    """2030 lies in years 3-5 of all tranches; no delays, tax or interest on cash."""
    sets = (
        "sites.childress.delay.probability=0",
        "tax.rate=0",
        "operator.cash_yield_margin=-1",
    )
    book = lower(load("iren-horizon", sets=sets))
    done = process.run(book.state, draw(book.spec, 1, 0))
    year = slice(43, 55)  # months since 2026-06
    cover = done.stocks[CFADS, year].sum() / done.stocks[DEBT_SERVICE, year].sum()
    assert cover == pytest.approx(0.815, abs=0.005)
