"""compare, sensitivity, solve and bridge: what they print, and bad input."""

import json
import os
import signal

import pytest

from tests.cases.reading import ROOT, gpusim
from tests.cli.starting import started
from tests.cli.test_interruptions import start, wait_for_mark

SHORT = ("--set", "model.quarters=8")
LATE = str(ROOT / "tests/fixtures/late-alpha.toml")
TARIFF = "sites.*.tariff_usd_per_kwh=0.05:0.40"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("compare", "single-site", "--shock", "none"), "two or more"),
        (("compare", "single-site", "spot-heav"), "nearest valid name: spot-heavy"),
        (("compare", "single-site", "spot-heavy", "--metric", "revenu"), "name: revenue"),
        (("compare", "single-site", "spot-heavy", "--satisfy", "cash"), "METRIC<VALUE"),
        (("sensitivity", "single-site", "--vary", "tax.rat=0:1"), "name: tax.rate"),
        (("sensitivity", "single-site", "--vary", "tax.rate=1:0"), "one that rises"),
        (("sensitivity", "single-site", "--method", "sobol", "--rows", "9"), "a power of two"),
        (("solve", "single-site", "--for", "tax.rate", "--until", "cash<0"), "PATH=LO:HI"),
        (("solve", "single-site", "--for", TARIFF, "--until", "cash@1999<0"), "2026Q3"),
        (("bridge", "nowhere", "neither"), "there is no run nowhere"),
        (("bridge", "single-site"), "--to-set"),
        (("bridge", "single-site", "--to-set", "tax.rat=0.3"), "name: tax.rate"),
    ],
)
def test_bad_input_is_one_clear_message(tmp_path, arguments, expected):
    done = gpusim(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert expected in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_compare_prints_the_ranking_and_the_same_figures_as_json(tmp_path):
    asked = ("compare", "single-site", "--shock", "none", "--shock", LATE, *SHORT)
    asked = (*asked, "--metric", "revenue", "--reps", "100", "--most", "100")
    shown = started(*asked, "--out", "kept", cwd=tmp_path)
    told = gpusim(*asked, "--json", "-j", "1", cwd=tmp_path)
    assert shown.returncode == told.returncode == 0, shown.stderr + told.stderr
    assert "first, or within" in shown.stdout
    (revenue,) = json.loads(told.stdout)["metrics"]
    assert revenue["selection"] == {
        "sure": True,
        "best": "as is",
        "left": ["as is"],
        "out_after_replications": [0, 100],
    }
    late = revenue["options"][1]["difference"]
    assert f"({-late['mean'] / 1e6:,.0f})" in shown.stdout
    assert "written to kept" in shown.stdout
    assert json.loads(told.stdout)["run"] == str(next((tmp_path / "runs").iterdir()))


def test_an_answer_is_reported_listed_and_verified_like_a_run(tmp_path):
    asked = ("--vary", TARIFF, "--reps", "2", "--out", "runs/dear")
    assert started("sensitivity", "single-site", *SHORT, *asked, cwd=tmp_path).returncode == 0
    listed = json.loads(gpusim("runs", "list", "--json", cwd=tmp_path).stdout)
    assert [(row["name"], row["kind"], row["points"]) for row in listed] == [
        ("dear", "sensitivity", 3)
    ]
    made = gpusim("report", "@last", "--png", "png", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "runs/dear/report.html").is_file()
    assert [path.name for path in (tmp_path / "png").iterdir()] == ["tornado.png"]
    verified = gpusim("runs", "verify", "dear", cwd=tmp_path)
    assert "6 of 6 files have the same bytes" in verified.stdout
    for command in (
        ("explain", "dear", "--line", "cash", "--period", "2026Q3"),
        ("replay", "dear"),
    ):
        other = gpusim(*command, cwd=tmp_path)
        assert other.returncode == 2
        assert "is the folder of a sensitivity; name one of a run" in other.stderr
    again = gpusim("sensitivity", "single-site", *SHORT, *asked, cwd=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_solve_says_both_ends_where_nothing_is_crossed(tmp_path):
    asked = ("--for", TARIFF, "--until", "revenue<0", *SHORT)
    done = started("solve", "single-site", *asked, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())  # wherever its lines are broken
    assert "no crossing between the 9 values that were looked at" in told
    assert "at 0.05 and " in told
    assert "at 0.4 " in told


def test_a_bridge_between_two_runs_starts_and_ends_at_their_means(tmp_path):
    ends = []
    changed = ("--set", "tax.rate=0.35", "--set", "debt.ddtl.margin+=1e-2")
    for name, sets in (("a", ()), ("b", changed)):
        folder = tmp_path / name
        run = ("run", "single-site", *SHORT, *sets, "--reps", "20", "--out", str(folder), "--json")
        done = gpusim(*run, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        rows = json.loads(done.stdout)["summary"]
        ends += [r["mean"] for r in rows if (r["metric"], r["period"]) == ("equity", "2028Q2")]
    done = started("bridge", "a", "b", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [told["from"] / 100, told["to"] / 100] == pytest.approx(ends, abs=0.01)
    assert told["from"] + sum(c["amount"] for c in told["causes"]) == told["to"]
    assert len(told["causes"]) == 2


WORLDS_PLAYED = """
import pathlib
from gpusim.experiments.compare import compare
real, played = compare.play_all, []
def marked(*asked):
    figures = real(*asked)
    played.append(figures.shape[2])
    if len(played) == 4:
        pathlib.Path("mark").touch()
    return figures
compare.play_all = marked
from gpusim.cli import main
main()
"""


def test_an_interrupted_compare_tells_of_the_worlds_it_has(tmp_path):
    """As the fourth 50 replications are done: enough for the selection to be told."""
    asked = ("compare", "single-site", "--shock", "none", "--shock", LATE, "--metric", "equity")
    many = ("--reps", "1000000", "--most", "1000000")
    process = start(WORLDS_PLAYED, tmp_path, *asked, *many)
    wait_for_mark(tmp_path, process)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "interrupted after" in err
    assert "Traceback" not in err
    assert "(interrupted)" in out
