"""What overheads go by, counted at a month's end and foreseen by the operator.

A basis is its number, a row of `BASES`, how much of it there was in a month (`count_bases`), how
much the outlook expects (`foresee_bases`), and how much a planned lot has (`appraisal.unit_lots`).
Keys of models, their reading, both engines and the statements go down the table.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.books.ledger import REVENUE_COMMITTED, REVENUE_ON_DEMAND
from gpusim.economics.books.measures import ACTIVE_MICROWATT_DAYS
from gpusim.economics.core.state import LOAD, State, World
from gpusim.units_of_measure import CENTS_LIMIT, CENTS_PER_USD, MICROWATTS_PER_KW

TIME, REVENUE, ACTIVE_POWER = const(0), const(1), const(2)
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
)


@kernel
def count_bases(s: State, month: int, days: int) -> None:
    """What there was of each basis in the month that ends; days in it.

    A month; its revenue [cents]; power of GPUs in service on average [uW].
    """
    revenue = -(s.ledger[REVENUE_COMMITTED, month] + s.ledger[REVENUE_ON_DEMAND, month])
    s.cost_bases[month, TIME] = 1.0
    s.cost_bases[month, REVENUE] = float(revenue)
    s.cost_bases[month, ACTIVE_POWER] = s.stocks[ACTIVE_MICROWATT_DAYS, month] / days


@kernel
def foresee_bases(s: State, w: World, last: int) -> None:
    """What is expected of each basis in this month and those after it, as sites are filled.

    But for revenue, which is noted where it is expected.
    """
    for ahead in range(s.clock[0].month, last + 1):
        days = float(w.month_end[ahead] - w.month_end[ahead - 1])
        active = 0.0
        for site in range(len(s.sites)):
            active += s.expected[LOAD, site, ahead] / days
        s.cost_bases[ahead, TIME] = 1.0
        s.cost_bases[ahead, ACTIVE_POWER] = active
