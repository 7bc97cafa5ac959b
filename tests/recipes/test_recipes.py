"""A metric costs one place, an experiment four new files, and every command has them at once."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.recipes import rent_share

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SHORT = ("--set", "model.quarters=4", "-q")
FILES = {
    "__init__.py": "experiments/stress/__init__.py",
    "experiment.py": "experiments/stress/experiment.py",
    "stress_figures.py": "reports/figures/stress_figures.py",
    "stress.py": "cli/questions/stress.py",
}
"""Where each file of the example goes."""


def test_the_example_is_four_files():
    assert {path.name for path in (HERE / "stress").glob("*.py")} == set(FILES)


class Copy:
    """A copy of the package, and its commands."""

    def __init__(self, where: Path) -> None:
        self.package, self.work = where / "tree/gpusim", where / "work"
        self.work.mkdir()
        shutil.copytree(ROOT / "gpusim", self.package, ignore=shutil.ignore_patterns("__pycache__"))
        (where / "tree/models").symlink_to(ROOT / "models")

    def gpusim(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; it must end with the code."""
        done = subprocess.run(
            [sys.executable, "-m", "gpusim", *arguments],
            cwd=self.work,
            env=os.environ | {"PYTHONPATH": str(self.package.parent), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    def python(self, program: str) -> str:
        """What a program prints."""
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=self.work,
            env=os.environ | {"PYTHONPATH": str(self.package.parent)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Both examples made: a place in `metrics.py`, and four files."""
    made = Copy(tmp_path_factory.mktemp("recipes"))
    formula = inspect.getsource(rent_share._rent_share)
    row = inspect.getsource(rent_share).rpartition("ROW = ")[2].strip()
    declared = made.package / "results/metrics.py"
    before, head, after = declared.read_text().partition("DECLARED: Final = (\n")
    rows, end, rest = after.partition("\n)\n")
    declared.write_text(f"{before}{formula}\n\n{head}{rows}\n    {row},{end}{rest}")
    for name, place in FILES.items():
        target = made.package / place
        target.parent.mkdir(exist_ok=True)
        shutil.copy(HERE / "stress" / name, target)
    return made


def test_a_metric_is_in_files_lists_and_commands(copy):
    copy.gpusim("run", "single-site", "--reps", "2", *SHORT, "--monthly", "--out", "run")
    by_quarter = pl.read_parquet(copy.work / "run/metrics.parquet")
    lines = pl.read_parquet(copy.work / "run/statements.parquet")
    known = [r / n if n > 0 else None for r, n in lines.select("rent", "revenue").iter_rows()]
    assert by_quarter["rent_share"].to_list() == known
    reasons = by_quarter.filter(pl.col("rent_share").is_null())["rent_share_reason"]
    assert set(reasons) <= {"no revenue", "the firm has ended"}
    assert "rent_share" in pl.read_parquet(copy.work / "run/metrics_monthly.parquet").columns
    assert "rent_share" in set(pl.read_parquet(copy.work / "run/summary.parquet")["metric"])
    told = {"unit": "share", "meaning": "rent over revenue of the period"}
    assert json.loads((copy.work / "run/metrics.json").read_text())["rent_share"] == told
    (listed,) = [
        row
        for row in json.loads(copy.gpusim("models", "metrics", "--json"))
        if row["metric"] == "rent_share"
    ]
    assert listed == {"metric": "rent_share", "of": "a period too", "better": "lower"} | told


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", "single-site", "--shock", "none", "--shock", "gpu-failures", "--reps", "100",
         "--most", "100", "--metric", "rent_share", "--json"),
        ("sweep", "single-site", "--vary", "tax.rate=0.1,0.3", "--reps", "2",
         "--metric", "rent_share", "--until", "rent_share:0.5", "--json"),
        ("sensitivity", "single-site", "--vary", "tax.rate=0.1:0.3", "--reps", "2",
         "--metric", "rent_share", "--json"),
        ("solve", "single-site", "--for", "tax.rate=0.1:0.3", "--reps", "10",
         "--until", "rent_share<0.1", "--json"),
        ("bridge", "single-site", "--to-set", "tax.rate=0.3", "--reps", "2",
         "--metric", "rent_share", "--json"),
    ],
    ids=lambda arguments: arguments[0],
)  # fmt: skip
def test_a_metric_is_taken_by_every_question(copy, arguments):
    out = () if arguments[0] == "bridge" else ("--out", f"m-{arguments[0]}")
    told = copy.gpusim(*arguments, *SHORT, *out)
    assert "rent_share" in told
    if arguments[0] == "compare":
        (measured,) = json.loads(told)["metrics"]
        assert measured["higher_is_better"] is False


def test_a_metric_that_is_misspelt_is_named(copy):
    told = copy.gpusim(*("compare", "single-site", "--metric", "rent_shar"), code=2)
    assert "nearest valid name: rent_share" in told


def test_an_experiment_is_in_every_command(copy):
    shocks = ("--shock", "gpu-failures", "--shock", str(ROOT / "tests/fixtures/late-alpha.toml"))
    asked = ("stress", "single-site", *shocks, "--metric", "revenue", "--reps", "4", *SHORT)
    assert "stress" in copy.gpusim("--help")
    assert "--shock" in copy.gpusim("stress", "--help")
    assert "written to one" in copy.gpusim(*asked, "--out", "one")
    told = json.loads(copy.gpusim(*asked, "--seed", "2", "--json", "--out", "two"))
    assert told["figures"]["stress"]["rows"][0]["shock"] == "as is"
    assert copy.gpusim(*asked[:2], code=2).startswith("stress: found no shock")

    (row,) = [
        row
        for row in json.loads(copy.gpusim("runs", "list", "--runs", ".", "--json"))
        if row["name"] == "one"
    ]
    assert (row["kind"], row["points"], row["replications"]) == ("stress", 3, 12)
    assert "requests.0.metric: revenue" in copy.gpusim("runs", "show", "one")
    assert json.loads(copy.gpusim("runs", "verify", "one", "--json"))["same"]
    moved = json.loads(copy.gpusim("runs", "diff", "one", "two", "--json"))["figures"]
    assert {(one["shock"], one["metric"]) for one in moved} <= {
        (name, "revenue") for name in pl.read_parquet(copy.work / "one/stress.parquet")["shock"]
    }
    assert moved
    assert "stress" in copy.gpusim("report", "--help")
    copy.gpusim("report", "one", "--png", "pictures", "--xlsx", "one.xlsx")
    assert "What each shock changes" in (copy.work / "one/report.html").read_text()
    assert (copy.work / "pictures/stress.png").stat().st_size > 1_000

    program = "import gpusim; r = gpusim.open_run('one'); print(r.tables, r.verify().same, r)"
    opened = copy.python(program)
    assert "['sources', 'stress'] True <Result of single-site, 12 replications" in opened
    foreign = copy.work / "two/mine.txt"
    foreign.write_text("x")
    assert "mine.txt" in copy.gpusim("runs", "rm", "-y", "two", code=2)
    foreign.unlink()
    copy.gpusim("runs", "rm", "-y", "two")
    assert not (copy.work / "two").exists()


def test_what_cannot_be_repeated_names_every_kind(copy):
    shutil.copytree(copy.work / "one", copy.work / "cut")
    manifest = json.loads((copy.work / "cut/manifest.json").read_text())
    manifest.pop("manifest_hash")
    (copy.work / "cut/manifest.json").write_text(json.dumps(manifest | {"status": "interrupted"}))
    told = copy.gpusim("runs", "verify", "cut", code=2)
    assert told.endswith(
        "interrupted stress, expected a finished run, comparison, sensitivity, solution, stress or "
        "sweep\n"
    )


def test_the_import_rules_hold_without_an_edit(copy):
    shutil.copy(ROOT / "pyproject.toml", copy.package.parent)
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=copy.package.parent,
        env=os.environ | {"PYTHONPATH": str(copy.package.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
