"""`gpusim solve`."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from gpusim.cli.bar import bar
from gpusim.cli.exits import INTERRUPTED, guarded, say

PIPE_WIDTH: Final = 200
LARGEST: Final = 2**63 - 1


def solve(
    model: Annotated[str, typer.Argument(help="A bundled model's name, or a model file.")],
    key: Annotated[
        str, typer.Option("--for", metavar="PATH=LO:HI", help="What is moved; also *= and +=.")
    ],
    until: Annotated[
        list[str],
        typer.Option(
            metavar="METRIC<VALUE", help="What is crossed, such as 'dscr@2028<1'; repeatable."
        ),
    ],
    probability: Annotated[
        float | None,
        typer.Option(
            min=0.001, max=0.999, help="Of the condition. Default: the metric's mean is crossed."
        ),
    ] = None,
    along: Annotated[
        str | None,
        typer.Option(metavar="PATH=LO:HI:N", help="A second key: a break-even at each value."),
    ] = None,
    strategy: Annotated[str | None, typer.Option(help="A strategy.")] = None,
    shock: Annotated[list[str] | None, typer.Option(help="A shock; repeatable.")] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change a value; also *= and +=."),
    ] = None,
    reps: Annotated[int, typer.Option(min=10, max=10**6, help="Worlds a value at most.")] = 400,
    alpha: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Chance that the bracket is wrong.")
    ] = 0.05,
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
    """Find the value of a key at which a metric crosses a target."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments import solve as experiment

        requests = [
            experiment.Request(
                model=model,
                key=key,
                until=one,
                probability=probability,
                along=along,
                strategy=strategy,
                shocks=tuple(shock or ()),
                sets=tuple(sets or ()),
                reps=reps,
                alpha=alpha,
                seed=seed,
                workers=workers,
            )
            for one in until
        ]
        experiment.refuse(requests)
        found: list[experiment.Solution] = []
        with bar("values", quiet=quiet) as progress:
            for request in requests:
                found.append(experiment.solve(request, progress))
                if found[-1].interrupted:
                    break
        from rich.console import Console

        from gpusim.reports import solve_report

        width = None if sys.stdout.isatty() else PIPE_WIDTH
        if as_json:
            print(solve_report.text(found))
        else:
            console = Console(width=width, highlight=False)
            for n, one in enumerate(found):
                if n:
                    console.print()
                solve_report.show(one, console)
        if found[-1].interrupted:
            done, of = sum(len(one.solved) for one in found), len(requests) * found[-1].asked
            say(f"interrupted after {done} of {of} break-evens; the same command starts over,")
            say("and fewer --reps take less time")
            raise typer.Exit(INTERRUPTED)
