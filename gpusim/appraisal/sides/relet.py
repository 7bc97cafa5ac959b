"""A lot let on demand: what its GPUs earn from a contract's end until they are retired.

The rent is today's on-demand price times the price path's year, counted from the as-of day, and
never below the floor; the share of hours sold is that of the market's start state. Power, site,
staff and overheads are the lot's own, as under its contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from gpusim.appraisal import unit_cash, unit_lots
from gpusim.appraisal.planned import book_values
from gpusim.appraisal.unit_cash import Cash
from gpusim.appraisal.unit_costs import site_costs, works
from gpusim.appraisal.unit_lots import IN_SERVICE, Lot
from gpusim.economics.core.calendar import HOURS_PER_MONTH, MONTHS_PER_YEAR
from gpusim.economics.core.state import Floats
from gpusim.scenario import Scenario
from gpusim.scenario.tables.gpus import Gpu

NO_PRICE: Final = "no on-demand price"
NO_LIFE: Final = "its planned life ends with the term"


class Rents(NamedTuple):
    """What GPUs let on demand ask for by the hour in each month [months]."""

    listed: Floats  # today's price times the price path [USD/GPU-hour]
    floor: float  # below which they are switched off [USD/GPU-hour]

    def at(self, factor: float) -> Floats:
        """At so many times the listed price, never below the floor.

        >>> Rents(np.array([4.0, 0.5]), 1.0).at(0.5).tolist()
        [2.0, 1.0]
        """
        return np.maximum(factor * self.listed, self.floor)


def rents_of(own: Gpu, price_path: Sequence[float], start: int, months: int) -> Rents:
    """Rents of a generation on demand.

    start: month of the run that is the first, 1 the first simulated one, by which the path's year
    is counted.
    """
    elapsed = start - 1 + np.arange(months)
    year = np.minimum(elapsed // MONTHS_PER_YEAR, len(price_path) - 1)
    path = np.asarray(price_path, np.float64)[year]
    return Rents(own.on_demand_usd_per_gpu_hour * path, own.floor_usd_per_gpu_hour)


class Life(NamedTuple):
    """A lot as if it were let on demand from its month 0 until it is retired [months + 1].

    Nothing is paid for it; the last month has what the books then carry.
    """

    cash: Cash
    following: Floats  # overheads that follow revenue, of a dollar of it [ratio]
    rents: Rents
    book: Floats  # value at each month's end [USD]

    @property
    def months(self) -> int:
        """Of planned life from the lot's month 0."""
        return len(self.book) - 1

    def at(self, factor: float) -> Cash:
        """The same at so many times the on-demand price, never below the floor."""
        if factor == 1.0:
            return self.cash
        revenue = np.zeros(self.months + 1)
        revenue[1:] = self.cash.gpu_hours[1:] * self.rents.at(factor)
        more = self.following * (revenue - self.cash.revenue)
        return self.cash._replace(revenue=revenue, overhead=self.cash.overhead + more)

    def since(self, month: int, taken_at: float, factor: float = 1.0) -> Cash:
        """From the end of a month on, which is month 0; taken over at a value [USD]."""
        cash = Cash(*(row[month:].copy() for row in self.at(factor)))
        for row in cash[:-1]:
            row[0] = 0.0
        cash.capital[0] = taken_at
        cash.employed[0] = taken_at * (self.months - month) / MONTHS_PER_YEAR
        cash.residual[-1] = self.book[-1]
        return cash


def planned_months(scenario: Scenario, lot: Lot) -> int:
    """Months of planned life from a lot's month 0: the age at which free GPUs are sold.

    Of hardware in service, what is left of its book life by [assets], moved by as much as that age
    is off the book life.
    """
    own = scenario.gpus[lot.gpu]
    planned = own.book_life_years if own.economic_life_years is None else own.economic_life_years
    if lot.status == IN_SERVICE:
        planned = remaining_years(scenario, lot.gpu) + planned - own.book_life_years
    return max(0, round(planned * MONTHS_PER_YEAR))


def remaining_years(scenario: Scenario, gpu: str) -> float:
    """What is left of the book life of a generation's hardware in service, by its GPUs [years]."""
    fleet = [a for a in scenario.assets.values() if a.gpu == gpu and a.gpus]
    gpus = sum(a.gpus for a in fleet)
    return sum(a.remaining_life_years * a.gpus for a in fleet) / gpus if gpus else 0.0


def life_of(scenario: Scenario, lot: Lot, price_path: Sequence[float]) -> Life | None:
    """A lot let on demand; None without an on-demand price. Its term at least."""
    own = scenario.gpus[lot.gpu]
    if own.on_demand_usd_per_gpu_hour <= 0:
        return None
    months = max(planned_months(scenario, lot), lot.months)
    use = getattr(scenario.market.on_demand_use, scenario.market.start_state)
    rents = rents_of(own, price_path, lot.start, months)
    cash = unit_cash.blank(months)
    cash.gpu_hours[1:] = lot.gpus * use * HOURS_PER_MONTH
    cash.gpu_hours[:] *= works(scenario, lot.site, months, lot.start)
    cash.revenue[1:] = cash.gpu_hours[1:] * rents.at(1.0)
    capital = float(lot.cash.capital[0])
    in_service = lot.status == IN_SERVICE
    charges = book_values.depreciation(scenario, lot.gpu, capital, months, in_service=in_service)
    carried = book_values.carried_before(capital, charges)
    bases = unit_lots.bases_of(
        cash.revenue, lot.kw, lot.new_cost, lot.power_share, gpus=lot.gpus, carried=carried
    )
    cash = cash._replace(
        depreciation=charges,
        overhead=unit_lots.overhead(scenario, bases, lot.start),
        **site_costs(scenario, lot.site, lot.kw, months, lot.start, billed=use),
    )
    dollars = unit_lots.bases_of(np.ones(months + 1))
    following = unit_lots.overhead(scenario, dollars, lot.start)
    return Life(cash, following, rents, book_values.carried_after(capital, charges))


class Lives:
    """Lots let on demand, each worked out once."""

    def __init__(self, scenario: Scenario, price_path: Sequence[float]) -> None:
        self.scenario, self.path = scenario, price_path
        self.known: dict[int, tuple[Lot, Life | None]] = {}

    def of(self, lot: Lot) -> Life | None:
        """A lot let on demand; None without an on-demand price."""
        if id(lot) not in self.known:
            self.known[id(lot)] = lot, life_of(self.scenario, lot, self.path)
        return self.known[id(lot)][1]

    def months(self, lot: Lot) -> int:
        """Of planned life from a lot's month 0; its term where it is not re-let."""
        life = self.of(lot)
        return lot.months if life is None else life.months

    def why_not(self, lots: Sequence[Lot]) -> str:
        """Why none of some lots is re-let after its term; empty where one is."""
        lives = [self.of(lot) for lot in lots]
        if not any(lives):
            return NO_PRICE
        pairs = zip(lots, lives, strict=True)
        return "" if any(life and life.months > lot.months for lot, life in pairs) else NO_LIFE

    def tail(self, lot: Lot, factor: float = 1.0) -> Cash | None:
        """A lot re-let after its term, taken over at what it is worth there; None: not at all."""
        life = self.of(lot)
        if life is None or life.months <= lot.months:
            return None
        return life.since(lot.months, float(lot.cash.residual[-1]), factor)


def joined(cash: Cash, tail: Cash | None) -> Cash:
    """A lot's contract with what follows it; what the one hands over the other takes over.

    >>> plain, after = unit_cash.blank(2), unit_cash.blank(1)
    >>> plain.residual[2] = after.capital[0] = 40.0
    >>> after.revenue[1] = 50.0
    >>> joined(plain, after).unlevered.tolist()
    [0.0, 0.0, 0.0, 50.0]
    """
    return cash if tail is None else unit_cash.total([cash, moved(tail, len(cash.revenue) - 1)])


def moved(cash: Cash, months: int) -> Cash:
    """The same cash some months later.

    >>> plan = unit_cash.blank(1)
    >>> plan.revenue[1] = 5.0
    >>> moved(plan, 2).revenue.tolist()
    [0.0, 0.0, 0.0, 5.0]
    """
    return Cash(*(np.concatenate([np.zeros(months), row]) for row in cash))
