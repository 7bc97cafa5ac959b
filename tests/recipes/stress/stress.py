"""`gpusim stress`."""

from __future__ import annotations

from typing import Annotated

import typer

from gpusim.cli.errors import guarded
from gpusim.cli.options import AsJson, Model, Out, Quiet, Seed, Sets, Shocks, Traceback, Workers
from gpusim.cli.save_result import answered


def stress(
    model: Model,
    shock: Shocks = None,
    metric: Annotated[str, typer.Option(metavar="METRIC[@PERIOD]", help="What moves.")] = "equity",
    reps: Annotated[int, typer.Option(min=2, max=10**6, help="Replications a shock.")] = 100,
    seed: Seed = 1,
    sets: Sets = None,
    out: Out = None,
    as_json: AsJson = False,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """Tell what each of several shocks changes."""
    with guarded(show_traceback=show_traceback):
        from gpusim.experiments.stress import EXPERIMENT, Request

        request = Request(
            model=model,
            shocks=tuple(shock or ()),
            metric=metric,
            sets=tuple(sets or ()),
            reps=reps,
            seed=seed,
            workers=workers,
        )
        answered(EXPERIMENT, request, out, as_json=as_json, quiet=quiet)
