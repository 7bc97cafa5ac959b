"""Plays the models of exact theory in both engines and counts who was turned away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from gpusim.economics.core.records import Rows
from gpusim.economics.core.state import Offer, State, World
from gpusim.economics.decisions.demand import CAPACITY, SIGNED_OFFER
from gpusim.engines import batch, process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw

MODELS = Path(__file__).parent / "models"
SEED = 1
WARM_UP = 24
"""Months until the figures start to count: twelve mean terms."""
ENGINES = pytest.mark.parametrize(
    ("engine", "replications"), [(batch, 400), (process, 40)], ids=["batch", "process"]
)
"""Both engines; the one that is not compiled plays fewer replications."""


class Share(NamedTuple):
    """A share over replications, and its standard error if the true share is the known one."""

    value: float
    error: float


def played(model: str, engine, replications: int, *sets: str) -> Iterator[tuple[World, State]]:
    """World and final State of each replication."""
    book = lower(load(str(MODELS / f"{model}.toml"), sets=sets))
    for replication in range(replications):
        world = draw(book.spec, SEED, replication)
        yield world, engine.run(book.state, world)


def blocking(
    runs: Iterator[tuple[World, State]],
    known: float,
    of: Callable[[Rows[Offer]], np.ndarray] = lambda offers: offers.gpus > 0,
) -> Share:
    """Share of the offers after the warm-up that found no capacity.

    Every offer must be signed or find none. The ratio's error by the delta method at the known
    share.
    """
    asked, refused = [], []
    for world, state in runs:
        assert np.isin(state.offers, (SIGNED_OFFER, CAPACITY)).all()
        counts = of(world.offers) & (world.offers.day > world.month_end[WARM_UP])
        asked.append(counts.sum())
        refused.append((counts & (state.offers == CAPACITY)).sum())
    n, x = np.array(asked, float), np.array(refused, float)
    error = (x - known * n).std(ddof=1) / np.sqrt(len(n)) / n.mean()
    return Share(float(x.sum() / n.sum()), float(error))
