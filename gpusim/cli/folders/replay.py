"""`gpusim replay`."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated

import typer

from gpusim.cli.errors import guarded, say
from gpusim.cli.folders.report import RUN_HELP
from gpusim.cli.options import SCREEN_WIDTH, Named, NamedShocks, Traceback, console, named
from gpusim.cli.progress import waiting

DAY = ["%Y-%m-%d"]


def replay(
    run: Annotated[str, typer.Argument(help=RUN_HELP)],
    rep: Annotated[int, typer.Option(min=0, metavar="N", help="Replication.")] = 0,
    since: Annotated[
        dt.datetime | None, typer.Option("--from", formats=DAY, help="First day.")
    ] = None,
    until: Annotated[
        dt.datetime | None, typer.Option("--to", formats=DAY, help="Last day.")
    ] = None,
    strategy: Named = None,
    shock: NamedShocks = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
    show_traceback: Traceback = False,
) -> None:
    """Tell one replication as a story, with what caused what, from the process engine."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.explain.loss_chain import chains
        from gpusim.experiments.explain.replay import refuse_empty, replay_run, story, tie
        from gpusim.results.stored.opened import open_single

        first, last = (moment.date() if moment else None for moment in (since, until))
        refuse_empty(first, last)
        with waiting(f"playing replication {rep} again"):
            told = replay_run(open_single(run), rep, named(strategy, None, shock))
            tie(told)
        lines, losses = story(told, first, last), chains(told)
        if as_json:
            rows = [{"date": entry[:10], "text": entry[12:]} for entry in lines]
            path = str(told.run.path)
            print(json.dumps({"run": path, "replication": rep, "story": rows, "chains": losses}))
            return
        from gpusim.reports.layout import broken

        shown = console(SCREEN_WIDTH, as_asked=True)
        for entry in lines:
            shown.print(broken(entry, shown.width))
        for links in losses:
            shown.print("\nHow backlog came to be lost, cause by cause:")
            for link in links:
                shown.print(broken(f"  {link}", shown.width))
        if not lines:
            say("nothing worth telling happened in those days")
