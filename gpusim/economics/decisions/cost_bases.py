"""What overheads go by, counted at a month's end and foreseen by the operator.

A basis is its number, a row of `BASES`, how much of it there was in a month (`count_bases`), how
much the outlook expects (`open_bases` and what foresees) and how much a planned lot has
(`appraisal.unit_lots.bases_of`). Keys of models, their reading, both engines, the outlook, units
and the second opinion's files go down the table.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.books.ledger import (
    INFRASTRUCTURE_GROSS,
    REVENUE_COMMITTED,
    REVENUE_ON_DEMAND,
    SERVERS_GROSS,
)
from gpusim.economics.books.measures import ACTIVE_MICROWATT_DAYS
from gpusim.economics.core.calendar import MONTHS_PER_YEAR, month_of
from gpusim.economics.core.state import ASSETS, INFRASTRUCTURE, LOAD, SERVERS, State, World
from gpusim.economics.decisions.outlook_space import add_microwatts
from gpusim.units_of_measure import CENTS_LIMIT, CENTS_PER_USD, MICROWATTS_PER_KW

TIME, REVENUE, ACTIVE_POWER, HARDWARE_COST = const(0), const(1), const(2), const(3)
"""Bases, by their place in `BASES`."""


class Usual(NamedTuple):
    """What a rate usually is; outside it a model is warned about, see `fields.plausible`."""

    low: float
    high: float
    source: str
    above: str
    below: str


class Basis(NamedTuple):
    """Something that overheads go by, and the key that states their rate."""

    key: str  # in [overheads.NAME]
    unit: str  # of the key
    meaning: str  # what the key states
    most: float  # that it may be [its unit]
    usual: Usual
    cents: float  # in one of the rate's money
    size: float  # units of the basis, as counted, in one that the rate is for
    grows: bool = False  # by growth_per_year

    def rate(self, stated: float) -> float:
        """A rate as stated, in cents a unit of the basis as counted."""
        return stated * self.cents / self.size


BASES: Final = (
    Basis(
        "monthly_usd",
        unit="USD/month",
        meaning="Fixed part in the first month",
        most=CENTS_LIMIT / CENTS_PER_USD,
        usual=Usual(
            100,
            1000000000,
            "CoreWeave's overheads, some 100m a month, models/data/coreweave_quarterly.csv",
            "a year's, or cents?",
            "thousands or millions?",
        ),
        cents=CENTS_PER_USD,
        size=1,
        grows=True,
    ),
    Basis(
        "revenue_share",
        unit="share",
        meaning="Part that follows revenue",
        most=1,
        usual=Usual(
            0.001,
            0.6,
            "0.5% to 15% in bundled models",
            "in percent, with the point left out?",
            "percent?",
        ),
        cents=1,
        size=1,
    ),
    Basis(
        "usd_per_kw_month",
        unit="USD/kW-month",
        meaning="Part that follows active IT power",
        most=10_000,
        usual=Usual(
            0.1,
            100,
            "site costs in models/data/site_costs.csv",
            "a year's, or a MW's?",
            "thousands?",
        ),
        cents=CENTS_PER_USD,
        size=MICROWATTS_PER_KW,
    ),
    Basis(
        "hardware_cost_share_per_year",
        unit="1/year",
        meaning="Part that follows what servers and infrastructure in service cost",
        most=1,
        usual=Usual(
            0.0005,
            0.1,
            "assumed: some tenths of a percent for insurance alone, 10% with all maintenance",
            "in percent?",
            "percent, or a month's?",
        ),
        cents=1,
        size=MONTHS_PER_YEAR,
    ),
)


@kernel
def count_bases(s: State, month: int, days: int) -> None:
    """What there was of each basis in the month that ends; days in it.

    A month; its revenue [cents]; power of GPUs in service on average [uW]; what hardware
    cost that is in service at its end [cents].
    """
    revenue = -(s.ledger[REVENUE_COMMITTED, month] + s.ledger[REVENUE_ON_DEMAND, month])
    s.cost_bases[month, TIME] = 1.0
    s.cost_bases[month, REVENUE] = float(revenue)
    s.cost_bases[month, ACTIVE_POWER] = s.stocks[ACTIVE_MICROWATT_DAYS, month] / days
    s.cost_bases[month, HARDWARE_COST] = float(hardware_cost(s))


@kernel
def hardware_cost(s: State) -> int:
    """What servers and infrastructure in service cost, as the balance sheet has them [cents]."""
    return int(s.balance[SERVERS_GROSS] + s.balance[INFRASTRUCTURE_GROSS])


@kernel
def open_bases(s: State, w: World, last: int) -> None:
    """What is there already of each basis in this month and those after it; no revenue yet.

    Revenue is noted where it is expected, and power once sites are filled. Hardware counts up to
    its planned end; what is kept beyond that goes on.
    """
    month, today, cost = s.clock[0].month, s.clock[0].today, float(hardware_cost(s))
    for ahead in range(month, last + 1):
        s.cost_bases[ahead, TIME] = 1.0
        s.cost_bases[ahead, REVENUE] = 0.0
        s.cost_bases[ahead, HARDWARE_COST] = cost
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        hardware = asset.category == SERVERS or asset.category == INFRASTRUCTURE
        ends = today < asset.retires <= w.month_end[last]
        if hardware and asset.retired == 0 and ends:
            for ahead in range(max(month_of(w, asset.retires), month), last + 1):
                s.cost_bases[ahead, HARDWARE_COST] -= asset.gross


@kernel
def foresee_power(s: State, w: World, last: int) -> None:
    """Power of GPUs in service that is expected in each month, as sites are filled."""
    for ahead in range(s.clock[0].month, last + 1):
        days = float(w.month_end[ahead] - w.month_end[ahead - 1])
        active = 0.0
        for site in range(len(s.sites)):
            active += s.expected[LOAD, site, ahead] / days
        s.cost_bases[ahead, ACTIVE_POWER] = active


@kernel
def foresee_hardware(
    s: State, w: World, site: int, microwatts: int, cost: int, service: int, last: int
) -> None:
    """Expect more hardware in service at a site from a day on. microwatts; cost [cents]."""
    add_microwatts(s, w, LOAD, site, microwatts, service, last)
    for ahead in range(s.clock[0].month, last + 1):
        if w.month_end[ahead] >= service:
            s.cost_bases[ahead, HARDWARE_COST] += cost
