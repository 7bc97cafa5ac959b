"""`gpusim backtest`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gpusim.cli.bar import bar
from gpusim.cli.exits import guarded, say
from gpusim.cli.run import LARGEST, PIPE_WIDTH


def backtest(
    model: Annotated[str, typer.Argument(help="A bundled model's name, or a model file.")],
    actuals: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Reported figures: quarter_end, metric, value, unit, source. Over the bundled.",
        ),
    ] = None,
    reps: Annotated[int, typer.Option(min=10, max=10**6, help="Replications.")] = 400,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST, help="Seed of all luck.")] = 1,
    inputs: Annotated[
        int,
        typer.Option(min=0, max=10_000, help="Draws of uncertain inputs; 0: as the file says."),
    ] = 40,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write backtest.json to; must not exist.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", "-j", min=1, max=256, help="Default: all cores.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no messages.")] = False,
    show_traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where it failed.")
    ] = False,
) -> None:
    """Simulate forward from a model's as-of day and score it against reported figures."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.backtest import backtest as score
        from gpusim.reports import backtest_report
        from gpusim.results import folder

        if out is not None:
            folder.refuse_existing(out)
        with bar("replications", quiet=quiet) as progress:
            result = score(model, actuals, reps, seed, workers, inputs, progress)
        if out is not None:
            written = folder.write(out, {}, {"backtest.json": backtest_report.text(result)})
            if not quiet:
                say(f"written to {written}")
        if as_json:
            print(backtest_report.text(result), end="")
            return
        from rich.console import Console

        width = None if sys.stdout.isatty() else PIPE_WIDTH + 20
        backtest_report.show(result, Console(width=width, highlight=False))
