"""An answer's folder, written when the work is done."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpusim.experiments.run.declaration import Experiment, F, R


def kept(
    experiment: Experiment[R, F], found: Sequence[F], out: Path | None, began: float
) -> Path | None:
    """Write the folder of an answer; None where there is nothing to keep.

    found: what each request found; began: when the work did [s].
    """
    from gpusim.experiments.run.run import command_line
    from gpusim.experiments.saved import answers

    seconds = time.perf_counter() - began
    return answers.keep(experiment, found, out, command_line(sys.argv[1:]), seconds)


def kept_in(path: Path | None, out: Path | None) -> str:
    """The last words of an interrupted command: what is kept, where, and how it begins anew.

    path: the folder that was written, if one was; out: the one that was asked for.
    """
    from gpusim.results.folder import near

    if path is None:
        return "nothing was written; the same command begins anew"
    other = " with another --out" if out is not None else ""
    return f"kept in {near(path)}; the same command{other} begins anew"
