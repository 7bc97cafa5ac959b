"""Known answers A6: which rent returns an H100's price (Latent Space, 2024-10-11), USD.

50,000 for five years, all hours sold, the price falling in a line to half; electricity 800 a year.
The "IRR" published for 2.85 is an annualised multiple; the rate of return depends on when in the
year cash is taken to come.
"""

import pytest

from tests.oracles.unit_rows import row, value

FALLING = (1, 0.875, 0.75, 0.625, 0.5)


def h100(price, path):
    price_set = f"gpus.H100.on_demand_usd_per_gpu_hour={price}"
    return row("h100", "H100", price_set, kind="on-demand", price_path=path)


def test_a_rent_of_1_65_returns_the_capital():
    found = h100(1.65, FALLING)
    five_year_net = value(found, "margin") * 5 * 8_760 + 50_000
    assert five_year_net == pytest.approx(50_200, abs=50)
    first_year = value(found, "price_return_of_capital") / 0.75
    assert first_year == pytest.approx(1.65, abs=0.01)


def test_the_published_irr_is_the_annualised_multiple():
    assert round(value(h100(2.85, FALLING), "annualised_multiple"), 3) == 0.124


def test_rates_of_return_with_year_end_and_monthly_cash():
    found = h100(2.85, FALLING)
    assert round(100 * value(found, "irr_year_end"), 2) == 27.06
    assert round(100 * value(found, "irr_unlevered"), 1) == 35.7


def test_payback_at_a_flat_4_70():
    found = h100(4.70, (1,))
    assert round(value(found, "payback_before_power_years"), 2) == 1.21
    assert round(value(found, "payback_years"), 2) == 1.24
