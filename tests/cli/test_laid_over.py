"""What is laid over a model is one of each, named: anything else is told, and nothing is played."""

from __future__ import annotations

import json

import pytest

import gpusim as api
from gpusim.scenario import ScenarioError
from tests.cases.reading import gpusim


@pytest.mark.parametrize("command", [("run",), ("sweep",), ("units",), ("models", "check")])
@pytest.mark.parametrize("flag", ["--strategy", "--capital"])
def test_a_second_one_is_refused(command, flag):
    done = gpusim(*command, "single-site", flag, "bank", flag, "equity")
    assert done.returncode == 2
    assert f"{flag}: given 2 times" in done.stderr


@pytest.mark.parametrize("flag", ["--to-strategy", "--to-capital"])
def test_a_second_one_of_the_other_end_is_refused(flag):
    done = gpusim("bridge", "single-site", flag, "bank", flag, "equity")
    assert done.returncode == 2
    assert f"{flag}: given 2 times" in done.stderr


@pytest.mark.parametrize("flag", ["--strategy", "--capital", "--shock"])
@pytest.mark.parametrize("command", ["run", "units"])
def test_none_is_for_comparisons(command, flag):
    done = gpusim(command, "single-site", flag, "none")
    assert done.returncode == 2
    assert "none is for compare" in done.stderr


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda: api.run(api.load("single-site")),
            "model: found a value of type Scenario; expected a bundled",
        ),
        (lambda: api.load(api.load("single-site")), "model: found a value of type Scenario"),
        (
            lambda: api.run("single-site", capital=["bank"]),
            "found a value of type list; expected one option of",
        ),
        (lambda: api.compare(api.load("single-site")), "models: found a value of type Scenario"),
        (lambda: api.compare("single-site", capital=[3]), "capital: found a value of type int"),
        (lambda: api.compare("single-site", capital=3), "capital: found a value of type int"),
        (
            lambda: api.compare("single-site", capital="nosuch"),
            "one of the bundled options of capital",
        ),
    ],
)
def test_what_is_no_name_is_told_in_words(ask, said):
    with pytest.raises(ScenarioError) as caught:
        ask()
    assert said in str(caught.value)


def test_the_manifest_of_a_sweep_names_its_option_of_capital(tmp_path):
    found = api.sweep(
        "single-site",
        vary="tax.rate=0.2,0.3",
        capital="equity",
        sets="model.quarters=1",
        metrics="shares_issued",
        reps=2,
        out=tmp_path / "sweep",
    )
    manifest = json.loads((found.path / "manifest.json").read_text())
    assert manifest["capital"] == "equity"
