"""A folder by name, as the class of its kind."""

from __future__ import annotations

from pathlib import Path

from gpusim.api.answers import Comparison, Sensitivity, Solution, Sweep
from gpusim.api.figures import Backtest
from gpusim.api.result import Result
from gpusim.api.runs import Run
from gpusim.experiments.saved import registry
from gpusim.results.stored import opened
from gpusim.results.stored.opened import NotARunError

KINDS: dict[str, type[Result]] = {
    own.kind: own for own in (Run, Sweep, Comparison, Sensitivity, Solution)
}
"""Kinds with methods of their own; another experiment's folder is a `Result`."""


def open_run(name: str | Path, *, runs: str | Path = "runs") -> Run | Result | Backtest:
    """Finished work by its folder, by its name under `runs`, the start of it, or @last.

    A file backtest.json opens as a `Backtest`; a folder as `Run`, `Sweep`, `Comparison`,
    `Sensitivity` or `Solution`, that of another experiment as `Result`.

    Raises:
        NotARunError: nothing, or more than one folder, goes by that name, or it is not what was
            written.

    >>> import gpusim
    >>> made = gpusim.run("single-site", reps=2, sets="model.quarters=4", out="runs/kept")
    >>> type(gpusim.open_run("kept")).__name__, type(gpusim.open_run("@last")).__name__
    ('Run', 'Run')
    """
    found = opened.open_run(str(name), Path(runs))
    if found.path.is_file():
        return Backtest.read(found.path)
    kind = found.manifest.get("kind", opened.RUN)
    if kind not in registry.names():
        raise NotARunError(f"{found.path} is the folder of a {kind}, which has no class")
    return KINDS.get(kind, Result)(found)
