"""Every key has a meaning and a unit, and the same models give the editors' schema."""

from __future__ import annotations

import pytest

from gpusim.economics.core import state
from gpusim.scenario import (
    ScenarioError,
    bundled_names,
    json_schema,
    list_models,
    load,
    reference,
)
from gpusim.scenario.load import changes_of, find
from gpusim.scenario.overlay import ShockFile, StrategyFile
from gpusim.scenario.reading.toml.toml_file import read_file
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.schema import type_at, unit_at
from gpusim.scenario.starting.filling import with_reason
from gpusim.scenario.tables.operator import STEPS, Source


@pytest.mark.parametrize("root", [Scenario, ShockFile, StrategyFile])
def test_every_key_has_a_meaning_and_a_unit(root):
    keys = list(reference(root))
    assert keys
    assert [k.path for k in keys if not k.meaning or not k.unit] == []


def test_a_key_named_after_a_unit_has_that_unit():
    for key in reference(Scenario):
        last = key.path.rsplit(".", 1)[-1]
        if last.endswith("_usd"):
            assert key.unit.startswith("USD"), key
        if last.endswith("_share") and not last.endswith("_per_share"):
            assert key.unit == "share", key


def test_the_reference_reaches_the_deepest_keys():
    paths = {key.path: key for key in reference(Scenario)}
    assert paths["contracts.NAME.tranches.N.hardware.in_progress_usd"].unit == "USD"
    assert paths["sites.NAME.phases.N.it_mw"].required
    assert not paths["sites.NAME.pue"].required
    assert paths["sites.NAME.pue"].default.startswith("1.3: ")
    assert paths["sites.NAME.power_delay.mean_days"].unit == "days"


def test_a_key_is_required_always_or_where_its_table_stands(tmp_path):
    """What is told as always required is all that a model needs; of the others, its table does."""
    told = {key.path: with_reason(key) for key in reference(Scenario)}
    assert [path for path, key in told.items() if key.needed == "yes"] == ["model.as_of"]
    path = tmp_path / "least.toml"
    path.write_text("[model]\nas_of = 2026-09-30\n")
    assert load(str(path)).leases.remaining_months == 0
    for key, table in (
        ("operator.equity_backstop.capacity_usd", "operator.equity_backstop"),
        ("defaults.other.glut", "defaults"),
        ("equity.NAME.amount_usd", "equity.some"),
    ):
        assert told[key].needed == "in its table", key
        path.write_text(f"[model]\nas_of = 2026-09-30\n[{table}]\n")
        with pytest.raises(ScenarioError, match=rf"{table}\S*: found nothing"):
            load(str(path))
    for key, left_out in (
        ("gpus.NAME.lead.planned_days", "120, with its table: four months from order"),
        ("gpus.NAME.it_kw_per_gpu", "as the catalogue has it, with `use`"),
        ("rates.curve.N.rate", "with its table: flat at the last SOFR"),
        ("segments.NAME.arrivals_per_year.glut", ""),
    ):
        assert told[key].default.startswith(left_out), key
        assert bool(told[key].default) == bool(left_out)
    assert told["gpus.NAME.lead.sd_days"].default.startswith("0: as planned, unless")
    assert "; " in told["gpus.NAME.lead.sd_days"].default


def test_paths_have_types_and_units():
    assert unit_at(("sites", "any", "tariff_usd_per_kwh")) == "USD/kWh"
    assert type_at(("contracts", "any", "tranches", 0, "gpus")) is int
    assert type_at(("contracts", "any", "tranches", 0, "gpuss")) is None


def test_the_schema_knows_extends_and_forbids_the_unknown():
    schema = json_schema()
    assert "extends" in schema["properties"]
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Site"]["additionalProperties"] is False
    assert "[USD/kWh]" in schema["$defs"]["Site"]["properties"]["tariff_usd_per_kwh"]["description"]


def test_steps_and_sources_of_money_are_those_of_the_rules():
    assert STEPS == state.STEPS
    assert Source.__args__ == state.SOURCES


def test_the_list_leaves_base_files_out():
    names = bundled_names("operators")
    assert "single-site" in names
    assert "neocloud" not in names
    assert {row.name for row in list_models("operators")} == set(names)
    assert all(row.title for row in list_models())


@pytest.mark.parametrize("row", list_models("shocks", "strategies"), ids=lambda row: row.name)
def test_every_bundled_overlay_can_be_laid_over_some_bundled_model(row):
    assert changes_of(row.kind, read_file(find(row.kind, row.name)))


def test_a_bundled_name_and_its_file_are_the_same_model():
    assert load("single-site") == load("models/operators/single-site.toml")
