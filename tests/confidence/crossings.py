"""`solve`: the bracket that holds a crossing of the mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

from gpusim.economics.core.state import Floats
from gpusim.experiments.solve import bracket, solve
from tests.confidence.laws import LOGNORMALS, luck, unseen
from tests.confidence.repeating import REFUSED, RIGHT, SURE, WRONG, Case, Rng, Verdict, each

MOST: Final = (400, 1_600)
AT: Final = 0.37
"""Where the mean crosses zero, where it does once."""
DIPS: Final = 0.5625
"""Middle of a cell of the scan."""


class Setting(NamedTuple):
    """A figure along the range."""

    name: str
    make: Callable[[Rng, int], bracket.Excess]  # luck of so many replications -> excess
    crossings: tuple[float, ...]
    turns: bool = False  # the mean rises and falls
    rare: float = 0.0
    share: float | None = None


def straight(rng: Rng, most: int, skewed: bool, own: bool) -> bracket.Excess:
    """A straight line with shared luck, or luck of its own at every level besides."""
    law = LOGNORMALS[1]
    z = rng.normal(size=most)
    noise = law.of(z) - law.mean if skewed else z
    seed = int(rng.integers(1 << 30))

    def excess(level: float, replications: int) -> Floats:
        more = luck(seed, level).normal(size=most)[:replications] if own else 0.0
        return 2 * (level - AT) + noise[:replications] + more

    return excess


def larger_loss(rng: Rng, most: int, chance: float) -> bracket.Excess:
    """A gain of 1, and a loss in a few replications that grows with the level."""
    z, happens = rng.normal(size=most), rng.random(most) < chance

    def excess(level: float, replications: int) -> Floats:
        return 1 + 0.2 * z[:replications] - happens[:replications] * level / (AT * chance)

    return excess


def likelier_loss(rng: Rng, most: int, chance: float) -> bracket.Excess:
    """A gain of 1, and a loss that happens in more replications the higher the level is."""
    z, u = rng.normal(size=most), rng.random(most)

    def excess(level: float, replications: int) -> Floats:
        return 1 + 0.2 * z[:replications] - (u[:replications] < chance * level / AT) / chance

    return excess


def dip(rng: Rng, most: int) -> bracket.Excess:
    """Above zero but in the middle of one cell of the scan."""
    z = rng.normal(size=most)

    def excess(level: float, replications: int) -> Floats:
        return 0.5 - math.exp(-(((level - DIPS) / 0.02) ** 2)) + 0.5 * z[:replications]

    return excess


def waves(rng: Rng, most: int, times: int) -> bracket.Excess:
    """A cosine with several crossings."""
    z = rng.normal(size=most)

    def excess(level: float, replications: int) -> Floats:
        return math.cos(times * math.pi * level) + 0.7 * z[:replications]

    return excess


def chances(rng: Rng, most: int, low: float, slope: float, target: float) -> bracket.Excess:
    """Zeros and ones less a target share."""
    u = rng.random(most)

    def excess(level: float, replications: int) -> Floats:
        return (u[:replications] < low + slope * level).astype(float) - target

    return excess


SETTINGS: Final = (
    Setting("normal, the same luck", partial(straight, skewed=False, own=False), (AT,)),
    Setting("normal, luck of each level besides", partial(straight, skewed=False, own=True), (AT,)),
    Setting("lognormal 1, the same luck", partial(straight, skewed=True, own=False), (AT,)),
    Setting(
        "lognormal 1, luck of each level besides", partial(straight, skewed=True, own=True), (AT,)
    ),
    *(
        Setting(f"loss in {p:.1%}, larger by level", partial(larger_loss, chance=p), (AT,), rare=p)
        for p in (0.01, 0.02, 0.03)
    ),
    *(
        Setting(
            f"loss in {p:.1%} at the crossing, likelier by level",
            partial(likelier_loss, chance=p),
            (AT,),
            rare=p,
        )
        for p in (0.005, 0.01, 0.02, 0.03)
    ),
    Setting("a dip inside a cell of the scan", dip, (), turns=True),
    Setting("three crossings", partial(waves, times=3), (1 / 6, 1 / 2, 5 / 6), turns=True),
    Setting("two crossings, ends alike", partial(waves, times=2), (1 / 4, 3 / 4), turns=True),
    Setting(
        "chance of 2% to 18%, target 8%",
        partial(chances, low=0.02, slope=0.16, target=0.08),
        (0.375,),
        share=0.08,
    ),
    Setting(
        "chance of 0.2% to 4.2%, target 1.7%",
        partial(chances, low=0.002, slope=0.04, target=0.017),
        (0.375,),
        share=0.017,
    ),
)


def one(rng: Rng, setting: Setting, most: int) -> Verdict:
    """A bracket without a crossing is wrong, and a turn that is none."""
    excess = setting.make(rng, most)
    found = bracket.crossing(excess, most=most, alpha=0.05, width=solve.WIDTH, share=setting.share)
    if found.turns and not setting.turns:
        return WRONG
    if found.low is None or found.high is None:
        return REFUSED
    low, high = sorted((found.low, found.high))
    return RIGHT if any(low <= at <= high for at in setting.crossings) else WRONG


def cases() -> Iterator[Case]:
    """All claims of this module."""
    for setting in SETTINGS:
        for most in MOST:
            play = each(partial(one, setting=setting, most=most))
            outside = unseen(setting.rare, most)
            short = 25 if most == MOST[0] and not outside else 0
            claim, n = "solve: bracket of a crossing", f"to {most:,}"
            yield Case(claim, setting.name, n, play, 300, short, promise=SURE, outside=outside)
