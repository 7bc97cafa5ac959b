"""A set of drawn inputs laid over a model's values, where each stands as it was stated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.scenario.drawn import laws
from gpusim.scenario.drawn.inputs import Drawable, Follower, Leaf
from gpusim.scenario.reading.tree import Tree

DIGITS = 12
"""Digits of a drawn number."""


class Draws(NamedTuple):
    """What is drawn, ready to be drawn many times."""

    names: tuple[str, ...]  # of inputs
    families: tuple[str, ...]
    leaves: tuple[Leaf, ...]
    of_input: Ints  # input of each leaf
    law: Ints
    low: Floats
    mode: Floats
    high: Floats
    followers: tuple[Follower, ...]


def ready(drawn: Drawable) -> Draws:
    """What is drawn as arrays."""
    pairs = [(n, leaf) for n, one in enumerate(drawn.inputs) for leaf in one.leaves]
    leaves = tuple(leaf for _, leaf in pairs)
    return Draws(
        tuple(one.name for one in drawn.inputs),
        tuple(one.family for one in drawn.inputs),
        leaves,
        np.array([n for n, _ in pairs], np.int64),
        np.array([leaf.law for leaf in leaves], np.int64),
        np.array([leaf.low for leaf in leaves], np.float64),
        np.array([leaf.mode for leaf in leaves], np.float64),
        np.array([leaf.high for leaf in leaves], np.float64),
        drawn.followers,
    )


def lay(tree: Tree, draws: Draws, levels: Mapping[str, float]) -> None:
    """Put the values of a set in place; their origins stay, for messages name what was written.

    levels: of inputs by name; one without stays as stated.
    """
    if not draws.leaves:
        return
    own = np.array([levels.get(name, np.nan) for name in draws.names])
    each = own[draws.of_input]
    stays = np.isnan(each)
    drawn = laws.values(draws.law, draws.low, draws.mode, draws.high, np.where(stays, 0.5, each))
    moved: dict[Any, tuple[Any, Any]] = {}
    led = {one.leader for one in draws.followers}
    for leaf, value, stayed in zip(draws.leaves, drawn.tolist(), stays.tolist(), strict=True):
        if stayed:
            continue
        new = value_of(leaf, value)
        if leaf.path in led:
            moved[leaf.path] = (tree.get(leaf.path), new)
        tree.revalue(leaf.path, new)
    for one in draws.followers:
        if one.leader in moved:
            tree.revalue(one.path, _kept_pace(tree.get(one.path), *moved[one.leader]))


def value_of(leaf: Leaf, value: float) -> Any:
    """A drawn number as its key has it: a date, a whole number, or one of 12 digits."""
    if leaf.day is not None:
        return leaf.day + dt.timedelta(days=round(value))
    return round(value) if leaf.whole else float(f"{value:.{DIGITS}g}")


def _kept_pace(stated: Any, led: Any, drawn: Any) -> Any:
    """A value that moves with another: by as many days, or in proportion."""
    if isinstance(stated, dt.date):
        return stated + (drawn - led)
    value = stated * (drawn / led)
    return round(value) if isinstance(stated, int) else float(f"{value:.{DIGITS}g}")
