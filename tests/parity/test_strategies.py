"""A user's strategy in plain Python: the same State in both engines; one message where it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gpusim.economics.decisions.demand import DECLINED, SIGNED_OFFER
from gpusim.engines import batch, process
from gpusim.engines.deciding import asked
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.strategies import StrategyError, load_strategy
from gpusim.world import draw

ROOT = Path(__file__).parents[2]
MODEL = "spot-heavy"
MINE = """
from gpusim.strategies import Decision

class Picky:
    def decide(self, view):
        small = view.gpus * view.term_days < 20_000
        return Decision(sign=small, markup=1.05 if view.gpus > 60 else None)

class Failing:
    def decide(self, view):
        return Decision(sign=view.gpus / 0 > 1)

class Silent:
    def decide(self, view):
        pass

class Lost:
    def decide(self, view):
        return Decision(sign=True, markup=float("nan"))

class Leaving:
    def decide(self, view):
        raise SystemExit(0)
"""
FAILURES = {
    "Failing": "ZeroDivisionError: division by zero (mine.py:11)",
    "Silent": "the strategy returned None on the offer of",
    "Lost": "the strategy returned the markup nan on the offer of",
    "Leaving": "SystemExit: 0 (mine.py:23)",
}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return path


def test_a_python_strategy_ends_the_same_in_both_engines(mine):
    book = lower(load(MODEL, sets=("model.quarters=6",)))
    world = draw(book.spec, 5, 0)
    strategy = load_strategy(f"{mine}:Picky")
    ends = [
        engine.run(book.state, world, strategy=strategy, names=book.names)
        for engine in (process, batch)
    ]
    assert [c.tobytes() for c in ends[0]] == [c.tobytes() for c in ends[1]]
    said = set(ends[0].offers[: len(world.offers)].tolist())
    assert {int(SIGNED_OFFER), int(DECLINED)} <= said
    without = batch.run(book.state, world)
    assert without.offers.tobytes() != ends[0].offers.tobytes()


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("engine", [process, batch])
def test_a_failing_strategy_says_where(mine, name, engine):
    book = lower(load(MODEL, sets=("model.quarters=2",)))
    strategy = load_strategy(f"{mine}:{name}")
    with pytest.raises(StrategyError) as caught:
        engine.run(book.state, draw(book.spec, 5, 0), strategy=strategy, names=book.names)
    assert FAILURES[name] in str(caught.value)


@pytest.mark.parametrize("answer", ["yes", 1, object()])
def test_what_is_no_decision_is_refused(answer):
    class Odd:
        def decide(self, view):
            return answer

    class Day:
        day = 20_000

    with pytest.raises(StrategyError, match="expected Decision"):
        asked(Odd(), Day())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Failing", ("--engine", "batch", "-j", "2")),
        ("Failing", ("--engine", "process", "-j", "2")),
        ("Silent", ("--engine", "batch", "-j", "1")),
        ("Leaving", ("--engine", "batch", "-j", "2", "--events", "1")),
    ],
)
def test_a_failing_strategy_ends_a_run_in_one_message(mine, name, options):
    told = run_with(mine, name, *options)
    assert told.returncode == 1
    assert told.stdout == ""
    lines = [line for line in told.stderr.splitlines() if not line.startswith("compiling")]
    assert lines[1:] == ["nothing was written"], told.stderr
    assert lines[0].startswith("the run failed: replication 0: the strategy ")
    assert FAILURES[name] in lines[0]
    assert [path.name for path in mine.parent.iterdir()] == ["mine.py"]


LATE = """
import os
from gpusim.strategies import Decision

class OnAWorker:
    def decide(self, view):
        if os.getpid() != {parent} and os.getppid() != {parent}:
            raise ValueError("only here")
        return Decision(sign=False)
"""


def test_a_strategy_that_fails_on_a_worker_ends_a_run_in_one_message(mine):
    mine.write_text(LATE.format(parent=os.getpid()))
    told = run_with(mine, "OnAWorker", "-j", "2", reps=20)
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "ValueError: only here (mine.py:8)" in told.stderr.splitlines()[-2]
    assert told.stderr.splitlines()[-1] == "nothing was written"
    assert [path.name for path in mine.parent.iterdir()] == ["mine.py"]


def run_with(mine: Path, name: str, *options: str, reps: int = 3):
    own = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    short = ("--set", "model.quarters=2", "--reps", str(reps), "--out", "run")
    command = ("run", MODEL, *short, "--strategy", f"mine.py:{name}", *options)
    return subprocess.run(
        [sys.executable, "-m", "gpusim.cli", *command],
        cwd=mine.parent,
        env=os.environ | own,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
