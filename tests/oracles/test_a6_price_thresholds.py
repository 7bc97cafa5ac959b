"""Known answers A6: which rent returns an H100's price (Latent Space, 2024-10-11), USD.

50,000 for five years, all hours sold, the price falling in a line to half; electricity 800 a year.
The "IRR" published for 2.85 is an annualised multiple; the rate of return depends on when in the
year cash is taken to come.
"""

from gpusim.appraisal.view.timing import timing_of
from tests.oracles.unit_rows import row, value

CASE = "A6"
FALLING = (1, 0.875, 0.75, 0.625, 0.5)


def h100(price, path, **options):
    price_set = f"gpus.H100.on_demand_usd_per_gpu_hour={price}"
    return row("h100", "H100", price_set, kind="on-demand", price_path=path, **options)


def test_a_rent_of_1_65_returns_the_capital(compare):
    found = h100(1.65, FALLING)
    five_year_net = value(found, "margin") * 5 * 8_760 + 50_000
    compare("five-year net at 1.65 [USD]", five_year_net, 50_200, abs=50)
    first_year = value(found, "price_return_of_capital")
    compare("first-year rent that returns the capital [USD/h]", first_year, 1.65, abs=0.01)


def test_the_published_irr_is_the_annualised_multiple(compare):
    found = round(value(h100(2.85, FALLING), "annualised_multiple"), 3)
    compare("annualised multiple at 2.85, published as IRR, to a thousandth", found, 0.124)


def test_rates_of_return_with_year_end_and_monthly_cash(compare):
    found = h100(2.85, FALLING)
    year_end = round(100 * value(found, "irr_year_end"), 2)
    monthly = round(100 * value(found, "irr_unlevered"), 1)
    by_years = value(h100(2.85, FALLING, timing=timing_of("yearly", "end")), "irr_unlevered")
    compare("IRR at 2.85, year-end cash, to a hundredth [%]", year_end, 27.06)
    compare("IRR at 2.85 by years, to a hundredth [%]", round(100 * by_years, 2), 27.06)
    compare("IRR at 2.85, monthly cash, to a tenth [%]", monthly, 35.7)


def test_payback_at_a_flat_4_70(compare):
    found = h100(4.70, (1,))
    before = round(value(found, "payback_before_power_years"), 2)
    after = round(value(found, "payback_years"), 2)
    compare("payback at 4.70 before power, to a hundredth [years]", before, 1.21)
    compare("payback at 4.70 after power, to a hundredth [years]", after, 1.24)
