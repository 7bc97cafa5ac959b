"""`gpusim backtest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gpusim.cli.errors import guarded, say
from gpusim.cli.options import (
    SCREEN_WIDTH,
    AsJson,
    Model,
    Quiet,
    Seed,
    Traceback,
    Workers,
    console,
)
from gpusim.cli.progress import progress_bar


def backtest(
    model: Model,
    actuals: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Reported figures: quarter_end, metric, value, unit, source. Over the bundled.",
        ),
    ] = None,
    reps: Annotated[int, typer.Option(help="Replications, from 10.")] = 400,
    seed: Seed = 1,
    inputs: Annotated[
        int,
        typer.Option(min=0, max=10_000, help="Draws of uncertain inputs; 0: as the file says."),
    ] = 100,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for backtest.json, its charts and its page; must not exist."),
    ] = None,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """Simulate forward from a model's as-of day and score it against reported figures."""
    with guarded(show_traceback=show_traceback):
        from gpusim.api.asked.arguments import check_backtest
        from gpusim.api.save_result import keep_backtest
        from gpusim.experiments.backtest.backtest import backtest as score
        from gpusim.reports.printed import backtest_report
        from gpusim.results.stored import folder

        check_backtest(reps, inputs)
        if out is not None:
            folder.refuse_existing(out)
        with progress_bar("replications", quiet=quiet) as progress:
            result = score(model, actuals, reps, seed, workers, inputs, progress)
        if out is not None:
            written = keep_backtest(result, out).parent
            if not quiet:
                say(f"written to {written}")
        if as_json:
            print(backtest_report.text(result), end="")
            return
        backtest_report.show(result, console(SCREEN_WIDTH, as_asked=True))
