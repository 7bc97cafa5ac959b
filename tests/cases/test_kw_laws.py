"""What holds of every tenant of generated operators: what is paid for, lent, credited, let."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import assume, given

from gpusim.appraisal import unit_sizes
from gpusim.appraisal.let_power.kw_figures import LET
from gpusim.appraisal.let_power.rooms import rooms_of
from gpusim.appraisal.let_power.tenants import Tenant, tenants_of
from gpusim.appraisal.unit_economics import compute
from gpusim.reports.units import units_report
from gpusim.scenario import Scenario
from gpusim.scenario.tables.sales.tenancies import TENANCY
from gpusim.units_of_measure import KW_PER_MW, MICROWATTS_PER_KW
from tests.engines.build import Tables, scenario_of
from tests.engines.generate import operators
from tests.engines.profile import EXAMPLES


def let_by(tables: Tables) -> tuple[Scenario, list[Tenant]]:
    """Its tenants; an operator without any is no example."""
    assume(any(own["kind"] == TENANCY for own in tables["contracts"].values()))
    scenario = scenario_of(tables)
    return scenario, tenants_of(scenario, unit_sizes.sizes(scenario))


def is_paid_for_lent_and_credited_once(own: Tenant) -> None:
    cash, levered = own.cash, own.levered
    if own.cost is not None:
        assert float(cash.capital.sum()) == pytest.approx(own.cost, abs=0.05)
        worth = own.cost - float(cash.depreciation.sum())
        assert float(cash.residual.sum()) == pytest.approx(worth, abs=0.05)
    else:
        for row in (cash.capital, cash.residual, levered.drawn):
            assert not row.any()
    repaid = float((levered.principal + levered.balloon).sum())
    assert repaid == pytest.approx(float(levered.drawn.sum()), abs=0.5)
    assert float(levered.reserve.sum()) == pytest.approx(0.0, abs=0.05)
    assert float(levered.drawn.sum()) <= (own.cost or 0.0) + 0.05
    assert not own.rent[: own.since].any()
    assert (own.in_force >= 0).all()
    assert (own.in_force <= 1).all()
    assert sum(own.in_force > 0) == own.months


@EXAMPLES
@given(operators())
def test_a_tenant_pays_for_its_building_once_and_repays_what_it_is_lent(tables):
    scenario, tenants = let_by(tables)
    for own in tenants:
        is_paid_for_lent_and_credited_once(own)
    rooms = rooms_of(scenario)
    for name, site in scenario.sites.items():
        for place, phase in enumerate(site.phases):
            had_first = sum(
                room.microwatts
                for (contract, group), own in rooms.taken.items()
                for room in own
                if room.first and room.phase == place and _site(scenario, contract, group) == name
            )
            left = rooms.untouched[name, place]
            whole = phase.it_mw * KW_PER_MW * MICROWATTS_PER_KW
            assert had_first + left == pytest.approx(whole)


def _site(scenario: Scenario, contract: str, group: int) -> str:
    own = scenario.contracts[contract]
    return own.tranches[group].site or own.site


@EXAMPLES
@given(operators())
def test_every_figure_of_a_kw_is_a_number_or_has_a_reason(tables):
    scenario, _ = let_by(tables)
    found = compute(scenario)
    told = json.loads(units_report.text(found))["let"]["rows"]
    for row, plain in zip(found.let, told, strict=True):
        assert list(row.figures) == list(LET) == list(plain["figures"])
        for figure in row.figures.values():
            assert (figure.value is None) == bool(figure.reason)
            assert figure.value is None or math.isfinite(figure.value)
