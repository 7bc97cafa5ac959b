"""Tables of a run whose inputs are drawn: what was drawn, and how much of a band that makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from gpusim.economics.core.state import Floats, Ints
from gpusim.results.drawn.sets import families, ignorance, means_of_sets, strongest
from gpusim.results.metric import Values


def of_run(
    levels: Mapping[str, Floats],
    family: Mapping[str, str],
    values: Mapping[str, Values],
    outcomes: Mapping[str, Floats],
    sets: Ints | None,
    periods: Sequence[str],
) -> dict[str, pl.DataFrame]:
    """By name of file.

    levels: of each input in each set [sets], between 0 and 1; family: the table of each input;
    values: metrics by period, of the firm; outcomes: figures of whole replications.
    """
    assert sets is not None
    drawn = of_levels(levels, family, np.unique(sets).tolist())
    rows: list[dict[str, Any]] = [
        {"metric": name, "period": None, "ignorance": ignorance(figures, sets)}
        for name, figures in outcomes.items()
    ]
    for name, own in values.items():
        if "." in name:  # of a loan, a covenant, a GPU
            continue
        for period, column in zip(periods, own.figures.T, strict=True):
            rows.append({"metric": name, "period": period, "ignorance": ignorance(column, sets)})
    schema = {"metric": pl.String, "period": pl.String, "ignorance": pl.Float64}
    shares = pl.DataFrame(rows, schema=schema).fill_nan(None)
    return {"drawn_inputs": drawn, "ignorance": shares}


def of_levels(
    levels: Mapping[str, Floats], family: Mapping[str, str], numbers: Sequence[int]
) -> pl.DataFrame:
    """The level of each input in each set, a row each; numbers: of the sets."""
    return pl.DataFrame(
        [
            {"set": number, "input": name, "family": family[name], "level": float(level)}
            for name, own in levels.items()
            for number, level in zip(numbers, own, strict=True)
        ],
        schema={"set": pl.Int64, "input": pl.String, "family": pl.String, "level": pl.Float64},
    )


def told(
    figures: Floats, levels: Mapping[str, Floats], family: Mapping[str, str], sets: Ints
) -> dict[str, Any]:
    """How much of a figure's variance is ignorance, by whose inputs, and which stand out."""
    means = means_of_sets(figures, sets)
    share = ignorance(figures, sets)
    return {
        "ignorance": None if np.isnan(share) else share,
        "families": families(means, levels, family),
        "strongest": [one._asdict() for one in strongest(means, levels)],
    }
