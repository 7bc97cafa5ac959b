"""`gpusim explain`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gpusim.cli.exits import guarded
from gpusim.cli.report import RUN_HELP

PIPE_WIDTH = 160


def explain(
    run: Annotated[str, typer.Argument(help=RUN_HELP)],
    line: Annotated[str, typer.Option(help="A column of statements.parquet, such as revenue.")],
    period: Annotated[
        str, typer.Option(help="A quarter (2026Q3), month (2026-07) or year (2026).")
    ],
    rep: Annotated[int, typer.Option(min=0, metavar="N", help="Replication.")] = 0,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="Events shown.")] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
    show_traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where it failed.")
    ] = False,
) -> None:
    """Take a statement's cell apart: postings, events and the rules behind them, to the cent."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.explain import explain as take_apart
        from gpusim.reports import explain_report
        from gpusim.results.opened import open_run

        told = take_apart(open_run(run), line, period, rep)
        if as_json:
            print(explain_report.text(told))
            return
        from rich.console import Console

        width = None if sys.stdout.isatty() else PIPE_WIDTH
        explain_report.show(told, Console(width=width, highlight=False), top)
