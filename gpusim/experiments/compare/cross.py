"""Every option under every shock on the same replications: regret by shock, worst and mean.

The regret of an option under a shock is how much its mean falls behind that of the best option
under this shock. Shocks have no probabilities: the worst regret needs none, and the mean regret
gives each the same weight. Knows no scenario.

Source: Savage, 1951, "The theory of statistical decision" (least worst regret); equal weights:
Laplace's principle of insufficient reason, as in Luce and Raiffa, 1957, "Games and Decisions", 13.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.experiments.compare.judgement import judged, zone_of
from gpusim.experiments.compare.selection import Choice
from gpusim.results import intervals
from gpusim.results.figures import Figure
from gpusim.results.intervals import CONFIDENCE, NONE, SAME, Interval

if TYPE_CHECKING:
    from gpusim.experiments.compare.compare import Request

NOTHING = Interval(0.0, 0.0, 0.0, SAME)
UNKNOWN = Interval(np.nan, np.nan, np.nan, NONE)


class Row(NamedTuple):
    """One option under all shocks."""

    means: list[Interval]  # by shock
    regret: list[Interval]  # by shock: the best mean under it less its own, paired
    worst: Interval  # the largest of them
    worst_shock: int
    mean: Interval  # of them, each shock with the same weight


class Crossed(NamedTuple):
    """One metric of all options under all shocks."""

    figure: Figure
    higher: bool  # whether more is better
    rows: list[Row]  # by option
    best: list[int]  # option with the best mean, by shock
    least_worst: int  # option with the least worst regret
    least_mean: int  # option with the least mean regret
    worst_open: tuple[int, ...]  # options whose worst regret is not surely larger than the least
    mean_open: tuple[int, ...]  # options whose mean regret is not
    indifference: float
    choice: Choice  # of the selection procedure, on means over shocks
    replications: int  # in which every figure is defined
    undefined: int  # in which some is not


def over_shocks(figures: Floats, shocks: int) -> Floats:
    """Means over shocks [options, replications] of figures [options x shocks, replications]."""
    means: Floats = figures.reshape(-1, shocks, figures.shape[1]).mean(axis=1)
    return means


def crossed(
    figure: Figure,
    figures: Floats,
    shocks: int,
    zones: Mapping[str, float],
    rules: Mapping[str, bool],
    request: Request,
) -> Crossed:
    """All that is said of one metric; figures [options x shocks, replications].

    Replications in which some figure is undefined are left out of all of them.
    """
    defined = ~np.isnan(figures).any(axis=0)
    cube = figures.reshape(-1, shocks, figures.shape[1])[:, :, defined]
    sets = request.sets_of(figures.shape[1])
    sets = None if sets is None else sets[defined]
    higher, chance = rules[figure.text], figure.is_chance
    over = over_shocks(figures, shocks)
    zone = zone_of(figure, over, zones)
    rows, best = rows_of(cube, higher=higher, chance=chance, planned=figure.planned, sets=sets)
    lost = regrets(cube, best, higher=higher)
    worst = [lost[n, row.worst_shock] for n, row in enumerate(rows)]
    over_all = list(lost.mean(axis=1))
    least_worst = _least([row.worst.mean for row in rows])
    least_mean = _least([row.mean.mean for row in rows])
    return Crossed(
        figure,
        higher,
        rows,
        best,
        least_worst,
        least_mean,
        not_sure(worst, least_worst, list(lost[least_worst]), sets=sets),
        not_sure(over_all, least_mean, [over_all[least_mean]], chance=chance, sets=sets),
        zone,
        judged(over, figure, zone, rules, request),
        cube.shape[2],
        int((~defined).sum()),
    )


def rows_of(
    cube: Floats,
    *,
    higher: bool,
    chance: bool,
    planned: bool = False,
    sets: Ints | None = None,
) -> tuple[list[Row], list[int]]:
    """Each option under all shocks, and the best of each shock; cube [options, shocks, n].

    higher: whether more is better; chance: whether the figures are zeros and ones; planned: they
    are of `units`; sets: of drawn inputs, by replication.
    """
    lost = partial(behind, higher=higher, chance=chance, planned=planned, sets=sets)
    mean_of = partial(intervals.of_mean, chance=chance, planned=planned, sets=sets)
    options, shocks, replications = cube.shape
    if not replications:
        every = [UNKNOWN] * shocks
        return [Row(every, every, UNKNOWN, 0, UNKNOWN)] * options, [0] * shocks
    middle = cube.mean(axis=2)
    best = [int(n) for n in (middle.argmax(axis=0) if higher else middle.argmin(axis=0))]
    ahead = at_best(cube, best)
    rows = []
    for n, own in enumerate(cube):
        regret = [NOTHING if n == best[j] else lost(ahead[j], own[j]) for j in range(shocks)]
        worst = max(range(shocks), key=lambda j: regret[j].mean)
        mean = lost(ahead.mean(axis=0), own.mean(axis=0))
        rows.append(
            Row(
                [mean_of(part) for part in own],
                regret,
                regret[worst],
                worst,
                NOTHING if set(best) == {n} else mean,
            )
        )
    return rows, best


def behind(
    best: Floats,
    own: Floats,
    *,
    higher: bool,
    chance: bool,
    planned: bool = False,
    sets: Ints | None = None,
) -> Interval:
    """By how much an option's mean is worse than the best one's, paired.

    chance: whether they are zeros and ones, or means of such; planned: they are of `units`; sets:
    of drawn inputs, by replication.
    """
    pair = (best, own) if higher else (own, best)
    return intervals.of_difference(*pair, chance=chance, planned=planned, sets=sets)


def at_best(cube: Floats, best: list[int]) -> Floats:
    """Figures of the best option of each shock [shocks, n]."""
    return np.stack([cube[n, j] for j, n in enumerate(best)])


def regrets(cube: Floats, best: list[int], *, higher: bool) -> Floats:
    """What each replication adds to the regrets [options, shocks, n]; negative ones among them."""
    ahead = at_best(cube, best)[None]
    lost: Floats = ahead - cube if higher else cube - ahead
    return lost


def _least(means: list[float]) -> int:
    return int(np.argmin(means))


def not_sure(
    lost: list[Floats],
    least: int,
    own: list[Floats],
    *,
    chance: bool = False,
    sets: Ints | None = None,
) -> tuple[int, ...]:
    """Options of which it is not sure that they lose more than the one that loses least.

    lost: what each option loses, under the shock where its mean loss is largest or as a mean over
    shocks; own: what the option `least` loses, under every shock or as a mean. Sure is who loses
    more than each of `own`: a shock under which the least loses much may look harmless by luck.
    sets: of drawn inputs, by replication.

    Each pair may be the one that is told apart, so all intervals together hold nineteen times in
    twenty (Bonferroni). Any of as many shocks as `own` has may look like another option's worst by
    luck, so there are as many times more intervals. They are not more by those of `own`: where
    someone is wrongly called sure, it is the interval against the truly worst of `own` that failed.
    """
    pairs = max(1.0, len(lost) * (len(lost) - 1) / 2) * len(own)
    confidence = 1 - (1 - CONFIDENCE) / pairs
    surely_more = partial(_surely_more, chance=chance, confidence=confidence, sets=sets)
    return tuple(
        n
        for n, other in enumerate(lost)
        if n != least and not all(surely_more(other, part) for part in own)
    )


def _surely_more(
    other: Floats, own: Floats, *, chance: bool, confidence: float, sets: Ints | None
) -> bool:
    """Whether the interval of the paired difference, or the bound of it, lies above zero."""
    apart = intervals.of_difference(other, own, chance=chance, confidence=confidence, sets=sets)
    return apart.is_above
