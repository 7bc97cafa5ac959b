"""Unit economics of bundled models: rows, sums, reasons, and what each input moves."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.unit_figures import UNITS, _warnings
from gpusim.scenario import load
from tests.engines.build import gpu, quiet, scenario_of


def rows(model="single-site", *sets, **options):
    return {(r.kind, r.name): r for r in compute(load(model, sets=sets), **options).rows}


@pytest.fixture(scope="module")
def large():
    return rows("coreweave-2025q4")


def test_one_row_a_contract_generation_and_site_and_a_total():
    kinds = [kind for kind, _ in rows()]
    assert kinds == ["contract", "generation", "site", "re-let", "on-demand"]


def test_every_figure_is_a_number_or_a_reason(large):
    for row in large.values():
        assert list(row.figures) == list(UNITS)
        for figure in row.figures.values():
            assert (figure.value is None) == bool(figure.reason)
            assert figure.value is None or figure.value == figure.value  # no NaN


def test_contracts_add_up_to_the_total(large):
    total = large["total", "all contracts"]
    for kind in ("contract", "generation", "site"):
        parts = [row for (k, _), row in large.items() if k == kind]
        assert sum(row.gpus for row in parts) == total.gpus
        assert sum(row.mw for row in parts) == pytest.approx(total.mw)
        capital = sum(row.figures["capital_per_mw"].value * row.mw for row in parts)
        assert capital == pytest.approx(total.figures["capital_per_mw"].value * total.mw)


def test_hardware_in_service_is_not_paid_again(large):
    """A Hopper's capital is its share of the fleet's net book value."""
    row = large["contract", "microsoft-hopper"]
    fleet = load("coreweave-2025q4").assets["hopper"]
    capital = row.figures["capital_per_mw"].value * row.mw
    carried = fleet.gross_usd - fleet.accumulated_usd
    assert capital / row.gpus == pytest.approx(carried / fleet.gpus)
    assert any("in service" in note for note in row.notes)


def test_a_backstop_has_no_unit_economics(large):
    assert not any("backstop" in name or "put" in name for _, name in large)


def test_the_tutorials_figures_checked_by_hand():
    """2.91 an hour; power 2.08 x 0.8 x 1.2 x 0.06 a GPU-hour; rent 2.08 x 130 / 730; staff 5."""
    figures = rows()["contract", "anchor"].figures
    assert figures["rent_price"].value == pytest.approx(2.91)
    assert figures["power_cost"].value == pytest.approx(0.1198, abs=1e-4)
    assert figures["site_rent"].value == pytest.approx(0.3704, abs=1e-4)
    assert figures["staff_cost"].value == pytest.approx(0.0142, abs=1e-4)
    commitment = load("single-site").debt["ddtl"].commitment_usd  # less than the advance rate gives
    assert figures["loan"].value == pytest.approx(commitment)


@pytest.mark.parametrize(
    ("change", "worse", "same"),
    [
        ("sites.alpha.tariff_usd_per_kwh+=0.02", "irr_unlevered", "payback_before_power_years"),
        ("debt.ddtl.margin+=0.01", "irr_levered", "irr_unlevered"),
        ("sites.alpha.rent_usd_per_kw_month*=1.2", "dscr_lowest", "dscr_lowest_before_rent"),
        ("gpus.GB300.capex_usd_per_gpu*=1.2", "return_on_capital", "rent_price"),
        ("contracts.anchor.price_usd_per_gpu_hour*=0.9", "margin", "capital_per_mw"),
    ],
)
def test_an_input_moves_what_it_should_and_nothing_else(change, worse, same):
    before = rows()["contract", "anchor"].figures
    after = rows("single-site", change)["contract", "anchor"].figures
    assert after[worse].value < before[worse].value
    assert after[same].value == pytest.approx(before[same].value, rel=1e-9)


def test_a_residual_share_replaces_book_value():
    figures = rows(residual_share=0.0)["contract", "anchor"].figures
    assert figures["capital_recovery"].value == pytest.approx(76_400 / 43_800)
    kept = rows()["contract", "anchor"].figures  # a sixth of the cost is left after five years
    assert kept["capital_recovery"].value == pytest.approx(76_400 * 5 / 6 / 43_800)


def test_a_contract_without_loan_says_so():
    row = rows("single-site", "contracts.anchor.loan_share=0.0")
    figures = row["contract", "anchor"].figures
    assert figures["irr_levered"] == (None, "no loan is attributed to it")
    assert figures["price_at_dscr_one"] == (None, "no loan is attributed to it")


def test_one_contract_alone(large):
    alone = rows("coreweave-2025q4", contract="meta")
    assert [key for key in alone if key[0] == "contract"] == [("contract", "meta")]
    assert alone["contract", "meta"].figures == large["contract", "meta"].figures


def test_a_falling_price_path_lowers_what_on_demand_earns():
    flat = rows()["on-demand", "GB300"].figures
    falling = rows(price_path=(1.0, 0.8, 0.6))["on-demand", "GB300"].figures
    assert falling["irr_unlevered"].value < flat["irr_unlevered"].value


def test_an_owner_that_puts_in_little_is_told_how_much():
    """2 of hardware that costs 60 and 40; a tenth of it is not little. No word of a large rate: it
    loses as easily as it gains."""
    roots: Any = {"levered": SimpleNamespace(note="")}

    def told(own: float) -> list[str]:
        cash: Any = SimpleNamespace(
            levered=np.array([-own, 30.0, 5.0]), capital=np.array([60.0, 40.0])
        )
        return _warnings(cash, roots)

    (note,) = told(2.0)
    assert note.startswith("the owner puts in 2.0% of the cost, so that a little more or less")
    assert "large" not in note
    assert told(10.0) == []


@pytest.mark.parametrize(("price", "rows"), [(0, 0), (1, 1)])
def test_only_gpus_with_a_list_price_have_a_row_on_demand(price, rows):
    scenario = scenario_of(quiet(gpus={"G": gpu(on_demand_usd_per_gpu_hour=price)}))
    assert len(compute(scenario).rows) == rows


def test_the_price_at_which_hours_are_re_let_is_told():
    flat = rows()["re-let", "anchor"].notes
    falling = rows(price_path=(1.0, 0.8, 0.6))["re-let", "anchor"].notes
    assert any("at today's on-demand price, flat, until retired" in note for note in flat)
    assert any("on-demand price, moved by the price path given" in note for note in falling)
