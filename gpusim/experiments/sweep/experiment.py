"""The declaration of `sweep`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run.declaration import Experiment, Figures, OwnFiles, OwnFolder
from gpusim.experiments.sweep import sweep_files
from gpusim.experiments.sweep.sweep import Means, Request, SweepResult, read, run
from gpusim.experiments.sweep.sweep_files import DESIGN, JOURNAL, PARTS
from gpusim.results.stored.opened import Opened


def asked(request: Request, progress: Progress | None = None) -> SweepResult:
    """A sweep into a new folder under runs/."""
    return run(request, Means(), progress)


def repeat(kept: Opened, out: Path, workers: int | None, progress: Progress | None) -> None:
    """Simulate again what the folder of a sweep was asked for.

    Raises:
        KeyboardInterrupt: interrupted.
    """
    if run(read(kept), Means(workers, out=out), progress).interrupted:
        raise KeyboardInterrupt


def differing(kept: Opened) -> list[str]:
    """Files of finished points that are not what the journal says."""
    entries, _ = sweep_files.journal_lines(kept)
    return [file for entry in entries for file in sweep_files.differing(kept.path, entry)]


EXPERIMENT: Final = Experiment(
    "sweep",
    "sweep",
    Request,
    asked,
    OwnFolder(
        repeat,
        OwnFiles(
            names=(DESIGN, JOURNAL, PARTS, "points.parquet", "results.parquet"),
            repeated_by=(DESIGN,),
            list_file=JOURNAL,
            differing=differing,
        ),
    ),
    (Figures("results", ("point", "metric"), numbered=("point", "design")),),
)
