"""The resolved file says every value and its origin, and loads to an equal scenario."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.scenario import bundled_names, load, render
from gpusim.scenario.render import toml_value

SETS = ["debt.ddtl.margin+=0.0025", "market.start_state=scarce", "sites.alpha.phases.1.it_mw=7"]


def line_with(text, words):
    (line,) = [line for line in text.splitlines() if line.startswith(words)]
    return line


def test_the_resolved_file_loads_to_an_equal_scenario(small, tmp_path):
    scenario = load(small, sets=SETS)
    copy = tmp_path / "copy.toml"
    copy.write_text(scenario.resolved_toml())
    again = load(str(copy))
    assert again == scenario
    assert again.hash() == scenario.hash()


@pytest.mark.parametrize("name", bundled_names("operators"))
def test_every_bundled_model_survives_the_round_trip(name, tmp_path):
    scenario = load(name)
    copy = tmp_path / "copy.toml"
    copy.write_text(scenario.resolved_toml())
    assert load(str(copy)) == scenario


def test_each_value_carries_the_line_it_was_written_on(small):
    text = load(small).resolved_toml()
    origin = line_with(text, "lease_rate").split("# ")[1]
    file, line = origin.rsplit(":", 1)
    assert Path(file).read_text().splitlines()[int(line) - 1] == "lease_rate = 0.09"


def test_a_default_is_printed_and_called_one(small):
    text = load(small).resolved_toml()
    assert line_with(text, "note = ").endswith("# default")
    assert tomllib.loads(text)["contracts"]["first"]["exit_notice_days"] == 0


def test_a_changed_value_names_the_change_and_the_value_before(small):
    line = line_with(load(small, sets=["operator.lease_rate*=2"]).resolved_toml(), "lease_rate")
    assert line.startswith("lease_rate = 0.18")
    assert "--set operator.lease_rate*=2" in line
    assert "on 0.09 of" in line


def test_a_bundled_origin_does_not_depend_on_where_it_is_installed():
    assert " # models/operators/" in load("single-site").resolved_toml()


@given(
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])),
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(-(2**62), 2**62),
        st.booleans(),
        st.dates(),
        st.lists(st.integers()),
    )
)
def test_a_value_is_read_back_as_it_was(value):
    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value


@pytest.mark.parametrize("columns", [60, 100])
@pytest.mark.parametrize("name", ["single-site", "coreweave-2025q4"])
def test_on_a_narrow_screen_it_goes_on_below_and_says_the_same(name, columns):
    """Only a name or a header that is longer than the screen stays whole."""
    scenario = load(name)
    whole, folded = scenario.resolved_toml(), scenario.resolved_toml(columns)
    assert tomllib.loads(folded) == tomllib.loads(whole)
    long = [line for line in folded.splitlines() if len(line) > columns]
    assert [line for line in long if not line.startswith("[")] == []


@pytest.mark.parametrize(
    "text", ["two  blanks between", 'a " and a \\ and \t', "x" * 300, " first", "\x7fé"]
)
def test_a_text_of_any_signs_goes_on_below(text):
    line = f"key = {toml_value(text)}"
    for columns in (12, 30):
        folded = "\n".join(render.folded(line, "default: as it is", 20, columns))
        assert tomllib.loads(folded) == {"key": text}
    several = f"key = {toml_value([text, text])}"
    folded = "\n".join(render.folded(several, "", 20, 12))
    assert tomllib.loads(folded) == {"key": [text, text]}
