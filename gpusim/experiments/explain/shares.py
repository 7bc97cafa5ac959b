"""Whose revenue and power are: by contract and by site, power bought ahead apart from the tariff.

The ledger has no contracts and no sites. What each month earned of a contract, sold on demand of a
pool and cost of power at a site is kept beside it; what is bought ahead is what the month's bill
has more, or less, than with all energy at the tariff, so the months are closed again without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.closing.month_end import recognise_revenue, run_costs
from gpusim.economics.core.array_capacity import fits, grow
from gpusim.economics.core.state import (
    CONTRACTS,
    NONE,
    SITE_POWER_COST,
    TRANCHES,
    Ints,
    State,
    World,
)
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.hardware.failures import count_missing
from gpusim.scenario.spec import Names

REVENUE, POWER = "revenue", "power"
SHARED: Final = (REVENUE, POWER)
"""Lines that are told by whose they are."""
UNDER_CONTRACT, ON_DEMAND = "under contract", "on demand"
TARIFF, LESS_CURTAILED = "at the tariff", "at the tariff, less what is paid for curtailment"
AHEAD: Final = "bought ahead, beside the tariff"


class Share(NamedTuple):
    """What of a cell is of one contract, or of one site."""

    contract: str  # "": of none
    site: str  # several joined with +; "": of none
    what: str
    amount: int  # on the line [cents]


class Months:
    """Keeps of each month of a period what its books do not, before they close."""

    def __init__(self, line: str, first: int, last: int) -> None:
        """line: a statement line; first: the month before the period; last: its last month."""
        self.line, self.first, self.last = line, first, last
        self.sold: list[Ints] = []  # on demand, by pool [cents]
        self.unbought: dict[int, Ints] = {}  # power by site with all of it at the tariff [cents]

    def __call__(self, state: State, world: World) -> None:
        """See a month; what its pools sold is that of the month before."""
        month = int(state.clock[0].month)
        if self.line == REVENUE and self.first + 1 < month <= self.last + 1:
            self.sold.append(sold_by_pool(state))
        bought = self.line == POWER and bool((np.asarray(state.sites)["ppa_kw"] > 0).any())
        if bought and self.first < month <= self.last:
            self.unbought[month] = at_the_tariff(state, world, month)


def sold_by_pool(s: State) -> Ints:
    """What pools sold on demand in the month that closed last [cents]."""
    return np.asarray(s.pools)["sold_for"].astype(np.int64)


def at_the_tariff(state: State, world: World, month: int) -> Ints:
    """Power of each site in a month, were nothing bought ahead and all else as it is [cents]."""
    s = State._make(column.copy() for column in state)
    if not fits(to_pointer(s)):
        s = grow(s)
    h, w, day = to_pointer(s), world_to_pointer(world), int(world.month_end[month])
    for p in range(len(s.pools)):
        count_missing(h, w, p, month, day)
    recognise_revenue(h, w, month, day)
    np.asarray(s.sites)["ppa_kw"] = 0.0
    run_costs(h, w, month, day)
    return np.array(s.site_months[: len(s.sites), SITE_POWER_COST, month])


def shares_of(s: State, names: Names, seen: Months, cell: int) -> list[Share]:
    """The shares of a cell, the largest first; what is of nobody is a share of its own.

    s: the final State; seen: the months of the period; cell [cents].
    """
    told = _revenue(s, names, seen) if seen.line == REVENUE else _power(s, names, seen)
    found = [share for share in told if share.amount]
    rest = cell - sum(share.amount for share in found)
    if rest:
        found.append(Share("", "", "all else", rest))
    return sorted(found, key=lambda share: (-abs(share.amount), share[:3]))


def _revenue(s: State, names: Names, seen: Months) -> Iterator[Share]:
    """Of each contract what it earned, recharged power too; of each site what it sold besides."""
    sites = contract_sites(s, names)
    for c in range(int(s.count[CONTRACTS])):
        earned = int(s.earned[c, seen.first + 1 : seen.last + 1].sum())
        yield Share(names.contracts[c], sites.get(c, ""), UNDER_CONTRACT, earned)
    months = seen.last - seen.first
    sold = seen.sold if len(seen.sold) == months else [*seen.sold, sold_by_pool(s)]
    at: dict[str, int] = defaultdict(int)
    for by_pool in sold:
        for p, amount in enumerate(by_pool):
            at[names.sites[int(s.pools[p].site)]] += int(amount)
    for site, amount in at.items():
        yield Share("", site, ON_DEMAND, amount)


def contract_sites(s: State, names: Names) -> dict[int, str]:
    """Where the tranches of each contract are served."""
    at: dict[int, dict[str, None]] = defaultdict(dict)
    for k in range(int(s.count[TRANCHES])):
        tranche = s.tranches[k]
        site = tranche.site if tranche.pool == NONE else s.pools[tranche.pool].site
        if site != NONE:
            at[int(tranche.contract)][names.sites[int(site)]] = None
    return {c: " + ".join(sites) for c, sites in at.items()}


def _power(s: State, names: Names, seen: Months) -> Iterator[Share]:
    """Of each site its power at the tariff, and what power bought ahead adds or saves."""
    for site, name in enumerate(names.sites):
        by_month = s.site_months[site, SITE_POWER_COST]
        ahead = sum(int(by_month[month] - at[site]) for month, at in seen.unbought.items())
        whole = int(by_month[seen.first + 1 : seen.last + 1].sum())
        what = LESS_CURTAILED if s.sites[site].shed_share > 0 else TARIFF
        yield Share("", name, what, whole - ahead)
        yield Share("", name, AHEAD, ahead)
