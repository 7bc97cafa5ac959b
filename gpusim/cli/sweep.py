"""`gpusim sweep`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpusim.cli.bar import bar
from gpusim.cli.exits import (
    FAILED,
    INTERRUPTED,
    WRONG_INPUT,
    fail_where,
    guarded,
    say,
    way_on,
)
from gpusim.cli.options import (
    AsJson,
    Engine,
    EngineChoice,
    FailIf,
    Metrics,
    Out,
    Quiet,
    Seed,
    Shocks,
    Strategy,
    Traceback,
    Workers,
    console,
)

if TYPE_CHECKING:
    from gpusim.experiments.sweep.sweep import Means, Request, SweepResult


class Kind(StrEnum):
    """How points are chosen."""

    GRID = "grid"
    ZIP = "zip"
    LIST = "list"
    LHS = "lhs"
    SOBOL = "sobol"


def sweep(
    model: Annotated[
        str | None, typer.Argument(help="A bundled model's name, or a model file.")
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=LO:HI:N", help="A range, or values a,b,c; also *= and +=; repeatable."
        ),
    ] = None,
    design: Annotated[
        Kind | None, typer.Option(help="How points are chosen.", show_default="grid")
    ] = None,
    points: Annotated[
        int | None, typer.Option(metavar="N", help="Points of --design lhs or sobol.")
    ] = None,
    list_file: Annotated[
        Path | None,
        typer.Option("--list", metavar="FILE.csv", help="Points: a header of paths, a row each."),
    ] = None,
    correlate: Annotated[
        list[str] | None,
        typer.Option(metavar="A,B=RHO", help="Correlate two varied keys (lhs, sobol)."),
    ] = None,
    reps: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=10**6,
            help="Replications a point; with --until at most.",
            show_default="100; 10000 with --until",
        ),
    ] = None,
    until: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC:HALFWIDTH",
            help="Replicate until the 95% interval is this narrow; 1% is of the mean; repeatable, "
            "all must hold.",
        ),
    ] = None,
    metric: Metrics = None,
    seed: Seed = 1,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change a value at every point."),
    ] = None,
    shock: Shocks = None,
    strategy: Strategy = None,
    engine: EngineChoice = Engine.BATCH,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Go on with a sweep: its folder, a prefix, or @last."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Scheduler of an existing Dask cluster."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check every point and say what would be done.")
    ] = False,
    fail_if: FailIf = None,
    out: Out = None,
    as_json: AsJson = False,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """Simulate a model at many points, kept as they finish."""
    if (model is None) == (resume is None):
        say("sweep: expected a MODEL, or --resume RUN without one")
        raise typer.Exit(WRONG_INPUT)
    again = [] if workers is None else ["-j", str(workers)]
    if strategy is not None and ".py:" in strategy:  # it runs only where it is named again
        again += ["--strategy", strategy]
    with guarded(show_traceback=show_traceback, again=again, cluster=cluster):
        from gpusim.api import asked
        from gpusim.experiments.run.points import Point
        from gpusim.experiments.run.run import command_line
        from gpusim.experiments.sweep import sweep as experiment
        from gpusim.results.folder import DEFAULT_PARENT
        from gpusim.results.opened import locate
        from gpusim.strategies import is_python

        means = experiment.Means(workers, cluster, out, command_line(sys.argv[1:]))
        if resume is not None or model is None:
            given = (vary, design, points, list_file, correlate, reps, until, metric, sets, fail_if)
            own = strategy is None or is_python(strategy)
            if any(given) or shock or not own or out or dry_run or seed != 1:
                say(
                    "--resume takes no other input: a sweep goes on as it began; only a Python "
                    "strategy that it names is named again, --strategy FILE.py:NAME"
                )
                raise typer.Exit(WRONG_INPUT)
            with bar("points", quiet=quiet) as progress:
                path = locate(resume or "", DEFAULT_PARENT, kind="sweep")
                named = () if strategy is None else (strategy,)
                result = experiment.resume(path, means, progress, named)
            _end(result, again, cluster, as_json=as_json)
            return
        request = asked.sweep(
            Point(model, strategy, tuple(shock or ()), tuple(sets or ())),
            vary=vary or (),
            kind=design and design.value,
            points=points,
            list_file=list_file,
            correlate=correlate or (),
            reps=reps,
            until=until or (),
            metrics=metric or (),
            seed=seed,
            engine=engine.value,
            fail_if=fail_if or (),
        )
        if dry_run:
            _rehearse(request, means, as_json=as_json)
            return
        with bar("points", quiet=quiet) as progress:
            result = experiment.run(request, means, progress)
        _end(result, again, cluster, as_json=as_json)


def _rehearse(request: Request, means: Means, *, as_json: bool) -> None:
    """Say what would be done; write nothing."""
    from gpusim.experiments.sweep import sweep as experiment
    from gpusim.reports import sweep_report

    told = experiment.rehearse(request, means)
    if as_json:
        print(json.dumps(told, default=str))
    else:
        sweep_report.show_plan(told, console())


def _end(result: SweepResult, again: list[str], cluster: str | None, *, as_json: bool) -> None:
    """Print what was found, or how to go on: with these options, on this cluster."""
    if result.interrupted:
        from gpusim.results.folder import near

        asked, path = len(result.request.design.rows), result.path
        told = f"interrupted: {len(result.entries)} of {asked} points finished, kept in"
        say(f"{told} {near(path)}; {way_on(path, again, cluster)}")
        raise typer.Exit(INTERRUPTED)
    from gpusim.reports import sweep_report

    if as_json:
        print(sweep_report.text(result))
    else:
        sweep_report.show(result, console())
    if len(result.failed) == len(result.entries):
        say(f"every point failed; the first: {result.failed[0]['error']}")
        raise typer.Exit(FAILED)
    fail_where(result.judged, also=bool(result.failed))
