"""What overheads go by: a table, and how much of each there was in a month.

A basis is its number, a row of `BASES`, how much of it there was in a month (`count_bases`), how
much the outlook expects (`expected_bases.py`) and how much a planned lot has
(`appraisal.unit_lots.bases_of`). Keys of models, their reading, both engines, the outlook, units
and the second opinion's files go down the table.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.books.ledger import (
    INFRASTRUCTURE_ACCUMULATED,
    INFRASTRUCTURE_GROSS,
    REVENUE_COMMITTED,
    REVENUE_ON_DEMAND,
    REVENUE_RECHARGED,
    SERVERS_ACCUMULATED,
    SERVERS_GROSS,
)
from gpusim.economics.books.measures import (
    ACTIVE_MICROWATT_DAYS,
    CAPEX_IN_SERVICE,
    IN_SERVICE_GPU_HOURS,
)
from gpusim.economics.core.calendar import HOURS_PER_DAY, MONTHS_PER_YEAR
from gpusim.economics.core.state import CONTRACTS, State
from gpusim.units_of_measure import CENTS_LIMIT, CENTS_PER_USD, MICROWATTS_PER_KW

TIME, REVENUE, ACTIVE_POWER, HARDWARE_COST = const(0), const(1), const(2), const(3)
GPUS, BOOK_VALUE, BILLING_CONTRACTS = const(4), const(5), const(6)
"""Bases, by their place in `BASES`. Those of the second line are counted where a line goes by them
(`State.bases_used`)."""


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
    Basis(
        "usd_per_gpu_year",
        unit="USD/GPU-year",
        meaning="Part that follows GPUs in service",
        most=1_000_000,
        usual=Usual(
            5,
            10_000,
            "assumed: some USD for monitoring, 4,500 for a supplier's software at its list price",
            "of a server, or the GPU's price?",
            "thousands, or a month's?",
        ),
        cents=CENTS_PER_USD,
        size=MONTHS_PER_YEAR,
    ),
    Basis(
        "book_value_share_per_year",
        unit="1/year",
        meaning="Part that follows the net book value of servers and infrastructure in service",
        most=1,
        usual=Usual(
            0.0005,
            0.1,
            "assumed: tenths of a percent for insurance, 1% to 4% for tax on business property",
            "in percent?",
            "percent, or a month's?",
        ),
        cents=1,
        size=MONTHS_PER_YEAR,
    ),
    Basis(
        "usd_per_contract_month",
        unit="USD/contract-month",
        meaning="Part that follows contracts that bill",
        most=100_000_000,
        usual=Usual(
            50,
            2_000_000,
            "assumed: from a support plan to an account team of some tens of engineers",
            "a year's, or of all contracts?",
            "thousands?",
        ),
        cents=CENTS_PER_USD,
        size=1,
    ),
)


@kernel
def count_bases(s: State, month: int, days: int) -> None:
    """What there was of each basis in the month that ends; days in it.

    A month; its revenue [cents]; power of GPUs in service on average [uW]; what hardware
    cost that is in service at its end [cents]; GPUs in service on average; what hardware was
    in the books for, at its start, and what came in it [cents]. Contracts are counted before
    they are billed (`count_contracts`).
    """
    revenue = -(s.ledger[REVENUE_COMMITTED, month] + s.ledger[REVENUE_ON_DEMAND, month])
    revenue -= s.ledger[REVENUE_RECHARGED, month]
    s.cost_bases[month, TIME] = 1.0
    s.cost_bases[month, REVENUE] = float(revenue)
    s.cost_bases[month, ACTIVE_POWER] = s.stocks[ACTIVE_MICROWATT_DAYS, month] / days
    s.cost_bases[month, HARDWARE_COST] = float(hardware_cost(s))
    if s.bases_used[GPUS] != 0:
        gpu_hours = s.stocks[IN_SERVICE_GPU_HOURS, month]
        s.cost_bases[month, GPUS] = gpu_hours / (HOURS_PER_DAY * days)
    if s.bases_used[BOOK_VALUE] != 0:
        s.cost_bases[month, BOOK_VALUE] = float(month_book_value(s, month))


@kernel
def month_book_value(s: State, month: int) -> int:
    """What servers and infrastructure were in the books for at a month's start, and what came.

    What was put in service in the month counts at cost [cents]. Source: definitions, overheads.
    """
    value = (
        hardware_cost(s) - s.ledger[SERVERS_GROSS, month] - s.ledger[INFRASTRUCTURE_GROSS, month]
    )
    value += s.balance[SERVERS_ACCUMULATED] - s.ledger[SERVERS_ACCUMULATED, month]
    value += s.balance[INFRASTRUCTURE_ACCUMULATED] - s.ledger[INFRASTRUCTURE_ACCUMULATED, month]
    return int(value + s.stocks[CAPEX_IN_SERVICE, month])


@kernel
def count_contracts(s: State, month: int) -> None:
    """Contracts that have earned committed revenue in the month that ends, before they are billed.

    Source: definitions, a contract that bills in a month.
    """
    if s.bases_used[BILLING_CONTRACTS] == 0:
        return
    s.cost_bases[month, BILLING_CONTRACTS] = 0.0
    for c in range(s.count[CONTRACTS]):
        s.contracts[c].noted = 0
    for c in range(s.count[CONTRACTS]):
        if s.contracts[c].earned > 0:
            note_contract(s, c, month)


@kernel
def note_contract(s: State, c: int, month: int) -> None:
    """Count a contract in a month, once with all its renewals."""
    origin = s.contracts[s.contracts[c].origin]
    if origin.noted != month:
        origin.noted = month
        s.cost_bases[month, BILLING_CONTRACTS] += 1.0


@kernel
def hardware_cost(s: State) -> int:
    """What servers and infrastructure in service cost, as the balance sheet has them [cents]."""
    return int(s.balance[SERVERS_GROSS] + s.balance[INFRASTRUCTURE_GROSS])
