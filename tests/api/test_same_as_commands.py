"""A function gives what the command of its name gives, to the byte, and takes what it takes."""

from __future__ import annotations

import enum
import importlib
import inspect
import json
import math
import typing

import pytest

import gpusim
from tests.api.commands import SHORT, command, content, printed

MODEL = "single-site"
TARIFF = "sites.*.tariff_usd_per_kwh=0.05:0.40"
NAMES = {
    "key": "key",
    "metrics": "metric",
    "models": "models",
    "shocks": "shock",
    "strategies": "strategy",
    "to_shocks": "to_shock",
}
"""Arguments whose commands have other names for them."""
ONLY_COMMANDS = {
    "as_json",
    "quiet",
    "quarterly",
    "lines",
    "full",
    "by_year",  # UnitEconomics.years and .lender
    "show_traceback",
    "resume",  # Sweep.resume
    "dry_run",
}
QUESTIONS = ("run", "compare", "sweep", "sensitivity", "solve", "bridge", "backtest", "units")
NEEDED = {
    "compare": {"models": (MODEL,)},
    "solve": {"key": TARIFF, "until": "revenue<0"},
    "bridge": {"first": MODEL, "to_sets": SHORT},
}
"""Arguments without which a function is not called."""
CASES = {
    "run": (
        lambda out: gpusim.run(
            MODEL,
            reps=3,
            seed=2,
            sets=SHORT,
            shocks="gpu-failures",
            strategy="liquidity-first",
            monthly=True,
            events=1,
            units=True,
            out=out,
        ),
        (
            "run",
            MODEL,
            "--reps",
            "3",
            "--seed",
            "2",
            "--set",
            SHORT,
            "--shock",
            "gpu-failures",
            "--strategy",
            "liquidity-first",
            "--monthly",
            "--events",
            "1",
            "--units",
        ),
    ),
    "process": (
        lambda out: gpusim.run(MODEL, reps=2, sets=SHORT, engine="process", out=out),
        ("run", MODEL, "--reps", "2", "--set", SHORT, "--engine", "process"),
    ),
    "compare": (
        lambda out: gpusim.compare(
            MODEL,
            strategies=["none", "liquidity-first"],
            metrics="revenue",
            satisfy="shortfall<=0.05",
            reps=100,
            most=100,
            sets=SHORT,
            out=out,
        ),
        (
            "compare",
            MODEL,
            "--strategy",
            "none",
            "--strategy",
            "liquidity-first",
            "--metric",
            "revenue",
            "--satisfy",
            "shortfall<=0.05",
            "--set",
            SHORT,
            "--reps",
            "100",
            "--most",
            "100",
        ),
    ),
    "sweep": (
        lambda out: gpusim.sweep(
            MODEL,
            vary=["tax.rate=0.1,0.3", "sites.*.tariff_usd_per_kwh*=0.8:1.2:2"],
            metrics=("revenue", "cash@2026Q3"),
            reps=2,
            sets=SHORT,
            out=out,
        ),
        (
            "sweep",
            MODEL,
            "--vary",
            "tax.rate=0.1,0.3",
            "--vary",
            "sites.*.tariff_usd_per_kwh*=0.8:1.2:2",
            "--metric",
            "revenue",
            "--metric",
            "cash@2026Q3",
            "--reps",
            "2",
            "--set",
            SHORT,
        ),
    ),
    "until": (
        lambda out: gpusim.sweep(MODEL, until="revenue:50%", reps=40, sets=SHORT, out=out),
        ("sweep", MODEL, "--until", "revenue:50%", "--reps", "40", "--set", SHORT),
    ),
    "sensitivity": (
        lambda out: gpusim.sensitivity(
            MODEL, vary=TARIFF, metric="net_income", reps=3, sets=SHORT, out=out
        ),
        (
            "sensitivity",
            MODEL,
            "--vary",
            TARIFF,
            "--metric",
            "net_income",
            "--reps",
            "3",
            "--set",
            SHORT,
        ),
    ),
    "solve": (
        lambda out: gpusim.solve(
            MODEL, TARIFF, ("net_income<0", "cash<0"), reps=10, sets=SHORT, out=out
        ),
        (
            "solve",
            MODEL,
            "--for",
            TARIFF,
            "--until",
            "net_income<0",
            "--until",
            "cash<0",
            "--reps",
            "10",
            "--set",
            SHORT,
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_folder_has_the_bytes_of_the_commands(tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    function, words = CASES[case]
    result = function("made")
    printed(*words, "--quiet", "--out", "typed")
    assert content(tmp_path / "made") == content(tmp_path / "typed")
    again = gpusim.open_run("made")
    assert type(again) is type(result)
    assert again.tables == result.tables
    for name in result.tables:
        method = getattr(result, name, None)
        if method is not None:
            assert method().equals(again.table(name))


def test_a_bridge_has_the_figures_of_the_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = {"metric": "net_income", "sets": SHORT, "reps": 4}
    found = gpusim.bridge(MODEL, to_sets="tax.rate=0.3", to_shocks="gpu-failures", **asked)
    words = ("--metric", "net_income", "--set", SHORT, "--reps", "4", "--to-set", "tax.rate=0.3")
    told = json.loads(printed("bridge", MODEL, *words, "--to-shock", "gpu-failures", "--json"))
    causes = found.causes()
    assert causes["whole_units"].to_list() == [cause["amount"] for cause in told["causes"]]
    assert causes["cause"].to_list() == [cause["cause"] for cause in told["causes"]]
    assert sum(causes["whole_units"]) == told["to"] - told["from"]
    assert found.start == told["from"] / 100
    assert found.end == told["to"] / 100


def test_a_bridge_of_two_runs_has_the_figures_of_the_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = gpusim.run(MODEL, reps=3, sets=SHORT, out="first")
    gpusim.run(MODEL, reps=3, sets=[SHORT, "tax.rate=0.3"], out="second")
    found = gpusim.bridge(first, "second", metric="net_income")
    told = json.loads(printed("bridge", "first", "second", "--metric", "net_income", "--json"))
    assert found.found.used == told["replications"] == 3
    assert found.causes()["whole_units"].to_list() == [c["amount"] for c in told["causes"]]


def test_a_backtest_has_the_bytes_of_the_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reported.csv").write_text(
        "quarter_end,metric,value,unit,source\n2026-09-30,revenue,40,USD_m,made up\n"
    )
    found = gpusim.backtest(MODEL, actuals="reported.csv", reps=10, inputs=1, out="made")
    words = ("--actuals", "reported.csv", "--reps", "10", "--inputs", "1", "--quiet")
    printed("backtest", MODEL, *words, "--out", "typed")
    assert content(tmp_path / "made") == content(tmp_path / "typed")
    again = gpusim.open_run("made/backtest.json")
    assert isinstance(again, gpusim.Backtest)
    assert again.cells().equals(found.cells())
    assert found.report("page.html").read_bytes() == (tmp_path / "typed/report.html").read_bytes()
    unkept = gpusim.backtest(MODEL, actuals="reported.csv", reps=10, inputs=1)
    assert unkept.cells().equals(found.cells())
    assert unkept.report("other.html").read_bytes() == (tmp_path / "page.html").read_bytes()
    with pytest.raises(gpusim.NotARunError, match="name the file of its page"):
        unkept.report()


def test_unit_economics_have_the_figures_of_the_commands():
    found = gpusim.units(
        MODEL,
        hurdle=0.12,
        residual=0.1,
        price_path=[1, 0.9],
        timing="quarterly",
        convention="mid",
    )
    words = ("--hurdle", "0.12", "--residual", "0.1", "--price-path", "1,0.9", "--json")
    words += ("--timing", "quarterly", "--convention", "mid")
    told = json.loads(printed("units", MODEL, *words))
    rows, missing = found.rows().rows(named=True), found.reasons().rows()
    assert [row["name"] for row in rows] == [row["name"] for row in told["rows"]]
    for row, own in zip(rows, told["rows"], strict=True):
        for name, figure in own["figures"].items():
            assert row[name] == figure["value"]
            absent = (row["kind"], row["name"], name, figure["reason"])
            assert (absent in missing) == (figure["value"] is None)
    assert found.dscr().height == sum(len(row["dscr"]) for row in told["rows"])
    covers = [one["value"] for row in told["rows"] for one in row["dscr_periods"]]
    assert found.dscr_periods()["dscr"].to_list() == covers
    for name, table in (("years", found.years()), ("lender", found.lender())):
        listed = [
            {"kind": row["kind"], "name": row["name"]} | one
            for row in told["rows"]
            for one in row[name]
        ]
        assert table.rows(named=True) == listed
    with pytest.raises(gpusim.ScenarioError, match="contract: found nobody; expected"):
        gpusim.units(MODEL, contract="nobody")


def test_realised_units_have_the_figures_of_the_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = gpusim.run(MODEL, reps=2, sets=SHORT, units=True, out="made")
    told = json.loads(printed("units", "made", "--json"))
    rows = run.realised_units().rows().rows(named=True)
    assert [row["name"] for row in rows] == [row["name"] for row in told["rows"]]
    for row, own in zip(rows, told["rows"], strict=True):
        assert row["irr"] == own["irr"]["value"]
        assert row["margin"] == own["chain"]["margin"]["value"]
    with pytest.raises(gpusim.ScenarioError, match="realised_units"):
        gpusim.units("made")


def typed(name: str) -> dict[str, typing.Any]:
    """The options and arguments of a command, by name."""
    return {one.name: one for one in command(name).params if one.name not in ONLY_COMMANDS}


def taken(name: str) -> dict[str, inspect.Parameter]:
    """The arguments of a function, by the command's names for them."""
    found = inspect.signature(getattr(gpusim, name)).parameters
    own = {key: one for key, one in found.items() if key != "progress"}
    options = {one.name for one in command(name).params}
    return {NAMES[k] if k in NAMES and NAMES[k] in options else k: one for k, one in own.items()}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_function_takes_what_its_command_takes(name):
    assert set(taken(name)) == set(typed(name)) - {"help"}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_function_has_the_defaults_of_its_command(name):
    options = typed(name)
    for key, one in taken(name).items():
        told = options[key].default
        if one.default in ((), None, inspect.Parameter.empty) or key == "price_path":
            assert told in (None, (), []) or options[key].required, key
        else:
            assert getattr(told, "value", told) == one.default, key


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_function_has_the_bounds_of_its_command(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    function = getattr(gpusim, name)
    needed = NEEDED.get(name, {"model": MODEL})
    if "model" in inspect.signature(function).parameters:
        needed = {"model": MODEL} | needed
    bounded = 0
    for key, option in typed(name).items():
        if getattr(option, "min", None) is None:
            continue
        bounded += 1
        for end, away in ((option.min, -1), (option.max, 1)):
            beyond = end + away if isinstance(end, int) else math.nextafter(end, away * math.inf)
            with pytest.raises(gpusim.ScenarioError, match=f"{key}: found"):
                function(**needed, **{key: beyond})
    assert bounded
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_function_takes_the_choices_of_its_command(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    function = getattr(gpusim, name)
    needed = NEEDED.get(name, {})
    if "model" in inspect.signature(function).parameters:
        needed = {"model": MODEL} | needed
    module = importlib.import_module(f"gpusim.cli.questions.{name}")
    hints = typing.get_type_hints(getattr(module, name))
    chosen = {
        key: kind
        for key, hint in hints.items()
        for kind in (hint, *typing.get_args(hint))
        if inspect.isclass(kind) and issubclass(kind, enum.StrEnum)
    }
    for key, kind in chosen.items():
        with pytest.raises(gpusim.ScenarioError, match=f"{key}: found x; expected") as wrong:
            function(**needed, **{key: "x"})
        assert all(choice.value in str(wrong.value) for choice in kind)
    choosing = {"run", "compare", "sweep", "sensitivity", "bridge", "units"}
    assert bool(chosen) == (name in choosing)
