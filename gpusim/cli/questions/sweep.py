"""`gpusim sweep`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeAlias

import typer

from gpusim import own_code
from gpusim.cli.errors import (
    FAILED,
    INTERRUPTED,
    WRONG_INPUT,
    fail_where,
    guarded,
    say,
    way_on,
)
from gpusim.cli.options import (
    SCREEN_WIDTH,
    AsJson,
    Capital,
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
from gpusim.cli.progress import progress_bar

if TYPE_CHECKING:
    from gpusim.experiments.sweep.sweep import Means, Request, SweepResult
    from gpusim.own_code import Named


class Kind(StrEnum):
    """How points are chosen."""

    GRID = "grid"
    ZIP = "zip"
    LIST = "list"
    LHS = "lhs"
    SOBOL = "sobol"


ModelUnlessResumed: TypeAlias = Annotated[
    str | None, typer.Argument(help="A bundled model's name, or a model file.")
]
Vary: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH=LO:HI:N", help="A range, or values a,b,c; also *= and +=; repeatable."
    ),
]
Design: TypeAlias = Annotated[
    Kind | None, typer.Option(help="How points are chosen.", show_default="grid")
]
Points: TypeAlias = Annotated[
    int | None, typer.Option(metavar="N", help="Points of --design lhs or sobol.")
]
ListFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--list", metavar="FILE.csv", help="Points: a header of paths, a row each."),
]
Correlate: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="A,B=RHO", help="Correlate two varied keys (lhs, sobol)."),
]
Reps: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=10**6,
        help="Replications a point; with --until at most.",
        show_default="100; 10000 with --until",
    ),
]
Until: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="METRIC:HALFWIDTH",
        help="Replicate until the 95% interval is this narrow; 1% is of the mean; repeatable, "
        "all must hold.",
    ),
]
EveryPointsSets: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value at every point."),
]
Resume: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="RUN", help="Go on with a sweep: its folder, a prefix, or @last."),
]
Cluster: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="tcp://HOST:PORT", help="Scheduler of an existing Dask cluster."),
]
DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Check every point and say what would be done.")
]


class Settings(NamedTuple):
    """How a sweep is shown, and who does its work."""

    workers: int | None
    named: Named  # code of the user's own; it runs only if named again
    cluster: str | None
    as_json: bool
    quiet: bool
    show_traceback: bool

    @property
    def again(self) -> list[str]:
        """The options with which a sweep is gone on with."""
        again = [] if self.workers is None else ["-j", str(self.workers)]
        for flag, names in zip(("--strategy", "--metric", "--shock"), self.named, strict=True):
            again += [word for name in names for word in (flag, name)]
        return again

    def means(self, out: Path | None) -> Means:
        """What a sweep is done with, and where its folder is."""
        from gpusim.experiments.run.run import command_line
        from gpusim.experiments.sweep.sweep import Means

        return Means(self.workers, self.cluster, out, command_line(sys.argv[1:]))


def sweep(
    model: ModelUnlessResumed = None,
    vary: Vary = None,
    design: Design = None,
    points: Points = None,
    list_file: ListFile = None,
    correlate: Correlate = None,
    reps: Reps = None,
    until: Until = None,
    metric: Metrics = None,
    seed: Seed = 1,
    sets: EveryPointsSets = None,
    shock: Shocks = None,
    strategy: Strategy = None,
    capital: Capital = None,
    engine: EngineChoice = Engine.BATCH,
    resume: Resume = None,
    cluster: Cluster = None,
    dry_run: DryRun = False,
    fail_if: FailIf = None,
    out: Out = None,
    as_json: AsJson = False,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """Simulate a model at many points, kept as they finish; the rest is as stated."""
    own = named_of(strategy, (*(metric or ()), *(until or ()), *(fail_if or ())), shock or ())
    settings = Settings(workers, own, cluster, as_json, quiet, show_traceback)
    if model is None or resume is not None:
        plain = {strategy, capital, *(metric or ()), *(shock or ())}.difference({None}, *own)
        chosen = (vary, design, points, list_file, correlate, reps, until, sets, fail_if, out)
        _go_on(model, resume, settings, given=any((*chosen, dry_run, seed != 1, plain)))
        return
    with guarded(show_traceback=show_traceback, again=settings.again, cluster=cluster):
        from gpusim.api.asked import arguments
        from gpusim.api.asked import sweep as asking

        asked = asking.request(
            arguments.point(model, strategy, shock, sets, capital),
            chosen=asking.Chosen(vary, design and design.value, points, list_file, correlate),
            reps=reps,
            until=until,
            metrics=metric,
            seed=seed,
            engine=engine.value,
            fail_if=fail_if,
            workers=workers,
        )
        (_rehearse if dry_run else _answer)(asked, out, settings)


def named_of(strategy: str | None, figures: Sequence[str], shocks: Sequence[str]) -> Named:
    """The user's own code that a sweep is asked for with; figures: metrics and conditions."""
    return own_code.Named(
        (strategy,) if strategy is not None and own_code.is_python(strategy) else (),
        own_code.named_in(figures),
        tuple(name for name in shocks if own_code.is_python(name)),
    )


def _answer(request: Request, out: Path | None, settings: Settings) -> None:
    """Simulate and print."""
    from gpusim.experiments.sweep import sweep as experiment

    with progress_bar("points", quiet=settings.quiet) as progress:
        result = experiment.run(request, settings.means(out), progress)
    _end(result, settings)


def _go_on(model: str | None, resume: str | None, settings: Settings, *, given: bool) -> None:
    """Go on with a sweep.

    given: whether there is other input, which a sweep that goes on has had.
    """
    if model is not None or resume is None:
        say("sweep: expected a MODEL, or --resume RUN without one")
        raise typer.Exit(WRONG_INPUT)
    with guarded(
        show_traceback=settings.show_traceback, again=settings.again, cluster=settings.cluster
    ):
        from gpusim.experiments.sweep import sweep as experiment
        from gpusim.results.stored.folder import DEFAULT_PARENT
        from gpusim.results.stored.opened import locate

        if given:
            say(
                "--resume takes no other input: a sweep goes on as it began; only a Python "
                "strategy, metric or shock that it names is named again, --strategy FILE.py:NAME"
            )
            raise typer.Exit(WRONG_INPUT)
        with progress_bar("points", quiet=settings.quiet) as progress:
            path = locate(resume, DEFAULT_PARENT, kind="sweep")
            result = experiment.resume(path, settings.means(None), progress, settings.named)
        _end(result, settings)


def _rehearse(request: Request, out: Path | None, settings: Settings) -> None:
    """Say what would be done; write nothing."""
    from gpusim.experiments.sweep import sweep as experiment
    from gpusim.reports.printed import sweep_report

    plan = experiment.rehearse(request, settings.means(out))
    if settings.as_json:
        print(json.dumps(plan, default=str))
    else:
        sweep_report.show_plan(plan, console(SCREEN_WIDTH, as_asked=True))


def _end(result: SweepResult, settings: Settings) -> None:
    """Print what was found, or how to go on: with these options, on this cluster."""
    if result.interrupted:
        from gpusim.results.stored.folder import near

        asked, path = len(result.request.design.rows), result.path
        done = f"interrupted: {len(result.entries)} of {asked} points finished, kept in"
        say(f"{done} {near(path)}; {way_on(path, settings.again, settings.cluster)}")
        raise typer.Exit(INTERRUPTED)
    from gpusim.reports.printed import sweep_report

    if settings.as_json:
        print(sweep_report.text(result))
    else:
        sweep_report.show(result, console(SCREEN_WIDTH, as_asked=True))
    if len(result.failed) == len(result.entries):
        say(f"every point failed; the first: {result.failed[0]['error']}")
        raise typer.Exit(FAILED)
    fail_where(result.judged, also=bool(result.failed))
