"""`gpusim sensitivity`."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Final

import typer

from gpusim.cli.bar import bar
from gpusim.cli.exits import INTERRUPTED, guarded, say

PIPE_WIDTH: Final = 200
LARGEST: Final = 2**63 - 1


class Method(StrEnum):
    """How inputs are varied."""

    TORNADO = "tornado"
    MORRIS = "morris"
    SOBOL = "sobol"
    DISCOVER = "discover"


def sensitivity(
    model: Annotated[str, typer.Argument(help="A bundled model's name, or a model file.")],
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=LO:HI",
            help="An input; repeatable; also *= and +=. A PATH alone: its assumptions. "
            "Default: all assumptions.",
        ),
    ] = None,
    method: Annotated[
        Method, typer.Option(help="One by one, screening, shares of variance, or a region.")
    ] = Method.TORNADO,
    metric: Annotated[
        str, typer.Option(metavar="METRIC[@PERIOD]", help="What should move.")
    ] = "equity",
    when: Annotated[
        str, typer.Option(metavar="CONDITION", help="The event of --method discover.")
    ] = "defaulted>=1",
    reps: Annotated[
        int | None,
        typer.Option(
            min=2, max=10**5, help="Worlds a point.", show_default="40 for tornado, else 20"
        ),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=10**5,
            help="Walks of morris, rows of sobol, points of discover.",
            show_default="10, 64, 400",
        ),
    ] = None,
    top: Annotated[
        int,
        typer.Option(min=1, max=50, help="Without --vary: inputs of sobol and discover."),
    ] = 6,
    strategy: Annotated[str | None, typer.Option(help="A strategy.")] = None,
    shock: Annotated[list[str] | None, typer.Option(help="A shock; repeatable.")] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change a value; also *= and +=."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST, help="Seed of all luck.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", "-j", min=1, max=256, help="Default: all cores.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no messages.")] = False,
    show_traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where it failed.")
    ] = False,
) -> None:
    """Which inputs move a metric, by how much of it luck; and where something happens."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments import sensitivity as experiment

        request = experiment.Request(
            model=model,
            method=method.value,
            vary=tuple(vary or ()),
            metric=metric,
            when=when,
            strategy=strategy,
            shocks=tuple(shock or ()),
            sets=tuple(sets or ()),
            reps=reps,
            rows=rows,
            top=top,
            seed=seed,
            workers=workers,
        )
        with bar("points", quiet=quiet) as progress:
            found = experiment.sensitivity(request, progress)
        from rich.console import Console

        from gpusim.reports import sensitivity_report

        width = None if sys.stdout.isatty() else PIPE_WIDTH
        if as_json:
            print(sensitivity_report.text(found))
        else:
            sensitivity_report.show(found, Console(width=width, highlight=False))
        if found.interrupted:
            say(f"interrupted after {found.answered} of {found.asked} points; fewer --reps or")
            say("--rows take less time, and the same command starts over")
            raise typer.Exit(INTERRUPTED)
