"""Ours beside gpusim's, line by line."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from gpusim.scenario import load
from tests.oracles.second_opinion import run as ours

DOLLAR = 100


class Difference(NamedTuple):
    period: str
    line: str
    ours: int
    theirs: int


def theirs(path: Path) -> dict[str, dict[str, int]]:
    import polars as pl

    from gpusim.experiments.run import Request, run

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        run(Request(str(path), reps=1, monthly=True, out=out, workers=1))
        table = pl.read_parquet(out / "statements_monthly.parquet")
    return {row.pop("period"): row for row in table.iter_rows(named=True)}


def differences(path: Path, limit: int = DOLLAR) -> list[Difference]:
    told = theirs(path)
    found = []
    for period, lines in ours.months(load(str(path))):
        for line, value in lines.items():
            if line in told[period] and abs(told[period][line] - value) > limit:
                found.append(Difference(period, line, value, told[period][line]))
    return found


def untold(path: Path) -> set[str]:
    """Lines of gpusim's statements that we do not compute."""
    told = theirs(path)
    period, lines = ours.months(load(str(path)))[0]
    return set(told[period]) - set(lines) - {"replication"}
