"""Paths that choose among tables by a key of theirs: sites of a region, contracts of a rating."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gpusim.experiments.common.design import parse_axis
from gpusim.experiments.common.inputs import inputs_of, parse_vary
from gpusim.scenario import ScenarioError, load
from tests.cases.reading import gpusim
from tests.engines.build import AS_OF, balanced, contract, own_gpus, quiet, site, toml

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
    path = "sites.*[region:texas].tariff_usd_per_kwh"
    vary = parse_vary(f"{path}=0.04:0.08", found)
    axis = parse_axis(f"{path}=0.04:0.08:3")
    for setting in (*vary.at(1.0), f"{axis.path}{axis.op}{axis.high}"):
        assert tariffs(model, setting) == {"a": 0.08, "b": 0.05, "c": 0.08, "d": 0.05}


def test_a_whole_number_that_is_left_out_stays_one(tmp_path: Path) -> None:
    found = load("single-site")
    vary = "contracts.*[kind:take-or-pay].tranches.*.long_stop_days=10:20"
    assert [leaf.whole for leaf in parse_vary(vary, found).leaves] == [True]


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


def test_what_is_left_out_chooses_as_what_is_stated(tmp_path: Path) -> None:
    """Both contracts are rated other, the second by default: the same setting of both forms."""
    deal = {"gpus": 1, "start": AS_OF + dt.timedelta(60), "value_usd": 1_000}
    says, leaves = contract([deal]), contract([deal])
    del leaves["rating"]
    tables = quiet(contracts={"says": says, "leaves": leaves}, assets=own_gpus(2))
    file = tmp_path / "two.toml"
    file.write_text(toml(balanced(tables)))
    found = load(str(file), sets=["contracts.*[rating:other].payment_days=60"])
    assert [one.payment_days for one in found.contracts.values()] == [60, 60]


@pytest.mark.parametrize(
    "region", ["U.S. south", 'the "south"', "north-east 2", "a, b"], ids=["dot", "quote", "-", ","]
)
def test_a_region_of_any_name_can_be_chosen(tmp_path: Path, region: str) -> None:
    powered = [{"it_mw": 1, "ready": AS_OF}]
    sites = {"a": site(powered, region=region), "b": site(powered)}
    file = tmp_path / "named.toml"
    file.write_text(toml(balanced(quiet(sites=sites))))
    found = load(str(file), sets=[f"sites.*[region:{region}].pue=1.4"])
    assert {name: one.pue for name, one in found.sites.items()} == {"S": 1, "a": 1.4, "b": 1}


def test_days_and_flags_choose_too(model: str) -> None:
    sets = ["debt.*[maturity:2034-06-30].margin=0.01", "debt.*[recourse:true].base_floor=0.02"]
    found = load("single-site", sets=sets)
    assert (found.debt["ddtl"].margin, found.debt["ddtl"].base_floor) == (0.01, 0.02)


def test_provenance_names_what_it_speaks_of(model: str) -> None:
    text = Path(model).read_text()
    text += '\n[assumptions."sites.*[region:texas].pue"]\nreason = "a guess"\nlow = 1\nhigh = 2\n'
    Path(model).write_text(text)
    done = gpusim("models", "check", model)
    assert done.returncode == 2
    assert "found a path that chooses by a key" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("sites.*[region:texs].pue=1", 'no region of sites is "texs".*one of ohio, texas'),
        ("sites.*[developr:x].pue=1", 'no developr of sites is "x"'),
        ("sites.*[region:].pue=1", "matches nothing"),
        ("sites.*[region.pue=1", "matches nothing"),
        ("sites.*[phases:x].pue=1.1", "that is a name, a date"),
        ("sites.*[delay:x].pue=1.1", "that is a name, a date"),
        ("sites.a.pue.*[x:y]=1", "matches nothing"),
    ],
)
def test_a_choice_that_fits_nothing_is_refused(model: str, path: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        load(model, sets=[path])


def test_the_nearest_region_is_told(model: str) -> None:
    done = gpusim("models", "check", model, "--set", "sites.*[region:texs].pue=1.1")
    assert done.returncode == 2
    assert "nearest valid name: sites.*[region:texas].pue" in " ".join(done.stderr.split())
