"""`gpusim sensitivity`."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Annotated

import typer

from gpusim.cli.bar import bar
from gpusim.cli.exits import INTERRUPTED, guarded, say
from gpusim.cli.keeping import kept, kept_in
from gpusim.cli.options import (
    WIDE,
    AsJson,
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


class Method(StrEnum):
    """How inputs are varied."""

    TORNADO = "tornado"
    MORRIS = "morris"
    SOBOL = "sobol"
    DISCOVER = "discover"


def sensitivity(
    model: Model,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=LO:HI",
            help="An input; repeatable; also *= and +=. A PATH alone: its assumptions. "
            "Default: all assumptions.",
        ),
    ] = None,
    method: Annotated[
        Method, typer.Option(help="One by one, screening, shares of variance, or a region.")
    ] = Method.TORNADO,
    metric: Annotated[
        str, typer.Option(metavar="METRIC[@PERIOD]", help="What should move.")
    ] = "equity",
    when: Annotated[
        str, typer.Option(metavar="CONDITION", help="The event of --method discover.")
    ] = "defaulted>=1",
    reps: Annotated[
        int | None,
        typer.Option(
            min=2, max=10**5, help="Replications a point.", show_default="40 for tornado, else 20"
        ),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=10**5,
            help="Walks of morris, rows of sobol, points of discover.",
            show_default="10, 64, 400",
        ),
    ] = None,
    top: Annotated[
        int,
        typer.Option(min=1, max=50, help="Without --vary: inputs of sobol and discover."),
    ] = 6,
    strategy: Strategy = None,
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
        from gpusim.experiments.saved import answers
        from gpusim.experiments.sensitivity import sensitivity as experiment
        from gpusim.experiments.sensitivity.experiment import EXPERIMENT
        from gpusim.results.folder import near

        answers.refuse(out)
        request = experiment.Request(
            model=model,
            method=method.value,
            vary=tuple(vary or ()),
            metric=metric,
            when=when,
            strategy=strategy,
            shocks=tuple(shock or ()),
            sets=tuple(sets or ()),
            reps=reps,
            rows=rows,
            top=top,
            seed=seed,
            workers=workers,
        )
        began = time.perf_counter()
        with bar("points", quiet=quiet) as progress:
            found = experiment.sensitivity(request, progress)
        path = kept(EXPERIMENT, [found], out, began)
        from gpusim.reports import sensitivity_report

        if as_json:
            print(sensitivity_report.text(found, path))
        else:
            sensitivity_report.show(found, console(WIDE))
            if path is not None:
                print(f"written to {near(path)}")
        if found.interrupted:
            told = f"interrupted after {found.answered} of {found.asked} points"
            say(f"{told}; {kept_in(path, out)}, and fewer --reps or --rows take less time")
            raise typer.Exit(INTERRUPTED)
