"""Interest that is part of the cost of what is built: hardware, and the firm's own buildings."""

from __future__ import annotations

import numpy as np

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import CONSTRUCTION_IN_PROGRESS, INTEREST_CAPITALISED, post
from gpusim.economics.books.measures import CAPEX_ACCRUED, CAPEX_IN_SERVICE, DEBT_REPAID
from gpusim.economics.books.tax_charge import deduct_building, deduct_for_tax
from gpusim.economics.core.money import cents, muldiv, share_of
from gpusim.economics.core.state import ASSETS, NONE, ORDERS, SERVERS, Ints, State, World
from gpusim.economics.debt.facilities import total_principal
from gpusim.economics.hardware.book_charges import accounts_of, restart


@kernel
def capitalise(s: State, w: World, incurred: int, day: int) -> None:
    """Add a month's interest to what is being built: hardware, and the firm's own buildings.

    incurred: interest of the month [cents]; day on which it ends. Of hardware a share qualifies,
    for part of it is not paid for yet; of buildings theirs, which are paid for by the bill. The
    month's rate is interest incurred over all principal that was open on some day of it.
    Source: definitions, capitalised interest; ASC 835-20-30-3 and 30-6.
    """
    month = s.clock[0].month
    principal = total_principal(s) + s.stocks[DEBT_REPAID, month]
    rate = incurred / principal if principal > 0 else 0.0
    total = s.balance[CONSTRUCTION_IN_PROGRESS]
    opening = total - s.ledger[CONSTRUCTION_IN_PROGRESS, month]
    if opening <= 0 and total <= 0:
        return
    opened, built = ZERO, ZERO
    for h in range(len(s.halls)):
        opened += s.halls[h].opened
        built += s.halls[h].in_progress
    firm = s.firm[0]
    hardware, buildings = within_incurred(
        incurred,
        interest_borne(firm.qualifying_share, opening - opened, total - built, rate),
        interest_borne(firm.buildings_qualify, opened, built, rate),
    )
    before = w.month_end[month - 1]
    added = spread_on_orders(s, hardware, before, day) + spread_on_buildings(
        s, buildings, before, day
    )
    post(s, CONSTRUCTION_IN_PROGRESS, INTEREST_CAPITALISED, added)
    firm.capitalised_unpaid += added
    s.stocks[CAPEX_ACCRUED, month] += added


@kernel
def interest_borne(share: float, opening: int, closing: int, rate_month: float) -> int:
    """Interest of a month that construction in progress bears, see `within_incurred` [cents].

    opening, closing: what is in construction [cents]; share of it that qualifies [fraction];
    rate_month weighted over the debt [1/month].
    Source: ASC 835-20-30, average accumulated expenditures at the weighted borrowing rate.

    >>> interest_borne(0.5, 100_000_00, 140_000_00, 0.01)
    60000
    """
    average = 0.5 * (float(opening) + float(closing))
    return max(0, cents(share * average * rate_month))


@kernel
def within_incurred(incurred: int, hardware: int, buildings: int) -> tuple[int, int]:
    """What hardware and buildings bear of a month's interest, together at most all of it; [cents].

    Both less by the same share where they would bear more than was incurred.
    Source: ASC 835-20-30-6, interest capitalised is at most the interest cost incurred.

    >>> within_incurred(90, 80, 40), within_incurred(90, 80, 10), within_incurred(90, 100, 0)
    ((60, 30), (80, 10), (90, 0))
    """
    if hardware + buildings > incurred:
        buildings = muldiv(incurred, buildings, hardware + buildings)
        hardware = incurred - buildings
    return hardware, buildings


@kernel
def spread_on_orders(s: State, amount: int, before: int, day: int) -> int:
    """Add a month's capitalised interest to orders in construction; returns it [cents].

    One placed in service in the month has it in the cost of its assets. before: the last day of the
    month before; day on which this one ends. Source: as `parts_of`; 835-20-40-1, part of its cost.
    """
    count = s.count[ORDERS]
    weights = np.zeros(count, np.int64)
    if amount > 0:
        for k in range(count):
            weights[k] = qualifying(s, k, before)
    parts, added = parts_of(amount, weights), ZERO
    for k in range(count):
        order = s.orders[k]
        added += parts[k]
        if order.in_progress > 0:
            order.in_progress += parts[k]
        elif parts[k] > 0:
            add_to_assets(s, k, parts[k], day)
        order.opened = order.in_progress
    return int(added)


@kernel
def spread_on_buildings(s: State, amount: int, before: int, day: int) -> int:
    """`spread_on_orders`, of buildings; one handed over has it in the cost of its asset [cents]."""
    weights = np.zeros(len(s.halls), np.int64)
    if amount > 0:
        for h in range(len(s.halls)):
            weights[h] = building_qualifies(s, h, before)
    parts, added = parts_of(amount, weights), ZERO
    for h in range(len(s.halls)):
        hall = s.halls[h]
        added += parts[h]
        if hall.in_progress > 0:
            hall.in_progress += parts[h]
        elif parts[h] > 0:
            add_to_building(s, h, parts[h], day)
        hall.opened = hall.in_progress
    return int(added)


@kernel
def parts_of(amount: int, weights: Ints) -> Ints:
    """An amount [cents] by weights, 1-d, all of it; the last that has any takes what is left.

    weights: average cost in construction, half of what each opened and closed the month with.
    Source: ASC 835-20-30-3, average accumulated expenditures.

    >>> parts_of(10, np.array([2, 0, 8])).tolist(), parts_of(10, np.array([0, 0])).tolist()
    ([2, 0, 8], [0, 0])
    """
    parts = np.zeros(len(weights), np.int64)
    left, rest = amount, ZERO
    for n in range(len(weights)):
        rest += weights[n]
    for n in range(len(weights)):
        if weights[n] > 0:
            parts[n] = int(left * (weights[n] / rest))
            left -= parts[n]
            rest -= weights[n]
    return parts


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
