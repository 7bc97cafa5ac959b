"""The first rule of a run: what the draws and the opening balances together decide.

Called once before the first event. Everything else of the opening State comes from the scenario.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import DEFERRED_REVENUE, DEFERRED_TAX, open_cash_days
from gpusim.economics.books.tax import deferred_liability
from gpusim.economics.books.tax_charge import depreciable_net
from gpusim.economics.core.agenda import DEFAULT, OFFER, schedule
from gpusim.economics.core.outages import open_standstill
from gpusim.economics.core.state import (
    ASSETS,
    COMING,
    CONTRACTS,
    CUSTOMERS,
    FACILITIES,
    HALL_PLANNED,
    NEVER,
    NONE,
    ORDER_DELIVERED,
    ORDER_PLACED,
    ORDERS,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    TRANCHES,
    State,
    World,
)
from gpusim.economics.debt.calendars import schedule_payments
from gpusim.economics.debt.service.reserves import open_reserves
from gpusim.economics.debt.sizing import size_stated
from gpusim.economics.decisions.capacity_source import capital_hour
from gpusim.economics.hardware.book_charges import set_chargeable
from gpusim.economics.hardware.buildings import promise_buildings
from gpusim.economics.plant.coming import note_end
from gpusim.economics.plant.reservations import is_to_start, reserve_gpus
from gpusim.economics.plant.sites import (
    move_in,
    note_site_capacity,
    order_microwatts,
    plan_handover,
    take_over_hall,
)
from gpusim.economics.plant.tenants import claim_power, lets_power
from gpusim.economics.sales.backlog import set_value
from gpusim.economics.sales.contracted_cash_schedule import write_contracted_cash_schedule
from gpusim.economics.sales.contracts import fix_base, schedule_reset


@kernel
def open_run(s: State, w: World) -> None:
    """Give orders their drawn times, halls their handover days, and open the first month.

    Restricted cash and deferred tax on the opening sheet that no rule explains are kept as they
    are, so that the first month does not jump; what reserves lack of what lenders ask is built up.
    """
    s.clock[0].month = 1
    open_cash_days(s, w.month_end[0], w.month_end[1])
    open_standstill(s, w, s.clock[0].month)
    for g in range(len(s.gens)):
        s.gens[g].capital_hour = capital_hour(s, g, s.policy[0].capital_rate)
    for k in range(s.count[ORDERS]):
        s.orders[k].opened = s.orders[k].in_progress
        s.orders[k].fitout_drawn = w.fitout_days[k]
        s.orders[k].acceptance_drawn = w.acceptance_days[k]
    for c in range(s.count[CONTRACTS]):
        s.contracts[c].payer = c if len(w.collection_delay) > 0 else NONE
    for p in range(len(s.pools)):
        s.pools[p].first_end = NEVER
    for o in range(len(w.offers)):
        schedule(s, OFFER, o, w.offers[o].day)
    open_tranches(s, w)
    for a in range(s.count[ASSETS]):
        set_chargeable(s, a, s.assets[a].chargeable)
    for c in range(s.count[CUSTOMERS]):
        schedule(s, DEFAULT, c, min(w.default_day[c], s.customers[c].planned_default))
    for h in range(len(s.halls)):
        if s.halls[h].status == HALL_PLANNED and s.halls[h].with_first_order == 0:
            plan_handover(s, w, h)
    for k in range(s.count[ORDERS]):
        if s.orders[k].status in (ORDER_PLACED, ORDER_DELIVERED):
            take_over_hall(s, w, s.orders[k].site)
    for site in range(len(s.sites)):
        note_site_capacity(s, site, ZERO)
    for n in range(s.count[COMING]):
        wait_for_opening_hall(s, s.coming[n])
    for c in range(s.count[CONTRACTS]):
        write_contracted_cash_schedule(s, w, c)
    size_stated(s, w)
    promise_buildings(s)
    for f in range(s.count[FACILITIES]):
        s.facilities[f].fee_through = s.clock[0].today
    open_reserves(s, w)
    schedule_payments(s, w, NONE)
    explained = deferred_liability(s.tax, depreciable_net(s), -s.balance[DEFERRED_REVENUE])
    s.tax[0].deferred = -s.balance[DEFERRED_TAX]
    s.firm[0].deferred_tax_other = s.tax[0].deferred - explained


@kernel
def open_tranches(s: State, w: World) -> None:
    """Give tranches their value by the day, their GPUs, and what customers will choose."""
    for k in range(s.count[TRANCHES]):
        tranche = s.tranches[k]
        if tranche.status < TRANCHE_ENDED:
            s.contracts[tranche.contract].open_terms += 1
        if tranche.order == NONE and is_to_start(s, k):
            reserve_gpus(s, k, tranche.gpus)
        if lets_power(s, k):
            open_tenancy(s, w, k)
        set_value(s, k, tranche.value)
        if s.contracts[tranche.contract].index_months > 0:
            open_index(s, w, k)
        note_end(s, k)
        tranche.renews = 1 if w.renewal[k] < tranche.renew_share else 0
        tranche.walks = 1 if w.walk_away[k] < tranche.walks_share else 0


@kernel
def open_index(s: State, w: World, k: int) -> None:
    """What the price of a signed tranche stands for, and the first reset of a live one."""
    c = s.tranches[k].contract
    if s.contracts[c].signed <= s.clock[0].today:
        fix_base(s, w, c, ZERO)
    if s.tranches[k].status == TRANCHE_LIVE:
        schedule_reset(s, w, k, ZERO)


@kernel
def open_tenancy(s: State, w: World, k: int) -> None:
    """A tenant of the as-of day has his power; one that has signed claims his."""
    tranche = s.tranches[k]
    today = s.clock[0].today
    if tranche.status == TRANCHE_LIVE:
        s.sites[tranche.site].used_microwatts += tranche.microwatts
        tranche.hall = s.sites[tranche.site].last_hall
        move_in(s, tranche.site, tranche.microwatts, today + 1)
    elif s.contracts[tranche.contract].signed <= today:
        claim_power(s, k)
        take_over_hall(s, w, tranche.site)


@kernel
def wait_for_opening_hall(s: State, k: int) -> None:
    """Hardware that is there on the as-of day and finds room in a hall of that day waited for it.

    Since when the hardware is there nobody says; since when the hall is, its date says.
    """
    order, today = s.orders[k], s.clock[0].today
    if order.status != ORDER_DELIVERED:
        return
    came = ZERO
    for h in range(len(s.halls)):
        if s.halls[h].site == order.site and s.halls[h].powered == today:
            came += s.halls[h].microwatts
    place = s.sites[order.site]
    room = place.powered_microwatts - came - place.used_microwatts
    if came > 0 and room < order_microwatts(s, k):
        order.full_since = 0
        place.crowded = 1
        order.delivered = today
