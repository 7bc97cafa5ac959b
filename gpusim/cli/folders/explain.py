"""`gpusim explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from gpusim.cli.errors import guarded
from gpusim.cli.folders.report import RUN_HELP
from gpusim.cli.options import SCREEN_WIDTH, Named, NamedShocks, Traceback, console, named
from gpusim.cli.progress import waiting


def explain(
    run: Annotated[str, typer.Argument(help=RUN_HELP)],
    line: Annotated[
        str,
        typer.Option(
            help="A column of statements.parquet, such as revenue, or a cover: dscr, dscr.LOAN, "
            "llcr.LOAN, plcr.LOAN."
        ),
    ],
    period: Annotated[
        str, typer.Option(help="A quarter (2026Q3), month (2026-07) or year (2026).")
    ],
    rep: Annotated[int, typer.Option(min=0, metavar="N", help="Replication.")] = 0,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="Events shown.")] = 12,
    strategy: Named = None,
    shock: NamedShocks = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
    show_traceback: Traceback = False,
) -> None:
    """Take a statement's cell apart, to the cent, or a cover into its cash by month or quarter."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.explain import covers
        from gpusim.experiments.explain.explain import explain as take_apart
        from gpusim.reports.printed import cover_report, explain_report
        from gpusim.results.stored.opened import open_single

        own, screen = named(strategy, None, shock), console(SCREEN_WIDTH, as_asked=True)
        if covers.is_cover(line):
            with waiting(f"playing replication {rep} again"):
                cover = covers.explain_cover(open_single(run), line, period, rep, own)
            if as_json:
                print(cover_report.text(cover))
            else:
                cover_report.show(cover, screen)
            return
        with waiting(f"playing replication {rep} again"):
            told = take_apart(open_single(run), line, period, rep, own)
        if as_json:
            print(explain_report.text(told))
            return
        explain_report.show(told, screen, top)
