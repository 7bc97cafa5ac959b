"""The models of 2025 are what their procedure builds, from what was reported by then."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gpusim.scenario import load

ROOT = Path(__file__).resolve().parents[2]
FREEZE = ROOT / "models" / "freeze"
REPORTS = {
    "coreweave-2025q1": dt.date(2025, 5, 15),
    "coreweave-2025q2": dt.date(2025, 8, 12),
    "coreweave-2025q3": dt.date(2025, 11, 10),
    "coreweave-2025q4-freeze": dt.date(2026, 2, 26),
    "nebius-2025q2": dt.date(2025, 8, 7),
    "nebius-2025q3": dt.date(2025, 11, 11),
}


@pytest.fixture(scope="module")
def procedure():
    """The modules of the procedure, found as its command finds them."""
    sys.path.insert(0, str(FREEZE))
    try:
        import build
        import learn
        import plan

        yield build, learn, plan
    finally:
        sys.path.remove(str(FREEZE))
        for name in ("build", "learn", "plan", "tables", "funds", "amounts"):
            sys.modules.pop(name, None)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = FREEZE / "build.py"
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def facts() -> dict:
    return tomllib.loads((FREEZE / "facts.toml").read_text(encoding="utf-8"))


def test_the_bundled_files_are_what_the_procedure_builds(tmp_path):
    assert run("--check").returncode == 0
    assert run(str(tmp_path)).returncode == 0
    for name in facts()["models"]:
        bundled = ROOT / "models" / "operators" / f"{name}.toml"
        assert (tmp_path / f"{name}.toml").read_bytes() == bundled.read_bytes(), name


def test_a_file_that_was_edited_is_found(procedure, tmp_path, monkeypatch):
    build, _, _ = procedure
    monkeypatch.setattr(build, "HERE", tmp_path / "freeze")
    (tmp_path / "freeze").mkdir()
    (tmp_path / "operators").mkdir()
    (tmp_path / "freeze" / "facts.toml").write_bytes((FREEZE / "facts.toml").read_bytes())
    monkeypatch.setattr(sys, "argv", ["build.py"])
    build.main()
    monkeypatch.setattr(sys, "argv", ["build.py", "--check"])
    build.main()
    edited = tmp_path / "operators" / "coreweave-2025q2.toml"
    edited.write_text(edited.read_text() + "# by hand\n")
    with pytest.raises(SystemExit, match=r"coreweave-2025q2\.toml"):
        build.main()


@pytest.mark.parametrize("name", REPORTS)
def test_a_model_does_not_see_later_quarters(procedure, name):
    """The text is the same when every row after its quarter is wrong."""
    build, _, _ = procedure
    told = facts()
    f = told["models"][name]
    history = told["history"][f["operator"]]
    wrong = [
        row if row["at"] <= f["as_of"] else {k: v if k == "at" else v * 3 for k, v in row.items()}
        for row in history
    ]
    f = told["operators"][f["operator"]] | f
    assert build.build(f, history) == build.build(f, wrong)


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_is_newer_than_the_quarters_own_report(name):
    scenario = load(name)
    for key, source in scenario.sources.items():
        told = source.published or source.as_of or scenario.model.as_of
        assert told <= REPORTS[name], key


@pytest.mark.parametrize(
    ("name", "total", "net_equipment", "backlog"),
    [
        ("coreweave-2025q1", 8_807.921, 14_210.992, 25_900 + 4_000),
        ("coreweave-2025q2", 11_171.485, 16_631.510, 30_100),
        ("coreweave-2025q3", 14_205.268, 20_659.181, 55_600),
        ("coreweave-2025q4-freeze", 21_615, 30_557, 66_800),
    ],
)
def test_debt_equipment_and_backlog_are_as_reported(name, total, net_equipment, backlog):
    """USD m; the order of May 2025 was announced with the first quarter's report."""
    scenario = load(name)
    owed = sum(d.opening.principal_usd for d in scenario.debt.values() if d.opening)
    assert owed == pytest.approx(total * 1e6)
    b = scenario.balance
    gross = b.servers_gross_usd + b.infrastructure_gross_usd + b.other_equipment_gross_usd
    written = b.servers_accumulated_usd + b.infrastructure_accumulated_usd
    written += b.other_equipment_accumulated_usd
    assert gross - written + b.construction_in_progress_usd == pytest.approx(net_equipment * 1e6)
    signed = sum(
        t.value_usd or 0
        for c in scenario.contracts.values()
        for t in c.tranches
        if c.signed <= REPORTS[name] and c.customer != "to be signed"
    )
    assert signed == pytest.approx(backlog * 1e6)


@pytest.mark.parametrize(
    ("name", "equity"), [("nebius-2025q2", 3_775.5), ("nebius-2025q3", 4_810.8)]
)
def test_an_operator_that_tells_little_starts_from_its_equity(name, equity):
    """USD m; cash is what ties."""
    b = load(name).balance
    assert b.paid_in_capital_usd - b.accumulated_deficit_usd == pytest.approx(equity * 1e6)


def test_a_prior_counts_as_one_round(procedure):
    _, learn, _ = procedure
    assert learn.updated(0.6, []) == 0.6
    assert learn.updated(0.6, [0.9]) == pytest.approx(0.75)
    assert learn.updated(0.6, [0.9, 0.3]) == pytest.approx(0.6)


def test_what_is_late_goes_in_whole_and_what_came_early_does_not_come_again(procedure):
    """Of 1,000 in progress half converts; of 200 late the other half comes too."""
    _, learn, _ = procedure
    assert learn.planned(0.5, 1000, 0) == 500
    assert learn.planned(0.5, 1000, 200) == pytest.approx(0.5 * 800 + 200)
    assert learn.planned(0.5, 1000, -200) == 400


def test_the_shortfall_is_against_the_plan_of_the_day(procedure):
    _, learn, _ = procedure
    rows = [
        {"cip": 1000},
        {"cip": 1000, "in_service": 400},  # planned 0.60 of 1,000
        {"cip": 1000, "in_service": 700},  # believed then: (0.6 + 0.4) / 2, and half of 200 late
    ]
    assert learn.shortfall(rows[:2]) == pytest.approx(200)
    assert learn.shortfall(rows) == pytest.approx(0.5 * 1000 + 0.5 * 200 - 700)


def test_the_lag_is_found_where_revenue_follows_megawatts(procedure):
    """Revenue made from megawatts 120 days old pulls the mean from 75 towards 120."""
    _, learn, _ = procedure
    active = [100, 200, 260, 400, 420, 700, 760]
    rows = [{"active": mw} for mw in active]
    path = learn.Path.of(rows)
    for quarter in range(2, len(rows)):
        rows[quarter]["revenue"] = 3.0 * path.billed(quarter, 120)
    assert 105 < learn.lag_of(rows) <= 125
    same = [{"active": mw, "revenue": 1.0} for mw in (100, 100, 100)]
    assert learn.lag_of(same) == pytest.approx(learn.LAG_DAYS, abs=1.5)  # nothing learned


def test_megawatts_billed_are_those_of_a_lag_before(procedure):
    _, learn, _ = procedure
    path = learn.Path(((0, 100.0), (1, 200.0), (2, 400.0)))
    assert path.billed(2, 0.0) == pytest.approx(300)
    assert path.billed(2, learn.DAYS) == pytest.approx(150)
    assert path.billed(2, learn.DAYS / 2) == pytest.approx((175 + 250) / 2)


def test_the_plan_is_what_is_expected_by_the_quarters_end(procedure):
    """Slots in fit-out come; the rest and the early ones of the next quarter by their chance."""
    _, learn, plan = procedure
    told = facts()
    f = told["operators"]["coreweave"] | told["models"]["coreweave-2025q3"]
    known = learn.known_by(told["history"]["coreweave"], f["as_of"])
    b = learn.learn(known)
    active = known[-1]["active"]
    expected = sum(
        slot.mw * (1.0 if slot.handed_over else plan.in_time(slot.service))
        for slot in plan.slots(f, b, active)
    )
    assert expected * plan.cost_per_mw(f, active) == pytest.approx(b.plan)


def test_all_contracted_megawatts_have_a_hall(procedure):
    for name in REPORTS:
        scenario = load(name)
        contracted = facts()["models"][name]["contracted"]
        halls = sum(p.it_mw for s in scenario.sites.values() for p in s.phases)
        # halls in use count by the GPUs in them, so to a few hundred kilowatts
        assert halls == pytest.approx(contracted, rel=0.03), name


def test_bars_say_what_holds_and_what_misses(tmp_path):
    """A made-up round: revenue 3% off of a bar of 4%, cost 10% off of one of 5%."""
    cells = [
        {
            "column": column,
            "metric": metric,
            "quarter": "2025Q2",
            "ahead": 1,
            "actual": 100.0,
            "error": error,
            "percent": abs(error) / 100.0,
            "low_80": 95.0,
            "high_80": 105.0,
            "holds_50": False,
            "holds_80": abs(error) < 5,
            "pit": 0.3,
            "opponents": {"last value": 0.2},
        }
        for column in ("without guidance", "guidance as an input")
        for metric, error in (("revenue", 3.0), ("cost_of_revenue", -10.0), ("backlog", 1.0))
    ]
    (tmp_path / "backtest.json").write_text(json.dumps({"cells": cells}))
    command = [sys.executable, str(FREEZE / "bars.py"), str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = "| revenue | 4% | 3.0% (3.0) | 3.0% (3.0) | holds/holds | 5.0% (bar 6%) | 20.0% |"
    assert line in told
    assert "| cost_of_revenue | 5% | 10.0% (10.0) | 10.0% (10.0) | misses/misses |" in told
    assert "without guidance: 80% bands hold 2 of 3 cells of these lines" in told
    assert "fifths 0, 3, 0, 0, 0" in told
    # the quarter before brought 80, so the year 180
    assert "fiscal year's revenue by round, without guidance (bar 5%): 1.7%" in told
