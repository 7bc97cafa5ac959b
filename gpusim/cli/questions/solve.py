"""`gpusim solve`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from gpusim.cli.errors import INTERRUPTED, guarded, say
from gpusim.cli.options import (
    SCREEN_WIDTH,
    AsJson,
    Capital,
    Model,
    Out,
    Quiet,
    Seed,
    Sets,
    Shocks,
    Strategy,
    Traceback,
    Workers,
    console,
)
from gpusim.cli.progress import progress_bar
from gpusim.cli.save_result import kept_in, save_result, tell_folder

if TYPE_CHECKING:
    from gpusim.experiments.solve.solve import Request


Key: TypeAlias = Annotated[
    str, typer.Option("--for", metavar="PATH=LO:HI", help="What is moved; also *= and +=.")
]
Until: TypeAlias = Annotated[
    list[str],
    typer.Option(
        metavar="METRIC<VALUE", help="What is crossed, such as 'dscr@2028<1'; repeatable."
    ),
]
Probability: TypeAlias = Annotated[
    float | None,
    typer.Option(
        min=0.001, max=0.999, help="Of the condition. Default: the metric's mean is crossed."
    ),
]
Along: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="PATH=LO:HI:N", help="A second key: a break-even at each value."),
]
Reps: TypeAlias = Annotated[int, typer.Option(help="Replications a value at most, from 10.")]
Alpha: TypeAlias = Annotated[
    float, typer.Option(min=0.001, max=0.5, help="Chance that the bracket is wrong.")
]


def solve(
    model: Model,
    key: Key,
    until: Until,
    probability: Probability = None,
    along: Along = None,
    strategy: Strategy = None,
    capital: Capital = None,
    shock: Shocks = None,
    sets: Sets = None,
    reps: Reps = 400,
    alpha: Alpha = 0.05,
    seed: Seed = 1,
    out: Out = None,
    as_json: AsJson = False,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """Find the value of a key at which a metric crosses a target."""
    with guarded(show_traceback=show_traceback):
        from gpusim.api.asked.arguments import point
        from gpusim.api.asked.solve import requests
        from gpusim.results.stored import folder

        folder.refuse_target(out)
        asked = requests(
            point(model, strategy, shock, sets, capital),
            key,
            until,
            probability=probability,
            along=along,
            reps=reps,
            alpha=alpha,
            seed=seed,
            workers=workers,
        )
        _answer(asked, out, as_json=as_json, quiet=quiet)


def _answer(requests: list[Request], out: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Solve, keep and print."""
    from gpusim.api.asked.solve import solved
    from gpusim.experiments.solve.experiment import EXPERIMENT

    began = time.perf_counter()
    with progress_bar("values", quiet=quiet) as progress:
        found = solved(requests, progress)
    from gpusim.reports.printed import solve_report

    path = save_result(EXPERIMENT, found, out, began)
    if as_json:
        print(solve_report.text(found, path))
    else:
        screen = console(SCREEN_WIDTH, as_asked=True)
        for n, one in enumerate(found):
            if n:
                screen.print()
            solve_report.show(one, screen)
        tell_folder(path)
    if found[-1].interrupted:
        done, of = sum(len(one.solved) for one in found), len(requests) * found[-1].asked
        told = f"interrupted after {done} of {of} break-evens"
        say(f"{told}; {kept_in(path, out)}, and fewer --reps take less time")
        raise typer.Exit(INTERRUPTED)
