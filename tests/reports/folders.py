"""Run folders written once a module, small enough to be quick."""

from pathlib import Path

from gpusim.experiments.run import run as experiment
from gpusim.experiments.run.run import Request
from gpusim.results.stored.opened import Opened, open_run

REPS = 8


def written(
    parent: Path, model: str = "single-site", quarters: int = 8, reps: int = REPS
) -> Opened:
    out = parent / model
    sets = (f"model.quarters={quarters}",)
    experiment.run(Request(model, reps=reps, sets=sets, out=out, command=("gpusim", "run", model)))
    return open_run(str(out))
