"""Ctrl-C and kill -9 in the middle of a run, as real processes.

The program under test is the command line with one change: it leaves a mark when a moment that the
test waits for has come.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).parents[2]
CHUNKS_DONE = """
import pathlib
from gpusim.experiments.run import simulate
real, done = simulate.replicate_chunk, []
def marked(batch, numbers):
    results = real(batch, numbers)
    done.append(len(numbers))
    if len(done) == 6:
        pathlib.Path("mark").touch()
    return results
simulate.replicate_chunk = marked
from gpusim.cli import main
main()
"""
AT_A_FILE = """
import pathlib, sys, time
from gpusim import files
create, flush, place = files.create, files.flush, sys.argv.pop()
def mark(path):
    if path.name.startswith(place):
        pathlib.Path("mark").touch()
        time.sleep(60)
def created(path, data):
    create(path, data)
    mark(path)
def flushed(path):
    flush(path)
    mark(path)
files.create, files.flush = created, flushed
from gpusim.cli import main
main()
"""


def start(program: str, cwd: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_mark(folder: Path, process: subprocess.Popen[str]) -> None:
    for _ in range(6_000):
        if (folder / "mark").exists():
            (folder / "mark").unlink()
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    raise AssertionError("the moment never came")


def asked(reps: int) -> tuple[str, ...]:
    return ("run", "single-site", "--set", "model.quarters=4", "--reps", str(reps), "--out", "half")


@pytest.mark.parametrize("threads", ["1", "2"])
def test_an_interrupted_batch_run_keeps_whole_replications(tmp_path, threads):
    process = start(CHUNKS_DONE, tmp_path, *asked(100_000), "-j", threads)
    wait_for_mark(tmp_path, process)
    os.killpg(process.pid, signal.SIGINT)
    output, messages = process.communicate(timeout=300)
    assert (process.returncode, output) == (130, ""), messages
    assert [path.name for path in tmp_path.iterdir()] == ["half"]
    said = [line for line in messages.splitlines() if not line.startswith("compiling")]
    assert len(said) == 1, messages
    manifest = json.loads((tmp_path / "half" / "manifest.json").read_text())
    finished = manifest["replications"]
    assert said == [
        f"interrupted: {finished} of 100000 replications finished; kept in half; "
        f"the same command with another --out begins anew"
    ]
    assert manifest["status"] == "interrupted"
    assert 2 <= finished < 100_000
    kept = pl.read_parquet(tmp_path / "half" / "outcomes.parquet")["replication"].to_list()
    assert len(kept) == finished
    whole = start("from gpusim.cli import main; main()", tmp_path, *asked(2)[:-1], "whole")
    assert whole.communicate(timeout=300)[0]
    two = pl.read_parquet(tmp_path / "whole" / "statements.parquet")
    half = pl.read_parquet(tmp_path / "half" / "statements.parquet")
    assert two.equals(half.filter(pl.col("replication") < 2))


@pytest.mark.parametrize("moment", ["chunks", "statements", "manifest", ".half"])
def test_a_killed_run_leaves_no_half_folder(tmp_path, moment):
    """Killed while it simulates, after its first table, its manifest, the whole hidden folder."""
    if moment == "chunks":
        process = start(CHUNKS_DONE, tmp_path, *asked(100_000))
    else:
        process = start(AT_A_FILE, tmp_path, *asked(4), moment)
    wait_for_mark(tmp_path, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert not (tmp_path / "half").exists()
    assert all(path.name.startswith(".half.") for path in tmp_path.iterdir())
    again = start("from gpusim.cli import main; main()", tmp_path, *asked(4))
    output, messages = again.communicate(timeout=300)
    assert again.returncode == 0, messages
    assert "4 replications" in output


BEFORE = """
import os, signal, sys
from gpusim.cli import interrupts
number = getattr(signal, sys.argv[1])
interrupts.expect()
print("begun", flush=True)
os.kill(os.getpid(), number)
"""
DURING = """
import os, signal, sys
from gpusim.cli import interrupts
if sys.argv[2] == "ignored":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
interrupts.expect()
with interrupts.raised():
    try:
        os.kill(os.getpid(), getattr(signal, sys.argv[1]))
        print("not heard", flush=True)
    except KeyboardInterrupt:
        print("heard", flush=True)
os.kill(os.getpid(), signal.SIGTERM)
"""


CUT_SHORT = """
import sys
from gpusim.cli import interrupts
from gpusim.cli.errors import guarded
class Cut:
    def find_spec(self, name, path=None, target=None):
        if name == "polars":
            raise KeyboardInterrupt
        if broken and name.startswith("gpusim.results"):
            raise AttributeError("partially initialized module")
sys.meta_path.insert(0, Cut())
broken = False
interrupts.expect()
with guarded(show_traceback=False):
    try:
        import gpusim.results.stored.folder
    finally:
        broken = True
"""
"""A command that is interrupted while it imports: what was cut short cannot be imported again."""


def test_an_interrupt_while_modules_are_read_is_said_in_a_line(tmp_path):
    process = start(CUT_SHORT, tmp_path)
    said = process.communicate(timeout=60)[1]
    assert said.startswith("interrupted; nothing was written\n"), said
    assert "partially initialized" not in said


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupt_before_a_command_has_begun_is_said_in_a_line(tmp_path, name):
    process = start(BEFORE, tmp_path, name)
    told = process.communicate(timeout=60)
    assert (process.returncode, *told) == (130, "begun\n", "interrupted; nothing was written\n")


@pytest.mark.parametrize(
    ("name", "background", "heard"),
    [
        ("SIGINT", "", "heard"),
        ("SIGTERM", "", "heard"),
        ("SIGTERM", "ignored", "heard"),
        ("SIGINT", "ignored", "not heard"),
    ],
)
def test_during_a_command_both_interrupt_and_after_it_nothing_untrue_is_said(
    tmp_path, name, background, heard
):
    """Work that a shell put into the background ignores Ctrl-C, and ends where it is asked to."""
    process = start(DURING, tmp_path, name, background)
    told = process.communicate(timeout=60)
    assert (process.returncode, *told) == (-signal.SIGTERM, f"{heard}\n", "")
