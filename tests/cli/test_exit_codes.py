"""How commands end: exit codes, conditions of --fail-if, and last words that are true."""

from __future__ import annotations

import datetime as dt
import errno
import json
import re
from pathlib import Path

import numpy as np
import pytest

from gpusim import files
from gpusim.experiments.common import memory as room
from gpusim.experiments.run import fail_if
from gpusim.reports.first_screen import screen
from gpusim.reports.pages import workbook
from gpusim.results import figures, periods
from tests.cases.reading import gpusim

SHORT = ("--set", "model.quarters=4", "-q")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*words: str):
    return gpusim("run", "single-site", "--reps", "4", *SHORT, *words)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("P[defaulted]>0.5", 0),
        ("P[defaulted]>=0", 3),
        ("P[revenue@2027Q1>=0]>=1", 3),
        ("P[revenue@2027Q1<0]>0", 0),
        ("revenue@2027Q1>=0", 3),
        ("revenue@2027Q1<0", 0),
    ],
)
def test_a_run_ends_with_3_where_a_condition_holds(condition, code):
    done = run("--fail-if", condition)
    assert done.returncode == code, done.stderr
    assert (f"--fail-if {condition}: it is" in done.stderr) == (code == 3)
    assert "Written to" in done.stdout


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("P[shortfal]>0.05", "nearest valid name"),
        ("P[revenue]>0.05", "which is no yes or no"),
        ("P[defaulted]>5", "one from 0 to 1"),
        ("P[defaulted]", "no condition on a chance"),
        ("defaulted", "no condition"),
        ("P[]>0.1", "no condition on a chance"),
        ("P[revenue<x]>0.1", "no condition"),
    ],
)
def test_a_condition_that_is_none_is_refused_before_any_work(condition, told):
    for words in (
        ("run", "single-site"),
        ("sweep", "single-site", "--vary", "tax.rate=0.2,0.3"),
        ("compare", "single-site"),
    ):
        done = gpusim(*words, "-q", "--fail-if", condition)
        assert (done.returncode, told in done.stderr) == (2, True), (words, done.stderr)
    assert not Path("runs").exists()


def test_a_condition_that_is_undefined_everywhere_counts_as_true():
    calendar = periods.quarters(dt.date(2025, 12, 31), 12)
    asked = fail_if.parse("defaulted>0.5", lambda text: figures.parse(text, calendar, []))
    judged = asked.judge(np.full(3, np.nan))
    assert judged.holds
    assert "undefined in every replication, which counts as true" in str(judged)


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("llcr.ddtl", "write llcr.ddtl@PERIOD, or llcr_lowest.ddtl for the lowest)"),
        ("plcr.ddtl", "write plcr.ddtl@PERIOD)"),
        ("dscr", "write dscr@PERIOD, or dscr_lowest for the lowest)"),
        ("dscr@2026Q1", "undefined in every replication, which"),
        ("equity_irr", "undefined in every replication, which"),
    ],
)
def test_a_condition_without_a_period_that_is_undefined_says_what_to_write(metric, said):
    calendar = periods.quarters(dt.date(2025, 12, 31), 12)
    asked = fail_if.parse(f"{metric}<1.2", lambda text: figures.parse(text, calendar, ["ddtl"]))
    judged = asked.judge(np.full(3, np.nan))
    assert said in str(judged)
    (row,) = fail_if.rows([judged])
    assert fail_if.Judged(**row) == judged
    assert "why" not in fail_if.rows([asked.judge(np.ones(3))])[0]


def test_a_chance_is_counted_over_all_replications_also_those_without_the_figure():
    calendar = periods.quarters(dt.date(2025, 12, 31), 12)
    asked = fail_if.parse("P[dscr<1]>=0.5", lambda text: figures.parse(text, calendar, []))
    judged = asked.judge(np.array([0.5, np.nan, np.nan, 2.0]))
    assert (judged.value, judged.holds) == (0.25, False)


def test_a_sweep_with_failed_points_ends_with_3_and_with_1_where_all_failed():
    vary = ("--vary", "sites.*.pue=1.2,0.5")
    done = gpusim("sweep", "single-site", *vary, "--reps", "2", *SHORT)
    assert (done.returncode, "point 1 failed" in done.stdout) == (3, True), done.stderr
    vary = ("--vary", "sites.*.pue=0.4,0.5")
    done = gpusim("sweep", "single-site", *vary, "--reps", "2", *SHORT)
    assert (done.returncode, "every point failed" in done.stderr) == (1, True)


def test_a_sweep_judges_each_point_also_after_it_is_resumed():
    words = ("--vary", "tax.rate=0.2,0.3", "--reps", "2", *SHORT, "--fail-if", "defaulted<0.5")
    done = gpusim("sweep", "single-site", *words, "--out", "kept")
    assert done.returncode == 3
    assert [f"point {n}: defaulted<0.5: it is 0" in done.stderr for n in range(2)] == [True, True]
    again = gpusim("sweep", "--resume", "kept", "-q", "--json")
    assert again.returncode == 3
    told = [point["fail_if"][0]["holds"] for point in json.loads(again.stdout)["points"]]
    assert told == [True, True]


def test_a_comparison_ends_with_3_where_no_option_meets_a_condition():
    options = ("--strategy", "none", "--strategy", "liquidity-first")
    words = ("compare", "single-site", *options, "--reps", "100", "--most", "100", *SHORT)
    done = gpusim(*words, "--satisfy", "defaulted<=0.5")
    assert done.returncode == 0, done.stderr
    done = gpusim(*words, "--satisfy", "defaulted>=0.9")
    assert (done.returncode, "no option meets P[defaulted>=0.9]" in done.stderr) == (3, True)
    done = gpusim(*words, "--satisfy", "revenue@2027Q1<0")
    assert (done.returncode, "no option meets revenue@2027Q1<0" in done.stderr) == (3, True)
    done = gpusim(*words, "--fail-if", "P[defaulted]>=0")
    assert (done.returncode, "as is: P[defaulted]>=0" in done.stderr) == (3, True)


def full_disk(monkeypatch, allowed: int) -> None:
    """A disk that is full after some files."""
    real, written = files.create, []

    def create(path, data):
        written.append(path)
        if len(written) > allowed:
            path.touch()
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(path, data)

    monkeypatch.setattr(files, "create", create)


@pytest.mark.parametrize("allowed", [0, 5])
def test_a_full_disk_is_said_with_the_file_and_leaves_no_run(monkeypatch, allowed):
    full_disk(monkeypatch, allowed)
    done = run("--out", "kept")
    assert done.returncode == 1
    assert re.search(r"the run failed: No space left on device: .*kept", done.stderr)
    assert done.stderr.endswith("nothing was written\n")
    assert list(Path().iterdir()) == []


def test_a_full_disk_leaves_a_sweep_that_goes_on(monkeypatch):
    words = ("single-site", "--vary", "tax.rate=0.2,0.3,0.4", "--reps", "2", *SHORT)
    assert gpusim("sweep", *words, "--out", "whole").returncode == 0
    with monkeypatch.context() as limited:
        full_disk(limited, 9)
        done = gpusim("sweep", *words, "-j", "1", "--out", "kept")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert done.stderr.endswith(
        "what is finished is kept in kept; go on with: gpusim sweep --resume kept -j 1\n"
    )
    assert gpusim("sweep", "--resume", "kept", "-q").returncode == 0
    for name in ("points.parquet", "results.parquet"):
        assert (Path("kept") / name).read_bytes() == (Path("whole") / name).read_bytes()
    assert not list(Path("kept").rglob(".*"))


def test_an_interrupt_after_the_folder_is_there_says_so(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(screen, "show", interrupted)
    done = run("--out", "kept")
    assert (done.returncode, done.stderr) == (130, "interrupted; kept is whole\n")


def test_a_report_that_stops_half_way_names_the_files_that_are_whole(monkeypatch):
    assert run("--out", "kept").returncode == 0

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "book.xlsx")

    monkeypatch.setattr(workbook, "workbook", full)
    done = gpusim("report", "kept", "--out", "page.html", "--xlsx", "book.xlsx", "-q")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "page.html is whole"
    assert Path("page.html").read_text().rstrip().endswith("</html>")
    done = gpusim("report", "kept", "--png", "all", "--xlsx", "book.xlsx", "-q")
    whole = [Path("kept/report.html"), *Path("all").glob("*.png")]
    assert done.stderr.splitlines()[-1].endswith(f" and {len(whole) - 3} more are whole")


LONG = 300 * "a"


@pytest.mark.parametrize(
    "words",
    [
        ("runs", "show", LONG),
        ("runs", "rm", LONG),
        ("runs", "list", "--runs", LONG),
        ("report", LONG),
        ("report", f"{LONG}.json"),
        ("sweep", "--resume", LONG),
        ("bridge", LONG, LONG),
        ("explain", LONG, "--line", "revenue", "--period", "2026Q4"),
        ("units", LONG),
        ("run", LONG),
        ("run", "single-site", "--strategy", LONG),
        ("run", "single-site", "--strategy", f"{LONG}.py:Careful"),
        ("run", "single-site", "--shock", LONG),
        ("run", "single-site", "--out", LONG),
        ("run", "single-site", "--out", 240 * "a"),  # no room for a hidden name beside it
        ("run", "single-site", "--out", f"{LONG}/kept"),
        ("sweep", "single-site", "--list", LONG),
        ("models", "check", LONG),
        ("models", "fit-market", "--data", LONG),
        ("models", "fit-market", "--out", LONG),
    ],
    ids=lambda words: " ".join(words)[:40],
)
def test_a_name_too_long_for_a_file_is_wrong_input(words):
    done = gpusim(*words)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "a" * 200 in done.stderr
    assert list(Path().iterdir()) == []


def test_a_model_file_with_the_longest_name_is_run():
    name = f"{250 * 'm'}.toml"
    Path(name).write_text('extends = "single-site"\n')
    done = gpusim("run", name, "--reps", "2", *SHORT)
    assert done.returncode == 0, done.stderr
    assert len(list(Path("runs").iterdir())) == 1


def test_a_fit_is_never_written_over_a_file():
    Path("mine.toml").write_text("# years of work\n")
    done = gpusim("models", "fit-market", "--out", "mine.toml")
    assert (done.returncode, "mine.toml exists already" in done.stderr) == (2, True)
    assert Path("mine.toml").read_text() == "# years of work\n"
    assert gpusim("models", "fit-market", "--out", "new/fit.toml").returncode == 0
    assert [path.name for path in Path("new").iterdir()] == ["fit.toml"]


def test_an_error_of_gpusims_own_asks_for_a_report_and_keeps_the_trace(monkeypatch):
    def broken(*_, **__):
        raise KeyError("a slip")

    monkeypatch.setattr(screen, "show", broken)
    done = run("--out", "kept")
    assert done.returncode == 1
    told = re.search(r"please report it with (\S+), which holds", done.stderr)
    assert told is not None
    trace = Path(told[1])
    assert "KeyError: 'a slip'" in trace.read_text()
    trace.unlink()
    assert done.stderr.endswith("kept is whole\n")


def test_where_no_trace_can_be_kept_it_is_said_and_last_words_follow(monkeypatch):
    def broken(*_, **__):
        raise KeyError("a slip")

    monkeypatch.setattr(screen, "show", broken)
    monkeypatch.setattr("tempfile.tempdir", str(Path("no such folder").absolute()))
    done = run("--out", "kept")
    assert done.returncode == 1
    assert "KeyError: 'a slip'" in done.stderr
    assert "please report it with what is said above" in done.stderr
    assert done.stderr.endswith("kept is whole\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--method", "morris", "--rows", "100000"), "at most 200,000 points of a sensitivity"),
        (("--method", "sobol", "--rows", "65536"), "at most 200,000 points of a sensitivity"),
        (
            ("--method", "discover", "--rows", "100000", "--reps", "100000"),
            "at most 100,000,000 figures of an answer",
        ),
    ],
)
def test_a_design_beyond_what_memory_holds_is_refused_before_it_is_made(words, told):
    done = gpusim("sensitivity", "single-site", *words, "-q")
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_worlds_that_do_not_fit_into_memory_at_once_are_refused(monkeypatch):
    monkeypatch.setattr(room, "memory", lambda: 10_000_000)
    words = ("--vary", "tax.rate=0.1:0.3", "--reps", "100")
    done = gpusim("sensitivity", "single-site", *words, "-q")
    assert (done.returncode, "100 replications take about" in done.stderr) == (2, True)


def test_more_options_than_can_be_held_against_each_other_are_refused():
    done = gpusim("compare", *(f"m{n}" for n in range(101)), "-q")
    assert (done.returncode, "at most 100 options" in done.stderr) == (2, True), done.stderr
    words = ("--strategy", "none", "--strategy", "liquidity-first", "--most", "1000000")
    quarters = (f"{year}Q{n}" for year in range(2027, 2030) for n in (1, 2, 3, 4))
    asked = [
        f"{name}@{when}"
        for when in quarters
        for name in ("cash", "revenue", "net_income", "operating_income", "equity")
    ]
    many = [word for one in asked for word in ("--metric", one)]
    done = gpusim("compare", "single-site", *words, *many, "-q")
    assert (done.returncode, "at most 100,000,000 figures" in done.stderr) == (2, True), done.stderr
