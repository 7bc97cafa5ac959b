"""Sources and uses of a run over its replications: means, bands, and the total to the cent."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import polars as pl

from gpusim.results.replications.backlog_to_cash import Step
from gpusim.results.replications.sources_and_uses import SOURCES, USES
from gpusim.results.stored.opened import Opened
from gpusim.units_of_measure import CENTS_PER_USD

TABLE = "sources_and_uses"


class Amount(NamedTuple):
    """A part of either side over replications [USD]."""

    label: str
    meaning: str
    mean: float
    p10: float
    p90: float


class Capital(NamedTuple):
    """Both sides, and what they sum to."""

    sources: list[Amount]
    uses: list[Amount]
    total_sources: Fraction  # mean [cents]
    total_uses: Fraction  # mean [cents]
    untied: int  # replications in which the sides differ; none, unless the folder is not as written


def capital(run: Opened) -> Capital:
    """The sources and uses of a run; an older folder has none that were bought on credit.

    Raises:
        NotARunError: the folder was written before it kept them.
    """
    table = run.table(TABLE)
    both = [[part for part in parts if part.name in table.columns] for parts in (SOURCES, USES)]
    sides = [table.select(pl.sum_horizontal(part.name for part in parts)) for parts in both]
    totals = [side.to_series() for side in sides]
    of_sources, of_uses = (Fraction(int(total.sum()), table.height) for total in totals)
    sources, uses = ([_amount(table, part) for part in parts] for parts in both)
    return Capital(
        sources,
        uses,
        of_sources,
        of_uses,
        int((totals[0] != totals[1]).sum()),
    )


def _amount(table: pl.DataFrame, part: Step) -> Amount:
    cents = table[part.name].to_numpy()
    low, high = np.percentile(cents, (10, 90)) / CENTS_PER_USD
    mean = float(Fraction(int(cents.sum()), len(cents)) / CENTS_PER_USD)
    return Amount(part.label, part.meaning, mean, float(low), float(high))
