"""Sweeps: the same bytes whoever does it and however often it is interrupted; failures are rows."""

import json
import math
import multiprocessing
import os
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from gpusim.economics.books import measures
from gpusim.engines import batch
from gpusim.experiments.common.design import make, parse_axis
from gpusim.experiments.run import points
from gpusim.experiments.run.points import Point
from gpusim.experiments.sweep import executors, sweep, sweep_files, sweep_point
from gpusim.experiments.sweep.sweep import Means, Request
from gpusim.experiments.sweep.sweep_point import Until, do
from gpusim.results.stored import folder
from gpusim.results.stored.folder import FolderExistsError
from gpusim.scenario import ScenarioError

SHORT = ("model.quarters=4",)
SINGLE = Point("single-site", sets=SHORT)
AXES = ("sites.*.tariff_usd_per_kwh*=0.8:1.2:3", "market.start_state=glut,scarce")
REPS = 6


def request_of(*axes, point=SINGLE, reps=REPS, **asked) -> Request:
    made = make("grid", [parse_axis(text) for text in axes or AXES])
    return Request(point, made, reps=reps, **asked)


def tables(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*.parquet")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """An uninterrupted sweep of six points on one thread."""
    out = tmp_path_factory.mktemp("sweep") / "whole"
    sweep.run(request_of(), Means(1, out=out))
    return out


def test_a_sweep_keeps_a_row_a_point_and_a_row_a_replication(whole):
    points_table = pl.read_parquet(whole / "points.parquet")
    assert points_table["market.start_state"].to_list() == ["glut", "scarce"] * 3
    assert points_table["sites.*.tariff_usd_per_kwh*"].to_list() == [0.8, 0.8, 1.0, 1.0, 1.2, 1.2]
    assert points_table["replications"].to_list() == [REPS] * 6
    outcomes = pl.read_parquet(whole / "parts/outcomes-*.parquet")
    assert outcomes.group_by("point").len()["len"].to_list() == [REPS] * 6
    results = pl.read_parquet(whole / "results.parquet")
    assert results["metric"].unique(maintain_order=True).to_list() == list(sweep.DEFAULT_METRICS)
    assert json.loads((whole / "manifest.json").read_text())["status"] == "finished"


def test_a_point_is_what_the_model_gives_with_its_settings(whole):
    sets = (*SHORT, "sites.*.tariff_usd_per_kwh*=1.2", "market.start_state=scarce")
    prepared = points.prepare(Point("single-site", sets=sets))
    panel = points.play(prepared, 1, range(REPS))
    expected = prepared.read(panel, [prepared.figure("equity_cash")])[0].figures
    row = pl.read_parquet(whole / "results.parquet").filter(point=5, metric="equity_cash")
    assert row["mean"].item() == pytest.approx(expected.mean())
    kept = pl.read_parquet(whole / "parts/outcomes-000005.parquet")["equity_cash"]
    assert np.array_equal(kept.to_numpy(), expected)


def test_all_points_share_their_luck(whole):
    """A tariff moves no shock, so paths differ by price alone: first shortfalls fall together."""
    first = pl.read_parquet(whole / "parts/outcomes-000000.parquet")
    last = pl.read_parquet(whole / "parts/outcomes-000004.parquet")
    assert first["revenue"].to_list() == last["revenue"].to_list()
    assert first["equity_cash"].to_list() != last["equity_cash"].to_list()


@pytest.mark.parametrize("workers", [2, 3])
def test_threads_change_no_byte(whole, tmp_path, workers, monkeypatch):
    monkeypatch.setattr(executors, "WORTH_THREADS", 0.0)
    sweep.run(request_of(), Means(workers, out=tmp_path / "run"))
    assert tables(tmp_path / "run") == tables(whole)


def test_blocks_change_no_byte(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_point, "BLOCK", 4)
    sweep.run(request_of(), Means(1, out=tmp_path / "run"))
    assert tables(tmp_path / "run") == tables(whole)


def damage_torn(path: Path) -> None:
    journal = path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-40])


def damage_lost(path: Path) -> None:
    (path / "parts/outcomes-000001.parquet").unlink()


def damage_short(path: Path) -> None:
    part = path / "parts/summary-000002.parquet"
    part.write_bytes(part.read_bytes()[:100])


def damage_hidden(path: Path) -> None:
    left = path / "parts/.outcomes-000003.parquet.0123456789abcdef.part"
    left.write_bytes(b"PAR1")
    os.utime(left, (1, 1))
    (path / "journal.jsonl").write_bytes(b"")


@pytest.mark.parametrize("damage", [damage_torn, damage_lost, damage_short, damage_hidden])
def test_what_a_kill_can_leave_is_mended_to_the_byte(whole, tmp_path, damage):
    run = tmp_path / "run"
    interrupted_after(3, run)
    damage(run)
    result = sweep.resume(run, Means(1))
    assert len(result.entries) == 6
    assert tables(run) == tables(whole)


def interrupted_after(finished: int, out: Path) -> sweep.SweepResult:
    """A sweep stopped by Ctrl-C after some points."""

    def told(done: int, of: int) -> None:
        if done == finished:
            raise KeyboardInterrupt

    return sweep.run(request_of(), Means(1, out=out), told)


def test_an_interruption_keeps_finished_points_and_resume_does_the_rest(whole, tmp_path):
    result = interrupted_after(2, tmp_path / "run")
    assert (result.interrupted, len(result.entries)) == (True, 2)
    assert not (tmp_path / "run/points.parquet").exists()
    told: list[tuple[int, int]] = []
    sweep.resume(tmp_path / "run", Means(1), lambda done, of: told.append((done, of)))
    assert told == [(n, 6) for n in range(2, 7)]
    assert tables(tmp_path / "run") == tables(whole)


def test_a_sweep_is_not_resumed_with_other_rules_or_by_two(tmp_path):
    run = tmp_path / "run"
    interrupted_after(1, run)
    with (
        sweep_files.locked(run),
        pytest.raises(ScenarioError, match="another process is at work on"),
    ):
        sweep.resume(run, Means(1))
    file = run / "manifest.json"
    other = json.loads(file.read_text()) | {"rules_hash": "other"}
    file.write_text(folder.manifest_text(other, other["files"]))
    with pytest.raises(ScenarioError, match="other rules than the sweep began with"):
        sweep.resume(run, Means(1))


def test_an_invalid_point_is_a_row_with_its_error(tmp_path):
    asked = request_of("sites.*.pue=1.2,0.5,1.3", reps=2)
    result = sweep.run(asked, Means(1, out=tmp_path / "run"))
    table = pl.read_parquet(tmp_path / "run/points.parquet")
    assert table["status"].to_list() == ["done", "failed", "done"]
    assert table["error_kind"].to_list() == [None, "scenario", None]
    assert "pue: found 0.5; expected at least 1" in table["error"][1]
    assert table["replications"].to_list() == [2, 0, 2]
    assert [entry["point"] for entry in result.failed] == [1]
    assert set(pl.read_parquet(tmp_path / "run/results.parquet")["point"]) == {0, 2}


def test_books_that_do_not_tie_fail_their_point_alone(tmp_path, monkeypatch):
    honest, calls = batch.Batch.play, []

    def forgetful(self, numbers):
        ends = honest(self, numbers)
        calls.append(len(ends))
        if len(calls) == 2:
            ends[0].stocks[measures.GPUS_RETIRED, 4] += 1
        return ends

    monkeypatch.setattr(batch.Batch, "play", forgetful)
    sweep.run(request_of("sites.*.pue=1.1,1.2,1.3", reps=2), Means(1, out=tmp_path / "run"))
    table = pl.read_parquet(tmp_path / "run/points.parquet")
    assert table["error_kind"].to_list() == [None, "run", None]
    assert "replication 0: the books do not tie" in table["error"][1]


def test_replications_go_on_until_the_interval_is_narrow_enough(tmp_path):
    until = Until("revenue", 0.25, relative=True)
    asked = request_of("sites.*.pue=1.1,1.2", reps=400, until=(until,), metrics=("revenue",))
    result = sweep.run(asked, Means(1, out=tmp_path / "run"))
    for entry in result.entries:
        row = entry["figures"][0]
        assert entry["enough"]
        assert (row["ci_high"] - row["ci_low"]) / 2 <= 0.25 * row["mean"]
        assert 50 <= entry["replications"] < 400
    assert len({entry["replications"] for entry in result.entries}) == 1


def test_an_interval_that_stays_too_wide_is_said(tmp_path):
    until = Until("cash", 1.0, relative=False)
    asked = request_of("sites.*.pue=1.1,1.2", reps=60, until=(until,))
    result = sweep.run(asked, Means(1, out=tmp_path / "run"))
    assert [(e["replications"], e["enough"]) for e in result.entries] == [(60, False)] * 2


def test_a_chance_has_an_interval_even_where_it_never_happened():
    row = sweep_point.statistics_of(np.zeros(10), is_chance=True)
    # Wilson, 1927: none in ten is up to z^2 / (n + z^2)
    assert row["ci_high"] == pytest.approx(1.96**2 / (10 + 1.96**2), abs=1e-4)
    assert sweep_point.statistics_of(np.full(3, math.nan), is_chance=False)["mean"] is None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"axes": ("sites.*.pu=1.1:1.2:2",)}, "nearest valid name"),
        ({"axes": ("sitez.alpha.pue=1.1:1.2:2",)}, "matches nothing"),
        ({"axes": ("gpus.GB300.name*=1.1:1.2:2",)}, "matches nothing"),
        ({"metrics": ("revenu",)}, "nearest valid name: revenue"),
        ({"metrics": ("revenue@2031Q1",)}, "the period '2031Q1'"),
        ({"until": (Until("revnue", 1.0, relative=False),)}, "nearest valid name: revenue"),
        ({"point": Point("single-site", sets=("sites.alpha.pue=0.2",))}, "pue"),
        ({"point": Point("single-sit")}, "nearest valid name: single-site"),
    ],
)
def test_wrong_input_is_refused_and_nothing_is_written(tmp_path, asked, message):
    axes = asked.pop("axes", AXES)
    with pytest.raises(ScenarioError, match=message):
        sweep.run(request_of(*axes, **asked), Means(1, out=tmp_path / "run"))
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_refused(tmp_path):
    with pytest.raises(FolderExistsError):
        sweep.run(request_of(), Means(1, out=tmp_path))


def test_two_sweeps_of_a_second_have_folders_of_their_own(tmp_path, monkeypatch):
    """A name by time and content is taken by the first; the second goes beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(folder, "default_name", lambda *of: "named")
    paths = [sweep.run(request_of(), Means(1)).path for _ in range(2)]
    assert [path.name for path in paths] == ["named", "named-2"]


def test_a_rehearsal_names_invalid_points_and_writes_nothing(tmp_path):
    told = sweep.rehearse(request_of("sites.*.pue=1.2,0.5"), Means(1, out=tmp_path / "run"))
    assert (told["points"], [row["point"] for row in told["invalid"]]) == (2, [1])
    assert list(tmp_path.iterdir()) == []


def task_of(request: Request) -> sweep_point.Task:
    based = sweep.check(request)
    return sweep_point.Task(
        based, request.design, 1, request.reps, (), request.metrics, request.engine
    )


def test_a_point_that_kills_its_worker_each_time_fails_alone(monkeypatch):
    honest = do
    deaths = []

    def in_pool(task, numbers, workers):
        for number in numbers:
            if number == 2:
                deaths.append(number)
                raise BrokenProcessPool
            yield honest(task, number)

    monkeypatch.setattr(executors, "_in_pool", in_pool)
    monkeypatch.setattr(executors, "SURELY_WORTH", 0)
    task = task_of(request_of(reps=2))
    parts = {p.entry["point"]: p.entry for p in executors.on_processes(task, range(6), 2)}
    assert {n: entry["error_kind"] for n, entry in parts.items()} == {
        n: "worker" if n == 2 else None for n in range(6)
    }
    assert len(deaths) == executors.TRIES + 1


def test_a_worker_killed_in_the_middle_changes_no_byte(tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "SURELY_WORTH", 0)
    asked = request_of("sites.*.pue=1.1:1.5:8", reps=2, engine="process")

    def killing(done: int, of: int) -> None:
        if done == 1:
            multiprocessing.active_children()[0].kill()

    sweep.run(asked, Means(2, out=tmp_path / "two"), killing)
    sweep.run(asked, Means(1, out=tmp_path / "one"))
    assert pl.read_parquet(tmp_path / "two/points.parquet")["status"].to_list() == ["done"] * 8
    assert tables(tmp_path / "two") == tables(tmp_path / "one")


def test_work_that_is_done_before_workers_have_started_is_done_here(monkeypatch):
    monkeypatch.setattr(executors, "_in_pool", lambda *_: pytest.fail("a worker was started"))
    task = task_of(request_of(reps=2, engine="process"))
    parts = list(executors.on_processes(task, range(6), 2))
    assert [part.entry["status"] for part in parts] == ["done"] * 6


def test_points_that_all_fail_start_no_worker(monkeypatch):
    monkeypatch.setattr(executors, "_in_pool", lambda *_: pytest.fail("a worker was started"))
    task = task_of(request_of("sites.*.pue=0.5,0.6", reps=2, engine="process"))
    parts = list(executors.on_processes(task, range(2), 2))
    assert [part.entry["error_kind"] for part in parts] == ["scenario"] * 2


@pytest.mark.parametrize(
    ("played", "seconds", "left", "worth"),
    [(0.9, 1.0, 10, True), (0.01, 1.0, 10, False), (0.9, 0.01, 10, False)],
)
def test_threads_share_points_where_replications_take_most_of_enough_time(
    played, seconds, left, worth
):
    part = sweep_point.Part({}, {}, played, seconds)
    assert executors.worth_threads(part, left) is worth


def test_more_points_leave_the_first_ones_alone(whole, tmp_path):
    asked = request_of("sites.*.tariff_usd_per_kwh*=0.8,1.0,1.2,1.4", AXES[1])
    sweep.run(asked, Means(1, out=tmp_path / "run"))
    for name, data in tables(whole).items():
        if name.startswith("parts/"):
            assert (tmp_path / "run" / name).read_bytes() == data
