"""The catalogue: tables that a model names, their places and sources, and what it overrides."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from gpusim.scenario import ScenarioError, json_schema, load, source_rows
from gpusim.scenario.checks.sources import check_sources
from gpusim.scenario.reading import catalogue
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.starting.catalogued import asked_for, values_of
from tests.cases.reading import gpusim

HEAD = '[model]\nas_of = 2026-06-30\nquarters = 8\ncatalogue = "2026-05"\n'
SITE = "[sites.hall]\nphases = [{ it_mw = 40, ready = 2026-12-01 }]\n"
GB200 = '[gpus.GB200]\nuse = "catalogue"\n'
WHOLE = {
    "gpus": '[gpus."{name}"]\nuse = "catalogue"\n',
    "sites": '[sites.hall]\nuse = "catalogue/{name}"\n'
    "phases = [{{ it_mw = 40, ready = 2026-12-01 }}]\n",
    "debt": '[debt.own]\nuse = "catalogue/{name}"\ncommitment_usd = 100_000_000\n',
    "overheads": '[overheads.own]\nuse = "catalogue/{name}"\n',
}
ENTRIES = [
    (version, *entry)
    for version in catalogue.versions()
    for entry in catalogue.version(version).entries()
]


def written(folder, text, name="model.toml"):
    path = folder / name
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(("version", "noun", "name"), ENTRIES, ids=lambda part: str(part))
def test_every_entry_makes_a_model_with_every_number_explained(tmp_path, version, noun, name):
    """Of what comes from the catalogue; as of a day on which all of it was known."""
    text = HEAD.replace("2026-05", version) + WHOLE[noun].format(name=name)
    if noun != "sites":
        text += SITE
    model = load(written(tmp_path, text))
    there = f"models/catalogue/{version}.toml"
    rows = [row for row in source_rows(model) if row.origin.startswith(there)]
    assert rows
    assert {row.kind for row in rows} <= {"source", "assumption"}
    assert all(row.as_of for row in rows if row.kind == "source")
    assert all(row.low is not None for row in rows if row.kind == "assumption")
    assert [m for m in check_sources(model) if m.file == there] == []


def test_nothing_is_dated_after_the_catalogue():
    for version in catalogue.versions():
        of = catalogue.version(version)
        as_of = of.tree.get(("catalogue", "as_of"))
        assert of.tree.get(("catalogue", "version")) == version
        for entry in of.tree.values["sources"].values():
            assert entry["as_of"] <= as_of
        assert set(of.released) == set(of.tree.values["gpus"])


def test_every_assumption_holds_its_value():
    for row in values_of(asked_for(None)):
        if row.kind == "assumption":
            assert row.low <= row.value <= row.high, (row.entry, row.key)


def test_a_key_of_the_model_stands_over_the_entry(tmp_path):
    model = load(written(tmp_path, HEAD + GB200 + "it_kw_per_gpu = 2.3\n" + SITE))
    gpu = model.gpus["GB200"]
    assert (gpu.it_kw_per_gpu, gpu.capex_usd_per_gpu) == (2.3, 54_167)
    rows = {row.path: row for row in source_rows(model)}
    assert rows["gpus.GB200.it_kw_per_gpu"].kind == "none"
    capex = rows["gpus.GB200.capex_usd_per_gpu"]
    assert (capex.kind, capex.as_of) == ("source", dt.date(2025, 8, 20))
    assert capex.origin.startswith("models/catalogue/2026-05.toml:")
    assert "use" not in model.tree.values["gpus"]["GB200"]


def test_an_entry_takes_any_name(tmp_path):
    text = HEAD + '[gpus."my own.1"]\nuse = "catalogue/GB200"\n' + SITE
    model = load(written(tmp_path, text))
    assert model.gpus["my own.1"].capex_usd_per_gpu == 54_167
    rows = {row.path: row.kind for row in source_rows(model)}
    assert rows['gpus."my own.1".capex_usd_per_gpu'] == "source"


def test_a_model_s_own_word_of_a_value_counts(tmp_path):
    said = '[assumptions."gpus.GB200.it_kw_per_gpu"]\nreason = "measured"\nrelative = 0.1\n'
    model = load(written(tmp_path, HEAD + GB200 + SITE + said))
    (row,) = [row for row in source_rows(model) if row.path == "gpus.GB200.it_kw_per_gpu"]
    assert (row.text, row.low, row.high) == ("measured", 1.8, 2.2)


def test_a_child_s_entry_stands_over_its_parent_s_values(tmp_path):
    """And a grandchild's key over both."""
    written(tmp_path, HEAD + "[gpus.GB200]\nit_kw_per_gpu = 9\nredeploy_days = 3\n", "parent.toml")
    written(tmp_path, 'extends = "parent.toml"\n' + GB200 + SITE, "child.toml")
    path = written(tmp_path, 'extends = "child.toml"\n[gpus.GB200]\ncapex_usd_per_gpu = 1_600\n')
    gpu = load(path).gpus["GB200"]
    assert (gpu.it_kw_per_gpu, gpu.redeploy_days, gpu.capex_usd_per_gpu) == (2.0, 3, 1_600)


def test_a_setting_adds_what_the_catalogue_has(tmp_path):
    setting = 'gpus.GB300={use="catalogue", it_kw_per_gpu=2.5}'
    model = load(written(tmp_path, HEAD + GB200 + SITE), sets=[setting])
    assert (model.gpus["GB300"].it_kw_per_gpu, model.gpus["GB300"].capex_usd_per_gpu) == (
        2.5,
        76_300,
    )


@pytest.mark.parametrize(
    ("text", "found", "nearest"),
    [
        ('[gpus.GB20]\nuse = "catalogue"\n', 'no gpus "GB20"', "GB200"),
        ('[gpus.mine]\nuse = "catalogue/GB30"\n', 'no gpus "GB30"', "GB300"),
        ('[gpus.GB200]\nuse = "catalog"\n', '"catalog"', ""),
        ("[gpus.GB200]\nuse = 3\n", "found 3", ""),
        ('[contracts.a]\nuse = "catalogue"\n', "an unknown key", ""),
    ],
)
def test_what_no_catalogue_has_is_told_with_the_nearest(tmp_path, text, found, nearest):
    with pytest.raises(ScenarioError) as caught:
        load(written(tmp_path, HEAD + SITE + text))
    (mistake,) = [m for m in caught.value.mistakes if m.key.endswith(".use")]
    assert found in str(mistake)
    assert mistake.nearest == nearest
    assert mistake.line == len((HEAD + SITE).splitlines()) + 2


def test_a_version_that_there_is_not_is_told(tmp_path):
    with pytest.raises(ScenarioError) as caught:
        load(written(tmp_path, HEAD.replace("2026-05", "2026-06") + GB200 + SITE))
    (mistake,) = caught.value.mistakes
    assert (mistake.key, mistake.nearest, mistake.line) == ("model.catalogue", "2026-05", 4)


def test_the_command_lists_and_tells():
    told = gpusim("models", "catalogue").stdout
    names = {name for _, _, name in ENTRIES}
    assert names <= set(told.split())
    one = gpusim("models", "catalogue", "GB200").stdout
    assert "54,167" in one
    assert "as of 2025-08-20" in " ".join(one.split())
    rows = json.loads(gpusim("models", "catalogue", "gpus.GB200", "--json").stdout)["values"]
    assert {row["kind"] for row in rows} == {"source", "assumption"}
    wrong = gpusim("models", "catalogue", "GB20")
    assert (wrong.returncode, "nearest valid name: GB200" in wrong.stderr) == (2, True)


def test_the_schema_for_editors_knows_use():
    schema = json_schema()
    for noun in catalogue.NOUNS:
        kind = Scenario.model_fields[noun].annotation.__args__[1].__name__
        assert schema["$defs"][kind]["properties"]["use"]["type"] == "string"
