"""`units` of GPUs that are bought for nobody: their row by hand, and why others have none."""

import pytest

from gpusim.appraisal.unit_economics import compute
from gpusim.scenario import load
from tests.cases.reading import gpusim

GPUS, COST, PRICE, USE, LIFE = 100, 40_000.0, 3.0, 0.5, 4
"""GPUs, USD and USD an hour each, share of hours sold, years; no power, rent, staff or salvage."""
MODEL = f"""
[model]
title = "GPUs for nobody"
as_of = 2026-09-30
quarters = 8
[gpus.A]
it_kw_per_gpu = 1.0
capex_usd_per_gpu = {COST}
infrastructure_share = 0.0
book_life_years = {LIFE}
on_demand_usd_per_gpu_hour = {PRICE}
floor_usd_per_gpu_hour = 0.0
salvage_share = 0.0
lead = {{ planned_days = 60, sd_days = 0 }}
fitout = {{ planned_days = 20, sd_days = 0 }}
acceptance = {{ planned_days = 10, sd_days = 0 }}
[market]
start_state = "scarce"
on_demand_use = {{ scarce = {USE}, balanced = 0.4, glut = 0.3 }}
[sites.hall]
kind = "owned"
tariff_usd_per_kwh = 0.0
grid_charge_usd_per_kw_month = 0.0
staff_usd_per_kw_month = 0.0
phases = [{{ it_mw = 1, ready = 2026-12-31 }}]
[orders.more]
gpu = "A"
site = "hall"
gpus = {GPUS}
date = 2026-10-01
[balance]
cash_usd = 10_000_000
"""


@pytest.fixture
def told(tmp_path):
    def of(*sets, **asked):
        file = tmp_path / "orders.toml"
        file.write_text(MODEL)
        return compute(load(str(file), sets=sets), **asked)

    return of


def row(units, kind="order"):
    (found,) = [one for one in units.rows if one.kind == kind]
    return found


def test_an_order_s_row_by_hand(told):
    """109,500 a month for 48 months on 4m; an hour of 17,520 sold bears 40,000 / 17,520 of it."""
    found = row(told())
    figures = {name: one.value for name, one in found.figures.items()}
    assert (found.name, found.gpus, found.mw, found.term_years) == ("more", GPUS, 0.1, LIFE)
    assert figures["rent_price"] == pytest.approx(PRICE)
    assert figures["capital_recovery"] == pytest.approx(COST / (USE * 8760 * LIFE))
    assert figures["power_cost"] == figures["site_rent"] == figures["overhead_cost"] == 0.0
    assert figures["margin"] == pytest.approx(PRICE - COST / (USE * 8760 * LIFE))
    assert figures["revenue_per_mw_year"] == pytest.approx(PRICE * USE * 8760 * 1000)
    month = GPUS * PRICE * USE * 730
    rate = 1.1 ** (1 / 12) - 1
    worth = month * (1 - 1.1**-LIFE) / rate - GPUS * COST
    assert figures["npv"] == pytest.approx(worth)
    assert figures["price_at_hurdle"] == pytest.approx(PRICE * GPUS * COST / (worth + GPUS * COST))
    monthly = (1 + figures["irr_unlevered"]) ** (1 / 12) - 1
    annuity = (1 - (1 + monthly) ** (-12 * LIFE)) / monthly
    assert month * annuity == pytest.approx(GPUS * COST)
    assert figures["residual"] == pytest.approx(0.0, abs=1e-6)


def test_its_price_path_counts_from_the_as_of_day(told):
    """Ready at the year's end and worked on for 30 days: sold from February 2027, the fifth month.

    Eight months at today's price, then at half of it.
    """
    found = row(told(price_path=(1.0, 0.5)))
    assert "after 2027-01-30" in found.notes[0]
    assert "moved by the price path" in found.notes[0]
    hours = GPUS * USE * 730
    first = 12 - 4  # months of the first year from February on
    assert sum(year.revenue for year in found.years) == pytest.approx(
        hours * PRICE * (first + (12 * LIFE - first) / 2)
    )


def test_a_residual_share_and_a_planned_life_are_the_orders(told):
    found = row(told("gpus.A.economic_life_years=5", residual_share=0.1))
    assert found.term_years == 5
    assert found.figures["residual"].value == pytest.approx(0.1 * GPUS * COST)


def test_its_lender_is_left_out_and_told(told):
    sets = (
        'debt.line={kind="vendor",commitment_usd=4e6,margin=0.1,base="fixed",'
        'amortisation={law="level",months=24,every_months=3}}',
        'orders.more.vendor="line"',
        "orders.more.vendor_share=0.5",
    )
    found = row(told(*sets))
    assert found.notes[1] == "its loan and supplier's credit are left out: figures are before debt"
    assert found.figures["loan"] == (None, "no loan is attributed to it")


def test_what_has_no_row_is_told(told, tmp_path):
    units = told("gpus.A.on_demand_usd_per_gpu_hour=0")
    assert not units.rows
    assert units.untold == (
        "order more has no row, for its GPUs have no on-demand price: "
        "state gpus.A.on_demand_usd_per_gpu_hour",
    )
    said = gpusim("units", str(tmp_path / "orders.toml")).stdout
    assert "more (order)" in said
    assert "has no row" not in said


def test_free_gpus_in_service_are_told(told):
    fleet = (
        'assets.fleet={category="servers",gpu="A",site="hall",gpus=300,gross_usd=1.2e7,'
        "accumulated_usd=0,remaining_life_years=4}"
    )
    (line,) = told("sites.hall.phases.0.ready=2025-12-31", fleet).untold
    assert line.startswith("300 A in service at hall under no contract have no row")
