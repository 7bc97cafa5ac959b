"""A metric costs one place, a law of amortisation three files, an experiment four new ones; every
command has them at once."""

from __future__ import annotations

import inspect
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.recipes import declining, rent_share

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SHORT = ("--set", "model.quarters=4", "-q")
FILES = {
    "stress_experiment.py": "experiments/stress.py",
    "stress_figures.py": "reports/figures/stress_figures.py",
    "stress.py": "cli/questions/stress.py",
    "stress_form.py": "results/stored/forms/stress.py",
}
"""Where each file of the example goes."""
TWO_YEARS = ("debt.ddtl.amortisation.months=24", "debt.ddtl.amortisation.grace_months=0")
LAW, A_TENTH, LITTLE = (
    "debt.ddtl.amortisation.law=declining",
    "debt.ddtl.amortisation.decline_share=0.1",
    "debt.ddtl.amortisation.decline_share=0.005",
)
OF_FOUR = """
import json, numpy as np
from gpusim.appraisal.unit_cash import Loan, blank, borrow
from gpusim.economics.core.records import one
from gpusim.economics.core.state import DECLINING, THIRTY_360, LoanTerms
months = {"months": 4, "every_months": 1, "day_count": THIRTY_360}
terms = one(LoanTerms, law=DECLINING, decline_share=0.25, **months)
cash = borrow(blank(4), Loan(1_000.0, np.full(5, 0.12), terms))
print(json.dumps({"principal": cash.principal.tolist(), "interest": cash.interest.tolist()}))
"""


def test_the_example_is_four_files():
    assert len(FILES) == 4
    assert {path.name for path in (HERE / "stress").glob("*.py")} == {"__init__.py", *FILES}


class Copy:
    """A copy of the package, and its commands."""

    def __init__(self, where: Path) -> None:
        self.package, self.work = where / "tree/gpusim", where / "work"
        self.work.mkdir()
        shutil.copytree(ROOT / "gpusim", self.package, ignore=shutil.ignore_patterns("__pycache__"))
        (where / "tree/models").symlink_to(ROOT / "models")

    def gpusim(self, *arguments: str, code: int = 0, **settings: str) -> str:
        """What a command prints; it must end with the code. settings: of its environment."""
        done = subprocess.run(
            [sys.executable, "-m", "gpusim", *arguments],
            cwd=self.work,
            env=os.environ | {"PYTHONPATH": str(self.package.parent), "COLUMNS": "200"} | settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    def python(self, program: str, **settings: str) -> str:
        """What a program prints. settings: of its environment."""
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=self.work,
            env=os.environ | {"PYTHONPATH": str(self.package.parent)} | settings,
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


@pytest.fixture(scope="module")
def asked(copy):
    """The command of the example, once asked: its folder is `one`."""
    shocks = ("--shock", "gpu-failures", "--shock", str(ROOT / "tests/fixtures/late-alpha.toml"))
    words = ("stress", "single-site", *shocks, "--metric", "revenue", "--reps", "4", *SHORT)
    assert "written to one" in copy.gpusim(*words, "--out", "one")
    return words


def test_an_experiment_is_in_every_command(copy, asked):
    assert "stress" in copy.gpusim("--help")
    assert "--shock" in copy.gpusim("stress", "--help")
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


@pytest.mark.usefixtures("asked")
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


@pytest.fixture(scope="module")
def with_law(tmp_path_factory):
    """The law of the example in a copy of its own, and its rules as plain Python."""
    made = Copy(tmp_path_factory.mktemp("law"))
    for name, before, after in declining.EDITS:
        path = made.package / name
        text = path.read_text()
        assert text.count(before) == 1, (name, before)
        path.write_text(text.replace(before, after))

    def play(
        command: str, model: str, *sets: str, code: int = 0, more: tuple[str, ...] = ()
    ) -> str:
        chosen = [word for change in sets for word in ("--set", change)]
        return made.gpusim(command, model, *chosen, *more, code=code, NUMBA_DISABLE_JIT="1")

    return made, play


def test_a_law_of_amortisation_is_three_files():
    assert len({name for name, _, _ in declining.EDITS}) == 3


def test_a_law_is_lent_on_in_both_engines_and_told(with_law):
    """Half a percent of what is left is due each month: few enough that all of it is paid."""
    made, play = with_law
    short = ("--reps", "1", "--monthly", "-q", "--set", "model.quarters=5")
    sets = (LAW, LITTLE, "debt.ddtl.amortisation.grace_months=0")
    play("run", "single-site", *sets, more=(*short, "--out", "batch"))
    play("run", "single-site", *sets, more=(*short, "--engine", "process", "--out", "process"))
    batch, process = (
        {path.name: pl.read_parquet(path) for path in (made.work / engine).glob("*.parquet")}
        for engine in ("batch", "process")
    )
    assert len(batch) > 10
    assert [name for name in batch if not batch[name].equals(process[name])] == []
    lines = batch["statements_monthly.parquet"]
    left = lines["debt_principal"].to_list()
    drawn = lines["debt_drawn_cash"].to_list()
    last = max(month for month, usd in enumerate(drawn) if usd > 0)
    repaid = left[last + 1 :]
    assert len(repaid) > 3
    for before, after in itertools.pairwise(repaid):
        assert after == pytest.approx(0.995 * before, abs=20)  # cents of as many draws
    made.gpusim("report", "batch", NUMBA_DISABLE_JIT="1")
    assert "amortisation.law=declining" in (made.work / "batch/report.html").read_text()


def test_a_law_is_refused_without_its_parameter_and_the_other_way_round(with_law):
    _, play = with_law
    told = play("run", "single-site", LAW, code=2)
    assert "because the law is declining" in told
    assert "a share of a level law" in play("run", "single-site", A_TENTH, code=2)


def test_a_law_is_thought_of_in_unit_economics(with_law):
    """A quarter of 1,000, of 750, of 562.50, and what is left: interest of 1% on each before it.

    Of a contract, a tenth each month over two years owes less on average than equal payments.
    """
    made, play = with_law
    told = json.loads(made.python(OF_FOUR, NUMBA_DISABLE_JIT="1"))
    assert told["principal"] == [0, 250, 187.5, 140.63, 421.87]
    assert told["interest"] == pytest.approx([0, 10, 7.5, 5.625, 4.2187])
    found = [
        json.loads(play("units", "single-site", *sets, more=("--json",)))
        for sets in ((LAW, A_TENTH, *TWO_YEARS), TWO_YEARS)
    ]
    fast, level = (told["rows"][0]["figures"]["interest_cost"]["value"] for told in found)
    assert 0.6 * level < fast < 0.8 * level
