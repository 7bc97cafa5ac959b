"""`gpusim compare`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from gpusim.cli.errors import INTERRUPTED, fail_where, guarded, say
from gpusim.cli.options import (
    SCREEN_WIDTH,
    AsJson,
    FailIf,
    Inputs,
    InputsChoice,
    Metrics,
    Out,
    Quiet,
    Seed,
    Sets,
    Traceback,
    Workers,
    console,
)
from gpusim.cli.progress import progress_bar
from gpusim.cli.save_result import kept_in, save_result, tell_folder

if TYPE_CHECKING:
    from gpusim.experiments.compare.compare import Request


Models: TypeAlias = Annotated[
    list[str], typer.Argument(help="Bundled models or model files.", metavar="MODEL...")
]
Strategies: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="A strategy; repeatable. none: as is. Default: all bundled ones."),
]
Capital: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="An option of capital, a bundled name or a file; repeatable. none: as is."),
]
Cross: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--cross",
        help="Each strategy, model or option of capital under each shock; of several kinds each "
        "with each.",
    ),
]
OtherShocks: TypeAlias = Annotated[
    list[str] | None, typer.Option(help="A shock; repeatable. none: as is.")
]
Satisfy: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="CONDITION", help="As 'defaulted<=0.05'; repeatable, all must hold."),
]
Indifference: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="METRIC=VALUE",
        help="Least difference that matters. Default: 1% of the largest mean, 1 point of a "
        "share, 2 of a probability.",
    ),
]
Better: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="METRIC=high|low", help="Which way is better.")
]
Alpha: TypeAlias = Annotated[
    float, typer.Option(min=0.001, max=0.5, help="Chance of a wrong first place.")
]
Least: TypeAlias = Annotated[int, typer.Option(help="Replications at least, from 100.")]
Most: TypeAlias = Annotated[int, typer.Option(help="Replications at most.")]


def compare(
    models: Models,
    strategy: Strategies = None,
    shock: OtherShocks = None,
    capital: Capital = None,
    cross: Cross = False,
    metric: Metrics = None,
    satisfy: Satisfy = None,
    indifference: Indifference = None,
    better: Better = None,
    alpha: Alpha = 0.05,
    reps: Least = 200,
    most: Most = 1_000,
    seed: Seed = 1,
    sets: Sets = None,
    inputs: InputsChoice = Inputs.FIXED,
    fail_if: FailIf = None,
    out: Out = None,
    as_json: AsJson = False,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """Compare strategies, capital, shocks or models on the same replications; the base first."""
    with guarded(show_traceback=show_traceback):
        from gpusim.api.asked.compare import Compared, request
        from gpusim.results.stored import folder

        folder.refuse_target(out)
        asked = request(
            Compared(models, strategy, shock, sets, capital, cross),
            metrics=metric,
            satisfy=satisfy,
            indifference=indifference,
            better=better,
            alpha=alpha,
            reps=reps,
            most=most,
            seed=seed,
            fail_if=fail_if,
            inputs=inputs.value,
            workers=workers,
        )
        _answer(asked, out, as_json=as_json, quiet=quiet)


def _answer(request: Request, out: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Compare, keep and print."""
    from gpusim.experiments.compare import compare as experiment
    from gpusim.experiments.compare.experiment import EXPERIMENT

    began = time.perf_counter()
    with progress_bar("replications", quiet=quiet) as progress:
        found = experiment.compare(request, progress)
    path = None
    if found.has_answer:
        from gpusim.reports.printed import compare_report

        path = save_result(EXPERIMENT, [found], out, began)
        if as_json:
            print(compare_report.text(found, path))
        else:
            compare_report.show(found, console(SCREEN_WIDTH, as_asked=True))
            tell_folder(path)
    if found.interrupted:
        say(f"interrupted after {found.replications} replications; {kept_in(path, out)}")
        raise typer.Exit(INTERRUPTED)
    for text in found.unmet:
        say(f"no option meets {text}")
    fail_where(found.judged, also=bool(found.unmet))
