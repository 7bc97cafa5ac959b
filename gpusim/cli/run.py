"""`gpusim run`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gpusim.cli.exits import INTERRUPTED, guarded, say

if TYPE_CHECKING:
    from gpusim.experiments.pool import Progress
    from gpusim.experiments.run import Request, RunResult

COMPILE_SECONDS: Final = 30
"""Of one quiet core, for the first run after an installation or a change of the sources [s]."""
PIPE_WIDTH: Final = 160
"""Columns of a report that goes to a file or a pipe [characters]."""
LARGEST: Final = 2**63 - 1


class Engine(StrEnum):
    """Who plays the replications."""

    BATCH = "batch"
    PROCESS = "process"


def run(
    model: Annotated[str, typer.Argument(help="A bundled model's name, or a model file.")],
    reps: Annotated[int, typer.Option(min=1, max=10**6, help="Replications.")] = 100,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST, help="Seed of all luck.")] = 1,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change a value; also *= and +=."),
    ] = None,
    shock: Annotated[
        list[str] | None, typer.Option(help="A bundled shock's name, or a file; repeatable.")
    ] = None,
    strategy: Annotated[
        str | None, typer.Option(help="A bundled strategy's name, a TOML file, or FILE.py:NAME.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; must not exist. Default: under runs/.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    monthly: Annotated[bool, typer.Option(help="Also write tables by month.")] = False,
    engine: Annotated[
        Engine, typer.Option(help="The fast one, or the readable one; the same figures.")
    ] = Engine.BATCH,
    events: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="Write the events of the first N replications, from the process engine.",
            show_default="1 with --engine process, else 0",
        ),
    ] = None,
    units: Annotated[
        bool, typer.Option("--units", help="Also write realised unit economics.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", "-j", min=1, max=256, help="Default: all cores.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no messages.")] = False,
    show_traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where it failed.")
    ] = False,
) -> None:
    """Simulate a model and write a run folder."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments import run as experiment

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
        )
        with _progress(request, quiet=quiet) as progress:
            result = experiment.run(request, progress)
        if result.interrupted:
            _tell_interruption(result)
            raise typer.Exit(INTERRUPTED)
        _print(result, as_json=as_json)


def _print(result: RunResult, *, as_json: bool) -> None:
    if as_json:
        from gpusim.reports.run_json import text

        print(text(result))
        return
    from rich.console import Console

    from gpusim.reports import run_report

    wide = sys.stdout.isatty()
    run_report.show(result, Console(width=None if wide else PIPE_WIDTH, highlight=False))


def _tell_interruption(result: RunResult) -> None:
    kept = f"kept in {result.path}" if result.path else "nothing was written"
    asked = result.request.reps
    say(f"interrupted: {result.finished} of {asked} replications finished; {kept}")


@contextmanager
def _progress(request: Request, *, quiet: bool) -> Iterator[Progress | None]:
    """A bar on stderr, and a word on the first use, when rules are compiled."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from gpusim.experiments.run import compiled

    columns = (
        TextColumn("replications"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("time left"),
        TimeRemainingColumn(),
    )
    screen = Console(stderr=True)
    shown = screen.is_terminal
    with Progress(*columns, console=screen, transient=True, disable=not shown) as bar:
        task = bar.add_task("", total=request.reps)

        def report(done: int, of: int) -> None:
            if done == 0 and not compiled(request.engine, request.strategy):
                say(
                    f"compiling the rules, once: about {COMPILE_SECONDS} s of one quiet core "
                    "(`gpusim warmup` does it ahead)"
                )
            bar.update(task, completed=done, total=of)

        yield report
