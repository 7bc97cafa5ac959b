"""An answer: asked, written into a folder when the work is done, printed."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gpusim.cli.errors import FAILED, INTERRUPTED, say
from gpusim.cli.options import WIDE, console
from gpusim.cli.progress import progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpusim.experiments.run.declaration import Experiment, F, R


def save_result(
    experiment: Experiment[R, F], found: Sequence[F], out: Path | None, began: float
) -> Path | None:
    """Write the folder of an answer; None where there is nothing to keep.

    found: what each request found; began: when the work did [s].
    """
    from gpusim.experiments.run.run import command_line
    from gpusim.experiments.saved import answers

    seconds = time.perf_counter() - began
    return answers.save_answer(experiment, found, out, command_line(sys.argv[1:]), seconds)


def answered(
    experiment: Experiment[R, F],
    request: R,
    out: Path | None,
    *,
    points: str = "points",
    as_json: bool,
    quiet: bool,
) -> None:
    """What a command does once its request is made: ask, keep, print, end.

    points: what the progress counts. For an experiment whose page has all the words.
    """
    from gpusim.experiments.saved import answers
    from gpusim.reports import answer_report
    from gpusim.results.stored import folder
    from gpusim.results.stored.opened import open_run

    folder.refuse_target(out)
    began = time.perf_counter()
    with progress_bar(points, quiet=quiet) as progress:
        found = experiment.run(request, progress)
    path = save_result(experiment, [found], out, began)
    if path is not None:
        run = open_run(str(path))
        if as_json:
            print(answer_report.text(run))
        else:
            answer_report.show(run, console(WIDE))
            tell_folder(path)
    if any(one.interrupted for one in answers.manifest_entries(experiment, [found])):
        say(f"interrupted; {kept_in(path, out)}")
        raise typer.Exit(INTERRUPTED)
    if path is None:
        say("nothing could be simulated, so nothing was written")
        raise typer.Exit(FAILED)


def tell_folder(path: Path | None) -> None:
    """Say where the folder of an answer is, if there is one."""
    from gpusim.results.stored.folder import near

    if path is not None:
        print(f"written to {near(path)}")


def kept_in(path: Path | None, out: Path | None) -> str:
    """The last words of an interrupted command: what is kept, where, and how it begins anew.

    path: the folder that was written, if one was; out: the one that was asked for.
    """
    from gpusim.results.stored.folder import near

    if path is None:
        return "nothing was written; the same command begins anew"
    other = " with another --out" if out is not None else ""
    return f"kept in {near(path)}; the same command{other} begins anew"
