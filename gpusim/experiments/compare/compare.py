"""`compare`: options on the same replications, until it is sure which is best.

An option is a strategy, a shock or a model; the first is the base. Worlds are added until the
selection procedure is sure on every metric, or no more are allowed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.compare.judgement import (
    BATCH,
    NO,
    Measured,
    Satisfied,
    directions,
    judge,
    judged,
    named_values,
    satisfaction,
)
from gpusim.experiments.compare.selection import FIRST_BATCHES
from gpusim.experiments.run import fail_if, points
from gpusim.experiments.run.criteria import Criterion, parse_criterion
from gpusim.experiments.run.evaluate import figures_of
from gpusim.experiments.run.fail_if import Judged
from gpusim.experiments.run.points import Player, Point, Prepared
from gpusim.own_code import called
from gpusim.results.figures import Figure
from gpusim.results.own.metric import names
from gpusim.scenario import Mistake, ScenarioError, bundled_names
from gpusim.scenario.language.limits import FIGURES, OPTIONS

METRICS: Final = (
    "revenue",
    "adjusted_ebitda_margin",
    "shortfall",
    "defaulted",
    "liquidity_lowest",
    "cash_ending",
    "equity",
)
"""What is compared where nothing is asked for."""
MOSTLY: Final = 0.5
"""Share of replications in which conditions that are no chance hold, for an option to meet them."""
STEP: Final = 5
"""Batches added at a time."""
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    models: tuple[str, ...]
    strategies: tuple[str, ...] = ()
    shocks: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    satisfy: tuple[str, ...] = ()
    indifference: tuple[str, ...] = ()  # METRIC=VALUE
    better: tuple[str, ...] = ()  # METRIC=high or METRIC=low
    alpha: float = 0.05
    reps: int = 200
    most: int = 1_000
    seed: int = 1
    workers: int | None = None
    fail_if: tuple[str, ...] = ()

    @property
    def figures(self) -> tuple[str, ...]:
        """Texts in which the user's own metrics may stand."""
        return (*self.metrics, *self.satisfy, *self.fail_if, *self.indifference, *self.better)


class Option(NamedTuple):
    """One of the things compared."""

    name: str
    prepared: Prepared
    same: bool  # as the base


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `compare` found."""

    request: Request
    options: tuple[Option, ...]
    replications: int
    measured: list[Measured]
    criteria: list[Criterion]
    satisfied: list[Satisfied]
    interrupted: bool
    left_out: tuple[str, ...] = ()  # bundled strategies that do not fit the model
    figures: dict[str, Floats] = field(default_factory=dict)  # by metric [options, replications]
    judged: tuple[Judged, ...] = ()  # what came of --fail-if, by option

    @property
    def unmet(self) -> list[str]:
        """Conditions of --satisfy that no option meets."""
        chances = [c.text for c in self.criteria if c.figure.is_chance]
        others = [c.text for c in self.criteria if not c.figure.is_chance]
        failed = [
            f"P[{text}]"
            for n, text in enumerate(chances)
            if all(own.met[n] == NO for own in self.satisfied)
        ]
        if others and all(own.share < MOSTLY for own in self.satisfied):
            failed.append(" and ".join(others))
        return failed


def compare(request: Request, progress: Progress | None = None) -> Comparison:
    """Simulate all options on the same replications and compare them.

    Raises:
        ScenarioError: a model, metric or condition is wrong.
        StrategyError: a strategy of the user's own cannot be loaded.
        RunError: a replication failed.
    """
    options, left_out = options_of(request)
    base = options[0].prepared
    metrics = list(dict.fromkeys(base.figure(text) for text in request.metrics or METRICS))
    criteria = [parse_criterion(text, base) for text in request.satisfy]
    limits = [fail_if.parse(text, base.figure) for text in request.fail_if]
    asked = list(
        dict.fromkeys([*metrics, *(c.figure for c in criteria), *(c.figure for c in limits)])
    )
    for option in options[1:]:
        for figure in asked:
            option.prepared.figure(figure.text)
    _refuse_many(len(options), len(asked), max(request.most, request.reps))
    mine = names(base.metrics)
    matters = [called(text, mine) for text in request.indifference]
    zones = named_values(matters, metrics, "--indifference")
    rules = directions([called(text, mine) for text in request.better], metrics)
    figures, interrupted = measure(request, options, metrics, asked, zones, rules, progress)
    if figures.shape[2] < BATCH * FIRST_BATCHES:
        replications = figures.shape[2]
        return Comparison(request, options, replications, [], criteria, [], interrupted, left_out)
    by_name = {figure.text: figures[:, n] for n, figure in enumerate(asked)}
    measured = [
        judge(figure, by_name[figure.text], options, zones, rules, request) for figure in metrics
    ]
    satisfied = [satisfaction(criteria, by_name, n) for n in range(len(options))]
    return Comparison(
        request,
        options,
        figures.shape[2],
        measured,
        criteria,
        satisfied if criteria else [],
        interrupted,
        left_out,
        by_name,
        tuple(
            limit.judge(by_name[limit.figure.text][n], option.name)
            for limit in limits
            for n, option in enumerate(options)
        ),
    )


def _refuse_many(options: int, metrics: int, replications: int) -> None:
    """Check how many figures would be kept.

    Raises:
        ScenarioError: too many.
    """
    if (count := options * metrics * replications) > FIGURES.most:
        found = f"{count:,} of {metrics:,} metrics and {options:,} options"
        raise ScenarioError([Mistake("compare", 0, 0, "", found, str(FIGURES))])


def options_of(request: Request) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    """The options asked for, made ready, and the bundled strategies that do not fit the model.

    Raises:
        ScenarioError: more than one kind of thing differs, or nothing does.
    """
    models, strategies, shocks = request.models, request.strategies, request.shocks
    left_out: tuple[str, ...] = ()
    if len(models) == 1 and not strategies and not shocks:
        strategies, left_out = fitting(models[0], request.sets)
    kinds = {"models": models, "strategies": strategies, "shocks": shocks}
    several = [kind for kind, names in kinds.items() if len(names) > 1]
    if len(several) != 1:
        found = " and ".join(f"{len(kinds[kind])} {kind}" for kind in several) or "one option"
        what = "two or more models, two or more --strategy, or two or more --shock"
        raise ScenarioError([Mistake("compare", 0, 0, "", found, what)])
    names = kinds[several[0]]
    if len(names) > OPTIONS.most:
        found = f"{len(names):,} {several[0]}"
        raise ScenarioError([Mistake("compare", 0, 0, "", found, str(OPTIONS))])
    if twice := [name for n, name in enumerate(names) if name in names[:n]]:
        what = f"each of the {several[0]} once"
        raise ScenarioError([Mistake("compare", 0, 0, "", f"{twice[0]} twice", what)])
    ready: list[Prepared] = []
    for n in range(len(names)):
        own = {
            kind: given[n if len(given) > 1 else 0 :][:1]  # the one that varies, or the only one
            for kind, given in kinds.items()
        }
        strategy = next((s for s in own["strategies"] if s != NONE), None)
        shock = tuple(s for s in own["shocks"] if s != NONE)
        point = Point(own["models"][0], strategy, shock, request.sets)
        ready.append(points.prepare(point, request.figures))
    base = ready[0]
    options = tuple(
        Option(
            "as is" if name == NONE else name,
            one,
            one.own == base.own and one.scenario.hash() == base.scenario.hash(),
        )
        for name, one in zip(names, ready, strict=True)
    )
    return options, left_out


def fitting(model: str, sets: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The model as it is and the bundled strategies that fit it; and those that do not.

    Raises:
        ScenarioError: the model is wrong, or no strategy fits it.
    """
    points.prepare(Point(model, sets=sets))
    fit, left_out, why = [NONE], [], ""
    for name in bundled_names("strategies"):
        try:
            points.prepare(Point(model, name, sets=sets))
            fit.append(name)
        except ScenarioError as error:
            left_out.append(name)
            why = why or f"{error.mistakes[0].key}: {error.mistakes[0].found}"
    if len(fit) == 1:
        what = "two or more --strategy or --shock, or models"
        found = f"no bundled strategy that fits {model} ({left_out[0]}: {why})"
        raise ScenarioError([Mistake("compare", 0, 0, "", found, what)])
    return tuple(fit), tuple(left_out)


def measure(
    request: Request,
    options: tuple[Option, ...],
    metrics: list[Figure],
    asked: list[Figure],
    zones: Mapping[str, float],
    rules: Mapping[str, bool],
    progress: Progress | None,
) -> tuple[Floats, bool]:
    """Worlds until all metrics are sure.

    Figures [options, metrics, replications], and whether they were cut short: an interrupt after
    the last world cuts nothing short.
    """
    report = progress or (lambda done, of: None)
    players = [Player(option.prepared, request.seed) for option in options]
    most = max(request.most, request.reps) // BATCH * BATCH
    first = min(most, max(-(-request.reps // BATCH) * BATCH, BATCH * FIRST_BATCHES))
    parts: list[Floats] = []
    done, end = 0, first
    report(0, len(options) * most)
    try:
        while True:
            for start in range(done, end, BATCH * STEP):
                replications = range(start, min(end, start + BATCH * STEP))
                parts.append(play_all(options, players, asked, replications, request.workers))
                report(len(options) * replications.stop, len(options) * most)
            done = end
            figures = np.concatenate(parts, axis=2)
            sure = all(
                judged(figures[:, n], figure, zones, rules, request).sure
                for n, figure in enumerate(asked)
                if figure in metrics
            )
            if sure or done >= most:
                return figures, False
            end = min(most, done + BATCH * STEP)
    except KeyboardInterrupt:
        empty = np.zeros((len(options), len(asked), 0))
        figures = np.concatenate([empty, *parts], axis=2)
        return figures, figures.shape[2] < most


def play_all(
    options: tuple[Option, ...],
    players: Sequence[Player],
    asked: list[Figure],
    replications: range,
    workers: int | None,
) -> Floats:
    """All options in some replications [options, metrics, replications]; an option a thread."""
    first = [figures_of(options[0].prepared, players[0], asked, replications)]
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        rest = pool.map(
            lambda n: figures_of(options[n].prepared, players[n], asked, replications),
            range(1, len(options)),
        )
        return np.stack(first + list(rest))
