"""The fuzzer in its short form, on fixed seeds; and that it finds what is broken, and keeps it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from gpusim.cli.app import app
from tests.cases.reading import gpusim
from tests.fuzz import flags, folders, kills, models
from tests.fuzz.kept import Broken, attempt, bounded, fuzz, luck_of

ROOT = Path(__file__).parents[2]
SHORT = {
    "models": (models.one, 2, 25),
    "flags": (flags.one, 1, 40),
    "folders": (folders.one, 1, 18),
}
"""Of each kind: a case, the seed, how many."""


@pytest.mark.parametrize("kind", SHORT)
def test_promises_hold_on_a_fixed_seed(kind, tmp_path):
    one, seed, cases = SHORT[kind]
    tried = fuzz(kind, one, seed, tmp_path, cases=cases)
    assert [file.read_text() for file in tried.findings] == []
    assert tried.cases == cases
    assert len(tried.ends) > 1, "cases of one kind only"


def test_a_killed_sweep_loses_nothing(tmp_path):
    """The first case of the seed that kills a sweep."""
    number = next(n for n in range(100) if kills.chosen(luck_of("kills", 3, n)) == "sweep")
    end, broken = attempt("kills", kills.one, 3, number, tmp_path)
    assert broken is None, broken.came
    assert end.startswith("sweep")


def commands(group, before=()):
    """Every command by its words, with its options."""
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from commands(command, (*before, name))
        else:
            yield (*before, name), {option for one in command.params for option in one.opts}


def test_every_command_is_killed_or_leaves_nothing():
    """A new command is named with those that are killed, or with those that only print."""
    known = dict(commands(typer.main.get_command(app)))
    killed = {
        words
        for words in known
        if any(own[: len(words)] == words for own in kills.COMMANDS.values())
    }
    reads = {tuple(name.split()) for name in kills.READS}
    assert killed | reads == set(known)
    assert not killed & reads
    writing = {"--out", "--resume", "--png", "--xlsx", "--yes"}
    assert {words for words, options in known.items() if options & writing} <= killed


READING = {
    "bridge": ("kept", "kept", "-q"),
    "units": ("single-site",),
    "explain": ("kept", "--line", "revenue", "--period", "2026Q3"),
    "replay": ("kept",),
    "runs list": ("--runs", "."),
    "runs show": ("kept",),
    "runs diff": ("kept", "kept"),
    "models show": ("single-site",),
    "models check": ("single-site",),
    "models diff": ("single-site", "spot-heavy"),
}


def test_commands_that_are_not_killed_leave_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = (
        "run",
        "single-site",
        "--reps",
        "2",
        "--set",
        "model.quarters=4",
        "-q",
        "--out",
        "kept",
    )
    assert gpusim(*asked).returncode == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for name in kills.READS:
        done = gpusim(*name.split(), *READING.get(name, ()))
        assert done.returncode == 0, (name, done.stderr)
        after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        assert after == before, name


def test_what_is_found_is_kept_once_with_its_input(tmp_path):
    def one(case):
        number = case.luck.randrange(1_000)
        case.note(input=number, command=["odd", number])
        if number % 2:
            raise Broken(f"{number} is odd", "even numbers")
        if number % 3 == 0:
            raise KeyError(number)

    tried = fuzz("odd", one, 1, tmp_path, cases=50)
    told = [json.loads(file.read_text()) for file in sorted(tmp_path.iterdir())]
    assert len(tried.findings) == len(told) == 2
    assert tried.ends["found"] > 20
    assert tried.ends["found"] + tried.ends["done"] == tried.cases == 50
    by = {about["promised"]: about for about in told}
    assert by["even numbers"]["input"] % 2
    assert by["even numbers"]["came"].endswith("is odd")
    assert all(attempt("odd", one, 1, about["number"], tmp_path)[1] is not None for about in told)


def test_a_case_that_takes_too_long_or_too_much_is_found():
    def work():
        while time.process_time() > 0:
            pass

    with pytest.raises(Broken, match="processor time"), bounded(seconds=0.1):
        work()
    if Path("/proc/self/clear_refs").exists():
        with pytest.raises(Broken, match="MB of memory"), bounded(megabytes=100):
            assert len(bytearray(os.urandom(1) * 300_000_000))


def test_by_command_it_counts_and_ends_with_0_or_1(tmp_path):
    words = ["--kind", "flags", "--cases", "2", "--minutes", "10", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", *words], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "flags: 2 cases" in done.stdout
    assert "0 findings" in done.stdout
