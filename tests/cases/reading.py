"""Run a model file by the public command, once each, and read what it wrote."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

ROOT = Path(__file__).parents[2]
MODELS = Path(__file__).parent / "models"
CENTS = 100


def gpusim(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line as a process of its own, its rules uncompiled."""
    return subprocess.run(
        [sys.executable, "-m", "gpusim.cli", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@functools.cache
def folder_of(model: str, *changes: str) -> Path:
    """The folder of a run of one replication, month by month; changes as in `--set`."""
    folder = Path(tempfile.mkdtemp()) / "run"
    file = MODELS / f"{model}.toml"
    sets = [word for change in changes for word in ("--set", change)]
    asked = ("--reps", "1", "--monthly", "--events", "1", "-q", "--out", str(folder))
    done = gpusim("run", str(file) if file.exists() else model, *asked, *sets)
    assert done.returncode == 0, done.stderr
    return folder


@functools.cache
def table(name: str, model: str, *changes: str) -> pl.DataFrame:
    """A table of a run's folder, such as `statements_monthly`."""
    return pl.read_parquet(folder_of(model, *changes) / f"{name}.parquet")


def usd(line: str, month: str, model: str, *changes: str) -> float:
    """A line of the monthly statements, such as `power` in `2027-04` [USD]."""
    lines = table("statements_monthly", model, *changes).filter(pl.col("period") == month)
    return float(lines[line].item()) / CENTS


def happened(what: str, model: str, *changes: str) -> list[tuple[str, str]]:
    """Day and name of each event of a kind, such as `start`, in order of time."""
    rows = table("events", model, *changes).filter(pl.col("what") == what)
    return list(zip(rows["date"].cast(pl.String), rows["name"], strict=True))
