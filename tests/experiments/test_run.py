"""What a run refuses, and what decides its name."""

import datetime as dt
from pathlib import Path

import pytest

from gpusim.economics.books import measures
from gpusim.engines import batch, process
from gpusim.experiments.run import run as experiment
from gpusim.experiments.run import simulate
from gpusim.experiments.run.run import Request
from gpusim.experiments.run.simulate import RunError
from gpusim.results.stored.folder import FolderExistsError
from gpusim.scenario import load

SHORT = ("model.quarters=2",)


def request_to(out: Path, reps: int = 2, engine: str = "batch") -> Request:
    return Request("single-site", reps=reps, sets=SHORT, out=out, engine=engine)


@pytest.fixture(params=["batch", "process"])
def engine(request):
    """What plays the replications, and where a test can put something else in its place."""
    place = {"batch": (batch.Batch, "play"), "process": (process, "run")}[request.param]
    return request.param, place


def test_books_that_do_not_tie_fail_the_run(engine, tmp_path, monkeypatch):
    name, (owner, method) = engine
    honest = getattr(owner, method)

    def forgetful(*arguments, **options):
        ends = honest(*arguments, **options)
        first = ends[0] if isinstance(ends, list) else ends
        first.stocks[measures.GPUS_RETIRED, 4] += 1
        return ends

    monkeypatch.setattr(owner, method, forgetful)
    expected = "replication 0: the books do not tie in 2026-10: GPUs in service is off by 1"
    with pytest.raises(RunError, match=expected):
        experiment.run(request_to(tmp_path / "run", engine=name))
    assert list(tmp_path.iterdir()) == []


def test_a_rule_that_fails_fails_the_run(engine, tmp_path, monkeypatch):
    def broken(*arguments, **options):
        raise ZeroDivisionError("no rent")

    name, place = engine
    monkeypatch.setattr(*place, broken)
    with pytest.raises(RunError, match="replication 0: ZeroDivisionError: no rent"):
        experiment.run(request_to(tmp_path / "run", engine=name))
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_before_two_are_finished_leaves_nothing(engine, tmp_path, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    name, place = engine
    monkeypatch.setattr(*place, interrupted)
    result = experiment.run(request_to(tmp_path / "run", engine=name))
    assert (result.interrupted, result.finished, result.path) == (True, 0, None)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_refused_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(batch.Batch, "play", None)
    with pytest.raises(FolderExistsError):
        experiment.run(request_to(tmp_path))


def test_progress_goes_from_none_to_all(tmp_path):
    told: list[tuple[int, int]] = []
    experiment.run(request_to(tmp_path / "run", reps=5), lambda n, of: told.append((n, of)))
    assert told[0] == (0, 5)
    assert told[-1] == (5, 5)
    assert told == sorted(set(told))


def test_the_name_of_a_run_follows_what_decides_its_figures():
    scenario = load("single-site", sets=SHORT)
    names = {
        experiment.content_hash(Request("single-site", seed=seed, reps=reps), scenario)
        for seed in (1, 2)
        for reps in (1, 2)
    }
    same = experiment.content_hash(Request("x", seed=1, reps=1, workers=7), scenario)
    assert len(names) == 4
    assert same in names


def test_workers_are_started_for_long_work_only():
    assert simulate.enough_workers(0.5) == 1
    assert simulate.enough_workers(600.0) >= 1


def test_columns_of_a_run_start_after_the_as_of_day(tmp_path):
    result = experiment.run(request_to(tmp_path / "run", reps=1))
    assert result.scenario.model.as_of == dt.date(2026, 6, 30)
    assert result.calendar.names == ("2026Q3", "2026Q4")
