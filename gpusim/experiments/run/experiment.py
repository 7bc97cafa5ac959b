"""The declaration of `run`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run.declaration import Experiment, Figures, OwnFiles, OwnFolder
from gpusim.experiments.run.run import Request, run
from gpusim.results.drawn.sets import FIXED
from gpusim.results.stored import opened
from gpusim.results.stored.opened import Opened


def repeat(kept: Opened, out: Path, workers: int | None, progress: Progress | None) -> None:
    """Simulate again what a run folder was asked for.

    Raises:
        NotARunError: its manifest lacks what it is repeated by.
        KeyboardInterrupt: interrupted.
    """
    about = kept.manifest
    opened.refuse_incomplete(kept)
    events = kept.table("events")["replication"].n_unique() if kept.has("events") else 0
    request = Request(
        about["model_argument"],
        about["replications_asked"],
        about["seed"],
        tuple(about["shocks"]),
        about["strategy"],
        tuple(about["sets"]),
        workers,
        out,
        kept.has("statements_monthly"),
        events,
        about["engine"],
        kept.has("units"),
        metrics=tuple(about.get("metrics", ())),
        capital=about.get("capital"),
        inputs=about.get("inputs", FIXED),
    )
    if run(request, progress).interrupted:
        raise KeyboardInterrupt


EXPERIMENT: Final = Experiment(
    "run",
    "run",
    Request,
    run,
    OwnFolder(repeat, OwnFiles(names=("metrics.json",))),
    (Figures("summary", ("metric", "period")),),
)
