"""`gpusim run`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from gpusim.cli.bar import bar
from gpusim.cli.exits import INTERRUPTED, fail_where, guarded, say
from gpusim.cli.keeping import kept_in
from gpusim.cli.options import (
    AsJson,
    Engine,
    EngineChoice,
    FailIf,
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

if TYPE_CHECKING:
    from gpusim.experiments.run.run import RunResult


Reps: TypeAlias = Annotated[int, typer.Option(min=1, max=10**6, help="Replications.")]
Monthly: TypeAlias = Annotated[bool, typer.Option(help="Also write tables by month.")]
Events: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        max=10_000,
        help="Write the events of the first N replications, from the process engine.",
        show_default="1 with --engine process, else 0",
    ),
]
Units: TypeAlias = Annotated[
    bool, typer.Option("--units", help="Also write realised unit economics.")
]

OwnMetrics: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        metavar="FILE.py:NAME",
        help="A metric of your own, beside all others; repeatable.",
    ),
]


def run(
    model: Model,
    reps: Reps = 100,
    seed: Seed = 1,
    sets: Sets = None,
    shock: Shocks = None,
    strategy: Strategy = None,
    out: Out = None,
    as_json: AsJson = False,
    monthly: Monthly = False,
    engine: EngineChoice = Engine.BATCH,
    events: Events = None,
    units: Units = False,
    metric: OwnMetrics = None,
    fail_if: FailIf = None,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """Simulate a model and write a run folder."""
    with guarded(show_traceback=show_traceback):
        from gpusim.api.asked.arguments import point
        from gpusim.api.asked.run import request
        from gpusim.experiments.run import run as experiment

        asked = request(
            point(model, strategy, shock, sets),
            reps=reps,
            seed=seed,
            engine=engine.value,
            events=events,
            monthly=monthly,
            units=units,
            metrics=metric,
            fail_if=fail_if,
            workers=workers,
            out=out,
            command=experiment.command_line(sys.argv[1:]),
        )
        with bar("replications", quiet=quiet, engine=engine.value, strategy=strategy) as progress:
            result = experiment.run(asked, progress)
        if result.interrupted:
            _tell_interruption(result)
            raise typer.Exit(INTERRUPTED)
        _print(result, as_json=as_json)
        fail_where(result.judged)


def _print(result: RunResult, *, as_json: bool) -> None:
    if as_json:
        from gpusim.reports.printed.run_json import text

        print(text(result))
        return
    from gpusim.reports.printed import run_report

    run_report.show(result, console())


def _tell_interruption(result: RunResult) -> None:
    asked, out = result.request.reps, result.request.out
    told = f"interrupted: {result.finished} of {asked} replications finished"
    say(f"{told}; {kept_in(result.path, out)}")
