"""`gpusim run`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

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


def run(
    model: Model,
    reps: Annotated[int, typer.Option(min=1, max=10**6, help="Replications.")] = 100,
    seed: Seed = 1,
    sets: Sets = None,
    shock: Shocks = None,
    strategy: Strategy = None,
    out: Out = None,
    as_json: AsJson = False,
    monthly: Annotated[bool, typer.Option(help="Also write tables by month.")] = False,
    engine: EngineChoice = Engine.BATCH,
    events: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            max=10_000,
            help="Write the events of the first N replications, from the process engine.",
            show_default="1 with --engine process, else 0",
        ),
    ] = None,
    units: Annotated[
        bool, typer.Option("--units", help="Also write realised unit economics.")
    ] = False,
    fail_if: FailIf = None,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """Simulate a model and write a run folder."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.run import run as experiment

        request = experiment.Request(
            model=model,
            reps=reps,
            seed=seed,
            shocks=tuple(shock or ()),
            strategy=strategy,
            sets=tuple(sets or ()),
            workers=workers,
            out=out,
            monthly=monthly,
            events=(engine is Engine.PROCESS) if events is None else events,
            engine=engine.value,
            units=units,
            command=experiment.command_line(sys.argv[1:]),
            fail_if=tuple(fail_if or ()),
        )
        with bar("replications", quiet=quiet, engine=engine.value, strategy=strategy) as progress:
            result = experiment.run(request, progress)
        if result.interrupted:
            _tell_interruption(result)
            raise typer.Exit(INTERRUPTED)
        _print(result, as_json=as_json)
        fail_where(result.judged)


def _print(result: RunResult, *, as_json: bool) -> None:
    if as_json:
        from gpusim.reports.run_json import text

        print(text(result))
        return
    from gpusim.reports import run_report

    run_report.show(result, console())


def _tell_interruption(result: RunResult) -> None:
    asked, out = result.request.reps, result.request.out
    told = f"interrupted: {result.finished} of {asked} replications finished"
    say(f"{told}; {kept_in(result.path, out)}")
