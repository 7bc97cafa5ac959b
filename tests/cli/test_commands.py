"""The command line: what it prints where, what it writes, how it exits."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.cases.reading import gpusim
from tests.cli.starting import ROOT, started

MODEL = "single-site"
SHORT = ("--set", "model.quarters=4")
FILES = [
    "backlog.parquet",
    "backlog_to_cash.parquet",
    "covenants.parquet",
    "debt_service.parquet",
    "events.parquet",
    "facilities.parquet",
    "manifest.json",
    "metrics.json",
    "metrics.parquet",
    "outcome_summary.parquet",
    "outcomes.parquet",
    "scenario.toml",
    "sources.parquet",
    "sources_and_uses.parquet",
    "statements.parquet",
    "summary.parquet",
]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A run of ten replications on two threads: its folder, stdout and stderr."""
    folder = tmp_path_factory.mktemp("cli")
    asked = ("--reps", "10", "-j", "2", "--events", "1", "--out", "two")
    done = started("run", MODEL, *SHORT, *asked, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "two", done.stdout, done.stderr


def test_help_names_the_commands(tmp_path):
    done = started("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "run" in done.stdout
    assert "models" in done.stdout


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("cli.app", ("numpy", "polars", "numba", "pydantic", "matplotlib", "jinja2", "xlsxwriter")),
        ("experiments.saved.runs", ("scipy.stats", "matplotlib", "xlsxwriter")),
        ("experiments.sensitivity.sensitivity", ("scipy.stats",)),
    ],
)
def test_what_a_command_does_not_need_is_not_loaded(module, heavy):
    """Help needs nothing; lists of runs no design of points and no picture."""
    script = f"import sys, gpusim.{module}; print(sorted({set(heavy)} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_run_writes_its_folder_and_prints_its_report(finished):
    folder, report, _ = finished
    assert names(folder) == FILES
    for words in ("Revenue", "DSCR", "Backlog", "Lowest liquidity", "10 replications", "seed 1"):
        assert words in report
    assert "\x1b" not in report
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["status"], manifest["seed"], manifest["replications"]) == ("finished", 1, 10)
    assert manifest["command"][:3] == ["gpusim", "run", MODEL]


def test_workers_do_not_change_a_byte(finished, tmp_path):
    folder, _, _ = finished
    done = gpusim(
        "run",
        MODEL,
        *SHORT,
        "--reps",
        "10",
        "-j",
        "1",
        "--events",
        "1",
        "--out",
        "one",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    for name in ("statements", "metrics", "summary", "backlog", "outcomes", "events"):
        file = f"{name}.parquet"
        assert (tmp_path / "one" / file).read_bytes() == (folder / file).read_bytes()


def test_events_tell_what_caused_them(finished):
    folder, _, _ = finished
    events = pl.read_parquet(folder / "events.parquet")
    assert events["date"].is_sorted()
    delivered = events.filter(pl.col("what") == "deliver").row(0, named=True)
    cause = events.row(delivered["cause"], named=True)
    assert (cause["what"], cause["name"]) == ("place", delivered["name"])
    assert (events.drop_nulls("cause")["cause"] < events.drop_nulls("cause")["event"]).all()
    assert "are ordered" in cause["text"]
    assert cause["amount_usd"] > 0


def test_events_of_as_many_replications_as_asked_for(finished, tmp_path):
    folder, _, _ = finished
    done = gpusim(
        "run", MODEL, *SHORT, "--reps", "3", "--events", "2", "--out", "two", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    events = pl.read_parquet(tmp_path / "two" / "events.parquet")
    assert events["replication"].unique().sort().to_list() == [0, 1]
    first = pl.read_parquet(folder / "events.parquet")
    assert events.filter(pl.col("replication") == 0).equals(first)
    none = gpusim("run", MODEL, *SHORT, "--reps", "2", "--out", "no", cwd=tmp_path)
    assert none.returncode == 0, none.stderr
    assert names(tmp_path / "no") == [name for name in FILES if name != "events.parquet"]


def test_more_replications_leave_the_first_ones_alone(finished, tmp_path):
    folder, _, _ = finished
    done = gpusim("run", MODEL, *SHORT, "--reps", "2", "--out", "few", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    ten = pl.read_parquet(folder / "statements.parquet")
    two = pl.read_parquet(tmp_path / "few" / "statements.parquet")
    assert two.equals(ten.filter(pl.col("replication") < 2))


def test_json_is_all_that_stands_on_stdout(tmp_path):
    done = started("run", MODEL, *SHORT, "--reps", "2", "--json", "--monthly", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    keys = ["fail_if", "inputs", "outcome_summary", "outcomes", "run"]
    keys += ["summary", "verdict", "warnings"]
    assert sorted(told) == keys
    keys = ["metric", "period", "unit", "n", "mean", "ci_low", "ci_high", "ci_by", "rests_on"]
    keys += ["p10", "p50", "p90"]
    assert all(list(row) == keys for row in told["summary"])
    assert {row["period"] for row in told["summary"]} >= {"2026Q3", "2026-07"}
    folder = Path(told["run"])
    assert folder.parent == tmp_path / "runs"
    assert "single-site" in folder.name
    assert "statements_monthly.parquet" in names(folder)


def test_quiet_says_nothing_on_stderr(tmp_path):
    done = started("run", MODEL, *SHORT, "--reps", "1", "--quiet", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_run_tells_what_its_contracts_earned(finished, tmp_path):
    asked = ("--reps", "2", "--units", "--out", "kept")
    done = gpusim("run", MODEL, *SHORT, *asked, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = gpusim("units", "kept", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "anchor" in told.stdout
    rows = json.loads(gpusim("units", "kept", "--json", cwd=tmp_path).stdout)["rows"]
    assert {row["noun"] for row in rows} == {"contract", "generation", "vintage", "total"}
    without = gpusim("units", str(finished[0]), cwd=tmp_path)
    assert without.returncode == 2
    assert "--units" in without.stderr
    changed = gpusim("units", "kept", "--set", "model.quarters=4", cwd=tmp_path)
    assert changed.returncode == 2
    assert "not changed" in changed.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "single-sit"), "single-site"),
        (("run", MODEL, "--reps", "0"), "--reps"),
        (("run", MODEL, "--reps", "-3"), "--reps"),
        (("run", MODEL, "--reps", "many"), "--reps"),
        (("run", MODEL, "--seed", "-1"), "--seed"),
        (("run", MODEL, "-j", "0"), "--workers"),
        (("run", MODEL, "--rep", "3"), "--rep"),
        (("run", MODEL, "--shock", "nothing"), "nothing"),
        (("run", MODEL, "--strategy", "nothing"), "nothing"),
        (("run", MODEL, "--set", "model.quarter=4"), "model.quarters"),
        (("run", MODEL, "--set", "model.quarters"), "model.quarters"),
        (("run", MODEL, "--set", "model.quarters=0"), "model.quarters"),
        (("run", "nowhere/missing.toml"), "missing.toml"),
        (("run", MODEL, "--out", "taken"), "taken exists already"),
        (("run", MODEL, "--out", "taken/file/run"), "not a writable folder"),
        (("models", "show", "single-sit"), "single-site"),
        (("models", "check", "single-sit"), "single-site"),
        (("walk", MODEL), "walk"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_input_is_told_and_nothing_is_written(arguments, words, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("")
    done = gpusim(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert names(tmp_path) == ["taken"]
    assert names(tmp_path / "taken") == ["file"]


def test_wrong_input_ends_a_process_with_two(tmp_path):
    done = started("run", "single-sit", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "single-site" in done.stderr
    assert "Traceback" not in done.stderr
    assert names(tmp_path) == []


def test_models_are_listed_shown_checked_and_described(tmp_path):
    listed = started("models", "list", cwd=tmp_path)
    assert MODEL in listed.stdout
    shown = started("models", "show", MODEL, cwd=tmp_path)
    assert "[operator]" in shown.stdout
    assert "base/neocloud.toml" in shown.stdout  # the origin of a value it inherits
    sources = gpusim("models", "show", MODEL, "--sources", cwd=tmp_path)
    assert "have a source" in sources.stdout
    checked = started("models", "check", MODEL, cwd=tmp_path)
    assert checked.returncode == 0
    assert f"{MODEL}: in order" in checked.stdout.splitlines()
    metrics = json.loads(started("models", "metrics", MODEL, "--json", cwd=tmp_path).stdout)
    units = {row["metric"]: row["unit"] for row in metrics}
    assert (units["dscr.ddtl"], units["raised_debt"], units["defaulted"]) == (
        "ratio",
        "USD",
        "probability",
    )
    schema = json.loads(started("models", "schema", cwd=tmp_path).stdout)
    assert "contracts" in schema["properties"]


def test_two_models_are_compared(tmp_path):
    shown = gpusim("models", "show", MODEL, cwd=tmp_path).stdout
    before, after = "tariff_usd_per_kwh = 0.06\n", "tariff_usd_per_kwh = 0.09\n"
    assert shown.count(before) == 1
    (tmp_path / "mine.toml").write_text(shown.replace(before, after))
    told = gpusim("models", "diff", MODEL, "mine.toml", cwd=tmp_path).stdout.splitlines()
    (line,) = [line.split() for line in told if "tariff" in line]
    assert line[-4:] == ["USD/kWh", "0.06", "0.09", "+50.0%"]
    assert told[-1] == f"changed: 1, only in {MODEL}: 0, only in mine.toml: 0"
    found = json.loads(gpusim("models", "diff", MODEL, "mine.toml", "--json", cwd=tmp_path).stdout)
    assert found["only_in_first"] == found["only_in_second"] == []
    assert [(d["unit"], d["first"], d["second"]) for d in found["changed"]] == [
        ("USD/kWh", 0.06, 0.09)
    ]
    same = gpusim("models", "diff", MODEL, MODEL, cwd=tmp_path)
    assert (same.returncode, same.stdout) == (0, "no difference\n")


def test_the_market_is_fitted_shown_and_written_only_when_asked(tmp_path):
    shown = started("models", "fit-market", "--until", "2025-12-31", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "14 prices from 2023-06-30 to 2025-12-31" in shown.stdout
    assert names(tmp_path) == []
    told = json.loads(gpusim("models", "fit-market", "--json", cwd=tmp_path).stdout)
    assert told["parameters"][0]["name"] == "drift glut"
    gpusim("models", "fit-market", "--out", "fit.toml", cwd=tmp_path)
    (tmp_path / "mine.toml").write_text('extends = ["coreweave-2025q4", "fit.toml"]\n')
    checked = gpusim("models", "check", "mine.toml", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert "mine.toml: in order" in checked.stdout.splitlines()
    early = gpusim("models", "fit-market", "--until", "2023-01-31", cwd=tmp_path)
    assert (early.returncode, early.stdout) == (2, "")


def test_what_show_prints_runs_to_the_same_bytes(finished, tmp_path):
    folder, _, _ = finished
    (tmp_path / "again.toml").write_text((folder / "scenario.toml").read_text())
    done = gpusim("run", "again.toml", "--reps", "2", "--out", "again", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    ten = pl.read_parquet(folder / "statements.parquet")
    again = pl.read_parquet(tmp_path / "again" / "statements.parquet")
    assert again.equals(ten.filter(pl.col("replication") < 2))
