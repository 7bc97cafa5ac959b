"""`compare`: options on the same replications, until it is sure which is best.

An option is a strategy, an option of capital, a shock or a model; the first is the base. Crossed,
every one of a kind, or of several kinds each with each, is played under every shock. Replications
are added until the selection procedure is sure on every metric, or no more are allowed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.experiments.common.drawn_sets import DrawnInputs
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.compare import cross
from gpusim.experiments.compare.cross import Crossed
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
    zone_of,
)
from gpusim.experiments.compare.options import Option, Options, options_of
from gpusim.experiments.compare.selection import FIRST_BATCHES
from gpusim.experiments.run import fail_if
from gpusim.experiments.run.criteria import Criterion, parse_criterion
from gpusim.experiments.run.drawn_points import DrawnPlayers
from gpusim.experiments.run.evaluate import figures_of
from gpusim.experiments.run.fail_if import FailIf, Judged
from gpusim.experiments.run.points import Player
from gpusim.own_code import called
from gpusim.results.drawn.sets import DRAWN, EACH, FIXED
from gpusim.results.figures import Figure
from gpusim.results.own.metric import names
from gpusim.scenario import Mistake, ScenarioError
from gpusim.scenario.language.limits import FIGURES

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
OF_CAPITAL: Final = ("equity_irr", "shortfall", "breach")
"""What options of capital are compared by: owners' return, what stays unpaid, what lenders test."""
MOSTLY: Final = 0.5
"""Share of replications in which conditions that are no chance hold, for an option to meet them."""
STEP: Final = 5
"""Batches added at a time."""


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
    capital: tuple[str, ...] = ()
    cross: bool = False
    inputs: str = FIXED  # whether inputs are drawn, the same sets for all options, or as stated

    @property
    def drawn(self) -> int | None:
        """The seed by which inputs are drawn; None: all as stated."""
        return self.seed if self.inputs == DRAWN else None

    @property
    def batch(self) -> int:
        """Replications whose mean is one figure for the selection procedure: of a set, if drawn."""
        return BATCH if self.drawn is None else EACH

    def sets_of(self, replications: int) -> Ints | None:
        """The set of drawn inputs of each of the first replications; None: none is drawn."""
        return None if self.drawn is None else np.arange(replications) // EACH

    @property
    def by_default(self) -> tuple[str, ...]:
        """Metrics where none is asked for."""
        return OF_CAPITAL if len(self.capital) > 1 else METRICS

    @property
    def figures(self) -> tuple[str, ...]:
        """Texts in which the user's own metrics may stand."""
        return (*self.metrics, *self.satisfy, *self.fail_if, *self.indifference, *self.better)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `compare` found."""

    request: Request
    compared: Options
    replications: int
    measured: list[Measured]  # crossed: none
    criteria: list[Criterion]
    satisfied: list[Satisfied]
    interrupted: bool
    crossed: list[Crossed] = field(default_factory=list)
    figures: dict[str, Floats] = field(default_factory=dict)  # by metric [options, replications]
    judged: tuple[Judged, ...] = ()  # what came of --fail-if, by option
    drawn: DrawnInputs | None = None  # which inputs were drawn; None: none, all as stated

    @property
    def trials(self) -> int:
        """What intervals count: sets of drawn inputs, or replications where none is drawn."""
        return self.trials_in(self.replications)

    @property
    def counted(self) -> str:
        """What those are called."""
        return "replications" if self.drawn is None else "sets of drawn inputs"

    def trials_in(self, replications: int) -> int:
        """Sets that so many replications are of, or replications where no inputs are drawn."""
        return replications if self.drawn is None else -(-replications // EACH)

    @property
    def options(self) -> tuple[Option, ...]:
        """All of them, the base first."""
        return self.compared.every

    @property
    def has_answer(self) -> bool:
        """Whether there were replications enough to say anything."""
        return bool(self.measured or self.crossed)

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
    compared = options_of(request)
    asked = _asked(request, compared.every)
    play = Playing(request, compared.every, asked.figures)
    figures, interrupted = measure(request, compared, asked, play, progress)
    replications = figures.shape[2]
    sets = request.sets_of(replications)
    if replications < request.batch * FIRST_BATCHES:
        return Comparison(request, compared, replications, [], asked.criteria, [], interrupted)
    by_name = {figure.text: figures[:, n] for n, figure in enumerate(asked.figures)}
    options, rules = compared.every, (asked.zones, asked.rules, request)
    measured, crossed = [], []
    for one in asked.metrics:
        own = by_name[one.text]
        if compared.shocks:
            crossed.append(cross.crossed(one, own, len(compared.shocks), *rules))
        else:
            measured.append(judge(one, own, options, *rules))
    return Comparison(
        request,
        compared,
        replications,
        measured,
        asked.criteria,
        [
            satisfaction(asked.criteria, by_name, n, sets)
            for n in range(len(options))
            if asked.criteria
        ],
        interrupted,
        crossed,
        by_name,
        tuple(
            limit.judge(by_name[limit.figure.text][n], option.name, sets)
            for limit in asked.limits
            for n, option in enumerate(options)
        ),
        play.drawn(),
    )


class _Asked(NamedTuple):
    """What is asked of every option."""

    metrics: list[Figure]
    criteria: list[Criterion]
    limits: list[FailIf]
    zones: dict[str, float]
    rules: dict[str, bool]

    @property
    def figures(self) -> list[Figure]:
        """All that is read of a replication, the metrics first."""
        of_criteria = (criterion.figure for criterion in self.criteria)
        of_limits = (limit.figure for limit in self.limits)
        return list(dict.fromkeys([*self.metrics, *of_criteria, *of_limits]))


def _asked(request: Request, options: tuple[Option, ...]) -> _Asked:
    """What is asked of every option.

    Raises:
        ScenarioError: a metric or condition is wrong, or some option has no such figure.
    """
    base = options[0].prepared
    texts = request.metrics or request.by_default
    metrics = list(dict.fromkeys(base.figure(text) for text in texts))
    mine = names(base.metrics)
    matters = [called(text, mine) for text in request.indifference]
    asked = _Asked(
        metrics,
        [parse_criterion(text, base) for text in request.satisfy],
        [fail_if.parse(text, base.figure) for text in request.fail_if],
        named_values(matters, metrics, "--indifference"),
        directions([called(text, mine) for text in request.better], metrics),
    )
    for option in options[1:]:
        for figure in asked.figures:
            option.prepared.figure(figure.text)
    _refuse_many(len(options), len(asked.figures), max(request.most, request.reps))
    return asked


def _refuse_many(options: int, metrics: int, replications: int) -> None:
    """Check how many figures would be kept.

    Raises:
        ScenarioError: too many.
    """
    if (count := options * metrics * replications) > FIGURES.most:
        found = f"{count:,} of {metrics:,} metrics and {options:,} options"
        raise ScenarioError([Mistake("compare", 0, 0, "", found, str(FIGURES))])


class Playing:
    """All options in some replications; where inputs are drawn, on the same sets of them."""

    def __init__(self, request: Request, options: tuple[Option, ...], asked: list[Figure]) -> None:
        self.request, self.options, self.asked = request, options, asked
        points = [option.prepared for option in options]
        self.on_sets: DrawnPlayers | None = None
        self.players: list[Player] = []
        if request.drawn is None:
            self.players = [Player(one, request.seed) for one in points]
        else:
            self.on_sets = DrawnPlayers(points, [request.seed] * len(points))

    def figures(self, replications: range) -> Floats:
        """Figures [options, metrics, replications]."""
        own, workers = self.asked, self.request.workers
        if self.on_sets is not None:
            return self.on_sets.figures(own, replications, workers)
        return play_all(self.options, self.players, own, replications, workers)

    def drawn(self) -> DrawnInputs | None:
        """Which inputs were drawn so far; None where all are as stated."""
        return None if self.on_sets is None else self.on_sets.drawn()


def measure(
    request: Request, compared: Options, asked: _Asked, play: Playing, progress: Progress | None
) -> tuple[Floats, bool]:
    """Replications until all metrics are sure.

    Figures [options, metrics, replications], and whether they were cut short: an interrupt after
    the last replication cuts nothing short.
    """
    options, every = compared.every, asked.figures
    report = progress or (lambda done, of: None)
    batch = request.batch
    most = max(request.most, request.reps) // batch * batch
    first = min(most, max(-(-request.reps // batch) * batch, batch * FIRST_BATCHES))
    parts: list[Floats] = []
    done, end = 0, first
    report(0, len(options) * most)
    try:
        while True:
            for start in range(done, end, batch * STEP):
                replications = range(start, min(end, start + batch * STEP))
                parts.append(play.figures(replications))
                report(len(options) * replications.stop, len(options) * most)
            done = end
            figures = np.concatenate(parts, axis=2)
            if done >= most or _sure(request, compared, asked, figures):
                return figures, False
            end = min(most, done + batch * STEP)
    except KeyboardInterrupt:
        empty = np.zeros((len(options), len(every), 0))
        figures = np.concatenate([empty, *parts], axis=2)
        return figures, figures.shape[2] < most


def _sure(request: Request, compared: Options, asked: _Asked, figures: Floats) -> bool:
    """Whether every metric's first place is sure [options, metrics, replications]."""
    for n, metric in enumerate(asked.metrics):  # the first of all figures
        own = figures[:, n]
        if compared.shocks:
            own = cross.over_shocks(own, len(compared.shocks))
        zone = zone_of(metric, own, asked.zones)
        if not judged(own, metric, zone, asked.rules, request).sure:
            return False
    return True


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
