"""`gpusim bridge`."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from gpusim.cli.bar import bar
from gpusim.cli.exits import guarded
from gpusim.cli.options import LARGEST, WIDE, AsJson, Quiet, Traceback, Workers, console

if TYPE_CHECKING:
    from gpusim.experiments.bridge.bridge import Request


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
            help="Worlds.",
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
    with guarded(show_traceback=show_traceback), ExitStack() as kept:
        from gpusim.experiments.bridge import bridge as experiment
        from gpusim.experiments.common.received import received
        from gpusim.experiments.run.points import Point
        from gpusim.results.opened import open_single
        from gpusim.scenario import Mistake, ScenarioError
        from gpusim.strategies import is_python

        own = [*(sets or ()), *(shock or ())], [*(to_sets or ()), *(to_shock or ())]
        request: Request
        if second is not None:
            named = [name for name in (strategy, to_strategy) if name is not None]
            if own[0] or own[1] or not all(map(is_python, named)):
                what = "two run folders alone, or a model with --to-set, --to-shock, --to-strategy"
                raise ScenarioError([Mistake("bridge", 0, 0, "", "both kinds of ends", what)])
            runs = open_single(first), open_single(second)
            kept.enter_context(received(*runs, named=named))
            (one, n), (other, m) = map(experiment.end_of_run, runs)
            worlds = reps or min(n, m, experiment.MOST_REPLAYED)
            request = experiment.Request(
                one, other, metric, worlds, (first, second), method and method.value, workers
            )
        else:
            if not own[1] and not to_strategy:
                what = "a second run folder, or --to-set, --to-shock, --to-strategy"
                raise ScenarioError([Mistake("bridge", 0, 0, "", "one end", what)])
            base = Point(first, strategy, tuple(shock or ()), tuple(sets or ()))
            goal = base._replace(
                strategy=to_strategy or strategy,
                shocks=(*base.shocks, *(to_shock or ())),
                sets=(*base.sets, *(to_sets or ())),
            )
            request = experiment.Request(
                experiment.End(base, seed),
                experiment.End(goal, seed),
                metric,
                reps or 100,
                (first, f"{first} changed"),
                method and method.value,
                workers,
            )
        with bar("points", quiet=quiet) as progress:
            found = experiment.bridge(request, progress)
        from gpusim.reports import bridge_report

        if as_json:
            print(bridge_report.text(found))
        else:
            bridge_report.show(found, console(WIDE))
