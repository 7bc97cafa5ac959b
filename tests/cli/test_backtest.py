"""`gpusim backtest`: its scores, what they rest on, and bad input."""

from __future__ import annotations

import json

import pytest

from tests.cases.reading import gpusim
from tests.cli.starting import started

HEAD = "quarter_end,metric,value,unit,source\n"
ROWS = (
    HEAD
    + "2026-03-31,revenue,10,USD_m,made up\n"
    + "2026-06-30,revenue,20,USD_m,made up\n"
    + "2026-06-30,guide_nextq_revenue_low,28,USD_m,made up\n"
    + "2026-06-30,guide_nextq_revenue_high,32,USD_m,made up\n"
    + "2026-09-30,revenue,40,USD_m,made up\n"
    + "2026-09-30,powered_by,7,count,nothing compares it\n"
    + "2026-12-31,ppe_net,2.0,USD_bn,made up\n"
)


def test_scores_in_two_columns_beside_the_opponents(tmp_path):
    (tmp_path / "actuals.csv").write_text(ROWS)
    options = ("--reps", "20", "--inputs", "2", "--json", "--out", "scored")
    done = started("backtest", "single-site", "--actuals", "actuals.csv", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told == json.loads((tmp_path / "scored" / "backtest.json").read_text())
    made = {path.name for path in (tmp_path / "scored").iterdir()}
    pictures = {"ahead_1.png", "ahead_2.png", "next_quarter.png"}
    assert made == {"backtest.json", "report.html"} | pictures
    places = {(c["column"], c["metric"], c["quarter"]) for c in told["cells"]}
    assert places == {
        (column, metric, quarter)
        for column in ("without guidance", "guidance as an input")
        for metric, quarter in (("revenue", "2026Q3"), ("ppe_net", "2026Q4"))
    }
    revenue = next(c for c in told["cells"] if c["metric"] == "revenue")
    assert revenue["actual"] == 40e6
    assert revenue["opponents"] == pytest.approx(
        {
            "last value": 0.5,  # 20 for 40
            "last increment": 0.25,  # 30
            "last growth": 0.0,  # 40
            "guidance": 0.25,  # 30
            "guidance + past beat": None,
        }
    )
    wealth = next(c for c in told["cells"] if c["metric"] == "ppe_net")
    assert wealth["actual"] == 2e9
    assert told["record"]["newest_datum"] >= told["record"]["as_of"]
    assert told["record"]["actuals"].keys() == {"actuals.csv"}


def test_the_same_command_scores_the_same(tmp_path):
    (tmp_path / "actuals.csv").write_text(ROWS)
    command = ("backtest", "single-site", "--actuals", "actuals.csv", "--reps", "12", "--json")
    one, three = (gpusim(*command, "--inputs", "3", "-j", j, cwd=tmp_path) for j in ("1", "3"))
    assert one.returncode == 0, one.stderr
    assert one.stdout == three.stdout


@pytest.mark.parametrize(
    ("row", "line", "said"),
    [
        ("2026-09-30,revenue,forty,USD_m,x", 2, "value: found forty; expected a number"),
        ("2026-09-29,revenue,40,USD_m,x", 2, "found 2026-09-29; expected a quarter's last day"),
        ("2026-09-30,revenue,40,EUR_m,x", 2, "unit: found EUR_m; expected USD, USD_m"),
        (
            "2026-09-30,revenue,40,USD_m,x\n2026-09-30,revenue,41,USD_m,x",
            3,
            "found revenue of 2026-09-30 again; expected one, as in line 2",
        ),
    ],
)
def test_a_wrong_row_is_named_by_its_line(tmp_path, row, line, said):
    (tmp_path / "actuals.csv").write_text(HEAD + row + "\n")
    done = gpusim("backtest", "single-site", "--actuals", "actuals.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert f"actuals.csv:{line}:" in done.stderr
    assert said in done.stderr
    assert done.stdout == ""


def test_a_table_without_its_columns_is_refused(tmp_path):
    (tmp_path / "actuals.csv").write_text("date,revenue\n2026-09-30,40\n")
    done = gpusim("backtest", "single-site", "--actuals", "actuals.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert "actuals.csv:1:" in done.stderr
    assert "quarter_end" in done.stderr


def test_a_model_without_reported_figures_asks_for_them(tmp_path):
    done = gpusim("backtest", "single-site", cwd=tmp_path)
    assert done.returncode == 2
    assert "--actuals" in done.stderr


def test_nothing_reported_later_is_nothing_to_score(tmp_path):
    """The last bundled quarter: only the guidance given with it stands beside the forecast."""
    options = ("--reps", "10", "--inputs", "0", "-q")
    done = gpusim("backtest", "coreweave-2025q4", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "nothing to score" in done.stdout
    assert "1,950" in done.stdout  # the middle of 1,900-2,000
    assert "newest datum 2026-02-26" in done.stdout


def test_later_figures_go_over_the_bundled_ones(tmp_path):
    """A made-up first quarter of 2026 is scored against the file of the quarter before."""
    later = HEAD + "2026-03-31,revenue,2000,USD_m,made up\n"
    later += "2026-03-31,interest_expense_net,540,USD_m,made up\n"
    later += "2025-12-31,guide_nextq_capex_low,5000,USD_m,a correction\n"
    later += "2025-12-31,guide_nextq_capex_high,6000,USD_m,a correction\n"
    (tmp_path / "q1-26.csv").write_text(later)
    options = ("--actuals", "q1-26.csv", "--reps", "40", "--inputs", "4", "--json")
    done = gpusim("backtest", "coreweave-2025q4", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    without = {c["metric"]: c for c in told["cells"] if c["column"] == "without guidance"}
    assert without.keys() == {"revenue", "interest_expense"}
    assert without["revenue"]["quarter"] == "2026Q1"
    assert without["revenue"]["opponents"]["last value"] == pytest.approx(1 - 1571.9 / 2000)
    assert without["revenue"]["opponents"]["guidance"] == pytest.approx(1 - 1950 / 2000)
    guided = {row["metric"]: row["guidance"] for row in told["next_quarter"]}
    assert guided["capex_in_service"] == 5_500e6
    assert told["record"]["newest_figure_scored"] == "2026-03-31"
    assert set(told["record"]["actuals"]) == {"actuals_coreweave.csv", "q1-26.csv"}
    assert told["record"]["newest_datum"] == "2026-02-26"
