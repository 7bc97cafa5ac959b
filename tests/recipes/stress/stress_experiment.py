"""`stress`: one model under a list of shocks, on the same replications, and its declaration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from gpusim.economics.core.state import Floats
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run import points
from gpusim.experiments.run.answer_tables import ends, frame
from gpusim.experiments.run.declaration import Answer, Experiment, Figures, ManifestEntry
from gpusim.experiments.run.evaluate import figures_of
from gpusim.experiments.run.points import Player, Point, Prepared
from gpusim.results import intervals
from gpusim.results.figures import Figure
from gpusim.scenario.language.errors import Mistake, ScenarioError

AS_IS: Final = "as is"


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    model: str
    shocks: tuple[str, ...]
    metric: str = "equity"
    sets: tuple[str, ...] = ()
    strategy: str | None = None
    reps: int = 100
    seed: int = 1
    workers: int | None = None


@dataclass(frozen=True, slots=True)
class Stress:
    """What `stress` found."""

    request: Request
    figure: Figure
    models: tuple[Prepared, ...]  # as it is, then under each shock
    figures: tuple[Floats, ...]  # the same, as far as it came [replications]
    interrupted: bool


def stress(request: Request, progress: Progress | None = None) -> Stress:
    """Simulate a model as it is and under each shock.

    Raises:
        ScenarioError: model, shock or metric is wrong, or there is no shock.
        StrategyError: a strategy of the user's own cannot be loaded.
        RunError: a replication failed.
    """
    if not request.shocks:
        raise ScenarioError([Mistake("stress", 0, 0, "", "no shock", "--shock, once or more")])
    shocks = ((), *((name,) for name in request.shocks))
    models = tuple(
        points.prepare(Point(request.model, request.strategy, own, request.sets)) for own in shocks
    )
    figure = models[0].figure(request.metric)
    told = progress or (lambda done, of: None)
    figures: list[Floats] = []
    try:
        for model in models:
            told(len(figures), len(models))
            player = Player(model, request.seed)
            figures.append(figures_of(model, player, [figure], range(request.reps))[0])
    except KeyboardInterrupt:
        return Stress(request, figure, models, tuple(figures), interrupted=True)
    return Stress(request, figure, models, tuple(figures), interrupted=False)


def manifest_entry(found: Stress) -> ManifestEntry:
    """What its manifest says of it."""
    request, count = found.request, len(found.figures)
    replications = count * request.reps if count > 1 else 0  # alone, the model answers nothing
    strategies = (request.strategy,)
    return ManifestEntry(request, strategies, found.models, count, replications, found.interrupted)


def tables(answers: Sequence[Stress]) -> dict[str, pl.DataFrame]:
    """`stress`: a row a shock, its change of the metric on the same replications."""
    (found,) = answers
    base = found.figures[0]
    names = (AS_IS, *found.request.shocks)
    figure, chance = found.figure, found.figure.is_chance
    rows = [
        {
            "shock": name,
            "metric": figure.text,
            "unit": figure.unit,
            **ends(intervals.of_mean(own, chance=chance), "mean"),
            **ends(intervals.of_difference(own, base, chance=chance), "change"),
        }
        for name, own in zip(names, found.figures, strict=False)
    ]
    return {"stress": frame(rows)}


EXPERIMENT: Final = Experiment(
    "stress",
    "stress",
    Request,
    stress,
    Answer(manifest_entry, tables),
    (Figures("stress", ("shock", "metric"), "mean", ("mean_low", "mean_high")),),
)
