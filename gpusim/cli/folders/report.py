"""`gpusim report`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gpusim.cli.errors import guarded, say
from gpusim.cli.options import Traceback
from gpusim.cli.progress import waiting
from gpusim.experiments.saved import registry

RUN_HELP = "A run folder, its name or the start of it under runs/, or @last."
ANY_HELP = f"A folder of {registry.listed()}, its name under runs/, @last; or backtest.json."


def report(
    run: Annotated[str, typer.Argument(help=ANY_HELP)],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The page [default: report.html in RUN].")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write every figure as a PNG.")
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the tables as a workbook.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the files as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages.")] = False,
    show_traceback: Traceback = False,
) -> None:
    """Write a page with figures from a finished run; nothing is simulated."""
    with guarded(show_traceback=show_traceback):
        from gpusim.reports import report as pages
        from gpusim.results.stored.opened import open_run

        with waiting("drawing", quiet=quiet):
            written = pages.write(open_run(run), out, png, xlsx)
        if as_json:
            told = {
                "page": str(written.page),
                "pictures": [str(path) for path in written.pictures],
                "workbook": None if written.workbook is None else str(written.workbook),
            }
            print(json.dumps(told))
        else:
            print(f"Page: {written.page} ({written.page.stat().st_size / 1000:,.0f} kB)")
            if written.pictures:
                print(f"Pictures: {len(written.pictures)} in {png}")
            if written.workbook is not None:
                print(f"Workbook: {written.workbook}")
        if open_:
            import webbrowser

            if not webbrowser.open(written.page.absolute().as_uri()) and not quiet:
                say(f"no browser was found; open {written.page} yourself")
