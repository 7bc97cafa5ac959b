"""Realised unit economics: what each contract and each idle GPU of a run earned and cost.

Every cohort is a contract the scenario names, the contracts signed in one quarter of the run, the
GPUs of a generation that no contract reserves, or the months before any hardware is in service.
Their sum is the statements, to the cent:

* revenue is each contract's own, and on demand the generation's;
* depreciation of hardware is its generation's, by GPU-days reserved; a generation's other GPUs take
  the rest;
* power, rent, site staff, overheads and other depreciation go by critical IT power and days;
* interest and the result of what is sold or has failed go by what the books carry of the hardware.

Imported by workers: numpy only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gpusim.economics import state
from gpusim.economics.ledger import COST_SITE
from gpusim.economics.state import CONTRACTS, NEVER, TRANCHES, Floats, Ints, State
from gpusim.economics.statements import line

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
HOURS_PER_DAY: Final = 24
MICROWATTS_PER_WATT: Final = 1_000_000
MONTHS_PER_QUARTER: Final = 3


class Units(NamedTuple):
    """What is told apart within a run, a row each, and its GPU-days by month."""

    keys: Ints  # [units, 3] contract, vintage, generation
    gpu_days: Ints  # [units, months]
    revenue: Ints  # [units, months] [cents]


def realise(s: State, month_end: Ints, names: Names) -> Ints:
    """Cohorts of a finished run by quarter [rows, WIDTH]; rows of zeros are left out."""
    own = _units(s, month_end, len(names.contracts))
    gens = own.keys[:, 2]
    fleet = s.fleet[:, :, 1:]
    each = np.array([*(s.gens[g].it_microwatts for g in range(len(s.gens))), 0], np.int64)
    microwatts = each[gens][:, None] * own.gpu_days  # generation -1, none, is the last: 0
    watts = microwatts // MICROWATTS_PER_WATT
    idle = own.keys[:, 0] == NO_HARDWARE
    by_power = np.where(idle[:, None], watts.sum(axis=0) == 0, watts)
    part = _shares(s, own)
    carried = part * fleet[np.maximum(gens, 0), state.FLEET_CARRYING]
    by_value = np.where(idle[:, None], carried.sum(axis=0) == 0, carried)
    charged = np.zeros_like(own.revenue)
    for g in range(len(s.gens)):
        rows = gens == g
        charged[rows] = split(fleet[g, state.FLEET_DEPRECIATION], part[rows])
    ledger = s.ledger

    def of(name: str) -> Ints:
        return line(ledger, name)[1:]

    rest = of("depreciation_and_amortization") - fleet[:, state.FLEET_DEPRECIATION].sum(axis=0)
    staff = ledger[COST_SITE, 1:]
    costs = of("revenue") - of("operating_income")
    named = of("power") + of("rent") + staff
    named = named + of("depreciation_and_amortization") + of("impairment")
    pool = own.keys[:, 0] == POOL
    hours = own.gpu_days * HOURS_PER_DAY
    billed = hours.copy()
    billed[pool] = fleet[gens[pool], state.FLEET_ON_DEMAND_HOURS]
    carrying = np.zeros((len(gens), fleet.shape[2] + 1), np.int64)
    for g in range(len(s.gens)):
        rows = gens == g
        later = split(fleet[g, state.FLEET_CARRYING], part[rows])
        first = split(s.fleet[g, state.FLEET_CARRYING, :1], part[rows, :1])
        carrying[rows] = np.concatenate([first, later], axis=1)
    flows = [
        watts,
        hours,
        billed,
        own.revenue,
        split(of("power"), by_power),
        split(of("rent"), by_power),
        split(staff, by_power),
        split(costs - named, by_power),
        charged + split(rest, by_power),
        split(of("impairment"), by_value),
        split(of("interest_expense"), by_value),
        split(of("other_income"), by_value),
    ]
    quarters = -(-fleet.shape[2] // MONTHS_PER_QUARTER)
    starts = np.arange(quarters) * MONTHS_PER_QUARTER
    table = np.zeros((len(gens), quarters, WIDTH), np.int64)
    table[:, :, :3] = own.keys[:, None, :]
    table[:, :, 3] = np.arange(quarters)
    for n, flow in enumerate(flows):
        table[:, :, 4 + n] = np.add.reduceat(flow, starts, axis=1)
    ends = np.minimum(starts + MONTHS_PER_QUARTER, fleet.shape[2])
    table[:, :, -2] = carrying[:, starts]
    table[:, :, -1] = carrying[:, ends]
    found: Ints = table.reshape(-1, WIDTH)
    kept: Ints = found[found[:, len(KEYS) :].any(axis=1)]
    return kept


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


def _units(s: State, month_end: Ints, named: int) -> Units:
    """Contracts by generation, then each generation's pool, then the months without hardware."""
    months = s.fleet.shape[2] - 1
    signed = int(s.count[CONTRACTS])
    place: dict[tuple[int, int, int], int] = {}
    rows: list[int] = []
    for c in range(signed):
        contract = s.contracts[c]
        key = (c, 0, int(contract.gen))
        if c >= named:
            key = (SIGNED_LATER, int(contract.vintage), int(contract.gen))
        elif int(contract.vintage) > 0:
            key = (c, int(contract.vintage), int(contract.gen))
        rows.append(place.setdefault(key, len(place)))
    keys = [*place]
    keys += [(POOL, NO_VINTAGE, g) for g in range(len(s.gens))]
    keys.append((NO_HARDWARE, NO_VINTAGE, -1))
    days = np.zeros((len(keys), months), np.int64)
    revenue = np.zeros((len(keys), months), np.int64)
    np.add.at(revenue, np.array(rows, np.int64), s.earned[:signed, 1:])
    for k in range(int(s.count[TRANCHES])):
        tranche = s.tranches[k]
        if tranche.start < NEVER:
            first = np.maximum(month_end[:-1] + 1, tranche.start)
            last = np.minimum(month_end[1:], tranche.through)
            lasted = np.maximum(last - first + 1, 0)
            days[rows[tranche.contract]] += tranche.gpus * lasted
    gens = np.array([key[2] for key in keys])
    for g in range(len(s.gens)):
        pool = len(place) + g
        reserved = days[gens == g].sum(axis=0)
        days[pool] = np.maximum(s.fleet[g, state.FLEET_GPU_DAYS, 1:] - reserved, 0)
        revenue[pool] = s.fleet[g, state.FLEET_ON_DEMAND, 1:]
    return Units(np.array(keys, np.int64), days, revenue)


def _shares(s: State, own: Units) -> Floats:
    """Each unit's share of its generation's GPU-days; of none, all is the pool's."""
    gens = own.keys[:, 2]
    part = np.zeros(own.gpu_days.shape)
    for g in range(len(s.gens)):
        rows = np.flatnonzero(gens == g)
        total = own.gpu_days[rows].sum(axis=0)
        shares = np.divide(
            own.gpu_days[rows], total, out=np.zeros((len(rows), len(total))), where=total > 0
        )
        shares[own.keys[rows, 0] == POOL] += total == 0
        part[rows] = shares
    return part
