"""How options are judged: the best by each metric, by how much, and who meets the conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.experiments.compare import paired, selection
from gpusim.experiments.compare.paired import Paired, Regret
from gpusim.experiments.compare.selection import FIRST_BATCHES, Choice
from gpusim.experiments.run.criteria import Criterion
from gpusim.results import intervals
from gpusim.results.drawn.sets import by_set
from gpusim.results.figures import Figure
from gpusim.results.intervals import Interval
from gpusim.results.metric import Better
from gpusim.scenario import Mistake, ScenarioError

if TYPE_CHECKING:
    from gpusim.experiments.compare.compare import Request
    from gpusim.experiments.compare.options import Option

YES, NO, UNSURE = "yes", "no", "unsure"
BATCH: Final = 10
"""Replications whose mean is one figure for the selection procedure: nearly normal, still many."""
SHARE_ZONE, CHANCE_ZONE = 0.01, 0.02
"""Indifference where none is given: of the largest mean, and of a probability."""
LEAST_ZONE: Final = 1e-6
"""The same of a figure of `units`, where a dollar may be much: prices are a few an hour."""
RATIO_UNITS: Final = ("share", "ratio", "probability", "1/year")


class Measured(NamedTuple):
    """One metric of all options."""

    figure: Figure
    higher: bool  # whether more is better
    figures: Floats  # [options, replications]
    means: list[Interval]
    against_base: list[Paired]  # the base with itself first
    regret: list[Regret]
    indifference: float
    choice: Choice
    undefined: int  # replications in which some option's figure is undefined


class Satisfied(NamedTuple):
    """How an option fares with the conditions."""

    chances: list[tuple[str, float, float, float]]  # condition on a probability, mean, low, high
    met: list[str]  # yes, no or unsure, for each of them
    share: float  # of replications in which all other conditions hold; NaN if there are none
    low: float
    high: float


def judged(
    figures: Floats,
    figure: Figure,
    zone: float,
    rules: Mapping[str, bool],
    request: Request,
) -> Choice:
    """The selection procedure on one metric [options, replications]; zone: see `zone_of`."""
    defined = ~np.any(np.isnan(figures), axis=0)
    kept, sets = figures[:, defined], request.sets_of(len(defined))
    sets = None if sets is None else sets[defined]
    means = batched(kept, sets)
    if means.shape[1] < FIRST_BATCHES:
        everyone = tuple(range(len(figures)))
        return Choice(0, everyone, (0,) * len(figures), means.shape[1], sure=False)
    higher = rules[figure.text]
    found = selection.select(
        means,
        zone,
        request.alpha,
        higher=higher,
        least_variance=rare(request.batch) if figure.is_chance else 0.0,
        first=max(FIRST_BATCHES, min(request.reps // request.batch, means.shape[1])),
    )
    return selection.upheld(
        kept, found, zone, request.alpha, higher=higher, chance=figure.is_chance, sets=sets
    )


def rare(batch: int) -> float:
    """Variance of a batch's share if one of the first stage's pairs of replications had differed.

    batch: replications of one.
    """
    return 1 / (batch * FIRST_BATCHES + 2) / batch


def batched(figures: Floats, sets: Ints | None = None) -> Floats:
    """Means of batches of figures that all options have [options, batches].

    sets: of drawn inputs, by replication: each is a batch.
    """
    if sets is not None:
        by_option: Floats = by_set(figures.T, sets).T if figures.size else figures
        return by_option
    whole = figures.shape[1] // BATCH * BATCH
    means: Floats = figures[:, :whole].reshape(len(figures), -1, BATCH).mean(axis=2)
    return means


def zone_of(figure: Figure, figures: Floats, zones: Mapping[str, float]) -> float:
    """The least difference that matters, where none is given from the first stage's means."""
    if figure.text in zones:
        return zones[figure.text]
    if figure.unit in RATIO_UNITS:
        return CHANCE_ZONE if figure.is_chance else SHARE_ZONE
    first = figures[:, : BATCH * FIRST_BATCHES]
    means = [abs(float(own[~np.isnan(own)].mean())) for own in first if not np.isnan(own).all()]
    return max(SHARE_ZONE * max(means, default=0.0), LEAST_ZONE if figure.planned else 1.0)


def judge(
    figure: Figure,
    figures: Floats,
    options: tuple[Option, ...],
    zones: Mapping[str, float],
    rules: Mapping[str, bool],
    request: Request,
) -> Measured:
    """All that is said of one metric."""
    higher, zone = rules[figure.text], zone_of(figure, figures, zones)
    sets = request.sets_of(figures.shape[1])
    return Measured(
        figure,
        higher,
        figures,
        [
            intervals.of_mean(own, chance=figure.is_chance, planned=figure.planned, sets=sets)
            for own in figures
        ],
        [
            paired.paired(
                own,
                figures[0],
                higher=higher,
                chance=figure.is_chance,
                same=option.same,
                planned=figure.planned,
                sets=sets,
            )
            for own, option in zip(figures, options, strict=True)
        ],
        paired.regrets(figures, higher=higher, sets=sets),
        zone,
        judged(figures, figure, zone, rules, request),
        int(np.isnan(figures).any(axis=0).sum()),
    )


def satisfaction(
    criteria: list[Criterion], figures: Mapping[str, Floats], n: int, sets: Ints | None = None
) -> Satisfied:
    """How one option fares: conditions on chances, and replications in which the others hold.

    sets: of drawn inputs, by replication.
    """
    chances, met = [], []
    holds: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None
    for criterion in criteria:
        own = figures[criterion.figure.text][n]
        if criterion.figure.is_chance:
            low, high = intervals.of_chance(own, sets)
            chances.append((criterion.text, float(own.mean()), low, high))
            ends = criterion.holds(np.array([low, high]))
            met.append(YES if ends.all() else NO if not ends.any() else UNSURE)
        else:
            each = criterion.holds(own)
            holds = each if holds is None else holds & each
    if holds is None:
        return Satisfied(chances, met, np.nan, np.nan, np.nan)
    low, high = intervals.of_chance(holds, sets)
    return Satisfied(chances, met, float(holds.mean()), low, high)


def named_values(texts: Sequence[str], metrics: list[Figure], option: str) -> dict[str, float]:
    """METRIC=VALUE by metric.

    Raises:
        ScenarioError: not of that form, not positive, or of a metric that is not compared.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, _, value = text.partition("=")
        refuse_unknown(name, metrics, f"{option} {text}")
        try:
            amount = float(value.replace("_", ""))
        except ValueError:
            amount = float("nan")
        if not 0 < amount < float("inf"):
            found_text = repr(value)
            what = "METRIC=VALUE with a value above 0"
            raise ScenarioError([Mistake(f"{option} {text}", 0, 0, "", found_text, what)])
        found[name] = amount
    return found


def directions(texts: Sequence[str], metrics: list[Figure]) -> dict[str, bool]:
    """Whether more is better, by metric: from METRIC=high or METRIC=low, else as it is declared.

    Raises:
        ScenarioError: not of that form, of a metric that is not compared, or none is given for a
            metric that is declared as better neither way.
    """
    found: dict[str, bool] = {}
    for text in texts:
        name, _, value = text.partition("=")
        refuse_unknown(name, metrics, f"--better {text}")
        if value not in ("high", "low"):
            what = "METRIC=high or METRIC=low"
            raise ScenarioError([Mistake(f"--better {text}", 0, 0, "", repr(value), what)])
        found[name] = value == "high"
    for figure in metrics:
        if figure.text in found:
            continue
        if figure.better is Better.NEITHER:
            what = f"--better {figure.text}=high or --better {figure.text}=low"
            why = "a metric of which neither more nor less is better by itself"
            raise ScenarioError([Mistake(f"metric {figure.text}", 0, 0, "", why, what)])
        found[figure.text] = figure.better is Better.HIGHER
    return found


def refuse_unknown(name: str, metrics: list[Figure], where: str) -> None:
    """Check that a metric is one of those compared.

    Raises:
        ScenarioError: it is not.
    """
    names = [figure.text for figure in metrics]
    if name not in names:
        what = f"one of the metrics compared: {', '.join(names)}"
        raise ScenarioError([Mistake(where, 0, 0, "", repr(name), what)])
