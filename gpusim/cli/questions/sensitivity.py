"""`gpusim sensitivity`."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from gpusim.cli.errors import INTERRUPTED, guarded, say
from gpusim.cli.options import (
    SCREEN_WIDTH,
    AsJson,
    Capital,
    Model,
    Out,
    Quiet,
    Seed,
    Sets,
    Shocks,
    Strategy,
    Traceback,
    Workers,
    console,
)
from gpusim.cli.progress import progress_bar
from gpusim.cli.save_result import kept_in, save_result, tell_folder

if TYPE_CHECKING:
    from gpusim.experiments.sensitivity.sensitivity import Request


class Method(StrEnum):
    """How inputs are varied."""

    TORNADO = "tornado"
    MORRIS = "morris"
    SOBOL = "sobol"
    DISCOVER = "discover"


Vary: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH=LO:HI",
        help="An input; repeatable; also *= and +=. A PATH alone: its assumptions. "
        "Default: all assumptions.",
    ),
]
How: TypeAlias = Annotated[
    Method, typer.Option(help="One by one, screening, shares of variance, or a region.")
]
Moved: TypeAlias = Annotated[str, typer.Option(metavar="METRIC[@PERIOD]", help="What should move.")]
When: TypeAlias = Annotated[
    str, typer.Option(metavar="CONDITION", help="The event of --method discover.")
]
Reps: TypeAlias = Annotated[
    int | None,
    typer.Option(help="Replications a point, from 2.", show_default="40 for tornado, else 20"),
]
Rows: TypeAlias = Annotated[
    int | None,
    typer.Option(
        help="From 2: walks of morris, rows of sobol, points of discover.",
        show_default="10, 64, 400",
    ),
]
Top: TypeAlias = Annotated[
    int, typer.Option(min=1, max=50, help="Without --vary: inputs of sobol and discover.")
]


def sensitivity(
    model: Model,
    vary: Vary = None,
    method: How = Method.TORNADO,
    metric: Moved = "equity",
    when: When = "defaulted>=1",
    reps: Reps = None,
    rows: Rows = None,
    top: Top = 6,
    strategy: Strategy = None,
    capital: Capital = None,
    shock: Shocks = None,
    sets: Sets = None,
    seed: Seed = 1,
    out: Out = None,
    as_json: AsJson = False,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """Which inputs move a metric, by how much of it noise; and where something happens."""
    with guarded(show_traceback=show_traceback):
        from gpusim.api.asked.arguments import point
        from gpusim.api.asked.sensitivity import request
        from gpusim.results.stored import folder

        folder.refuse_target(out)
        asked = request(
            point(model, strategy, shock, sets, capital),
            vary=vary,
            method=method.value,
            metric=metric,
            when=when,
            reps=reps,
            rows=rows,
            top=top,
            seed=seed,
            workers=workers,
        )
        _answer(asked, out, as_json=as_json, quiet=quiet)


def _answer(request: Request, out: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Simulate, keep and print."""
    from gpusim.experiments.sensitivity import sensitivity as experiment
    from gpusim.experiments.sensitivity.experiment import EXPERIMENT

    began = time.perf_counter()
    with progress_bar("points", quiet=quiet) as progress:
        found = experiment.sensitivity(request, progress)
    path = save_result(EXPERIMENT, [found], out, began)
    from gpusim.reports.printed import sensitivity_report

    if as_json:
        print(sensitivity_report.text(found, path))
    else:
        sensitivity_report.show(found, console(SCREEN_WIDTH, as_asked=True))
        tell_folder(path)
    if found.interrupted:
        told = f"interrupted after {found.answered} of {found.asked} points"
        say(f"{told}; {kept_in(path, out)}, and fewer --reps or --rows take less time")
        raise typer.Exit(INTERRUPTED)
