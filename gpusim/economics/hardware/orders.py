"""Orders: money, deposit, delivery, fit-out, in service, acceptance, and what they depreciate.

Four dates cost money differently: title (construction in progress, a supplier's bill), in service
(depreciation), acceptance (the GPUs can earn) and retirement, see `assets`.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, folded, kernel
from gpusim.economics.books.depreciation import charged_after, life_after_change
from gpusim.economics.books.ledger import (
    AMORTISATION_OF_INTANGIBLES,
    CASH_FOR_CAPEX,
    CONSTRUCTION_IN_PROGRESS,
    COST_DEPRECIATION,
    INFRASTRUCTURE_ACCUMULATED,
    INFRASTRUCTURE_GROSS,
    INTANGIBLES_ACCUMULATED,
    INTANGIBLES_GROSS,
    OTHER_EQUIPMENT_ACCUMULATED,
    OTHER_EQUIPMENT_GROSS,
    PAYABLES_CAPEX,
    SERVERS_ACCUMULATED,
    SERVERS_GROSS,
    SUPPLIER_DEPOSITS,
    TECHNOLOGY_DEPRECIATION,
    post,
)
from gpusim.economics.books.measures import (
    CAPEX_ACCRUED,
    CAPEX_IN_SERVICE,
    CFADS,
    GPUS_ADDED,
    MAINTENANCE_CAPEX,
    MICROWATTS_ADDED,
)
from gpusim.economics.core.agenda import (
    ACCEPT,
    ALLOCATE,
    DELIVER,
    FUND,
    INSTALL,
    PAY,
    RETIRE,
    TREASURY,
    arm,
    ring,
)
from gpusim.economics.core.lists import enqueue, leave
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    ASSETS,
    BILLS,
    COMING,
    FLEET_DEPRECIATION,
    INFRASTRUCTURE,
    NEEDING,
    NEVER,
    NONE,
    OPEN,
    ORDER_ACCEPTED,
    ORDER_DEFERRED,
    ORDER_DELIVERED,
    ORDER_IN_SERVICE,
    ORDER_PLACED,
    ORDER_PLANNED,
    ORDER_WITHDRAWN,
    ORDERS,
    OTHER_EQUIPMENT,
    SERVERS,
    State,
    World,
)
from gpusim.economics.debt.facilities import draw_revolver, vendor_draw
from gpusim.economics.plant.claims import is_to_start, keep_bought
from gpusim.economics.plant.lives import end_of_life, life_from, looked_at, server_life
from gpusim.economics.plant.market import hardware_cost_on
from gpusim.economics.plant.pools import (
    add_free,
    count_pool,
    fill,
    next_to_start,
    set_aside,
    spares_for,
)
from gpusim.economics.plant.reuse import take_what_is_there
from gpusim.economics.plant.sites import has_room, load, order_microwatts, take_over_hall


@kernel
def blank_order(s: State, p: int, gpus: int) -> int:
    """A planned order of GPUs for a pool, without a purpose yet; returns its row."""
    gen, site = s.pools[p].gen, s.pools[p].site
    row = s.count[ORDERS]
    s.count[ORDERS] = row + 1
    order = s.orders[row]
    order.gen = gen
    order.site = site
    order.pool = p
    order.hall = NONE
    order.gpus = gpus
    order.cost = gpus * s.gens[gen].capex
    order.tranche = NONE
    order.facility = NONE
    order.vendor = NONE
    order.status = ORDER_PLANNED
    s.sites[site].coming_microwatts += gpus * s.gens[gen].it_microwatts
    order.needed = NEVER
    order.funded = NEVER
    order.placed = NEVER
    order.delivered = NEVER
    order.fitted = NEVER
    order.accepted = NEVER
    order.power_ready = NEVER
    order.hall_ready = NEVER
    order.full_since = NEVER if has_room(s, row) else 0
    order.room_ready = NEVER
    order.opened = 0
    order.lead_drawn = NEVER
    enqueue(s.coming, s.count, COMING, row)
    return int(row)


@kernel
def need(s: State, w: World, k: int, day: int) -> None:
    """The planned order day has come: the order asks the treasury for money, at today's price.

    For what its tranche cannot have of the GPUs that are there.
    """
    order = s.orders[k]
    take_what_is_there(s, k, day)
    if order.status == ORDER_WITHDRAWN:
        return
    order.status = ORDER_DEFERRED
    order.needed = day
    order.cost = hardware_cost_on(w, order.gen, s.clock[0].today, order.cost)
    enqueue(s.needing, s.count, NEEDING, k)
    ring(s, FUND, TREASURY)


@kernel
def place(s: State, w: World, k: int, day: int) -> None:
    """Order and pay the deposit; delivery follows after the lead time of this month's orders.

    A deposit promised by the revolver is drawn on it.
    """
    order = s.orders[k]
    gen = s.gens[order.gen]
    deposit = share_of(order.cost, gen.deposit_share)
    order.status = ORDER_PLACED
    order.placed = day
    order.paid_ahead = deposit
    order.deposit = deposit
    from_reserve = min(order.cash, deposit)
    order.cash -= from_reserve
    s.firm[0].reserved_cash -= from_reserve
    draw_revolver(s, w, deposit, day)
    post(s, SUPPLIER_DEPOSITS, CASH_FOR_CAPEX, deposit)
    note_maintenance(s, k, deposit)
    lead = order.lead_drawn
    if lead >= NEVER:
        lead = w.lead_days[order.gen, s.clock[0].month]
    arm(s, DELIVER, k, day + lead)
    take_over_hall(s, w, order.site)


@kernel
def note_maintenance(s: State, k: int, paid: int) -> None:
    """What is paid for replacements and spares is maintenance capex and lowers CFADS [cents].

    Source: definitions, CFADS.
    """
    if k != NONE and s.orders[k].replacement != 0:
        s.stocks[MAINTENANCE_CAPEX, s.clock[0].month] += paid
        s.stocks[CFADS, s.clock[0].month] -= paid


@kernel
def deliver(s: State, w: World, k: int, day: int) -> None:
    """Title passes: cost enters construction in progress; the rest of it is vendor debt or a bill.

    Vendor finance is debt without cash. Source: supplemental non-cash disclosures, ASC 230-10-50-3.
    """
    order = s.orders[k]
    order.status = ORDER_DELIVERED
    order.delivered = day
    take_cost(s, w, k, day)
    ring(s, INSTALL, order.site)


@kernel
def take_cost(s: State, w: World, k: int, day: int) -> None:
    """Put an order's cost to come into construction in progress, and owe it.

    The deposit pays its part, the supplier lends his if his line can still be drawn, a bill falls
    due for the rest.
    """
    order = s.orders[k]
    order.in_progress += order.cost
    s.stocks[CAPEX_ACCRUED, s.clock[0].month] += order.cost
    post(s, CONSTRUCTION_IN_PROGRESS, SUPPLIER_DEPOSITS, order.paid_ahead)
    rest = order.cost - order.paid_ahead
    if order.vendor_credit > 0:
        order.lent = vendor_draw(s, w, order.vendor, order.vendor_credit, day)
        rest -= order.lent
    post(s, CONSTRUCTION_IN_PROGRESS, PAYABLES_CAPEX, rest)
    if rest > 0:
        row = s.count[BILLS]
        s.count[BILLS] = row + 1
        bill = s.bills[row]
        bill.order = k
        bill.amount = rest
        bill.whole = rest
        bill.due = day + s.gens[order.gen].payment_days
        bill.facility = order.facility
        bill.loan = order.loan
        bill.cash = order.cash
        bill.status = OPEN
        arm(s, PAY, row, bill.due)
    order.paid_ahead = 0
    order.vendor_credit = 0
    order.loan = 0
    order.cash = 0
    order.cost = 0


@kernel
def fitted(s: State, w: World, k: int, day: int) -> None:
    """Powered, tested, ready for use: cost leaves construction in progress, depreciation starts.

    Hardware delivered before the as-of day may have cost to come, which is owed now.
    Source: ASC 360-10-35-4, available for intended use.
    """
    order = s.orders[k]
    gen = s.gens[order.gen]
    order.status = ORDER_IN_SERVICE
    order.fitted = day
    if order.cost > 0:
        take_cost(s, w, k, day)
    cost = order.in_progress
    order.in_progress = 0
    month = s.clock[0].month
    s.stocks[CAPEX_IN_SERVICE, month] += cost
    infrastructure = share_of(cost, gen.infrastructure_share)
    servers = cost - infrastructure
    post(s, SERVERS_GROSS, CONSTRUCTION_IN_PROGRESS, servers)
    post(s, INFRASTRUCTURE_GROSS, CONSTRUCTION_IN_PROGRESS, infrastructure)
    life = server_life(s, order.gen, day)
    new_asset(s, SERVERS, k, servers, gen.salvage_share, life, order.gpus, day)
    if infrastructure > 0:
        life = life_from(day, gen.infrastructure_life_months)
        new_asset(s, INFRASTRUCTURE, k, infrastructure, 0.0, life, ZERO, day)
    deduct_for_tax(s, cost)
    count_pool(s, order.pool, day)
    s.pools[order.pool].in_service += order.gpus
    microwatts = order_microwatts(s, k)
    load(s, order.site, microwatts, day)
    s.stocks[GPUS_ADDED, month] += order.gpus
    s.stocks[MICROWATTS_ADDED, month] += microwatts
    arm(s, ACCEPT, k, day + order.acceptance_drawn)


@kernel
def accept(s: State, w: World, k: int, day: int) -> None:
    """The customer's tests are passed: the GPUs join the pool and can earn.

    What is bought for a tranche is set aside for it until it starts.
    """
    order = s.orders[k]
    pool = s.pools[order.pool]
    order.status = ORDER_ACCEPTED
    order.accepted = day
    leave(s.coming, s.count, COMING, k)
    if order.replacement != 0:
        put_in_place(s, k, day)
        return
    if order.tranche != NONE and is_to_start(s, order.tranche):
        count_pool(s, order.pool, day)
        pool.free += order.gpus
        keep_bought(s, order.tranche, order.gpus)
        ring(s, ALLOCATE, order.pool)
    else:
        add_free(s, order.pool, order.gpus, day)


@kernel
def put_in_place(s: State, k: int, day: int) -> None:
    """Replacements go where GPUs are missing: live contracts, tranches to start, spares, pool.

    Of tranches the one whose turn it is has all it lacks first, see `next_to_start`.
    """
    order = s.orders[k]
    p = order.pool
    pool = s.pools[p]
    count_pool(s, p, day)
    lacking = min(pool.missing, order.gpus)
    pool.missing -= lacking
    left = order.gpus - lacking
    t = next_to_start(s, p, NONE)
    while t != NONE and left > 0:
        filled = min(left, s.tranches[t].failed)
        pool.free += filled
        set_aside(s, t, filled)
        left -= fill(s, t, filled)
        t = next_to_start(s, p, t)
    kept = ZERO
    if pool.billing > 0 or pool.claimed > 0:
        kept = max(min(spares_for(s, p) - pool.spare, left), ZERO)
    pool.spare += kept
    pool.free += left - kept
    ring(s, ALLOCATE, p)


@kernel
def new_asset(
    s: State,
    category: int,
    order: int,
    cost: int,
    salvage_share: float,
    life_days: int,
    gpus: int,
    day: int,
) -> None:
    """A row that depreciates from today, and its retirement."""
    row = s.count[ASSETS]
    s.count[ASSETS] = row + 1
    asset = s.assets[row]
    asset.category = category
    asset.order = order
    asset.gross = cost
    asset.accumulated = 0
    asset.gpus = gpus
    asset.gen = s.orders[order].gen
    asset.site = s.orders[order].site
    asset.pool = s.orders[order].pool
    asset.retired = 0
    asset.new_day = day
    restart(s, row, cost - share_of(cost, salvage_share), day, life_days)
    asset.retires = end_of_life(s, row)
    arm(s, RETIRE, row, looked_at(s, row))


@folded
def depreciate(s: State, a: int, through: int) -> int:
    """Charge an asset up to and including a day; returns the charge [cents].

    A change of the book life takes effect on its day.
    """
    asset = s.assets[a]
    if asset.retired != 0:
        return 0
    total = 0
    if is_changed_by(s, a, through):
        total = change_life(s, a)
    return total + charge(s, a, through)


@kernel
def is_changed_by(s: State, a: int, through: int) -> bool:
    """Whether the book life of an asset changes up to a day and has not been changed."""
    asset = s.assets[a]
    if asset.category != SERVERS or asset.gen == NONE:
        return False
    return bool(asset.start < s.gens[asset.gen].life_change_day <= through)


@kernel
def change_life(s: State, a: int) -> int:
    """What is not yet charged is charged over what the new life leaves; nothing is restated.

    Charges what the old life has to the day before, and returns it [cents].
    Source: ASC 250-10-45-17, a change of estimate is prospective.
    """
    asset = s.assets[a]
    gen = s.gens[asset.gen]
    day = gen.life_change_day
    charged = charge(s, a, day - 1)
    life = life_from(asset.new_day, gen.life_change_months)
    life = life_after_change(life, day - asset.new_day)
    restart(s, a, asset.chargeable - asset.charged, day, life)
    asset.retires = end_of_life(s, a)
    if gen.economic_life_months == 0.0:
        arm(s, RETIRE, a, asset.retires)
    return charged


@kernel
def restart(s: State, a: int, chargeable: int, day: int, life_days: int) -> None:
    """Depreciate an amount [cents] from a day on, instead of what was planned."""
    asset = s.assets[a]
    asset.charged = 0
    asset.start = day
    asset.life_days = life_days
    set_chargeable(s, a, chargeable)


@kernel
def set_chargeable(s: State, a: int, amount: int) -> None:
    """Set what an asset charges over its life [cents], and what that makes a day."""
    asset = s.assets[a]
    days = max(asset.life_days, 1)
    asset.chargeable = amount
    asset.a_day = amount // days
    asset.over = amount % days


@folded
def charge(s: State, a: int, through: int) -> int:
    """Book an asset's straight-line charge up to and including a day; returns it [cents]."""
    asset = s.assets[a]
    if asset.charged == asset.chargeable:
        return 0
    days = through - asset.start + 1
    charged = charged_after(asset.chargeable, asset.a_day, asset.over, asset.life_days, days)
    amount = charged - asset.charged
    _, accumulated, expense = accounts_of(asset.category)
    post(s, expense, accumulated, amount)
    asset.charged = charged
    asset.accumulated += amount
    if asset.gen != NONE:
        s.fleet[asset.gen, FLEET_DEPRECIATION, s.clock[0].month] += amount
    return int(amount)


@kernel
def accounts_of(category: int) -> tuple[int, int, int]:
    """Gross, accumulated and expense account of an asset category."""
    if category == SERVERS:
        return SERVERS_GROSS, SERVERS_ACCUMULATED, TECHNOLOGY_DEPRECIATION
    if category == INFRASTRUCTURE:
        return INFRASTRUCTURE_GROSS, INFRASTRUCTURE_ACCUMULATED, COST_DEPRECIATION
    if category == OTHER_EQUIPMENT:
        return OTHER_EQUIPMENT_GROSS, OTHER_EQUIPMENT_ACCUMULATED, TECHNOLOGY_DEPRECIATION
    return INTANGIBLES_GROSS, INTANGIBLES_ACCUMULATED, AMORTISATION_OF_INTANGIBLES


@kernel
def deduct_level(s: State, amount: int, first: int) -> None:
    """Deduct an amount for tax level over the tax life, from a month to the calendar's end.

    amount [cents]; first [month]. Cents that do not divide are carried until they make one more.
    """
    if amount == 0:
        return
    months = s.tax[0].life_months
    a_month, over = amount // months, amount % months
    carried = 0
    for month in range(first, min(first + months, len(s.tax_schedule))):
        carried += over
        extra = 1 if carried >= months else 0
        carried -= extra * months
        s.tax_schedule[month] += a_month + extra


@kernel
def deduct_for_tax(s: State, cost: int) -> None:
    """Tax depreciation of an addition: the bonus share at once, the rest straight line by month.

    Source: IRC section 168(k), 100% for property acquired after 2025-01-19.
    """
    tax = s.tax[0]
    month = s.clock[0].month
    tax.basis += cost
    bonus = share_of(cost, tax.bonus_share)
    s.tax_schedule[month] += bonus
    rest = cost - bonus
    deduct_level(s, rest, month)


@kernel
def spread_capitalised(s: State, amount: int, before: int, day: int) -> int:
    """Add a month's capitalised interest to what was in construction; returns it [cents].

    By each order's average cost in construction, half of what it opened and closed the month with.
    An order placed in service in the month has it in the cost of its assets. before: the last day
    of the month before; day on which this one ends.
    Source: ASC 835-20-30-3, average accumulated expenditures; 835-20-40-1, part of its cost.
    """
    rest = 0
    if amount == 0:
        for k in range(s.count[ORDERS]):
            s.orders[k].opened = s.orders[k].in_progress
        return 0
    for k in range(s.count[ORDERS]):
        rest += qualifying(s, k, before)
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
def add_to_asset(s: State, a: int, cost: int, chargeable: int, day: int) -> None:
    """Move cost from construction in progress to an asset; charge it over the life left [cents]."""
    asset = s.assets[a]
    gross, _, _ = accounts_of(asset.category)
    post(s, gross, CONSTRUCTION_IN_PROGRESS, cost)
    asset.gross += cost
    days = max(asset.start + asset.life_days - 1 - day, 1)
    restart(s, a, asset.chargeable - asset.charged + chargeable, day + 1, days)
