"""`compare`: "sure" which option is best, who has the least regret over shocks.

Replications are added as the command adds them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from scipy.special import ndtri

from gpusim.economics.core.state import Floats
from gpusim.experiments.compare import compare, cross, judgement
from gpusim.experiments.compare.compare import STEP
from gpusim.experiments.compare.judgement import BATCH
from gpusim.experiments.run.criteria import Criterion
from gpusim.results.figures import Figure
from tests.confidence.laws import LOGNORMALS, NORMAL, T3, Law, unseen
from tests.confidence.repeating import REFUSED, RIGHT, SURE, WRONG, Case, Rng, Verdict, each

COMMON: Final = 0.8
"""Share of the variance that options share where they share their luck."""
AHEAD: Final = 1.2
"""By how many zones the best is ahead: a wrong choice is one that loses more than the zone."""
REPS, MOST = 200, 1_000
SHORT: Final = 200
LEAST: Final = "compare --cross: sure who has the least {} regret"
AMOUNT: Final = Figure("equity", "equity", "")
CHANCE: Final = Figure("defaulted", "defaulted", "")


class Setting(NamedTuple):
    """Options whose last is the best."""

    name: str
    draw: Callable[[Rng, int, bool, int], Floats]  # options, common luck, replications -> figures
    ahead: float  # of the last over the others [unit of the figures]
    zone: float
    rare: float = 0.0
    figure: Figure = AMOUNT
    repetitions: tuple[int, int, int] = (1_000, 1_000, 1_000)  # of 2, 5 and 10 options


def normals(rng: Rng, options: int, common: bool, replications: int) -> Floats:
    """Standard normal numbers [options, replications], independent or with shared luck."""
    own = rng.normal(size=(options, replications))
    if not common:
        return own
    return math.sqrt(COMMON) * rng.normal(size=replications) + math.sqrt(1 - COMMON) * own


def by_law(law: Law, zone: float, repetitions: int = 1_000) -> Setting:
    """All of one law, the last ahead."""

    def draw(rng: Rng, options: int, common: bool, replications: int) -> Floats:
        figures = law.of(normals(rng, options, common, replications))
        figures[-1] += AHEAD * zone
        return figures

    return Setting(law.name, draw, AHEAD * zone, zone, repetitions=(repetitions,) * 3)


def rare_loss(chance: float, repetitions: tuple[int, int, int] = (300, 150, 80)) -> Setting:
    """All but the last gain 0.5 more in most replications, and lose what is worth 1 in a few."""

    def draw(rng: Rng, options: int, common: bool, replications: int) -> Floats:
        figures = 0.2 * normals(rng, options, common, replications)
        happens = normals(rng, options, common, replications) < ndtri(chance)
        figures[:-1] += 0.5 - happens[:-1] / chance
        return figures

    name = f"rare loss in {chance:.1%}"
    return Setting(name, draw, 0.5, 0.2, chance, AMOUNT, repetitions)


def chances(rng: Rng, options: int, common: bool, replications: int) -> Floats:
    """Of a default: 9% but for the last, which has 5%."""
    z = normals(rng, options, common, replications)
    level = np.full((options, 1), ndtri(0.09))
    level[-1] = ndtri(0.05)
    return (z < level).astype(float)


def ties(rng: Rng, options: int, common: bool, replications: int) -> Floats:
    """Every option is the same scenario: any choice is right."""
    return np.repeat(rng.normal(size=(1, replications)), options, axis=0)


SETTINGS: Final = (
    by_law(NORMAL, 0.2),
    by_law(LOGNORMALS[1], 0.4),
    by_law(LOGNORMALS[2], 1.0, 300),
    by_law(T3, 0.35, 600),
    rare_loss(0.05, (300, 200, 100)),
    rare_loss(0.02),
    rare_loss(0.01, (300, 100, 60)),
    rare_loss(0.005, (300, 100, 60)),
    Setting(
        "chance of 5% against 9%",
        chances,
        0.04,
        judgement.CHANCE_ZONE,
        0.0,
        CHANCE,
        (300, 200, 150),
    ),
    Setting("ties: the same scenario", ties, 0.0, 0.1),
)


def one(rng: Rng, setting: Setting, options: int, common: bool, reps: int) -> Verdict:
    """Replications until it is sure, or no more are allowed."""
    figures = setting.draw(rng, options, common, MOST)
    request = compare.Request((), reps=reps, most=MOST)
    higher = {setting.figure.text: setting.figure == AMOUNT}
    replications = reps
    while True:
        choice = judgement.judged(
            figures[:, :replications], setting.figure, setting.zone, higher, request
        )
        if choice.sure or replications >= MOST:
            break
        replications = min(MOST, replications + BATCH * STEP)
    if not choice.sure:
        return REFUSED
    lost = 0.0 if choice.best == options - 1 else setting.ahead
    return RIGHT if lost <= setting.zone else WRONG


def cases() -> Iterator[Case]:
    """All claims of this module."""
    claim = "compare: sure which is best"
    for setting in SETTINGS:
        for options, count in zip((2, 5, 10), setting.repetitions, strict=True):
            for common in (False, True):
                name = f"{setting.name}; {options} options, luck {'common' if common else 'apart'}"
                play = each(
                    partial(one, setting=setting, options=options, common=common, reps=REPS)
                )
                outside = unseen(setting.rare, REPS)
                short = 30 if options == 2 and not outside else 0
                yield Case(
                    claim, name, f"{REPS}+", play, count, short, promise=SURE, outside=outside
                )
    for chance in (0.01, 0.005):
        setting = rare_loss(chance)
        play = each(partial(one, setting=setting, options=5, common=True, reps=MOST))
        name = f"{setting.name}; 5 options, luck common, --reps {MOST:,}"
        yield Case(claim, name, f"{MOST:,}", play, 300, promise=SURE)
    yield from conditions()
    yield from crossed()


def conditions() -> Iterator[Case]:
    """Conditions: the share of replications in which all hold, and if one on a chance is met."""

    def holds(rng: Rng, count: int) -> Verdict:
        """Each holds in nine replications of ten, on its own."""
        names = ("revenue", "equity", "debt_ending")[:count]
        figures = {name: rng.normal(size=(1, REPS)) for name in names}
        limit = float(ndtri(0.9))
        asked = [Criterion(name, Figure(name, name, ""), "<=", limit) for name in names]
        told = judgement.satisfaction(asked, figures, 0)
        return RIGHT if told.low <= 0.9**count <= told.high else WRONG

    def met(rng: Rng, count: int) -> Verdict:
        """Defaults of 5.5%, more than the 5% that are allowed; "yes" to any is wrong."""
        figures = {f"d{n}": (rng.random((1, REPS)) < 0.055).astype(float) for n in range(count)}
        asked = [Criterion(n, Figure(n, "defaulted", ""), "<=", 0.05) for n in figures]
        told = judgement.satisfaction(asked, figures, 0).met
        return WRONG if "yes" in told else REFUSED if "unsure" in told else RIGHT

    for count, name in ((1, "one condition"), (3, "three conditions")):
        claim = "compare: share of replications in which conditions hold"
        yield Case(claim, name, f"{REPS}", each(partial(holds, count=count)), short=SHORT)
        claim = "compare: a chance is said to meet its condition"
        yield Case(
            claim, name, f"{REPS}", each(partial(met, count=count)), short=SHORT, promise=SURE
        )


def crossed() -> Iterator[Case]:
    """Options crossed with shocks: who is said to have surely the least worst or mean regret.

    All options are alike: one falls behind by 1 under the first shock, the other under all others,
    so that both have a worst regret of 1. Under two shocks their mean regrets are alike too.
    """

    def least(rng: Rng, shocks: int, shared: float, worst: bool) -> Verdict:
        means = np.zeros((2, shocks))
        means[1, 0] = means[0, 1:] = 1.0
        luck = math.sqrt(shared) * rng.normal(size=(2, 1, REPS))
        luck = luck + math.sqrt(1 - shared) * rng.normal(size=(2, shocks, REPS))
        figures = (means[:, :, None] + luck).reshape(-1, REPS)
        rules, request = {AMOUNT.text: True}, compare.Request((), reps=REPS, most=REPS)
        told = cross.crossed(AMOUNT, figures, shocks, {}, rules, request)
        return REFUSED if (told.worst_open if worst else told.mean_open) else WRONG

    for worst, counts in ((True, (2, 4, 11)), (False, (2,))):
        claim = LEAST.format("worst" if worst else "mean")
        for shocks in counts:
            for shared in (0.0, 0.9):
                name = f"two alike, {shocks} shocks, share of luck common to them {shared:.0%}"
                play = each(partial(least, shocks=shocks, shared=shared, worst=worst))
                yield Case(claim, name, f"{REPS}", play, 1_000, SHORT, promise=SURE)
    yield wild()
    for replications in (100, REPS, 2 * REPS):
        yield seldom_worse(replications)


def seldom_worse(replications: int) -> Case:
    """One option loses an exponential amount in a few replications, the other always a bit less
    than that is worth: it is wrong to be sure that the first has the least regret."""
    chance, size = 0.03, 100.0

    def least(rng: Rng) -> Verdict:
        happens = rng.random(replications) < chance
        seldom = -np.where(happens, size * rng.exponential(size=replications), 0.0)
        always = -0.99 * chance * size + 0.05 * rng.normal(size=replications)
        rules = {AMOUNT.text: True}
        request = compare.Request((), reps=replications, most=replications)
        told = cross.crossed(AMOUNT, np.stack([seldom, always]), 1, {}, rules, request)
        if told.mean_open:
            return REFUSED
        return WRONG if told.least_mean == 0 else RIGHT

    name = f"exponential loss in {chance:.0%}, against a steady one a bit below its mean"
    play = each(least)
    claim = LEAST.format("mean")
    return Case(claim, name, f"{replications}", play, 1_000, 1_000, promise=SURE)


def wild() -> Case:
    """A shock that looks harmless by luck: one option's worst regret is 1.5, another's 1.2.

    The first falls 1 behind under a calm shock, and 1.5 under a wild one, with a standard error of
    0.5; the other 1.2 under the calm one. All else is known to within 0.001.
    """
    means = np.array([[8.8, 10.0, 10.0], [9.0, 8.5, 9.9], [10.0, 10.0, 0.0]])
    spread = np.full((3, 3), 0.01)
    spread[1, 1] = 7.0

    def least(rng: Rng) -> Verdict:
        figures = means[:, :, None] + spread[:, :, None] * rng.normal(size=(3, 3, REPS))
        rules, request = {AMOUNT.text: True}, compare.Request((), reps=REPS, most=REPS)
        told = cross.crossed(AMOUNT, figures.reshape(-1, REPS), 3, {}, rules, request)
        if (1 if told.least_worst == 0 else 0) in told.worst_open:
            return REFUSED
        return RIGHT if told.least_worst == 0 else WRONG

    claim = LEAST.format("worst")
    name = "three options, one shock of three far wilder for one of them"
    return Case(claim, name, f"{REPS}", play=each(least), short=SHORT, promise=SURE)
