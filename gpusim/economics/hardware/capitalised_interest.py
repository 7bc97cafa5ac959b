"""Interest that is part of the cost of hardware: shared by what was in construction in a month."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.ledger import CONSTRUCTION_IN_PROGRESS, post
from gpusim.economics.books.measures import CAPEX_IN_SERVICE
from gpusim.economics.books.tax_charge import deduct_building, deduct_for_tax
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import ASSETS, NONE, ORDERS, SERVERS, State
from gpusim.economics.hardware.book_charges import accounts_of, restart


@kernel
def spread_capitalised(s: State, amount: int, before: int, day: int) -> int:
    """Add a month's capitalised interest to what was in construction; returns it [cents].

    By each order's and building's average cost in construction, half of what it opened and closed
    the month with. One placed in service in the month has it in the cost of its assets. before: the
    last day of the month before; day on which this one ends.
    Source: ASC 835-20-30-3, average accumulated expenditures; 835-20-40-1, part of its cost.
    """
    rest = 0
    if amount == 0:
        for k in range(s.count[ORDERS]):
            s.orders[k].opened = s.orders[k].in_progress
        for h in range(len(s.halls)):
            s.halls[h].opened = s.halls[h].in_progress
        return 0
    for k in range(s.count[ORDERS]):
        rest += qualifying(s, k, before)
    for h in range(len(s.halls)):
        rest += building_qualifies(s, h, before)
    left = amount if rest > 0 else 0
    added = left
    for k in range(s.count[ORDERS]):
        order = s.orders[k]
        weight = qualifying(s, k, before)
        if weight > 0 and left > 0:
            part = int(left * (weight / rest))
            left -= part
            if order.in_progress > 0:
                order.in_progress += part
            else:
                add_to_assets(s, k, part, day)
        rest -= weight
        order.opened = order.in_progress
    for h in range(len(s.halls)):
        hall = s.halls[h]
        weight = building_qualifies(s, h, before)
        if weight > 0 and left > 0:
            part = int(left * (weight / rest))
            left -= part
            if hall.in_progress > 0:
                hall.in_progress += part
            else:
                add_to_building(s, h, part, day)
        rest -= weight
        hall.opened = hall.in_progress
    return int(added)


@kernel
def qualifying(s: State, k: int, before: int) -> int:
    """Twice the average of an order's cost in construction in the month after a day [cents].

    Nothing if it is neither there still nor in service since then.
    """
    order = s.orders[k]
    if order.in_progress == 0 and (order.fitted <= before or servers_of(s, k) == NONE):
        return 0
    return int(order.opened + order.in_progress)


@kernel
def servers_of(s: State, k: int) -> int:
    """Row of the servers of an order that is in service; NONE if it has none, or none any more."""
    a = s.count[ASSETS] - 1
    while a >= 0 and s.assets[a].new_day >= s.orders[k].fitted:
        asset = s.assets[a]
        if asset.order == k and asset.category == SERVERS:
            return int(a) if asset.retired == 0 else int(NONE)
        a -= 1
    return int(NONE)


@kernel
def add_to_assets(s: State, k: int, cost: int, day: int) -> None:
    """More cost of an order that is in service [cents]: charged over what is left after a day.

    Tax deducts it like the rest of the order's cost.
    """
    gen = s.gens[s.orders[k].gen]
    a = servers_of(s, k)
    infrastructure = share_of(cost, gen.infrastructure_share)
    beside = a + 1
    if beside == s.count[ASSETS] or s.assets[beside].order != k or s.assets[beside].retired != 0:
        infrastructure = 0
    servers = cost - infrastructure
    add_to_asset(s, a, servers, servers - share_of(servers, gen.salvage_share), day)
    if infrastructure > 0:
        add_to_asset(s, beside, infrastructure, infrastructure, day)
    s.stocks[CAPEX_IN_SERVICE, s.clock[0].month] += cost
    deduct_for_tax(s, cost)


@kernel
def building_qualifies(s: State, h: int, before: int) -> int:
    """Twice the average of a building's cost in construction in the month after a day [cents].

    Nothing if it is neither there still nor in use since then.
    """
    hall = s.halls[h]
    if hall.in_progress == 0 and (hall.asset == NONE or hall.handed_over <= before):
        return 0
    return int(hall.opened + hall.in_progress)


@kernel
def add_to_building(s: State, h: int, cost: int, day: int) -> None:
    """More cost of a building that is in use [cents]: charged over what is left after a day."""
    add_to_asset(s, s.halls[h].asset, cost, cost, day)
    s.stocks[CAPEX_IN_SERVICE, s.clock[0].month] += cost
    deduct_building(s, cost, s.halls[h].tax_months)


@kernel
def add_to_asset(s: State, a: int, cost: int, chargeable: int, day: int) -> None:
    """Move cost from construction in progress to an asset; charge it over the life left [cents]."""
    asset = s.assets[a]
    gross, _, _ = accounts_of(asset.category)
    post(s, gross, CONSTRUCTION_IN_PROGRESS, cost)
    asset.gross += cost
    days = max(asset.start + asset.life_days - 1 - day, 1)
    restart(s, a, asset.chargeable - asset.charged + chargeable, day + 1, days)
