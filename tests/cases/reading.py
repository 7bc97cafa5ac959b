"""Run a model file by the public command, once each, and read what it wrote.

The command runs in the process of the tests, so that neither Python nor the compiled rules are
loaded anew for each of some hundred models; tests/cli starts processes.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import polars as pl
from typer.main import get_command
from typer.testing import CliRunner

from gpusim.cli.app import app

ROOT = Path(__file__).parents[2]
MODELS = Path(__file__).parent / "models"
CENTS = 100
COMMAND = get_command(app)
"""The commands as they are parsed: made once, for it takes as long as a short run."""


class Done(NamedTuple):
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def gpusim(*arguments: str, cwd: Path | str = ".") -> Done:
    """The command line, as if called by its name in a folder.

    An exception that it does not catch is raised.
    """
    code = 0
    with contextlib.chdir(cwd), CliRunner().isolation(env={"NO_COLOR": "1"}) as (out, err, _):
        try:
            COMMAND.main(args=arguments, prog_name="gpusim")
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
        return Done(code, out.getvalue().decode(), err.getvalue().decode())


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
