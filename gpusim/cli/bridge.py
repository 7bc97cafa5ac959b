"""`gpusim bridge`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gpusim.cli.bar import bar
from gpusim.cli.exits import guarded
from gpusim.cli.options import LARGEST, WIDE, AsJson, Quiet, Traceback, Workers, console


class Method(StrEnum):
    """How the difference is split over causes."""

    SHAPLEY = "shapley"
    ORDER = "order"


def bridge(
    first: Annotated[
        str, typer.Argument(metavar="RUN_A|MODEL", help="A run (folder, name, @last), or a model.")
    ],
    second: Annotated[
        str | None, typer.Argument(metavar="RUN_B", help="A run; not with a model.")
    ] = None,
    metric: Annotated[str, typer.Option(metavar="METRIC[@PERIOD]", help="What moved.")] = "equity",
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="A setting of both ends of a model."),
    ] = None,
    shock: Annotated[list[str] | None, typer.Option(help="A shock of both ends.")] = None,
    strategy: Annotated[str | None, typer.Option(help="The strategy of both ends.")] = None,
    to_sets: Annotated[
        list[str] | None,
        typer.Option("--to-set", metavar="PATH=VALUE", help="A setting of the second end."),
    ] = None,
    to_shock: Annotated[list[str] | None, typer.Option(help="A shock of the second end.")] = None,
    to_strategy: Annotated[str | None, typer.Option(help="The second end's strategy.")] = None,
    method: Annotated[
        Method | None,
        typer.Option(help="Default: shapley for up to six causes, else their order."),
    ] = None,
    reps: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=10**6,
            help="Replications.",
            show_default="the runs' own, 400 at most; a model: 100",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST, help="Seed, of a model.")] = 1,
    as_json: AsJson = False,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """What moved a metric between two runs, or two ends of a model; the parts sum exactly."""
    with guarded(show_traceback=show_traceback):
        from gpusim.api import asked
        from gpusim.experiments.bridge import bridge as experiment

        request = asked.bridge(
            first,
            second,
            metric=metric,
            sets=sets or (),
            shocks=shock or (),
            strategy=strategy,
            to_sets=to_sets or (),
            to_shocks=to_shock or (),
            to_strategy=to_strategy,
            method=method and method.value,
            reps=reps,
            seed=seed,
            workers=workers,
        )
        with request as made, bar("points", quiet=quiet) as progress:
            found = experiment.bridge(made, progress)
        from gpusim.reports import bridge_report

        if as_json:
            print(bridge_report.text(found))
        else:
            bridge_report.show(found, console(WIDE))
