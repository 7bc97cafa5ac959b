"""A longer run, more replications, other workers or engines: what was there stays to the byte."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from gpusim.experiments.run import points
from gpusim.experiments.run.points import Point
from gpusim.experiments.run.run import Request, run
from tests.engines.build import Tables, toml
from tests.relations.firms import firm
from tests.relations.playing import KEYS, SEED, Played, played
from tests.relations.relation import same

FIRMS = ["calm-1", "calm-4", "still-3", "wild-1", "wild-3", "wild-9", "growing", "spot-heavy"]
LUCKY = ["wild-1", "wild-3", "growing"]


def longer(name: str, quarters: int) -> Tables:
    """A firm whose run goes on."""
    tables = firm(name)
    tables["model"]["quarters"] += quarters
    return tables


def months_of(table: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    """The rows of a longer run's table in the months of a shorter one's."""
    return table.join(like.select(KEYS).unique(), on=KEYS, how="semi", maintain_order="left")


@pytest.mark.parametrize("name", FIRMS)
@pytest.mark.parametrize("quarters", [1, 6])
def test_a_longer_run_begins_with_the_shorter(name, quarters):
    short, long = played(firm(name)), played(longer(name, quarters))
    assert months_of(long.statements, short.statements).equals(short.statements)
    assert months_of(long.metrics, short.metrics).equals(short.metrics)
    within = pl.col("period") <= short.backlog["period"].max()
    assert long.backlog.filter(within).equals(short.backlog)


def of_replication(told: Played, number: int) -> list[pl.DataFrame]:
    """All tables of one replication."""
    return [table.filter(replication=number) for table in told]


@pytest.mark.parametrize("name", LUCKY)
def test_more_replications_begin_with_the_fewer(name):
    few, many = played(firm(name), 2), played(firm(name), 5)
    for number in range(2):
        for one, other in zip(
            of_replication(few, number), of_replication(many, number), strict=True
        ):
            assert one.equals(other)


@pytest.mark.parametrize("name", LUCKY)
def test_a_replication_is_the_same_alone_and_in_any_company(name):
    together = played(firm(name), (1, 3, 4))
    for number in (1, 3, 4):
        alone = played(firm(name), (number,))
        for one, other in zip(
            of_replication(together, number), of_replication(alone, number), strict=True
        ):
            assert one.equals(other)


@pytest.mark.parametrize("name", ["calm-1", "calm-4", "still-1", "still-3"])
def test_without_luck_all_seeds_and_replications_are_one(name):
    told = played(firm(name), 2, seed=1)
    for line in told.statements.columns[2:]:
        one, other = told.line(line).reshape(2, -1)
        assert (one == other).all(), line
    same(told, played(firm(name), 2, seed=2**61))


def test_luck_is_not_the_same_twice():
    """The tests above would pass where nothing is drawn."""
    lines = [
        played(firm("wild-1"), (n,), seed=seed).line("cash") for seed in (1, 2) for n in (0, 1)
    ]
    for one, other in itertools.combinations(lines, 2):
        assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", FIRMS)
def test_both_engines_play_the_same(name):
    same(played(firm(name)), played(firm(name), engine="process"))


def test_workers_and_events_change_no_byte(tmp_path):
    file = tmp_path / "firm.toml"
    file.write_text(toml(firm("wild-3")))
    for name, workers, events in (("one", 1, 0), ("two", 2, 0), ("told", 1, 2)):
        run(
            Request(
                str(file),
                reps=5,
                seed=SEED,
                workers=workers,
                events=events,
                out=tmp_path / name,
                monthly=True,
            )
        )
    tables = sorted(path.name for path in (tmp_path / "one").glob("*.parquet"))
    assert len(tables) > 8
    for table, name in itertools.product(tables, ("two", "told")):
        assert (tmp_path / name / table).read_bytes() == (tmp_path / "one" / table).read_bytes()


def test_chunks_are_one_by_one():
    """Three replications in one call of the batch engine, and in three."""
    with_firm = firm("wild-1")
    point = prepared(with_firm)
    player = points.Player(point, SEED)
    whole = player.play([0, 1, 2])
    for place in range(3):
        alone = player.play([place])
        assert np.array_equal(alone.ledger[0], whole.ledger[place])
        assert np.array_equal(alone.stocks[0], whole.stocks[place])


def prepared(tables: Tables) -> points.Prepared:
    """A firm ready to be played."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "firm.toml"
        file.write_text(toml(tables))
        return points.prepare(Point(str(file)))
