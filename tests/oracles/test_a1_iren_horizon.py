"""Known answers A1: IREN Horizon 1-4 for Microsoft, through models/operators/iren-horizon.toml.

USD 9,700m over five years for 76,000 GB300 that cost 5,810m; a fifth paid ahead and credited over
months 25 to 60; 3,650m lent at 6.00%, level over 60 months; 312m a year charged for space and power
equipment ("the charge", site rent here). The company's blended funding cost of 3.31% cannot be
rebuilt from what it published, so it is no test.
"""

import pytest

from gpusim.economics.books.measures import CFADS, DEBT_SERVICE
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.oracles.unit_rows import row, value

CASE = "A1"
FIXED_COSTS = (
    "overheads.operations.revenue_share=0",
    "overheads.operations.monthly_usd=24_250_000",
)
"""291m a year whatever the price, instead of 15% of revenue."""
PAID_AHEAD = (
    "contracts.microsoft.prepayment={amount_usd=1_940_000_000, due=2026-07-01, "
    "unconditional=false, credited_months=[25, 60]}",
)
"""The prepayment as it was agreed, whatever the price; the model's is a share of the value."""


@pytest.fixture(scope="module")
def contract():
    return row("iren-horizon", "microsoft")


def test_revenue_price_and_margin(contract, compare):
    revenue = value(contract, "revenue_per_mw_year") * contract.mw / 1e6
    compare("revenue [USD m/year]", revenue, 1_940, rel=1e-9)
    price = round(value(contract, "rent_price"), 3)
    compare("price, to the tenth of a cent [USD/GPU-hour]", price, 2.914)
    before = value(contract, "ebitda_share_before_rent")
    compare("EBITDA margin before the charge", before, 0.85, abs=1e-9)
    compare("EBITDA before the charge [USD m/year]", before * 1_940, 1_649, abs=0.5)
    charge = value(contract, "site_rent") * 76_000 * 8_760 / 1e6
    compare("colocation charge [USD m/year]", charge, 312, rel=5e-4)


@pytest.mark.parametrize(("residual", "rate"), [(0.0, 0.1055), (0.20, 0.1886), (0.35, 0.2346)])
def test_unlevered_irr_after_the_charge(residual, rate, compare):
    found = row("iren-horizon", "microsoft", residual_share=residual)
    what = f"unlevered IRR after the charge, residual value {residual:.0%} of GPU capex"
    compare(what, value(found, "irr_unlevered"), rate, abs=0.002)


def test_dscr_before_the_charge(contract, compare):
    years = [year.value for year in contract.dscr_before_rent]
    compare("DSCR before the charge, years 1-5", years, [1.947] * 2 + [1.184] * 3, abs=0.005)


def test_dscr_after_the_charge(contract, compare):
    years = [year.value for year in contract.dscr]
    compare("DSCR after the charge, years 1-5", years, [1.579] * 2 + [0.815] * 3, abs=0.005)


@pytest.mark.parametrize(
    ("sets", "at_covenant", "at_one"), [((), 2.714, 2.639), (FIXED_COSTS, 2.744, 2.680)]
)
def test_prices_at_which_the_later_years_just_cover_the_debt(sets, at_covenant, at_one, compare):
    found = row("iren-horizon", "microsoft", *PAID_AHEAD, *sets)
    costs = "costs 291 a year" if sets else "costs 15% of revenue"
    for name, figure, known in (
        ("1.05x", "price_at_covenant_before_rent", at_covenant),
        ("1.00x", "price_at_dscr_one_before_rent", at_one),
    ):
        what = f"price at which years 3-5 cover {name}, {costs} [USD/GPU-hour]"
        compare(what, value(found, figure), known, abs=0.005)


def test_a_prepayment_that_is_a_share_of_the_value_moves_the_price_further():
    """Credits are a third of revenue: (0.85 - 1/3) R = 1.05 x 846.8, R = 1,720.9, over 665.76m h.

    846.8: twelve payments of 3,650 x 0.005 / (1 - 1.005^-60) = 70.565.
    """
    found = row("iren-horizon", "microsoft")
    assert value(found, "price_at_covenant_before_rent") == pytest.approx(2.5849, abs=2e-4)


def test_the_loan_is_what_the_bank_committed(contract, compare):
    compare("loan [USD m]", value(contract, "loan") / 1e6, 3_650, rel=1e-6)
    assert "debt capacity is set by the commitment" in contract.notes


def test_the_owner_has_two_rates_of_return(contract):
    """Full invoices for two years, then credits: cash turns twice, and both roots are told."""
    low, high = contract.irr_roots["levered"]
    assert low < 0 < high == contract.figures["irr_levered"].value


def test_a_run_pays_what_the_plan_says(compare):
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
    compare("DSCR after the charge in 2030, of a run", cover, 0.815, abs=0.005)
