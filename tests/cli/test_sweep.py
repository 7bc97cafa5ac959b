"""`gpusim sweep` and `gpusim runs` as real processes: killed, resumed, verified, on a cluster."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).parents[2]
AXES = (
    "--vary",
    "sites.*.tariff_usd_per_kwh*=0.8:1.2:5",
    "--vary",
    "market.start_state=glut,balanced,scarce",
)
ASKED = ("single-site", *AXES, "--reps", "150", "--set", "model.quarters=6")
POINTS = 15
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


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


def gpusim(*arguments: str, cwd: Path, code: int = 0) -> tuple[str, str]:
    with start(*arguments, cwd=cwd) as process:
        out, err = process.communicate(timeout=300)
    assert process.returncode == code, err
    return out, err


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
    out, _ = gpusim("sweep", *ASKED, "-j", "1", "--out", "runs/whole", cwd=cwd)
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
    gpusim("sweep", "--resume", path.name, "-j", "2", cwd=folder)
    assert tables(path) == tables(folder / "runs/whole")


def test_an_interrupted_sweep_says_how_to_go_on(folder):
    path = folder / "interrupted"
    with start("sweep", *ASKED, "--out", path.name, cwd=folder) as process:
        stop_after(2, process, path, signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert re.search(r"interrupted: \d+ of 15 points finished", err)
    command = err.split("go on with: gpusim ")[1].split()
    gpusim(*command, cwd=folder)
    assert tables(path) == tables(folder / "runs/whole")


def test_json_is_all_that_stands_on_stdout(tmp_path):
    asked = ("--vary", "sites.*.pue=1.2,0.5", "--reps", "2", "--set", "model.quarters=2")
    out, _ = gpusim("sweep", "single-site", *asked, "--json", "--metric", "cash", cwd=tmp_path)
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
        ((*ASKED, "--cluster", "tcp://127.0.0.1:9"), "no scheduler that answers"),
    ],
)
def test_wrong_input_ends_with_two_and_nothing_written(tmp_path, arguments, message):
    _, err = gpusim("sweep", *arguments, cwd=tmp_path, code=2)
    assert message in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_runs_are_listed_shown_compared_verified_and_removed(folder):
    run = ("run", "single-site", "--set", "model.quarters=4", "--reps", "4")
    gpusim(*run, "--out", "runs/one", "--monthly", "--units", "--events", "1", cwd=folder)
    gpusim(*run, "--set", "sites.*.pue=1.5", "--out", "runs/two", cwd=folder)
    listed, _ = gpusim("runs", "list", "--json", cwd=folder)
    kinds = {row["name"]: (row["kind"], row["status"]) for row in json.loads(listed)}
    assert kinds == {
        "one": ("run", "finished"),
        "two": ("run", "finished"),
        "whole": ("sweep", "finished"),
    }
    shown, _ = gpusim("runs", "show", "@last", "--json", cwd=folder)
    assert json.loads(shown)["run"] == "runs/two"
    differ, _ = gpusim("runs", "diff", "on", "tw", "--json", cwd=folder)
    told = json.loads(differ)
    assert "sites.alpha.pue" in {change["key"] for change in told["scenario"]}
    assert any(figure["metric"] == "cost_of_revenue" for figure in told["figures"])
    for name in ("one", "whole"):
        out, _ = gpusim("runs", "verify", name, cwd=folder)
        assert re.search(r"(\d+) of \1 files have the same bytes", out)
    assert [p.name for p in (folder / "runs").iterdir() if p.name.startswith(".")] == []
    gpusim("runs", "rm", "two", cwd=folder, code=1)
    assert (folder / "runs/two").is_dir()
    gpusim("runs", "rm", "two", "--yes", cwd=folder)
    assert not (folder / "runs/two").exists()


def test_verify_finds_a_changed_byte(tmp_path):
    asked = ("run", "single-site", "--set", "model.quarters=2", "--reps", "2")
    gpusim(*asked, "--out", "runs/one", cwd=tmp_path)
    file = tmp_path / "runs/one/outcomes.parquet"
    table = pl.read_parquet(file).with_columns(pl.col("cash_ending") + 1)
    table.write_parquet(file)
    out, _ = gpusim("runs", "verify", "one", cwd=tmp_path, code=1)
    assert "outcomes.parquet: changed since it was written" in out
    assert "statements.parquet" not in out


def test_an_unknown_run_is_told_with_the_nearest(folder):
    _, err = gpusim("runs", "show", "whale", cwd=folder, code=2)
    assert "nearest valid name: whole" in err


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two worker processes: its address and the workers."""
    file = tmp_path / "scheduler.json"
    common = {"env": ENVIRONMENT | {"POLARS_MAX_THREADS": "1"}, "stderr": subprocess.DEVNULL}
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    options += ["--scheduler-file", str(file)]
    scheduler = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", *options], **common
    )
    end = time.monotonic() + 120
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.1)
    address = json.loads(file.read_text())["address"]
    options = ["--no-nanny", "--no-dashboard", "--nthreads", "1", "--host", "127.0.0.1"]
    options += ["--local-directory", str(tmp_path)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_worker", address, *options], **common
        )
        for _ in range(2)
    ]
    wait = f"from distributed import Client; Client({address!r}).wait_for_workers(2, 120)"
    subprocess.run([sys.executable, "-c", wait], check=True, timeout=180)
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(folder, cluster):
    address, workers = cluster
    path = folder / "cluster"
    options = ("--cluster", address, "--out", path.name)
    with start("sweep", *ASKED, *options, cwd=folder) as process:
        end = time.monotonic() + 240
        while journal(path) < 3 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        workers[0].kill()
        _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert tables(path) == tables(folder / "runs/whole")
