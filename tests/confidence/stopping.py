"""`sweep --until`: the interval at the stop, and one that is called enough."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np

from gpusim.experiments.sweep import sweep_point
from gpusim.experiments.sweep.sweep_point import Until
from gpusim.results.figures import Figure
from tests.confidence.laws import LOGNORMALS, NORMAL, RARE, Law, unseen
from tests.confidence.repeating import REFUSED, Case, Rng, Verdict, each, of_interval

MOST: Final = 10_000
AMOUNT: Final = Figure("equity", "equity", "")
CHANCE: Final = Figure("defaulted", "defaulted", "")


def one(rng: Rng, law: Law, until: Until, figure: Figure) -> Verdict:
    """Replications as a point of a sweep adds them; refused where it is never enough."""
    figures = np.zeros(0)
    truth = law.rare if figure.is_chance else law.mean
    aim = sweep_point.FIRST
    while len(figures) < aim:
        more = law.draw(rng, aim - len(figures))
        figures = np.concatenate([figures, (more != 0) * 1.0 if figure.is_chance else more])
        aim = min(MOST, sweep_point.wanted(figures, until, len(figures), figure))
    if sweep_point.wanted(figures, until, len(figures), figure) > len(figures):
        return REFUSED
    return of_interval(sweep_point.interval(figures, is_chance=figure.is_chance), truth)


def cases() -> Iterator[Case]:
    """All claims of this module."""
    claim = "sweep --until: interval at the stop"
    settings = [
        (NORMAL, 0.02, AMOUNT),
        (LOGNORMALS[1], 0.1, AMOUNT),
        (LOGNORMALS[2], 0.15, AMOUNT),
        (RARE[2], 0.25, AMOUNT),
        (RARE[2], 0.25, CHANCE),
        (RARE[1], 0.4, AMOUNT),
    ]
    for law, half, figure in settings:
        truth = law.rare if figure.is_chance else law.mean
        for relative in (True, False):
            until = Until(figure.text, half if relative else half * truth, relative)
            kind = f"within {half:.0%} of the mean" if relative else f"within {half * truth:.2g}"
            setting = f"{law.name}{' (as a chance)' if figure.is_chance else ''}; {kind}"
            play = each(partial(one, law=law, until=until, figure=figure))
            outside = unseen(law.rare, sweep_point.FIRST)
            short = 60 if law in (NORMAL, LOGNORMALS[1]) else 0
            yield Case(claim, setting, f"{sweep_point.FIRST}+", play, 1_000, short, outside=outside)
