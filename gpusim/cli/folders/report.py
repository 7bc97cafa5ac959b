"""`gpusim report`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpusim.cli.errors import guarded, say
from gpusim.cli.options import Traceback, console
from gpusim.cli.progress import waiting
from gpusim.experiments.saved import registry

if TYPE_CHECKING:
    from gpusim.reports.report import Written

RUN_HELP = "A run folder, its name or the start of it under runs/, or @last."
ANY_HELP = f"A folder of {registry.listed()}, its name under runs/, @last; or backtest.json."


def report(
    run: Annotated[str, typer.Argument(help=ANY_HELP)],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The page. Default: report.html in RUN.")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write every figure as a PNG.")
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the tables as a workbook.")
    ] = None,
    credit: Annotated[
        bool, typer.Option("--credit", help="A credit memo instead: credit.html in RUN.")
    ] = False,
    downside: Annotated[
        str | None, typer.Option(metavar="RUN", help="Of --credit: a run under a shock, beside it.")
    ] = None,
    text: Annotated[
        bool, typer.Option("--text", help="Of --credit: print it and write no page.")
    ] = False,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the files as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages.")] = False,
    show_traceback: Traceback = False,
) -> None:
    """Write a page with figures from a finished run; nothing is simulated."""
    refuse("without --credit", {} if credit else {"--downside": downside, "--text": text})
    refuse("with --credit", {"--png": png, "--xlsx": xlsx} if credit else {})
    refuse("with --text", {"--out": out, "--open": open_, "--json": as_json} if text else {})
    with guarded(show_traceback=show_traceback):
        from gpusim.reports import report as pages
        from gpusim.results.stored.opened import open_run

        if text:
            print_memo(run, downside)
            return
        with waiting("drawing", quiet=quiet):
            if credit:
                written = pages.Written(memo_page(run, downside, out), [], None)
            else:
                written = pages.write(open_run(run), out, png, xlsx)
        tell(written, png, as_json=as_json)
        if open_:
            import webbrowser

            if not webbrowser.open(written.page.absolute().as_uri()) and not quiet:
                say(f"no browser was found; open {written.page} yourself")


def refuse(why: str, options: Mapping[str, object]) -> None:
    """Refuse options that would do nothing.

    Raises:
        typer.BadParameter: one of them is given.
    """
    for name, value in options.items():
        if value:
            raise typer.BadParameter(f"not {why}", param_hint=name)


def tell(written: Written, png: Path | None, *, as_json: bool) -> None:
    """Name the files that were written."""
    if as_json:
        told = {
            "page": str(written.page),
            "pictures": [str(path) for path in written.pictures],
            "workbook": None if written.workbook is None else str(written.workbook),
        }
        print(json.dumps(told))
        return
    print(f"Page: {written.page} ({written.page.stat().st_size / 1000:,.0f} kB)")
    if written.pictures:
        print(f"Pictures: {len(written.pictures)} in {png}")
    if written.workbook is not None:
        print(f"Workbook: {written.workbook}")


def memo_page(run: str, downside: str | None, out: Path | None) -> Path:
    """Write the credit memo of a run."""
    from gpusim.reports.credit import write
    from gpusim.results.stored.opened import open_run

    return write.write(open_run(run), None if downside is None else open_run(downside), out)


def print_memo(run: str, downside: str | None) -> None:
    """Print the credit memo of a run, 100 columns wide at most."""
    from gpusim.reports.credit import write
    from gpusim.results.stored.opened import open_run

    other = None if downside is None else open_run(downside)
    write.show(open_run(run), other, console(as_asked=True))
