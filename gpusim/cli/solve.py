"""`gpusim solve`."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from gpusim.cli.bar import bar
from gpusim.cli.exits import INTERRUPTED, guarded, say
from gpusim.cli.keeping import kept, kept_in
from gpusim.cli.options import (
    WIDE,
    AsJson,
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


def solve(
    model: Model,
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
    strategy: Strategy = None,
    shock: Shocks = None,
    sets: Sets = None,
    reps: Annotated[
        int, typer.Option(min=10, max=10**6, help="Replications a value at most.")
    ] = 400,
    alpha: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Chance that the bracket is wrong.")
    ] = 0.05,
    seed: Seed = 1,
    out: Out = None,
    as_json: AsJson = False,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """Find the value of a key at which a metric crosses a target."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.saved import answers
        from gpusim.experiments.solve import solve as experiment
        from gpusim.experiments.solve.experiment import EXPERIMENT
        from gpusim.results.folder import near

        answers.refuse(out)
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
        began = time.perf_counter()
        with bar("values", quiet=quiet) as progress:
            for request in requests:
                found.append(experiment.solve(request, progress))
                if found[-1].interrupted:
                    break
        from gpusim.reports import solve_report

        path = kept(EXPERIMENT, found, out, began)
        if as_json:
            print(solve_report.text(found, path))
        else:
            screen = console(WIDE)
            for n, one in enumerate(found):
                if n:
                    screen.print()
                solve_report.show(one, screen)
            if path is not None:
                print(f"written to {near(path)}")
        if found[-1].interrupted:
            done, of = sum(len(one.solved) for one in found), len(requests) * found[-1].asked
            told = f"interrupted after {done} of {of} break-evens"
            say(f"{told}; {kept_in(path, out)}, and fewer --reps take less time")
            raise typer.Exit(INTERRUPTED)
