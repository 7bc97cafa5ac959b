"""`gpusim sweep` and `gpusim runs`: processes that are killed, resumed, verified, on a cluster."""

import json
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from tests.cases import reading
from tests.cli.starting import ENVIRONMENT
from tests.processes import ended

AXES = (
    "--vary",
    "sites.*.tariff_usd_per_kwh*=0.8:1.2:5",
    "--vary",
    "market.start_state=glut,balanced,scarce",
)
SHORT = ("--set", "model.quarters=6")
ASKED = ("single-site", *AXES, "--reps", "150", *SHORT)
POINTS = 15


def start(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gpusim.cli", *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def started(*arguments: str, cwd: Path, code: int = 0) -> tuple[str, str]:
    """What a process of its own prints that ends with a code."""
    with start(*arguments, cwd=cwd) as process:
        out, err = process.communicate(timeout=300)
    assert process.returncode == code, err
    return out, err


def gpusim(*arguments: str, cwd: Path, code: int = 0) -> tuple[str, str]:
    """The same in the process of the tests."""
    done = reading.gpusim(*arguments, cwd=cwd)
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def tables(path: Path) -> dict[str, bytes]:
    files = [file for file in path.rglob("*.parquet") if not file.name.startswith(".")]
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


def journal(path: Path) -> int:
    file = path / "journal.jsonl"
    return file.read_bytes().count(b"\n") if file.exists() else 0


def stop_after(points: int, process: subprocess.Popen[str], path: Path, how: int) -> None:
    """Send a signal once some points are finished."""
    end = time.monotonic() + 240
    while journal(path) < points and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(how)
    process.wait(60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished sweep, runs/whole."""
    cwd = tmp_path_factory.mktemp("sweeps")
    out, _ = started("sweep", *ASKED, "-j", "1", "--out", "runs/whole", cwd=cwd)
    assert "15 points (grid), 2,250 replications, seed 1" in out
    return cwd


@pytest.mark.parametrize("points", [1, 6])
def test_a_killed_sweep_resumes_to_the_same_bytes(folder, points):
    path = folder / f"killed-{points}"
    with start("sweep", *ASKED, "--out", path.name, cwd=folder) as process:
        stop_after(points, process, path, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert points <= journal(path) < POINTS
    assert not (path / "results.parquet").exists()
    started("sweep", "--resume", path.name, "-j", "2", cwd=folder)
    assert tables(path) == tables(folder / "runs/whole")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sweep_says_how_to_go_on(folder, how):
    path = folder / f"ended by {how.name}"
    with start("sweep", *ASKED, "--out", path.name, cwd=folder) as process:
        stop_after(2, process, path, how)
        _, err = process.communicate()
    assert process.returncode == 130, err
    assert re.search(r"interrupted: \d+ of 15 points finished", err)
    command = err.split("go on with: gpusim ")[1]
    started(*shlex.split(command), cwd=folder)
    assert tables(path) == tables(folder / "runs/whole")


def test_the_way_on_names_the_python_strategy_that_may_run(folder):
    (folder / "mine.py").write_text(
        "from gpusim.strategies import Decision\nclass Careful:\n"
        "    def decide(self, view):\n        return Decision(sign=False)\n"
    )
    path = folder / "careful"
    own = ("--strategy", "mine.py:Careful", "-j", "1")
    asked = ("single-site", *AXES, *SHORT, "--reps", "20")
    with start("sweep", *asked, *own, "--out", path.name, cwd=folder) as process:
        stop_after(1, process, path, signal.SIGINT)
        _, err = process.communicate()
    command = err.strip().split("go on with: gpusim ")[1]
    assert command == "sweep --resume careful -j 1 --strategy mine.py:Careful"
    gpusim(*shlex.split(command), cwd=folder)
    assert journal(path) == POINTS


def test_json_is_all_that_stands_on_stdout(tmp_path):
    asked = ("--vary", "sites.*.pue=1.2,0.5", "--reps", "2", "--set", "model.quarters=2")
    words = ("sweep", "single-site", *asked, "--json", "--metric", "cash")
    out, _ = gpusim(*words, cwd=tmp_path, code=3)
    points = json.loads(out)["points"]
    assert [point["status"] for point in points] == ["done", "failed"]
    assert points[0]["values"] == {"sites.*.pue": 1.2}
    assert [row["metric"] for row in points[0]["figures"]] == ["cash"]


def test_a_dry_run_writes_nothing(tmp_path):
    out, _ = gpusim("sweep", *ASKED, "--dry-run", cwd=tmp_path)
    assert "15 points (grid), 150 replications each, seed 1" in out
    assert "nothing was written" in out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("single-site", "--vary", "sites.*.pu=1:2:2"), "nearest valid name"),
        (("single-site", "--vary", "sites.*.pue=2:1:2"), "an empty range"),
        (("single-site", "--vary", "sites.*.pue=1:2:0"), "at least 1"),
        (("single-site", "--vary", "market.start_state=glut,scarse"), "scarce"),
        (("single-site",), "nothing to vary"),
        ((), "expected a MODEL, or --resume RUN"),
        (("--resume", "none"), "no run"),
        (("--resume", "none", "--reps", "4"), "--resume takes no other input"),
        ((*ASKED, "--until", "revenue"), "--until revenue"),
        ((*ASKED, "--until", "revenue:-1"), "a half-width above 0"),
        ((*ASKED, "--design", "sobol"), "--points N"),
        ((*ASKED, "--list", "none.csv"), "mixed with another design"),
    ],
)
def test_wrong_input_ends_with_two_and_nothing_written(tmp_path, arguments, message):
    _, err = gpusim("sweep", *arguments, cwd=tmp_path, code=2)
    assert message in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_that_is_not_there_ends_with_two_and_nothing_written(tmp_path):
    _, err = started("sweep", *ASKED, "--cluster", "tcp://127.0.0.1:9", cwd=tmp_path, code=2)
    assert "no scheduler that answers" in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_runs_are_listed_shown_compared_verified_and_removed(folder):
    run = ("run", "single-site", "--set", "model.quarters=4", "--reps", "4")
    gpusim(*run, "--out", "runs/one", "--monthly", "--units", "--events", "1", cwd=folder)
    gpusim(*run, "--set", "sites.*.pue=1.5", "--out", "runs/two", cwd=folder)
    listed, _ = started("runs", "list", "--json", cwd=folder)
    kinds = {row["name"]: (row["kind"], row["status"]) for row in json.loads(listed)}
    assert kinds == {
        "one": ("run", "finished"),
        "two": ("run", "finished"),
        "whole": ("sweep", "finished"),
    }
    shown, _ = started("runs", "show", "@last", "--json", cwd=folder)
    assert json.loads(shown)["run"] == "runs/two"
    differ, _ = started("runs", "diff", "on", "tw", "--json", cwd=folder)
    told = json.loads(differ)
    assert "sites.alpha.pue" in {change["key"] for change in told["scenario"]}
    assert any(figure["metric"] == "cost_of_revenue" for figure in told["figures"])
    for name, how in (("one", started), ("whole", gpusim)):
        out, _ = how("runs", "verify", name, cwd=folder)
        assert re.search(r"(\d+) of \1 files have the same bytes", out)
    assert [p.name for p in (folder / "runs").iterdir() if p.name.startswith(".")] == []
    gpusim("runs", "rm", "two", cwd=folder, code=130)  # asked, and nobody answers
    assert (folder / "runs/two").is_dir()
    started("runs", "rm", "two", "--yes", cwd=folder)
    assert not (folder / "runs/two").exists()


def test_verify_finds_a_changed_byte(tmp_path):
    asked = ("run", "single-site", "--set", "model.quarters=2", "--reps", "2")
    gpusim(*asked, "--out", "runs/one", cwd=tmp_path)
    file = tmp_path / "runs/one/outcomes.parquet"
    table = pl.read_parquet(file).with_columns(pl.col("cash_ending") + 1)
    table.write_parquet(file)
    out, _ = gpusim("runs", "verify", "one", cwd=tmp_path, code=3)
    assert "outcomes.parquet: changed since it was written" in out
    assert "statements.parquet" not in out


def test_an_unknown_run_is_told_with_the_nearest(folder):
    _, err = gpusim("runs", "show", "whale", cwd=folder, code=2)
    assert "nearest valid name: whole" in err


class Cluster(NamedTuple):
    """An address, and the processes behind it."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


def cluster_process(what: str, log: Path, *options: str) -> subprocess.Popen[bytes]:
    """A process of a cluster, of this machine alone; what it says goes to a file."""
    options = ("--host", "127.0.0.1", "--no-dashboard", *options)
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{what}", *options],
            env=ENVIRONMENT | {"POLARS_MAX_THREADS": "1"},
            stderr=file,
        )


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for at most two minutes."""
    end = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers."""
    file = tmp_path / "scheduler.json"
    options = ("--port", "0", "--scheduler-file", str(file))
    scheduler = cluster_process("scheduler", tmp_path / "scheduler.log", *options)
    with ended(scheduler):
        wait_until(lambda: file.exists() and file.read_text().endswith("\n}"))
        yield Cluster(json.loads(file.read_text())["address"], scheduler, [])


@contextmanager
def with_workers(lonely: Cluster, logs: list[Path]) -> Iterator[Cluster]:
    """A scheduler and a worker process for each log."""
    options = ("--no-nanny", "--nthreads", "1", "--local-directory", str(logs[0].parent))
    workers = [cluster_process("worker", log, lonely.address, *options) for log in logs]
    with ended(*workers):
        wait_until(lambda: all("Registered to" in log.read_text() for log in logs))
        yield lonely._replace(workers=workers)


@pytest.fixture
def single(lonely: Cluster, tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and one worker process."""
    with with_workers(lonely, [tmp_path / "worker.log"]) as cluster:
        yield cluster


@pytest.fixture
def cluster(lonely: Cluster, tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two worker processes."""
    with with_workers(lonely, [tmp_path / f"worker-{n}.log" for n in range(2)]) as cluster:
        yield cluster


class Ended(NamedTuple):
    """How a command ended, and what it said on stderr."""

    code: int
    said: str


IMPATIENT = """
from gpusim.cli import main
from gpusim.experiments.sweep import executors
executors.PATIENCE_SECONDS = 15
main()
"""
MANY = ("single-site", "--vary", "sites.*.tariff_usd_per_kwh*=0.8:1.2:60", "--reps", "40", *SHORT)


def sweep_on(
    cluster: Cluster, path: Path, ending: list[subprocess.Popen[bytes]], how: int, *asked: str
) -> Ended:
    """Sweep on a cluster, some of whose processes get a signal once three points are finished."""
    program = [sys.executable, "-c", IMPATIENT, "sweep", *asked, "--cluster", cluster.address]
    process = subprocess.Popen(
        [*program, "--out", path.name],
        cwd=path.parent,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process, ended(process):
        end = time.monotonic() + 240
        while journal(path) < 3 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        for one in ending:
            one.send_signal(how)
        _, said = process.communicate(timeout=300)
    return Ended(process.returncode, said)


def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(folder, cluster):
    path = folder / "cluster"
    code, said = sweep_on(cluster, path, cluster.workers[:1], signal.SIGKILL, *ASKED)
    assert code == 0, said
    assert tables(path) == tables(folder / "runs/whole")


@pytest.fixture(scope="module")
def many(folder: Path) -> Path:
    """A finished sweep of many points."""
    gpusim("sweep", *MANY, "-j", "1", "--out", "runs/many", cwd=folder)
    return folder / "runs/many"


@pytest.mark.parametrize(
    ("who", "how", "cause"),
    [
        ("scheduler", signal.SIGKILL, "the scheduler at {} does not answer any more"),
        ("scheduler", signal.SIGTERM, "the scheduler at {} does not answer any more"),
        ("scheduler", signal.SIGSTOP, "the scheduler at {} does not answer any more"),
        ("workers", signal.SIGKILL, "the cluster at {} has lost its workers, and no other came"),
    ],
)
def test_a_cluster_that_dies_is_said_in_a_line_and_what_is_finished_is_kept(
    folder, many, request, who, how, cause
):
    path = folder / f"dead-{who}-{how.name}"
    cluster = request.getfixturevalue("cluster" if who == "workers" else "single")
    victims = cluster.workers if who == "workers" else [cluster.scheduler]
    code, said = sweep_on(cluster, path, victims, how, *MANY)
    command = f"sweep --resume {path.name}"
    assert said.splitlines() == [
        f"the run failed: {cause.format(cluster.address)}",
        f"what is finished is kept in {path.name}; once the cluster works again add "
        f"--cluster {cluster.address}; here go on with: gpusim {command}",
    ]
    assert code == 1
    finished = tables(path)
    assert 3 <= journal(path) < 60
    gpusim(*command.split(), "-j", "1", cwd=folder)
    assert tables(path) == tables(many)
    assert finished.items() <= tables(many).items(), "nothing is done twice"


def test_the_way_on_names_the_cluster(folder, many, single):
    path = folder / "on a cluster"
    asked = (*MANY, "--cluster", single.address)
    with start("sweep", *asked, "--out", path.name, cwd=folder) as process:
        stop_after(3, process, path, signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130, err
    command = err.strip().split("go on with: gpusim ")[1]
    assert command == f"sweep --resume 'on a cluster' --cluster {single.address}"
    started(*shlex.split(command), cwd=folder)
    assert tables(path) == tables(many)


def test_a_cluster_without_workers_is_said_in_a_line(folder, lonely):
    asked = ("single-site", *AXES, "--reps", "2", "--cluster", lonely.address)
    _, said = started("sweep", *asked, "--out", "lonely", cwd=folder, code=1)
    lines = said.splitlines()
    assert lines[0] == f"the run failed: the cluster at {lonely.address} has no workers"
    assert len(lines) <= 2
