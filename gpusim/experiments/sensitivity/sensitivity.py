"""`sensitivity`: which inputs move a metric, and where in their space something happens.

Every point meets the same replications, so that what is told is the input's doing;
how much of a figure the draws leave open is measured and said.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.common.inputs import Input, inputs_of
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run import points
from gpusim.experiments.run.criteria import Criterion, parse_criterion
from gpusim.experiments.run.evaluate import Answer, Answers, evaluate
from gpusim.experiments.run.points import Base, Point, Prepared
from gpusim.experiments.sensitivity import morris
from gpusim.experiments.sensitivity import prim as discover
from gpusim.experiments.sensitivity import sobol as indices
from gpusim.experiments.sensitivity.bars import Bar, bars_of, one_by_one
from gpusim.experiments.sensitivity.morris import Effect
from gpusim.experiments.sensitivity.prim import Box
from gpusim.experiments.sensitivity.sobol import Indices
from gpusim.results import intervals
from gpusim.results.figures import Figure
from gpusim.results.intervals import Interval
from gpusim.scenario import Mistake, ScenarioError
from gpusim.scenario.language.limits import ASKED, FIGURES, LEVELS

TORNADO, MORRIS, SOBOL, DISCOVER = METHODS = ("tornado", "morris", "sobol", "discover")
METRIC: Final = "equity"
EVENT: Final = "defaulted>=1"
WORLDS: Final = {TORNADO: 40, MORRIS: 20, SOBOL: 20, DISCOVER: 20}
"""Replications a point where none are asked for."""
ROWS: Final = {MORRIS: 10, SOBOL: 64, DISCOVER: 400}
"""Walks, rows of the base design, points, where none are asked for."""
TOP: Final = 6
"""Inputs of sobol and discover where none are asked for: the first of the tornado."""
SCREENING_REPLICATIONS: Final = 10
FEWEST_POINTS: Final = 40
"""An interrupted discovery with fewer points tells nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    model: str
    method: str = TORNADO
    vary: tuple[str, ...] = ()
    metric: str = METRIC
    when: str = EVENT
    strategy: str | None = None
    shocks: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    reps: int | None = None
    rows: int | None = None
    top: int = TOP
    seed: int = 1
    workers: int | None = None
    capital: str | None = None  # an option of capital, a bundled name or a file

    @property
    def point(self) -> Point:
        """The model with what is laid over it."""
        return Point(self.model, self.strategy, self.shocks, self.sets, self.capital)

    @property
    def replications(self) -> int:
        """Replications a point."""
        return self.reps or WORLDS[self.method]

    @property
    def design_rows(self) -> int:
        """Size of the design."""
        return self.rows or ROWS[self.method]

    @property
    def threads(self) -> int:
        """Threads that points are asked on."""
        return self.workers or os.cpu_count() or 1


def no_levels() -> Floats:
    """Levels of no points."""
    return np.zeros((0, 0))


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What `sensitivity` found; of the methods, only the one asked for is filled."""

    request: Request
    base: Base
    prepared: Prepared  # the model as it is
    figure: Figure
    inputs: list[Input]
    asked: int  # points
    answered: int
    interrupted: bool
    levels: Floats = field(
        default_factory=no_levels
    )  # of each input at each point [points, inputs]; NaN: as it stands
    answers: Sequence[Answer | None] = ()  # by point
    at_base: Interval | None = None
    bars: list[Bar] | None = None
    effects: list[Effect] | None = None
    walks: int = 0
    indices: Indices | None = None
    criterion: Criterion | None = None
    box: Box | None = None
    share: float = 0.0  # of all replications with the event
    refused: int = 0  # points that cannot be simulated
    screened: int = 0  # inputs from which the tornado chose
    stuck: tuple[str, ...] = ()  # inputs left out: they cannot be moved to both ends alone


def sensitivity(request: Request, progress: Progress | None = None) -> Sensitivity:
    """Vary inputs and tell what they do.

    Raises:
        ScenarioError: model, metric, range or design is wrong.
        StrategyError: a strategy of the user's own cannot be loaded.
        RunError: a replication failed.
    """
    base = points.base(request.point, (request.metric, request.when))
    prepared = points.at(base)
    criterion = parse_criterion(request.when, prepared)
    figure = criterion.figure if request.method == DISCOVER else prepared.figure(request.metric)
    inputs = inputs_of(prepared.scenario, request.vary)
    refuse_size(request, len(inputs))
    screened = 0
    if request.method in (SOBOL, DISCOVER) and not request.vary:
        screened = len(inputs)
        inputs, interrupted = screen(request, base, figure, inputs, progress)
        if interrupted:
            return Sensitivity(
                request, base, prepared, figure, inputs, screened, 0, interrupted=True
            )
    found = Sensitivity(request, base, prepared, figure, inputs, 0, 0, False, screened=screened)
    if request.method == TORNADO:
        return tornado(found, progress)
    if request.method == MORRIS:
        return elementary(found, progress)
    if request.method == SOBOL:
        return variance(found, progress)
    return region(found, criterion, progress)


def refuse_size(request: Request, inputs: int) -> None:
    """Check the size of the design, before it is made.

    inputs: how many there are, before some are chosen from them.

    Raises:
        ScenarioError: there are too many points; Sobol' points come in powers of two.
    """
    rows = request.rows
    for moved, answered, replications in sizes_of(request, inputs):
        of = f"{moved:,} inputs at {answered:,} points in {replications:,} replications"
        for count, limit in (
            (answered, ASKED),
            (moved * answered, LEVELS),
            (answered * replications, FIGURES),
        ):
            if count > limit.most:
                what = f"{count:,} of {of}"
                raise ScenarioError([Mistake("sensitivity", 0, 0, "", what, str(limit))])
    if request.method == SOBOL and rows is not None and rows & (rows - 1):
        what = f"a power of two, such as {1 << (rows.bit_length() - 1)}"
        raise ScenarioError([Mistake(f"--rows {rows}", 0, 0, "", str(rows), what)])


def sizes_of(request: Request, inputs: int) -> Iterator[tuple[int, int, int]]:
    """Inputs, points and replications of each design that a request takes."""
    chosen = inputs
    if request.method == TORNADO:
        yield inputs, 1 + 2 * inputs, request.replications
        return
    if request.method in (SOBOL, DISCOVER) and not request.vary and inputs > request.top:
        yield inputs, 1 + 2 * inputs, SCREENING_REPLICATIONS
        chosen = request.top
    each = {MORRIS: chosen + 1, SOBOL: chosen + 2, DISCOVER: 1}[request.method]
    yield chosen, request.design_rows * each, request.replications


def screen(
    request: Request, base: Base, figure: Figure, inputs: list[Input], progress: Progress | None
) -> tuple[list[Input], bool]:
    """The inputs that a quick tornado puts first, both ends of which can be simulated."""
    if len(inputs) <= request.top:
        return inputs, False
    settings = [settings_at(inputs, row) for row in one_by_one(len(inputs))]
    replications = range(SCREENING_REPLICATIONS)
    answers = evaluate(
        base, settings, [figure], request.seed, replications, request.threads, progress
    )
    if answers.interrupted:
        return inputs, True
    bars = bars_of(inputs, answers.by_point, figure)
    fit = [bar for bar in bars if not bar.refused]
    return [bar.input for bar in fit[: request.top]], False


def tornado(found: Sensitivity, progress: Progress | None) -> Sensitivity:
    """Each input at both ends of its range, the others as they are."""
    inputs = found.inputs
    levels = one_by_one(len(inputs))
    answers = asked(found, levels, progress)
    kept = [n for n in range(len(inputs)) if all(answers.by_point[2 * n + 1 : 2 * n + 3])]
    first = answers.by_point[0]
    told = [first, *(answers.by_point[2 * n + k] for n in kept for k in (1, 2))]
    bars = bars_of([inputs[n] for n in kept], told, found.figure) if first is not None else []
    return replaced(
        found,
        levels,
        answers,
        bars=bars,
        at_base=None
        if first is None
        else intervals.of_mean(
            first.figures[0], chance=found.figure.is_chance, planned=found.figure.planned
        ),
    )


def elementary(found: Sensitivity, progress: Progress | None) -> Sensitivity:
    """Morris' elementary effects."""
    request = found.request
    inputs = compatible(
        request, found.base, [one for one in found.inputs if movable(found.base, one)]
    )
    stuck = tuple(one.name for one in found.inputs if one not in inputs)
    found = replace(found, inputs=inputs, stuck=stuck)
    if not inputs:
        return found
    walks = morris.trajectories(len(inputs), request.design_rows, request.seed)
    flat = walks.reshape(-1, len(inputs))
    answers = asked(found, flat, progress)
    figures = stacked(answers, request.replications).reshape(*walks.shape[:2], request.replications)
    whole = int((~np.isnan(figures).any(axis=(1, 2))).sum())
    effects = morris.effects(walks, figures, request.seed) if whole > 1 else None
    return replaced(found, flat, answers, effects=effects, walks=whole)


def compatible(request: Request, base: Base, inputs: list[Input]) -> list[Input]:
    """Inputs without those whose values cannot all hold at once, such as correlations.

    What walks would be refused for is told by a key; the inputs below it stay as they are.
    """
    while inputs:
        walks = morris.trajectories(len(inputs), request.design_rows, request.seed)
        rows = walks[:, (0, -1)].reshape(-1, len(inputs))
        keys = (refusal(base, settings_at(inputs, row)) for row in rows)
        key = next((key for key in keys if key), "")
        kept = [one for one in inputs if not key or not below(one, key)]
        if len(kept) == len(inputs):
            return inputs
        inputs = kept
    return inputs


def refusal(base: Base, sets: Sequence[str]) -> str:
    """The key that a scenario with some settings is refused for; empty where it is not."""
    try:
        points.at(base, sets)
    except ScenarioError as error:
        return error.mistakes[0].key
    return ""


def below(one: Input, key: str) -> bool:
    """Whether an input has a value at or below a key."""
    return any(f"{leaf.path}.".startswith(f"{key}.") for leaf in one.leaves)


def movable(base: Base, one: Input) -> bool:
    """Whether a scenario with an input at either end can be simulated."""
    try:
        for level in (0.0, 1.0):
            points.at(base, one.at(level))
    except ScenarioError:
        return False
    return True


def variance(found: Sensitivity, progress: Progress | None) -> Sensitivity:
    """Sobol' indices."""
    request, inputs = found.request, found.inputs
    kept: list[tuple[Floats, Answers]] = []

    def response(rows: Floats) -> Floats:
        answers = asked(found, rows, progress)
        kept.append((rows, answers))
        if answers.interrupted:
            raise _CutShortError
        refuse_holes(answers)
        return stacked(answers, request.replications)

    try:
        told = indices.sobol(response, len(inputs), request.design_rows, request.seed)
    except _CutShortError:
        told = None
    return replaced(found, *kept[0], indices=told)


class _CutShortError(Exception):
    """Interrupted: indices need the whole design."""


def refuse_holes(answers: Answers) -> None:
    """Check that every point of a balanced design can be simulated and has the metric.

    Raises:
        ScenarioError: one cannot, and why.
    """
    for one in answers.by_point:
        if one is not None and (one.refused or np.isnan(one.figures).any()):
            why = one.refused or "the metric is undefined there"
            what = "a range (--vary) whose every combination can be simulated"
            raise ScenarioError([Mistake("a point of the design", 0, 0, "", why, what)])


def region(found: Sensitivity, criterion: Criterion, progress: Progress | None) -> Sensitivity:
    """Scenario discovery by PRIM on Latin hypercube points."""
    from scipy.stats import qmc  # here: half a second that other commands need not pay

    request, inputs = found.request, found.inputs
    rng = np.random.default_rng(request.seed)
    design = qmc.LatinHypercube(len(inputs), rng=rng).random(request.design_rows)
    answers = asked(found, design, progress)
    figures = stacked(answers, request.replications)
    there = ~np.isnan(figures).all(axis=1)
    cases = criterion.holds(figures[there]).astype(np.float64)
    told = len(cases) >= FEWEST_POINTS
    return replaced(
        found,
        design,
        answers,
        criterion=criterion,
        box=discover.find_box(design[there], cases) if told else None,
        share=float(cases.mean()) if len(cases) else 0.0,
    )


def asked(found: Sensitivity, levels: Floats, progress: Progress | None) -> Answers:
    """Answers at some points [points, inputs], in the request's replications."""
    request = found.request
    settings = [settings_at(found.inputs, row) for row in levels]
    replications = range(request.replications)
    return evaluate(
        found.base, settings, [found.figure], request.seed, replications, request.threads, progress
    )


def settings_at(inputs: Sequence[Input], levels: Floats) -> tuple[str, ...]:
    """The settings of a point of the unit cube; an input at NaN stays as it is."""
    pairs = zip(inputs, levels, strict=True)
    moved = [(one, level) for one, level in pairs if not np.isnan(level)]
    return tuple(text for one, level in moved for text in one.at(float(level)))


def stacked(answers: Answers, replications: int) -> Floats:
    """The figures of all points [points, replications]; NaN where there are none."""
    nothing = np.full(replications, np.nan)
    return np.stack([nothing if a is None else a.figures[0] for a in answers.by_point])


def replaced(found: Sensitivity, levels: Floats, answers: Answers, **fields: object) -> Sensitivity:
    """The result with what a method found."""
    given = [a for a in answers.by_point if a is not None]
    return replace(
        found,
        asked=len(answers.by_point),
        answered=len(given),
        interrupted=answers.interrupted,
        levels=levels,
        answers=answers.by_point,
        refused=sum(bool(a.refused) for a in given),
        **fields,  # type: ignore[arg-type]
    )
