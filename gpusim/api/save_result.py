"""Folders that questions write: what `out` means, and what an interrupted question says."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from gpusim.api.figures import BACKTEST
from gpusim.experiments.backtest.backtest import Backtest
from gpusim.experiments.run.declaration import Experiment, F, R
from gpusim.experiments.run.simulate import RunError
from gpusim.experiments.saved import answers
from gpusim.reports import report as pages
from gpusim.reports.printed import backtest_report
from gpusim.results.stored import folder
from gpusim.results.stored.opened import Opened, open_run

Where: TypeAlias = str | Path | None
"""A folder; None: a new one under runs/."""


def path_of(where: Where) -> Path | None:
    """The folder that is asked for."""
    return None if where is None else Path(where)


def saved(
    experiment: Experiment[R, F],
    found: Sequence[F],
    out: Where,
    began: float,
    stopped: bool,
    told: str,
) -> Opened:
    """Write the folder of an answer.

    found: by request; none: nothing is worth keeping; began: when the work did [s]; stopped: it was
    interrupted; told: how far it came.

    Raises:
        KeyboardInterrupt: it was interrupted.
        RunError: nothing was simulated.
    """
    seconds = time.perf_counter() - began
    path = None
    if found:
        command = (f"gpusim.{experiment.name}",)
        path = answers.save_answer(experiment, found, path_of(out), command, seconds)
    if stopped:
        raise KeyboardInterrupt(interrupted(told, path))
    if path is None:
        raise RunError("nothing could be simulated, so nothing was written")
    return open_run(str(path))


def interrupted(told: str, path: Path | None) -> str:
    """The last words of an interrupted question: how far it came, and what is kept."""
    return f"{told}; {'nothing was written' if path is None else f'kept in {path}'}"


def keep_backtest(found: Backtest, out: Path) -> Path:
    """Write a backtest's folder, its page and its pictures; returns the path of its JSON.

    Raises:
        FolderExistsError: the folder exists.
    """
    written = folder.write(out, None, {}, {BACKTEST: backtest_report.text(found)})
    kept = Opened(written / BACKTEST, {})
    pages.write(kept, written / pages.PAGE, written, None)
    return kept.path
