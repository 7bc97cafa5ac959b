"""Figures of `units` as metrics: what a contract earns as planned, with nothing drawn.

`units.FIGURE` is the figure of all contracts together, or of the only one; `units.CONTRACT.FIGURE`
that of a contract; `units.KIND.NAME.FIGURE` that of another row of `gpusim units`, such as
`units.site.alpha.npv` or `units.re-let.anchor.margin`. At the hurdle, the residual, the price path
and the timing that the command has where none is given. They are the same in every replication, so
that where nothing else is asked for none is played.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final, NoReturn

import numpy as np

from gpusim.appraisal import unit_economics
from gpusim.appraisal.unit_economics import Judging
from gpusim.appraisal.unit_figures import PRICES, UNITS, Row
from gpusim.appraisal.view.timing import View
from gpusim.results.metric import REASONS, UNDEFINED, Better, Books, Metric, Values
from gpusim.scenario import Scenario

PREFIX: Final = "units."


def is_planned(name: str) -> bool:
    """Whether a metric's name is one of `units`.

    >>> is_planned("units.anchor.npv"), is_planned("revenue")
    (True, False)
    """
    return name.startswith(PREFIX)


def metric_of(name: str) -> Metric:
    """How a figure of `units` reads; by the last part of its name."""
    one = UNITS[name.rpartition(".")[2]]
    return Metric(name, one.unit, one.meaning, Better(one.better), _no_books)


def _no_books(_: Books) -> NoReturn:
    """A figure of `units` is worked out from the scenario: no replication has it."""
    raise TypeError("a planned figure is in no books")


def listed(contracts: Sequence[str] = ()) -> dict[str, Metric]:
    """Figures of all contracts together, and of each of some."""
    rows = [PREFIX, *(f"{PREFIX}{name}." for name in contracts)]
    return {row + figure: metric_of(row + figure) for row in rows for figure in UNITS}


class Planned:
    """The figures of a scenario's rows, each worked out when it is asked for."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.rows: dict[tuple[str, str, bool], Row] = {}

    @cached_property
    def judging(self) -> Judging:
        """The lots of the scenario with their loans."""
        return unit_economics.judging_of(self.scenario, View())

    @cached_property
    def places(self) -> dict[str, tuple[str, str]]:
        """Kind and name of each row, by what stands before a figure."""
        named = unit_economics.names_of(self.judging)
        contracts = [name for kind, name in named if kind == "contract"]
        found = {f"{PREFIX}{kind}.{name}.": (kind, name) for kind, name in named}
        found |= {f"{PREFIX}{name}.": ("contract", name) for name in contracts}
        if len(contracts) == 1:
            found[PREFIX] = ("contract", contracts[0])
        elif contracts:
            found[PREFIX] = unit_economics.TOTAL
        return found

    def names(self) -> list[str]:
        """Every figure that can be asked for."""
        return [row + figure for row in self.places for figure in UNITS]

    def value(self, name: str) -> float:
        """A figure; NaN where it is undefined. name: one of `names`."""
        row, _, figure = name.rpartition(".")
        kind, place = self.places[f"{row}."]
        key = (kind, place, figure in PRICES)
        if key not in self.rows:
            self.rows[key] = unit_economics.row_of(self.judging, *key[:2], with_prices=key[2])
        found = self.rows[key].figures[figure].value
        return np.nan if found is None else found

    def values(self, name: str, replications: int) -> Values:
        """A figure of so many replications, which are alike."""
        value = self.value(name)
        code = REASONS.index(UNDEFINED) if np.isnan(value) else 0
        reasons = np.full(replications, code, np.int8)
        return Values(np.full(replications, value), reasons)
