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
    "tornado": f"sensitivity single-site --vary sites --vary debt --vary gpus --reps 16 {SHORT}",
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
    "sweep": f"sweep single-site --vary {TARIFF}:2 --vary debt.ddtl.margin=0.03,0.05 --vary "
    f"contracts.anchor.tranches.0.gpus=9000,24000 --reps 2 {SHORT}",
    "backtest": "backtest coreweave-2025q3 --reps 10 --inputs 0 --quiet",
    "listed": "models list",
    "catalogue": "models catalogue",
    "explain": "explain {run} --line cost_of_revenue --period 2027Q4",
    "replay": "replay {run}",
    "realised": "units {run}",
    "units": "units coreweave-2025q4",
    "years": "units single-site --by-year",
}
AT_LEAST_A_HUNDRED: set[str] = set()
"""Tables of reference that do not go on below on a narrower screen."""
NAMES_A_FOLDER = ("written to ", "  gpusim ")
"""Beginnings of lines that are copied: never broken."""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder of a run of eight quarters in which something happens."""
    out = str(tmp_path_factory.mktemp("widths") / "r")
    printed(
        *shlex.split(f"run single-site --reps 2 --units --quiet --set model.quarters=8 --out {out}")
    )
    return out


def screen(name, columns, monkeypatch, tmp_path, run):
    """What a command prints, of lines that are not copied."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", str(columns))
    lines = printed(*shlex.split(COMMANDS[name].format(run=run))).splitlines()
    return [line.rstrip() for line in lines if not line.startswith(NAMES_A_FOLDER)]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_screen_has_a_hundred_columns_and_every_word_of_a_wide_one(
    name, monkeypatch, tmp_path, run
):
    told = screen(name, None, monkeypatch, tmp_path, run)
    assert max(map(len, told)) <= 100
    assert not any("…" in line for line in told)
    wide = screen(name, 500, monkeypatch, tmp_path, run)
    if name == "tornado":
        leaves_intervals_out(told, wide)
        return
    words, of_wide = ({word for line in lines for word in line.split()} for lines in (told, wide))
    whole = of_wide - words
    assert all(made_of(word, words) for word in whole)
    assert all(any(piece in word for word in whole) for piece in words - of_wide)


def made_of(word, pieces):
    """Whether a name goes on below: parts of it make it up."""
    return not word or any(
        word.startswith(piece) and made_of(word[len(piece) :], pieces) for piece in pieces
    )


def leaves_intervals_out(told, wide):
    """A row an input in one table: range, changes and bar as on a wide screen, and all else."""
    (note,) = [line for line in told if line.startswith("95% intervals of the changes")]
    assert not any(line.startswith("95% intervals of the changes") for line in wide)
    first, end = wide.index(""), told.index(note)
    assert wide[:first] == told[: told.index("")]
    assert told[first + 2].split() == ["input", "low", "high", "at", "low", "at", "high"]
    rows = [line.split() for line in told[first + 3 : end]]
    whole = [line.split() for line in wide[first + 3 : first + 3 + len(rows)]]
    assert len(rows) > 10
    for row, full in zip(rows, whole, strict=True):
        at_low, at_high, bar = row[-3:]
        assert full[: len(row) - 2] == row[:-2]
        assert full[len(row) - 3] == at_low
        assert at_high in full[len(row) - 2 :]
        assert full[-1] == bar
    assert " ".join(told[end + 1 :]).split() == " ".join(wide[first + 3 + len(rows) :]).split()


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in AT_LEAST_A_HUNDRED])
@pytest.mark.parametrize("columns", [72, 40])
def test_a_narrow_screen_is_kept_too(name, columns, monkeypatch, tmp_path, run):
    told = screen(name, columns, monkeypatch, tmp_path, run)
    assert max(map(len, told)) <= columns
    assert not any("…" in line for line in told)
