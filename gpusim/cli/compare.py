"""`gpusim compare`."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from gpusim.cli.bar import bar
from gpusim.cli.exits import INTERRUPTED, fail_where, guarded, say
from gpusim.cli.keeping import kept, kept_in
from gpusim.cli.options import (
    WIDE,
    AsJson,
    FailIf,
    Metrics,
    Out,
    Quiet,
    Seed,
    Sets,
    Traceback,
    Workers,
    console,
)


def compare(
    models: Annotated[
        list[str], typer.Argument(help="Bundled models or model files.", metavar="MODEL...")
    ],
    strategy: Annotated[
        list[str] | None,
        typer.Option(help="A strategy; repeatable. none: as is. Default: all bundled ones."),
    ] = None,
    shock: Annotated[
        list[str] | None, typer.Option(help="A shock; repeatable. none: as is.")
    ] = None,
    metric: Metrics = None,
    satisfy: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="As 'defaulted<=0.05'; repeatable, all must hold."),
    ] = None,
    indifference: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC=VALUE",
            help="Least difference that matters. Default: 1% of the largest mean, 1 point of a "
            "share, 2 of a probability.",
        ),
    ] = None,
    better: Annotated[
        list[str] | None, typer.Option(metavar="METRIC=high|low", help="Which way is better.")
    ] = None,
    alpha: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Chance of a wrong first place.")
    ] = 0.05,
    reps: Annotated[int, typer.Option(min=100, max=10**6, help="Replications at least.")] = 200,
    most: Annotated[int, typer.Option(min=100, max=10**6, help="Replications at most.")] = 1_000,
    seed: Seed = 1,
    sets: Sets = None,
    fail_if: FailIf = None,
    out: Out = None,
    as_json: AsJson = False,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """Compare strategies, shocks or models on the same replications; the first is the base."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.compare import compare as experiment
        from gpusim.experiments.compare.experiment import EXPERIMENT
        from gpusim.experiments.saved import answers
        from gpusim.results.folder import near

        answers.refuse(out)
        request = experiment.Request(
            models=tuple(models),
            strategies=tuple(strategy or ()),
            shocks=tuple(shock or ()),
            sets=tuple(sets or ()),
            metrics=tuple(metric or ()),
            satisfy=tuple(satisfy or ()),
            indifference=tuple(indifference or ()),
            better=tuple(better or ()),
            alpha=alpha,
            reps=reps,
            most=most,
            seed=seed,
            workers=workers,
            fail_if=tuple(fail_if or ()),
        )
        began = time.perf_counter()
        with bar("replications", quiet=quiet) as progress:
            found = experiment.compare(request, progress)
        path = kept(EXPERIMENT, [found], out, began) if found.measured else None
        if found.measured:
            from gpusim.reports import compare_report

            if as_json:
                print(compare_report.text(found, path))
            else:
                compare_report.show(found, console(WIDE))
            if path is not None and not as_json:
                print(f"written to {near(path)}")
        if found.interrupted:
            say(f"interrupted after {found.worlds} replications; {kept_in(path, out)}")
            raise typer.Exit(INTERRUPTED)
        for text in found.unmet:
            say(f"no option meets {text}")
        fail_where(found.judged, also=bool(found.unmet))
