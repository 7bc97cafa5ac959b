"""The models of 2025 are what their procedure builds, and start from what was reported."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from gpusim.scenario import load

ROOT = Path(__file__).resolve().parents[2]
REPORTS = {
    "coreweave-2025q1": dt.date(2025, 5, 15),
    "coreweave-2025q2": dt.date(2025, 8, 12),
    "coreweave-2025q3": dt.date(2025, 11, 10),
}


def test_the_bundled_files_are_what_the_procedure_builds(tmp_path):
    script = ROOT / "models" / "freeze" / "build.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, capture_output=True)
    for name in REPORTS:
        bundled = ROOT / "models" / "operators" / f"{name}.toml"
        assert (tmp_path / f"{name}.toml").read_bytes() == bundled.read_bytes(), name


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
    signed = sum(t.value_usd or 0 for c in scenario.contracts.values() for t in c.tranches)
    assert signed == pytest.approx(backlog * 1e6)
