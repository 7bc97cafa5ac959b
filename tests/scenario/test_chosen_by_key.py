"""Paths that choose among tables by a key of theirs: sites of a region, contracts of a rating."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpusim.experiments.common.design import parse_axis
from gpusim.experiments.common.inputs import inputs_of, parse_vary
from gpusim.scenario import ScenarioError, load
from tests.cases.reading import gpusim
from tests.engines.build import AS_OF, balanced, quiet, site, toml

TEXAS, OHIO = "texas", "ohio"


def three_sites(folder: Path) -> str:
    """Two sites in Texas, one in Ohio, one that names no region."""
    powered = [{"it_mw": 1, "ready": AS_OF}]
    regions = {"a": TEXAS, "b": OHIO, "c": TEXAS, "d": None}
    sites = {
        name: site(powered, tariff_usd_per_kwh=0.05, **({"region": region} if region else {}))
        for name, region in regions.items()
    }
    file = folder / "regions.toml"
    file.write_text(toml(balanced(quiet(sites=sites))))
    return str(file)


@pytest.fixture
def model(tmp_path: Path) -> str:
    return three_sites(tmp_path)


def tariffs(model: str, *settings: str) -> dict[str, float]:
    found = load(model, sets=list(settings))
    return {name: one.tariff_usd_per_kwh for name, one in found.sites.items() if name != "S"}


def test_a_setting_changes_the_sites_of_a_region_alone(model: str) -> None:
    moved = tariffs(model, "sites.*[region:texas].tariff_usd_per_kwh*=2")
    assert moved == {"a": 0.1, "b": 0.05, "c": 0.1, "d": 0.05}
    moved = tariffs(model, "sites.*[region: ohio].tariff_usd_per_kwh=0.07")
    assert moved == {"a": 0.05, "b": 0.07, "c": 0.05, "d": 0.05}


def test_a_key_that_is_left_out_is_set_where_the_region_is(model: str) -> None:
    found = load(model, sets=["sites.*[region:texas].idle_load_factor=0.2"])
    idle = {name: one.idle_load_factor for name, one in found.sites.items()}
    assert idle == {"S": None, "a": 0.2, "b": None, "c": 0.2, "d": None}


def test_a_shock_names_a_region(model: str, tmp_path: Path) -> None:
    shock = tmp_path / "storm.toml"
    shock.write_text(
        '[shock]\ntitle = "A storm"\nsource = "none"\nas_of = 2026-03-31\n'
        '[[change]]\npath = "sites.*[region:texas].delay.mean_days"\nplus = 40\n'
    )
    found = load(model, shocks=[str(shock)])
    late = {name: one.delay.mean_days for name, one in found.sites.items()}
    assert late == {"S": 0, "a": 40, "b": 0, "c": 40, "d": 0}


def test_a_range_and_an_axis_move_the_same_places(model: str) -> None:
    found = load(model)
    vary = "sites.*[region:texas].tariff_usd_per_kwh=0.04:0.08"
    assert parse_vary(vary, found).name == "sites.*[region:texas].tariff_usd_per_kwh"
    assert parse_axis(f"{vary}:3").path == "sites.*[region:texas].tariff_usd_per_kwh"


def test_assumptions_of_a_region_are_inputs(model: str) -> None:
    text = Path(model).read_text()
    for name in "abcd":
        text += f'\n[assumptions."sites.{name}.pue"]\nreason = "a guess"\nlow = 1\nhigh = 1.5\n'
    Path(model).write_text(text)
    names = [one.name for one in inputs_of(load(model), ["sites.*[region:texas]"])]
    assert names == ["sites.a.pue", "sites.c.pue"]


def test_contracts_are_chosen_by_any_key_that_holds_a_name() -> None:
    found = load("coreweave-2025q4", sets=["contracts.*[rating:other].payment_days=77"])
    for one in found.contracts.values():
        assert (one.payment_days == 77) == (one.rating == "other")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("sites.*[region:texs].pue=1", 'no region of sites is "texs".*one of ohio, texas'),
        ("sites.*[developr:x].pue=1", 'no developr of sites is "x"'),
        ("sites.*[region:].pue=1", "matches nothing"),
        ("sites.*[region.pue=1", "matches nothing"),
    ],
)
def test_a_choice_that_fits_nothing_is_refused(model: str, path: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        load(model, sets=[path])


def test_the_nearest_region_is_told(model: str) -> None:
    done = gpusim("models", "check", model, "--set", "sites.*[region:texs].pue=1.1")
    assert done.returncode == 2
    assert "nearest valid name: sites.*[region:texas].pue" in " ".join(done.stderr.split())
