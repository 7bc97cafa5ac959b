"""`gpusim bridge`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from gpusim.cli.errors import guarded
from gpusim.cli.options import LARGEST, SCREEN_WIDTH, AsJson, Quiet, Traceback, Workers, console
from gpusim.cli.progress import progress_bar


class Method(StrEnum):
    """How the difference is split over causes."""

    SHAPLEY = "shapley"
    ORDER = "order"


First: TypeAlias = Annotated[
    str, typer.Argument(metavar="RUN_A|MODEL", help="A run (folder, name, @last), or a model.")
]
Second: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="RUN_B", help="A run; not with a model.")
]
Moved: TypeAlias = Annotated[str, typer.Option(metavar="METRIC[@PERIOD]", help="What moved.")]
BothSets: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="A setting of both ends of a model."),
]
BothShocks: TypeAlias = Annotated[list[str] | None, typer.Option(help="A shock of both ends.")]
BothStrategy: TypeAlias = Annotated[str | None, typer.Option(help="The strategy of both ends.")]
BothCapital: TypeAlias = Annotated[
    str | None, typer.Option(help="The option of capital of both ends.")
]
ToSets: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--to-set", metavar="PATH=VALUE", help="A setting of the second end."),
]
ToShocks: TypeAlias = Annotated[list[str] | None, typer.Option(help="A shock of the second end.")]
ToStrategy: TypeAlias = Annotated[
    str | None, typer.Option(help="The second end's strategy; none: without one.")
]
ToCapital: TypeAlias = Annotated[
    str | None, typer.Option(help="The second end's option of capital; none: without one.")
]
How: TypeAlias = Annotated[
    Method | None, typer.Option(help="Default: shapley for up to six causes, else their order.")
]
Reps: TypeAlias = Annotated[
    int | None,
    typer.Option(
        help="Replications, from 2.",
        show_default="the runs' own, 400 at most; a model: 100",
    ),
]
SeedOfModel: TypeAlias = Annotated[int, typer.Option(min=0, max=LARGEST, help="Seed, of a model.")]


def bridge(
    first: First,
    second: Second = None,
    metric: Moved = "equity",
    sets: BothSets = None,
    shock: BothShocks = None,
    strategy: BothStrategy = None,
    capital: BothCapital = None,
    to_sets: ToSets = None,
    to_shock: ToShocks = None,
    to_strategy: ToStrategy = None,
    to_capital: ToCapital = None,
    method: How = None,
    reps: Reps = None,
    seed: SeedOfModel = 1,
    as_json: AsJson = False,
    workers: Workers = None,
    quiet: Quiet = False,
    show_traceback: Traceback = False,
) -> None:
    """What moved a metric between two runs, or two ends of a model; the parts sum exactly."""
    with guarded(show_traceback=show_traceback):
        from gpusim.api.asked.bridge import request
        from gpusim.experiments.bridge import bridge as experiment

        asked = request(
            first,
            second,
            metric=metric,
            shared=(strategy, shock, sets, capital),
            changed=(to_strategy, to_shock, to_sets, to_capital),
            method=method and method.value,
            reps=reps,
            seed=seed,
            workers=workers,
        )
        with asked as made, progress_bar("points", quiet=quiet) as progress:
            found = experiment.bridge(made, progress)
        from gpusim.reports.printed import bridge_report

        if as_json:
            print(bridge_report.text(found))
        else:
            bridge_report.show(found, console(SCREEN_WIDTH, as_asked=True))
