"""Figures of `units` as metrics: what a contract earns as planned, with nothing drawn.

`units.FIGURE` is the figure of all contracts together, or of the only one; `units.CONTRACT.FIGURE`
that of a contract, of its kW if it lets power; `units.KIND.NAME.FIGURE` that of another row of
`gpusim units`, such as `units.site.alpha.npv` or `units.re-let.anchor.margin`. Of a model that has
GPUs and tenants `units.FIGURE` is of the GPUs, but for figures that only a kW has. At the hurdle,
the residuals, the price path and the timing that the command has where none is given. They are the
same in every replication, so that where nothing else is asked for none is played.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final, NoReturn

import numpy as np

from gpusim.appraisal import unit_economics
from gpusim.appraisal.let_power import letting
from gpusim.appraisal.let_power.kw_figures import LET, LetRow
from gpusim.appraisal.let_power.letting import Letting
from gpusim.appraisal.unit_economics import Judging
from gpusim.appraisal.unit_figures import PRICES, UNITS, Row
from gpusim.appraisal.view.timing import View
from gpusim.results.metric import REASONS, UNDEFINED, Better, Books, Metric, Values
from gpusim.scenario import Scenario

PREFIX: Final = "units."
DECLARED: Final = LET | UNITS
"""Every figure; what a GPU lot and a kW both have reads alike of both."""
KW_ONLY: Final = tuple(name for name in LET if name not in UNITS)


def is_planned(name: str) -> bool:
    """Whether a metric's name is one of `units`.

    >>> is_planned("units.anchor.npv"), is_planned("revenue")
    (True, False)
    """
    return name.startswith(PREFIX)


def metric_of(name: str) -> Metric:
    """How a figure of `units` reads; by the last part of its name."""
    one = DECLARED[name.rpartition(".")[2]]
    return Metric(name, one.unit, one.meaning, Better(one.better), _no_books)


def _no_books(_: Books) -> NoReturn:
    """A figure of `units` is worked out from the scenario: no replication has it."""
    raise TypeError("a planned figure is in no books")


def listed(contracts: Sequence[str] = (), tenants: Sequence[str] = ()) -> dict[str, Metric]:
    """Figures of all contracts together, and of each of some.

    contracts, tenants: those of GPUs, those that let power; without any: what a model may have.
    """
    whole = list(LET) if tenants and not contracts else [*UNITS, *KW_ONLY]
    if contracts and not tenants:
        whole = list(UNITS)
    found = [PREFIX + figure for figure in whole]
    for names, figures in ((contracts, UNITS), (tenants, LET)):
        found += [f"{PREFIX}{name}.{figure}" for name in names for figure in figures]
    return {name: metric_of(name) for name in found}


class Planned:
    """The figures of a scenario's rows, each worked out when it is asked for."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.rows: dict[tuple[str, str, bool], Row] = {}
        self.kws: dict[tuple[str, str], LetRow] = {}

    @cached_property
    def judging(self) -> Judging:
        """The lots of the scenario with their loans."""
        return unit_economics.judging_of(self.scenario, View())

    @cached_property
    def let(self) -> Letting:
        """Its tenants, with the loans of their buildings."""
        return letting.letting_of(self.scenario, View())

    @cached_property
    def places(self) -> dict[str, tuple[str, str]]:
        """Kind and name of each row of GPU lots, by what stands before a figure."""
        named = unit_economics.names_of(self.judging)
        return _places(named, "contract", unit_economics.TOTAL)

    @cached_property
    def let_places(self) -> dict[str, tuple[str, str]]:
        """The same of each row of power let by the kW."""
        return _places(letting.names_of(self.let), letting.TENANT, letting.TOTAL)

    def names(self) -> list[str]:
        """Every figure that can be asked for."""
        rows = ((self.places, UNITS), (self.let_places, LET))
        found = [row + figure for own, figures in rows for row in own for figure in figures]
        return list(dict.fromkeys(found))

    def value(self, name: str) -> float:
        """A figure; NaN where it is undefined. name: one of `names`."""
        row, _, figure = name.rpartition(".")
        found = self._row(f"{row}.", figure).figures[figure].value
        return np.nan if found is None else found

    def _row(self, before: str, figure: str) -> Row | LetRow:
        """The row of what stands before a figure: GPU lots', where both have it."""
        if before in self.places and figure in UNITS:
            key = (*self.places[before], figure in PRICES)
            if key not in self.rows:
                kind, name, prices = key
                self.rows[key] = unit_economics.row_of(self.judging, kind, name, with_prices=prices)
            return self.rows[key]
        place = self.let_places[before]
        if place not in self.kws:
            self.kws[place] = letting.row_of(self.let, *place)
        return self.kws[place]

    def values(self, name: str, replications: int) -> Values:
        """A figure of so many replications, which are alike."""
        value = self.value(name)
        code = REASONS.index(UNDEFINED) if np.isnan(value) else 0
        reasons = np.full(replications, code, np.int8)
        return Values(np.full(replications, value), reasons)


def _places(
    named: Sequence[tuple[str, str]], one: str, every: tuple[str, str]
) -> dict[str, tuple[str, str]]:
    """Rows by what stands before their figures.

    one: kind of a contract's row; every: the row of all of them.
    """
    contracts = [name for kind, name in named if kind == one]
    found = {f"{PREFIX}{kind}.{name}.": (kind, name) for kind, name in named}
    found |= {f"{PREFIX}{name}.": (one, name) for name in contracts}
    if len(contracts) == 1:
        found[PREFIX] = (one, contracts[0])
    elif contracts:
        found[PREFIX] = every
    return found
