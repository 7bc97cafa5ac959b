"""Orders: money, deposit, delivery, fit-out, in service, acceptance.

Four dates cost money differently: title (construction in progress, a supplier's bill), in service
(`depreciation`), acceptance (the GPUs can earn) and retirement, see `assets`.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import (
    CASH_FOR_CAPEX,
    CONSTRUCTION_IN_PROGRESS,
    INFRASTRUCTURE_GROSS,
    PAYABLES_CAPEX,
    SERVERS_GROSS,
    SUPPLIER_DEPOSITS,
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
from gpusim.economics.books.tax_charge import deduct_for_tax
from gpusim.economics.core.agenda import (
    ACCEPT,
    ALLOCATE,
    DELIVER,
    FUND,
    INSTALL,
    PAY,
    TREASURY,
    schedule,
    schedule_now,
)
from gpusim.economics.core.lists import enqueue, leave
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    BILLS,
    COMING,
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
    SERVERS,
    State,
    World,
)
from gpusim.economics.debt.draws import vendor_draw
from gpusim.economics.debt.revolvers import draw_revolver
from gpusim.economics.hardware.book_charges import new_asset
from gpusim.economics.plant.lives import life_from, server_life
from gpusim.economics.plant.market import hardware_cost_on
from gpusim.economics.plant.pools import add_free, count_pool
from gpusim.economics.plant.promises import fill_failed, next_to_start, set_aside
from gpusim.economics.plant.replacements import spares_for
from gpusim.economics.plant.reservations import is_to_start, reserve_bought
from gpusim.economics.plant.reuse import reuse_available
from gpusim.economics.plant.sites import (
    add_load,
    has_powered_capacity,
    order_microwatts,
    take_over_hall,
)


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
    order.full_since = NEVER
    if not has_powered_capacity(s, row):
        order.full_since = 0
        s.sites[site].crowded = 1
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
    reuse_available(s, k, day)
    if order.status == ORDER_WITHDRAWN:
        return
    order.status = ORDER_DEFERRED
    order.needed = day
    order.cost = hardware_cost_on(w, order.gen, s.clock[0].today, order.cost)
    enqueue(s.needing, s.count, NEEDING, k)
    schedule_now(s, FUND, TREASURY)


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
    schedule(s, DELIVER, k, day + lead)
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
    book_cost(s, w, k, day)
    schedule_now(s, INSTALL, order.site)


@kernel
def book_cost(s: State, w: World, k: int, day: int) -> None:
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
        bill.hall = NONE
        bill.amount = rest
        bill.whole = rest
        bill.due = day + s.gens[order.gen].payment_days
        bill.facility = order.facility
        bill.loan = order.loan
        bill.cash = order.cash
        bill.status = OPEN
        schedule(s, PAY, row, bill.due)
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
        book_cost(s, w, k, day)
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
    add_load(s, order.site, microwatts, day)
    s.stocks[GPUS_ADDED, month] += order.gpus
    s.stocks[MICROWATTS_ADDED, month] += microwatts
    schedule(s, ACCEPT, k, day + order.acceptance_drawn)


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
        place_replacements(s, k, day)
        return
    if order.tranche != NONE and is_to_start(s, order.tranche):
        count_pool(s, order.pool, day)
        pool.free += order.gpus
        reserve_bought(s, order.tranche, order.gpus)
        schedule_now(s, ALLOCATE, order.pool)
    else:
        add_free(s, order.pool, order.gpus, day)


@kernel
def place_replacements(s: State, k: int, day: int) -> None:
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
        left -= fill_failed(s, t, filled)
        t = next_to_start(s, p, t)
    kept = ZERO
    if pool.billing > 0 or pool.reserved_gpus > 0:
        kept = max(min(spares_for(s, p) - pool.spare, left), ZERO)
    pool.spare += kept
    add_free(s, p, left - kept, day)
