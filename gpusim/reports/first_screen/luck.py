"""How much of what differs between replications is luck, and how much ignorance of inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from gpusim.experiments.run.run import RunResult
from gpusim.reports.layout import portion
from gpusim.results.drawn import tables
from gpusim.results.formulas.firm import liquidity

NAMED: Final = 2
"""Inputs that are named."""


def sentences(result: RunResult) -> Iterator[tuple[str, str]]:
    """How much of what differs is ignorance of inputs, and which of them stand out."""
    panel, drawn = result.panel, result.drawn
    if panel is None or drawn is None or panel.sets is None:
        return
    lowest = liquidity(panel)[:, 1:].min(axis=1).astype(np.float64)
    found = tables.told(lowest, drawn.levels, drawn.families, panel.sets)
    share = found["ignorance"]
    if share is None:
        yield "Luck", "lowest liquidity is the same in every replication"
        return
    text = f"{portion(1 - share)} of the variance of lowest liquidity, {portion(share)} ignorance "
    text += f"of {len(drawn.levels)} inputs"
    if strong := found["strongest"]:
        text += ", most of " + ", ".join(
            f"{one['name']} ({'higher' if one['rises'] else 'lower'} with it)"
            for one in strong[:NAMED]
        )
    yield "Luck", text
