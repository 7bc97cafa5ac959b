"""`gpusim run`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeAlias

import typer

from gpusim.cli.errors import INTERRUPTED, fail_where, guarded, say
from gpusim.cli.options import (
    SCREEN_WIDTH,
    AsJson,
    Capital,
    Engine,
    EngineChoice,
    FailIf,
    Inputs,
    InputsChoice,
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
from gpusim.cli.save_result import kept_in

if TYPE_CHECKING:
    from gpusim.experiments.run.points import Point
    from gpusim.experiments.run.run import Request, RunResult


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
    bool, typer.Option("--units", help="Also write realised unit economics, contracts and sites.")
]

OwnMetrics: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        metavar="FILE.py:NAME",
        help="A metric of your own, beside all others; repeatable.",
    ),
]
Quarterly: TypeAlias = Annotated[
    bool, typer.Option("--quarterly", help="The table by quarter, not by fiscal year.")
]
Lines: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME,...",
        help="Lines of the table; `gpusim models metrics` lists them.",
    ),
]
Full: TypeAlias = Annotated[
    bool, typer.Option("--full", help="Print every table and note, not the verdict.")
]


class Screen(NamedTuple):
    """What is printed of a run."""

    quarterly: bool
    names: list[str]  # lines of the table; none: those of the first screen
    full: bool
    as_json: bool


def run(
    model: Model,
    reps: Reps = 100,
    seed: Seed = 1,
    sets: Sets = None,
    shock: Shocks = None,
    strategy: Strategy = None,
    capital: Capital = None,
    out: Out = None,
    quarterly: Quarterly = False,
    lines: Lines = None,
    full: Full = False,
    as_json: AsJson = False,
    monthly: Monthly = False,
    inputs: InputsChoice = Inputs.FIXED,
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
    refuse_both(full=full, as_json=as_json, more=quarterly or lines is not None)
    with guarded(show_traceback=show_traceback):
        from gpusim.api.asked.arguments import point
        from gpusim.api.asked.run import request
        from gpusim.experiments.run.run import command_line

        where = point(model, strategy, shock, sets, capital)
        names = names_of(lines, where, metric)
        asked = request(
            where,
            reps=reps,
            seed=seed,
            inputs=inputs.value,
            engine=engine.value,
            events=events,
            monthly=monthly,
            units=units,
            metrics=metric,
            fail_if=fail_if,
            workers=workers,
            out=out,
            command=command_line(sys.argv[1:]),
        )
        _show(_played(asked, quiet=quiet), Screen(quarterly, names, full, as_json))


def _played(asked: Request, *, quiet: bool) -> RunResult:
    """The run, or its end where it is interrupted."""
    from gpusim.experiments.run import run as experiment

    engine, strategy = asked.engine, asked.strategy
    with progress_bar("replications", quiet=quiet, engine=engine, strategy=strategy) as progress:
        result = experiment.run(asked, progress)
    if result.interrupted:
        _tell_interruption(result)
        raise typer.Exit(INTERRUPTED)
    return result


def _show(result: RunResult, screen: Screen) -> None:
    """Print a finished run and end as its conditions say."""
    _print(result, screen)
    fail_where(result.judged)


def _print(result: RunResult, screen: Screen) -> None:
    """Print a finished run, as much of it as was asked for."""
    if screen.as_json:
        from gpusim.reports.printed.run_json import text

        print(text(result))
    elif screen.full:
        from gpusim.reports.printed import run_report

        run_report.show(result, console(as_asked=True))
    else:
        from gpusim.reports.first_screen.screen import show

        shown = console(SCREEN_WIDTH, as_asked=True)
        show(result, shown, quarterly=screen.quarterly, names=screen.names)


def refuse_both(*, full: bool, as_json: bool, more: bool) -> None:
    """Refuse options of which one would do nothing.

    Raises:
        BadParameter: the screen is asked for in two ways.
    """
    if as_json and (full or more):
        raise typer.BadParameter("--json prints all: leave --full, --quarterly and --lines out")
    if full and more:
        raise typer.BadParameter("--full prints all lines: leave --quarterly and --lines out")


def names_of(lines: str | None, where: Point, own: Sequence[str] | None) -> list[str]:
    """The lines asked for, before anything is simulated; none where none are.

    own: metrics of the user's own, FILE.py:NAME.

    Raises:
        ScenarioError: there is no such line, or the model has no such loan or GPU.
        OwnCodeError: a metric of the user's own cannot be loaded.
    """
    if lines is None:
        return []
    from gpusim.experiments.run.points import prepare
    from gpusim.reports.first_screen.lines import parse
    from gpusim.results.formulas import lenders
    from gpusim.results.own.metric import allowed, loaded
    from gpusim.scenario.reading.own_files import STDIN

    mine = loaded(allowed(own or ()))
    names = parse(lines, mine)
    of_subjects = any(lenders.family_of(name) is not None for name in names)
    if of_subjects and where.model != str(STDIN):  # which can be read but once
        prepared = prepare(where)
        parse(lines, mine, prepared.facilities, prepared.covenants, prepared.gpus)
    return names


def _tell_interruption(result: RunResult) -> None:
    asked, out = result.request.reps, result.request.out
    told = f"interrupted: {result.finished} of {asked} replications finished"
    say(f"{told}; {kept_in(result.path, out)}")
