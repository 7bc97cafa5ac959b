"""A firm played: its statements, measures and backlog month by month, of every replication."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from gpusim.experiments.run import points
from gpusim.experiments.run.points import Point, Prepared
from gpusim.results import metrics, periods, tables
from gpusim.results.replications.covenants import covenants_of
from tests.engines.build import Tables, toml

REPS = 2
SEED = 7
KEYS = ("replication", "period")


class Played(NamedTuple):
    """What a firm's replications left; rows of replication and month."""

    statements: pl.DataFrame  # [cents]
    metrics: pl.DataFrame  # USD, MW, ratios
    backlog: pl.DataFrame  # [cents] by movement and cause, vintages together
    facilities: pl.DataFrame  # a row a replication and facility
    outcomes: pl.DataFrame  # a row a replication

    def line(self, name: str) -> np.ndarray:
        """A line of the statements, month after month, replication after replication [cents]."""
        return self.statements[name].to_numpy()

    def metric(self, name: str) -> np.ndarray:
        """A metric likewise; NaN where it is undefined."""
        return self.metrics[name].fill_null(np.nan).to_numpy()


def played(
    firm: Tables,
    reps: int | Iterable[int] = REPS,
    *,
    seed: int = SEED,
    engine: str = "batch",
    sets: tuple[str, ...] = (),
    shocks: tuple[str, ...] = (),
) -> Played:
    """Play a firm; its replications by number, or that many of them."""
    numbers = tuple(range(reps) if isinstance(reps, int) else reps)
    return _played(toml(firm), numbers, seed, engine, sets, shocks)


@functools.lru_cache(maxsize=64)
def _played(
    text: str,
    numbers: tuple[int, ...],
    seed: int,
    engine: str,
    sets: tuple[str, ...],
    shocks: tuple[str, ...],
) -> Played:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "firm.toml"
        file.write_text(text, encoding="utf-8")
        point = points.prepare(Point(str(file), sets=sets, shocks=shocks))
    return told_of(point, numbers, seed, engine)


def played_model(model: str, reps: int = REPS, *, sets: tuple[str, ...] = ()) -> Played:
    """Play a bundled model or a file, as it is but for settings."""
    return told_of(points.prepare(Point(model, sets=sets)), range(reps), SEED, "batch")


def told_of(point: Prepared, numbers: Sequence[int], seed: int, engine: str) -> Played:
    """Play a point that is ready."""
    panel = points.play(point, seed, numbers, engine=engine)
    months = 3 * point.scenario.model.quarters
    monthly = periods.by_month(point.scenario.model.as_of, months)
    named = point.book.names.facilities
    found = metrics.compute(panel, monthly, named)
    covenants = covenants_of(point.book.state, named)
    return Played(
        tables.statements(panel, monthly),
        tables.metrics(panel, monthly, found),
        tables.backlog(panel, monthly),
        tables.facilities(panel, named, monthly, covenants),
        tables.outcome_table(panel, monthly, covenants),
    )
