"""`gpusim report`, `explain` and `replay`: what they print and how they exit."""

import json
from pathlib import Path

import pytest

from tests.cases.reading import gpusim
from tests.cli.starting import started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with one run under runs/."""
    parent = tmp_path_factory.mktemp("cli-report")
    short = ("--set", "model.quarters=6", "--reps", "3", "--out", "runs/first", "-q")
    done = gpusim("run", "single-site", *short, cwd=parent)
    assert done.returncode == 0, done.stderr
    return parent


def test_report_of_the_last_run_writes_a_page_pictures_and_a_workbook(folder):
    asked = ("--png", "figures", "--xlsx", "tables.xlsx", "--json")
    done = started("report", "@last", *asked, cwd=folder)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["page"] == "runs/first/report.html"
    assert (folder / told["page"]).read_text().startswith("<!doctype html>")
    assert len(told["pictures"]) == len(list((folder / "figures").iterdir())) == 10
    assert (folder / told["workbook"]).read_bytes().startswith(b"PK")


def test_explain_prints_the_cell_the_pairs_and_the_rules(folder):
    asked = ("--line", "revenue", "--period", "2027Q4", "--rep", "1")
    done = started("explain", "first", *asked, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("revenue of 2027Q4, replication 1: USD ")
    cell = done.stdout.split("USD ")[1].split()[0]
    (sum_line,) = [line for line in done.stdout.splitlines() if line.startswith("sum: the cell")]
    assert sum_line.split()[-1] == cell
    assert "revenue.recognise: Committed revenue up to and including a day" in done.stdout
    told = " ".join(done.stdout.split())
    assert "every quarter of the line is what the folder has" in told


def test_explain_as_json_sums_to_the_cell(folder):
    asked = ("--line", "cash", "--period", "2027Q1", "--json")
    told = json.loads(gpusim("explain", "first", *asked, cwd=folder).stdout)
    moved = sum(pair["cents"] for pair in told["pairs"])
    assert told["balance_before_cents"] + moved == told["cell_cents"]
    assert moved == sum(event["amount"] for event in told["events"])


def test_replay_tells_the_days_asked_for(folder):
    done = started("replay", "first", "--rep", "2", "--to", "2026-12-31", cwd=folder)
    assert done.returncode == 0, done.stderr
    days = [line[:10] for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert days == sorted(days)
    assert days[-1] <= "2026-12-31"
    assert "the books close: revenue of the quarter" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("report", "frist"), "there is no run frist; nearest valid name: first"),
        (("report", "first", "--out", "runs"), "runs is a folder; name a file"),
        (
            ("report", "first", "--out", "runs/first/manifest.json/page.html"),
            "is not a writable folder",
        ),
        (("explain", "first", "--line", "revenu", "--period", "2027Q1"), "valid names: revenue"),
        (("explain", "first", "--line", "revenue", "--period", "2036Q1"), "it has 2026Q3 to"),
        (("explain", "first", "--line", "cash", "--period", "2027Q1", "--rep", "9"), "0 to 2 (3)"),
        (("replay", "first", "--rep", "3"), "has no replication 3; it has 0 to 2 (3)"),
        (
            ("replay", "first", "--from", "2027-02-01", "--to", "2027-01-01"),
            "--to 2027-01-01 is before --from 2027-02-01",
        ),
    ],
)
def test_wrong_input_ends_with_two_and_what_there_is(folder, arguments, message):
    done = gpusim(*arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
