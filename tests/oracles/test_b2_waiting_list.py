"""Known answer B2: a queue with ten servers and fifteen places, M/M/10/15, and Little's law.

Load 9, ten GPUs, `levers.waiting_gpus = 5`, through models/queue-of-five.toml. Little's law is read
from the event log that `gpusim run --events` writes, against what the engine counted by itself.
Source: Gross, Shortle, Thompson, Harris, "Fundamentals of queueing theory"; Little, 1961.
"""

import datetime as dt
import json

import polars as pl
import pytest

from gpusim.experiments.run import run
from tests.oracles.queues import ENGINES, MODELS, SEED, blocking, played

CASE = "B2"
LOSS = 0.0612588
REPLICATIONS = 5
HOURS_PER_DAY = 24


@ENGINES
def test_customers_turned_away(engine, replications, compare):
    found = blocking(played("queue-of-five", engine, replications), LOSS)
    name = engine.__name__.rsplit(".", 1)[-1]
    compare(f"share turned away, {name} engine", found.value, LOSS, errors=found.error)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run's folder with the events of all its replications."""
    out = tmp_path_factory.mktemp("queue") / "run"
    run.run(
        run.Request(
            model=str(MODELS / "queue-of-five.toml"),
            reps=REPLICATIONS,
            seed=SEED,
            engine="process",
            events=REPLICATIONS,
            out=out,
        )
    )
    return out


@pytest.fixture(scope="module")
def stays(folder):
    """Of each signed customer: days of signature, planned start, start and end; None beyond."""
    found = {}
    for row in pl.read_parquet(folder / "events.parquet").iter_rows(named=True):
        if row["what"] == "offer" and json.loads(row["facts"])["contract"] >= 0:
            customer = row["text"].split(" is signed")[0]
        elif row["noun"] == "tranche":
            customer = row["name"].split(".tranches")[0]
        else:
            continue
        stay = found.setdefault((row["replication"], customer), {})
        stay[row["what"]] = row["date"]
        if row["what"] == "start":
            stay["late"] = json.loads(row["facts"])["late"]
    return found


def test_everyone_signed_waits_or_is_served_in_turn(stays):
    """First come, first served: starts follow signatures."""
    for replication in range(REPLICATIONS):
        own = [s for (r, _), s in stays.items() if r == replication and "start" in s]
        own.sort(key=lambda s: s["offer"])
        starts = [s["start"] for s in own]
        assert starts == sorted(starts)
        assert len(starts) > 400


def test_littles_law_of_those_served(folder, stays, compare):
    """GPUs billing, summed over days by the engine = customers x their time, from the log."""
    metrics = pl.read_parquet(folder / "metrics.parquet")
    billed = sum(
        round(row["utilisation"] * row["gpus_in_service"] * HOURS_PER_DAY * days_of(row["period"]))
        for row in metrics.iter_rows(named=True)
    )
    last = pl.read_parquet(folder / "events.parquet")["date"].max()
    hours = 0
    for stay in stays.values():
        if "start" in stay:
            upto = stay.get("end")
            days = (upto - stay["start"]).days if upto else (last - stay["start"]).days + 1
            hours += days * HOURS_PER_DAY
    compare("GPU-hours billed against stays in the log", billed, hours)


def test_littles_law_of_those_who_wait(folder, stays, compare):
    """Queue length, summed over days from passes in the log = customers x their wait."""
    events = pl.read_parquet(folder / "events.parquet")
    last = events["date"].max()
    queue = 0
    for replication in range(REPLICATIONS):
        passes = events.filter(
            (pl.col("what") == "allocate") & (pl.col("replication") == replication)
        )
        length = {
            row["date"]: len(json.loads(row["facts"])["waiting"])
            for row in passes.iter_rows(named=True)
        }
        days = sorted(length)
        for day, until in zip(days, [*days[1:], None], strict=True):
            queue += length[day] * ((until - day).days if until else (last - day).days + 1)
    waits = sum(stay["late"] for stay in stays.values() if "start" in stay)
    waits += sum(
        (last - stay["planned_start"]).days + 1
        for stay in stays.values()
        if "planned_start" in stay and "start" not in stay
    )
    compare("customer-days in the queue against waits in the log", queue, waits)


def test_littles_law_of_the_whole_system(folder, stays, compare):
    """Places taken at each day's end, counted from the log = places taken x time, over all days."""
    events = pl.read_parquet(folder / "events.parquet")
    last = events["date"].max()
    taken = inside = 0
    spent = 0
    for stay in stays.values():
        spent += (stay.get("end", last) - stay["offer"]).days
        taken += 1
    for replication in range(REPLICATIONS):
        own = [s for (r, _), s in stays.items() if r == replication]
        for day in pl.date_range(events["date"].min(), last, eager=True)[:-1]:
            here = sum(s["offer"] <= day < s.get("end", dt.date.max) for s in own)
            assert here <= 15
            inside += here
    compare("customer-days in the system against customers x mean stay", inside, spent)
    assert taken == len(stays)


def days_of(quarter):
    """Days of a quarter like 2026Q1."""
    first = dt.date(int(quarter[:4]), 3 * int(quarter[-1]) - 2, 1)
    return ((first + dt.timedelta(days=95)).replace(day=1) - first).days
