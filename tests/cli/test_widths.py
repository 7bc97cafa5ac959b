"""A screen is as wide as it is said to be, 100 columns where nothing is said, and loses nothing."""

from __future__ import annotations

import shlex

import pytest

from tests.api.commands import printed

SHORT = "--set model.quarters=3"
TARIFF = "sites.*.tariff_usd_per_kwh=0.05:0.40"
SHOCKS = "--shock none --shock higher-for-longer --shock memory-inflation --shock gpu-failures"
COMMANDS = {
    "compare": "compare single-site --strategy none --strategy hold-to-zero --metric equity "
    "--metric shortfall --satisfy 'shortfall<=0.5' --satisfy 'equity>0' --reps 100 --most 100",
    "crossed": f"compare single-site --strategy none --strategy hold-to-zero --capital none "
    f"--capital equity {SHOCKS} --cross --metric equity --reps 100 --most 100",
    "tornado": f"sensitivity single-site --reps 2 {SHORT}",
    "morris": f"sensitivity single-site --method morris --reps 2 --rows 2 {SHORT}",
    "sobol": f"sensitivity single-site --method sobol --vary {TARIFF} --vary tax.rate=0.1:0.3 "
    f"--metric equity --reps 2 --rows 8 {SHORT}",
    "discover": f"sensitivity single-site --method discover --vary {TARIFF} --vary "
    f"'debt.*.margin=0.01:0.09' --when 'equity<1e9' --reps 2 --rows 40 {SHORT}",
    "solve": f"solve single-site --for {TARIFF} --until 'equity_cash<800e6' --reps 20 {SHORT}",
    "frontier": f"solve single-site --for {TARIFF} --until 'revenue<0' --along tax.rate=0.1:0.3:2 "
    f"--reps 10 {SHORT}",
    "bridge": f"bridge single-site --to-capital equity --to-strategy hold-to-zero --to-shock "
    f"memory-inflation --to-shock higher-for-longer "
    f"--to-set contracts.anchor.price_usd_per_gpu_hour=3 --reps 4 {SHORT}",
}
NAMES_A_FOLDER = ("written to ", "  gpusim ")
"""Beginnings of lines that are copied: never broken."""


def screen(name, columns, monkeypatch, tmp_path):
    """What a command prints, of lines that are not copied."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", str(columns))
    lines = printed(*shlex.split(COMMANDS[name])).splitlines()
    return [line.rstrip() for line in lines if not line.startswith(NAMES_A_FOLDER)]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_screen_has_a_hundred_columns_and_every_word_of_a_wide_one(name, monkeypatch, tmp_path):
    told = screen(name, None, monkeypatch, tmp_path)
    assert max(map(len, told)) <= 100
    assert not any("…" in line for line in told)
    wide = screen(name, 500, monkeypatch, tmp_path)
    assert {word for line in told for word in line.split()} == {
        word for line in wide for word in line.split()
    }


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("columns", [72, 40])
def test_a_narrow_screen_is_kept_too(name, columns, monkeypatch, tmp_path):
    told = screen(name, columns, monkeypatch, tmp_path)
    assert max(map(len, told)) <= columns
    assert not any("…" in line for line in told)
