"""Realised unit economics: what each contract and each idle GPU of a run earned and cost.

Every cohort is a contract the scenario names, the contracts signed in one quarter of the run, the
GPUs of a generation that no contract reserves, or the months before any hardware is in service.
Their sum is the statements, to the cent:

* revenue is each contract's own, and on demand the generation's;
* depreciation of hardware is its generation's, by GPU-days reserved, those in service that wait for
  the tranche they were bought for included; a generation's other GPUs take the rest;
* power, rent, site staff, overheads and other depreciation go by critical IT power and days;
* interest and the result of what is sold or has failed go by what the books carry of the hardware.

Imported by workers: numpy only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from gpusim.economics.books.ledger import COST_SITE
from gpusim.economics.books.statements import line
from gpusim.economics.core import state
from gpusim.economics.core.calendar import HOURS_PER_DAY, MONTHS_PER_QUARTER
from gpusim.economics.core.state import (
    CONTRACTS,
    NEVER,
    NONE,
    ORDERS,
    TENANCY,
    TRANCHE_ENDED,
    TRANCHES,
    Floats,
    Ints,
    State,
)

if TYPE_CHECKING:
    from gpusim.scenario.spec import Names

KEYS: Final = ("contract", "vintage", "generation", "quarter")
COLUMNS: Final = (
    "watt_days",
    "gpu_hours_in_service",
    "gpu_hours_billed",
    "revenue",
    "power",
    "rent",
    "staff",
    "overhead",
    "depreciation",
    "impairment",
    "interest",
    "disposal_gain",
    "carrying_opening",
    "carrying",
)
"""Amounts in cents. Billed: reserved GPU-hours, those that failed GPUs missed included, and hours
sold on demand. carrying, carrying_opening: book value of its hardware at the quarter's ends."""
WIDTH: Final = len(KEYS) + len(COLUMNS)
SIGNED_LATER, POOL, NO_HARDWARE = -1, -2, -3
"""Values of the key `contract` that are no contract of the scenario."""
UNRESERVED: Final = {NO_HARDWARE: "no hardware", POOL: "not under contract"}
SIGNED: Final = "signed in "
"""What the cohorts without a contract of the scenario are called; a quarter follows."""
NO_VINTAGE: Final = -1
NO_GPUS: Final = -1
"""Generation of a contract that lets power, and of the months without hardware."""
MICROWATTS_PER_WATT: Final = 1_000_000


class Units(NamedTuple):
    """What is told apart within a run, a row each, and its GPU-days by month."""

    keys: Ints  # [units, 3] contract, vintage, generation
    of_contract: Ints  # [contracts + 1] row of each contract; the last one: of no contract
    gpu_days: Ints  # [units, months] billed
    owned_days: Ints  # [units, months] the same, and days until GPUs start that were bought for it
    revenue: Ints  # [units, months] [cents]
    let: Ints  # [units, months] power let to tenants [uW-days]

    def pool(self, gen: int) -> int:
        """Row of a generation's GPUs without a contract."""
        return int(np.flatnonzero((self.keys[:, 0] == POOL) & (self.keys[:, 2] == gen))[0])

    def of_orders(self, s: State) -> Ints:
        """Row for which each order was placed: its tranche's contract, else the pool."""
        orders = rows_of(s, s.orders, ORDERS)
        contracts = np.append(np.asarray(s.tranches)["contract"], 0)  # NONE reads what is added
        signed = self.of_contract[contracts[orders["tranche"]]]
        pools = self.of_contract[-1] - len(s.gens) + orders["gen"]
        rows: Ints = np.where(orders["tranche"] == NONE, pools, signed)
        return rows


class Book(NamedTuple):
    """Hardware of each unit by month, as the books carry it [cents]."""

    carrying: Ints  # [units, months + 1]
    depreciation: Ints  # [units, months]
    impairment: Ints
    disposal_gain: Ints


def realise(s: State, month_end: Ints, names: Names) -> Ints:
    """Cohorts of a finished run by quarter [rows, WIDTH]; rows of zeros are left out."""
    own = units_of(s, month_end, len(names.contracts))
    gens = own.keys[:, 2]
    fleet = s.fleet[:, :, 1:]
    watts, by_power = power_of(s, own, own.owned_days)
    book, by_value = book_of(s, own, own.owned_days)
    ledger = s.ledger

    def of(name: str) -> Ints:
        return line(ledger, name)[1:]

    rest = of("depreciation_and_amortization") - fleet[:, state.FLEET_DEPRECIATION].sum(axis=0)
    staff = ledger[COST_SITE, 1:]
    costs = of("revenue") + of("disposal_gain") - of("operating_income")
    named = of("power") + of("rent") + staff
    named = named + of("depreciation_and_amortization") + of("impairment")
    pool = own.keys[:, 0] == POOL
    hours = own.owned_days * HOURS_PER_DAY
    billed = own.gpu_days * HOURS_PER_DAY
    billed[pool] = fleet[gens[pool], state.FLEET_ON_DEMAND_HOURS]
    flows = [
        watts,
        hours,
        billed,
        own.revenue,
        split(of("power"), by_power),
        split(of("rent"), by_power),
        split(staff, by_power),
        split(costs - named, by_power),
        book.depreciation + split(rest, by_power),
        book.impairment,
        split(of("interest_expense"), by_value),
        book.disposal_gain,
    ]
    quarters = -(-fleet.shape[2] // MONTHS_PER_QUARTER)
    starts = np.arange(quarters) * MONTHS_PER_QUARTER
    table = np.zeros((len(gens), quarters, WIDTH), np.int64)
    table[:, :, :3] = own.keys[:, None, :]
    table[:, :, 3] = np.arange(quarters)
    for n, flow in enumerate(flows):
        table[:, :, 4 + n] = np.add.reduceat(flow, starts, axis=1)
    ends = np.minimum(starts + MONTHS_PER_QUARTER, fleet.shape[2])
    table[:, :, -2] = book.carrying[:, starts]
    table[:, :, -1] = book.carrying[:, ends]
    found: Ints = table.reshape(-1, WIDTH)
    kept: Ints = found[found[:, len(KEYS) :].any(axis=1)]
    return kept


def rows_of(s: State, noun: Any, place: int) -> Any:
    """Rows in use of a noun, as a plain table with a column a field. place: of its count."""
    return np.asarray(noun)[: int(s.count[place])]


def power_of(s: State, own: Units, days: Ints) -> tuple[Ints, Ints]:
    """W-days of each unit by month, and what goes by them: a month without any is nobody's."""
    each = np.array([*(s.gens[g].it_microwatts for g in range(len(s.gens))), 0], np.int64)
    microwatts = each[own.keys[:, 2]][:, None] * days  # generation -1, none, is the last: 0
    microwatts = microwatts + own.let
    watts = microwatts // MICROWATTS_PER_WATT
    idle = own.keys[:, 0] == NO_HARDWARE
    return watts, np.where(idle[:, None], watts.sum(axis=0) == 0, watts)


def book_of(s: State, own: Units, days: Ints) -> tuple[Book, Floats]:
    """Hardware in the books of each unit, by GPU-days, and what goes by its value."""
    gens, fleet = own.keys[:, 2], s.fleet[:, :, 1:]
    part = _shares(s, own.keys, days)
    nothing = np.zeros((1, fleet.shape[2]), np.int64)  # of generation -1, none
    carried = part * np.concatenate([fleet[:, state.FLEET_CARRYING], nothing])[gens]
    idle = own.keys[:, 0] == NO_HARDWARE
    by_value = np.where(idle[:, None], carried.sum(axis=0) == 0, carried)
    charged = np.zeros(days.shape, np.int64)
    carrying = np.zeros((len(gens), fleet.shape[2] + 1), np.int64)
    for g in range(len(s.gens)):
        rows = gens == g
        charged[rows] = split(fleet[g, state.FLEET_DEPRECIATION], part[rows])
        later = split(fleet[g, state.FLEET_CARRYING], part[rows])
        first = split(s.fleet[g, state.FLEET_CARRYING, :1], part[rows, :1])
        carrying[rows] = np.concatenate([first, later], axis=1)

    def of(name: str) -> Ints:
        return split(line(s.ledger, name)[1:], by_value)

    return Book(carrying, charged, of("impairment"), of("disposal_gain")), by_value


def split(amounts: Ints, weights: Floats | Ints) -> Ints:
    """Amounts by month [cents] in proportion to weights [units, months]; sums are exact.

    A month without any weight stays with the last unit.

    >>> split(np.array([10]), np.array([[1.0], [1.0], [1.0]]))[:, 0].tolist()
    [3, 4, 3]
    """
    upto = np.cumsum(np.asarray(weights, np.float64), axis=0)
    total = upto[-1]
    ratio = np.divide(upto, total, out=np.zeros_like(upto), where=total > 0)
    ratio[-1] = 1.0
    parts: Ints = np.diff(np.rint(ratio * amounts).astype(np.int64), axis=0, prepend=0)
    return parts


def units_of(s: State, month_end: Ints, named: int) -> Units:
    """Contracts by generation, then each generation's pool, then the months without hardware."""
    months = s.fleet.shape[2] - 1
    month_end = month_end[: months + 1]  # what lenders and the operator look at beyond is no run
    signed = int(s.count[CONTRACTS])
    place: dict[tuple[int, int, int], int] = {}
    rows: list[int] = []
    for c in range(signed):
        contract = s.contracts[c]
        gen = NO_GPUS if contract.kind == TENANCY else int(contract.gen)
        key = (c, 0, gen)
        if c >= named:
            key = (SIGNED_LATER, int(contract.vintage), gen)
        elif int(contract.vintage) > 0:
            key = (c, int(contract.vintage), gen)
        rows.append(place.setdefault(key, len(place)))
    keys = [*place]
    keys += [(POOL, NO_VINTAGE, g) for g in range(len(s.gens))]
    keys.append((NO_HARDWARE, NO_VINTAGE, NO_GPUS))
    days = np.zeros((len(keys), months), np.int64)
    revenue = np.zeros((len(keys), months), np.int64)
    let = np.zeros((len(keys), months), np.int64)
    np.add.at(revenue, np.array(rows, np.int64), s.earned[:signed, 1:])
    for k in range(int(s.count[TRANCHES])):
        tranche = s.tranches[k]
        if tranche.start < NEVER:
            first = np.maximum(month_end[:-1] + 1, tranche.start)
            last = np.minimum(month_end[1:], tranche.through)
            lasted = np.maximum(last - first + 1, 0)
            days[rows[tranche.contract]] += tranche.gpus * lasted
            let[rows[tranche.contract]] += tranche.microwatts * lasted
    gens = np.array([key[2] for key in keys])
    owned = days + _waiting(s, month_end, len(keys), rows)
    for g in range(len(s.gens)):
        pool = len(place) + g
        there = s.fleet[g, state.FLEET_GPU_DAYS, 1:]
        for own in (days, owned):
            own[pool] = np.maximum(there - own[gens == g].sum(axis=0), 0)
        revenue[pool] = s.fleet[g, state.FLEET_ON_DEMAND, 1:]
    of_contract = np.array([*rows, len(keys) - 1], np.int64)
    return Units(np.array(keys, np.int64), of_contract, days, owned, revenue, let)


def _waiting(s: State, month_end: Ints, units: int, rows: list[int]) -> Ints:
    """GPU-days from service to the start of the tranche that an order was placed for, by unit."""
    days = np.zeros((units, len(month_end) - 1), np.int64)
    for k in range(int(s.count[ORDERS])):
        order = s.orders[k]
        if order.tranche == NONE or order.fitted >= NEVER:
            continue
        tranche = s.tranches[order.tranche]
        if tranche.start < NEVER or tranche.status < TRANCHE_ENDED:
            first = np.maximum(month_end[:-1] + 1, order.fitted)
            last = np.minimum(month_end[1:], tranche.start - 1)
            days[rows[tranche.contract]] += order.gpus * np.maximum(last - first + 1, 0)
    return days


def _shares(s: State, keys: Ints, days: Ints) -> Floats:
    """Each unit's share of its generation's GPU-days; of none, all is the pool's."""
    gens = keys[:, 2]
    part = np.zeros(days.shape)
    for g in range(len(s.gens)):
        rows = np.flatnonzero(gens == g)
        total = days[rows].sum(axis=0)
        shares = np.divide(
            days[rows], total, out=np.zeros((len(rows), len(total))), where=total > 0
        )
        shares[keys[rows, 0] == POOL] += total == 0
        part[rows] = shares
    return part
