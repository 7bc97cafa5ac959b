"""Files extend files: tables merge, lists are replaced, the child wins, cycles are refused."""

from __future__ import annotations

import pytest

from gpusim.scenario import ScenarioError, load


def child(folder, text, name="child.toml"):
    path = folder / name
    path.write_text(text)
    return str(path)


def test_a_child_overrides_one_leaf_and_keeps_the_rest(tmp_path, spoiled):
    spoiled.write()
    scenario = load(child(tmp_path, 'extends = "model.toml"\n[sites.alpha]\npue = 1.4\n'))
    assert scenario.name == "child"
    assert scenario.sites["alpha"].pue == 1.4
    assert scenario.sites["alpha"].load_factor == 0.8


def test_a_list_is_replaced_whole(tmp_path, spoiled):
    spoiled.write()
    text = 'extends = "model.toml"\n[sites.alpha]\nphases = [{ it_mw = 9, ready = 2025-01-01 }]\n'
    assert [p.it_mw for p in load(child(tmp_path, text)).sites["alpha"].phases] == [9]


def test_of_several_parents_the_later_wins(tmp_path, spoiled):
    spoiled.write()
    child(tmp_path, "[sites.alpha]\npue = 1.4\nload_factor = 0.7\n", "a.toml")
    child(tmp_path, "[sites.alpha]\npue = 1.5\n", "b.toml")
    site = load(child(tmp_path, 'extends = ["model.toml", "a.toml", "b.toml"]')).sites["alpha"]
    assert (site.pue, site.load_factor) == (1.5, 0.7)


def test_a_bundled_file_can_be_extended_from_anywhere(tmp_path):
    scenario = load(child(tmp_path, 'extends = "single-site"\n[model]\nquarters = 4\n'))
    assert scenario.model.quarters == 4
    assert scenario.sites == load("single-site").sites


def test_a_cycle_is_refused_with_its_chain(tmp_path):
    child(tmp_path, '\nextends = "b.toml"\n', "a.toml")
    child(tmp_path, 'extends = ["c.toml"]\n', "b.toml")
    child(tmp_path, 'extends = "a.toml"\n', "c.toml")
    with pytest.raises(ScenarioError) as caught:
        load(str(tmp_path / "a.toml"))
    (mistake,) = caught.value.mistakes
    assert mistake.file.endswith("c.toml")
    assert (mistake.line, mistake.key) == (1, "extends")
    names = [part.rsplit("/", 1)[-1] for part in mistake.found.split(" -> ")]
    assert names == ["a.toml", "b.toml", "c.toml", "a.toml"]


def test_a_parent_that_does_not_exist_names_the_nearest_file(tmp_path, spoiled):
    spoiled.write()
    path = child(tmp_path, '# first\nextends = ["modl.toml"]\n')
    with pytest.raises(ScenarioError) as caught:
        load(path)
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.line, mistake.key) == (path, 2, "extends.0")
    assert mistake.nearest == "model.toml"


def test_extends_must_name_files(tmp_path):
    with pytest.raises(ScenarioError, match="the name of a file"):
        load(child(tmp_path, "extends = 3"))


def test_a_mistake_in_a_parent_is_placed_in_the_parent(tmp_path, spoiled):
    parent = spoiled.write(("pue = 1.25", "pue = 0.5"))
    with pytest.raises(ScenarioError) as caught:
        load(child(tmp_path, 'extends = "model.toml"'))
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.line) == (parent, spoiled.line_of("pue = 0.5"))


def test_a_scenario_cannot_be_changed(small):
    scenario = load(small)
    with pytest.raises(ValueError, match="frozen"):
        scenario.model.quarters = 4


def test_the_hash_follows_the_values_and_not_the_words(spoiled):
    before = load(spoiled.write()).hash()
    assert load(spoiled.write(("pue = 1.25", "pue = 1.250"))).hash() == before
    other = ("Invented for the tests", "Disclosed by nobody")
    assert load(spoiled.write(other)).hash() == before
    assert load(spoiled.write(("pue = 1.25", "pue = 1.26"))).hash() != before
