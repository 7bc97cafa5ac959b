"""Sites in the outlook: halls and GPUs by month, as they stand and as planned; what they cost.

`State.expected` is the work space: microwatt-days and cents by site and month.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books import leases
from gpusim.economics.books.costs import overhead_of
from gpusim.economics.core.agenda import HANDOVER
from gpusim.economics.core.curtailment import curtailed_share, enrolled_share
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    BILLED_LOAD,
    COLOCATION,
    COMING,
    HALL_HANDED_OVER,
    HALL_PLANNED,
    HALL_POWERED,
    HANDED,
    LEASED_SHELL,
    LEASES,
    LET_LOAD,
    LOAD,
    NEVER,
    NONE,
    ORDER_FITTING,
    ORDER_IN_SERVICE,
    ORDER_PLACED,
    POWERED,
    SITE_BILL,
    State,
    World,
)
from gpusim.economics.decisions.expected_bases import foresee_hardware
from gpusim.economics.decisions.expected_sales import idles, open_billed, sell_from
from gpusim.economics.decisions.expected_tenants import claimed_by, expect_tenants, open_let
from gpusim.economics.decisions.outlook_space import add_microwatts
from gpusim.economics.plant.market import hardware_cost_on
from gpusim.economics.plant.site_costs import (
    ALL,
    MICROWATTS_PER_KW,
    colocation_rent,
    site_bill,
)
from gpusim.economics.plant.sites import is_needed, next_power, order_microwatts


@kernel
def expect_colocation(s: State, w: World, h: int, last: int) -> None:
    """Expect the rent of a colocation hall until its term ends, or as long as it is needed."""
    hall = s.halls[h]
    if s.sites[hall.site].kind != COLOCATION:
        return
    lag = s.firm[0].payables_months
    handed = hall.handed_over
    if hall.status == HALL_PLANNED and s.due[HANDOVER, h] < NEVER:
        handed = max(hall.planned_ready, s.clock[0].today)
    over = hall.lease_end if handed < NEVER and not is_needed(s, h) else NEVER
    for ahead in range(s.clock[0].month, last + 1 - lag):
        first, end = w.month_end[ahead - 1] + 1, w.month_end[ahead]
        days = end - first + 1
        rent = colocation_rent(s, h, handed, first, min(end, over - 1), days)
        s.outlook[ahead + lag] -= rent


@kernel
def fill_sites(s: State, w: World, last: int) -> None:
    """Microwatt-days of each site's halls and GPUs by month, as they stand and as planned."""
    month = s.clock[0].month
    for site in range(len(s.sites)):
        place = s.sites[site]
        for ahead in range(month, last + 1):
            days = w.month_end[ahead] - max(w.month_end[ahead - 1], place.counted)
            s.expected[HANDED, site, ahead] = place.handed_microwatts * days
            s.expected[POWERED, site, ahead] = place.powered_microwatts * days
            s.expected[LOAD, site, ahead] = place.load_microwatts * days
        s.expected[HANDED, site, month] += place.handed_microwatt_days
        s.expected[POWERED, site, month] += place.powered_microwatt_days
        s.expected[LOAD, site, month] += place.load_microwatt_days
    for h in range(len(s.halls)):
        hall = s.halls[h]
        if hall.status == HALL_PLANNED and s.due[HANDOVER, h] < NEVER:
            add_microwatts(s, w, HANDED, hall.site, hall.microwatts, hall.planned_ready, last)
        if hall.powered >= NEVER and (hall.status != HALL_PLANNED or s.due[HANDOVER, h] < NEVER):
            ready = max(hall.planned_ready, hall.planned_power)
            add_microwatts(s, w, POWERED, hall.site, hall.microwatts, ready, last)
        kept = hall.status == HALL_HANDED_OVER or hall.status == HALL_POWERED
        if kept and hall.lease_end <= w.month_end[last] and not is_needed(s, h):
            add_microwatts(s, w, HANDED, hall.site, -hall.microwatts, hall.lease_end, last)
            if hall.status == HALL_POWERED:
                add_microwatts(s, w, POWERED, hall.site, -hall.microwatts, hall.lease_end, last)
    for site in range(len(s.sites)):
        if idles(s, site):
            open_billed(s, w, site, last)
        open_let(s, w, site, last)
    expect_tenants(s, w, last)
    for site in range(len(s.sites)):
        expect_load(s, w, site, last)
        bill_site(s, w, site, last)


@kernel
def expect_load(s: State, w: World, site: int, last: int) -> None:
    """Expect the GPUs of a site's orders in service, by row, as planned power suffices for them.

    Those that [orders] buys are expected to be sold on demand from their planned acceptance on.
    What orders take only grows from row to row, so that each planned day of power is met once. A
    tenant who waits is before those that are delivered after his planned start.
    """
    place = s.sites[site]
    taken, held = place.used_microwatts, place.powered_microwatts
    day, today = ZERO, s.clock[0].today
    for n in range(s.count[COMING]):
        k = s.coming[n]
        order = s.orders[k]
        if order.site != site:
            continue
        if order.status >= ORDER_IN_SERVICE:
            if order.stated != 0:
                accepted = order.fitted + order.acceptance_planned
                accepted = max(accepted, today + 1)
                sell_from(s, w, site, order.gen, order.gpus, accepted, last)
            continue
        before = ZERO
        if order.status < ORDER_FITTING:
            taken += order_microwatts(s, k)
            before = service_day(s, k, ZERO) - s.gens[order.gen].fitout_days
        while held < taken + claimed_by(s, site, max(before, day)) and day < NEVER:
            day, more = next_power(s, site, day)
            held += more
        if day < NEVER:
            service = service_day(s, k, day if day > 0 else today)
            cost = cost_to_come(s, w, k) + order.in_progress
            foresee_hardware(s, w, site, order.gen, order.gpus, cost, service, last)
            if order.stated != 0:
                accepted = service + order.acceptance_planned
                sell_from(s, w, site, order.gen, order.gpus, accepted, last)


@kernel
def cost_to_come(s: State, w: World, k: int) -> int:
    """What an order's hardware still costs: at today's price until it asks for money [cents]."""
    order = s.orders[k]
    if order.status >= ORDER_PLACED or order.needed < NEVER:
        return int(order.cost)
    return hardware_cost_on(w, order.gen, s.clock[0].today, order.cost)


@kernel
def service_day(s: State, k: int, powered: int) -> int:
    """Day on which an order's GPUs are expected in service, by the planned times of its steps.

    powered [day]: from which the site is planned to have power for them.
    """
    order, today = s.orders[k], s.clock[0].today
    gen = s.gens[order.gen]
    if order.delivered < NEVER:
        delivered = order.delivered
    elif order.status >= ORDER_PLACED:
        delivered = min(order.placed, today) + gen.lead_days
    else:
        delivered = max(order.planned, today) + gen.lead_days
    return int(max(delivered, powered, today) + gen.fitout_days)


@kernel
def expect_operating(s: State, w: World, last: int) -> None:
    """Expect what sites and overheads cost, `payables_months` after each month."""
    lag = s.firm[0].payables_months
    for ahead in range(s.clock[0].month, last + 1 - lag):
        s.outlook[ahead + lag] -= operating_cost(s, ahead)


@kernel
def expect_no_operating(s: State, w: World, last: int) -> None:
    """Take off again what sites and overheads were expected to cost, before more is added."""
    lag = s.firm[0].payables_months
    for ahead in range(s.clock[0].month, last + 1 - lag):
        s.outlook[ahead + lag] += operating_cost(s, ahead)


@kernel
def operating_cost(s: State, month: int) -> int:
    """Power, staff, variable rent and overheads in cash, as expected of a month [cents].

    By the rules of the books, of what `State.expected` and `cost_bases` hold.
    """
    total = ZERO
    for site in range(len(s.sites)):
        total += s.expected[SITE_BILL, site, month]
    for n in range(len(s.overheads)):
        cash, _ = overhead_of(s, n, month)
        total += cash
    return int(total)


@kernel
def bill_site(s: State, w: World, site: int, last: int) -> None:
    """What a site is expected to cost in each month: its power, staff and variable rent.

    The month's share of its GPUs' hours that are curtailed is of none of its days in particular.
    """
    for ahead in range(s.clock[0].month, last + 1 - s.firm[0].payables_months):
        first, last_day = w.month_end[ahead - 1] + 1, w.month_end[ahead]
        handed = float(s.expected[HANDED, site, ahead])
        powered = float(s.expected[POWERED, site, ahead])
        load = float(s.expected[LOAD, site, ahead])
        billed = float(s.expected[BILLED_LOAD, site, ahead])
        let = float(s.expected[LET_LOAD, site, ahead])
        off = curtailed_share(s, site, first, last_day)
        shed, billed = (load - let) * off, billed - (billed - let) * off
        enrolled = (load - let) * enrolled_share(s, site, first, last_day)
        power, staff, rent = site_bill(
            s, site, ALL, handed, powered, load, shed, shed, enrolled, billed, first, last_day
        )
        s.expected[SITE_BILL, site, ahead] = power + staff + rent


@kernel
def expect_rent(s: State, w: World, last: int) -> None:
    """Fixed rent of the leases in force, and of shells that are planned to be handed over."""
    month = s.clock[0].month
    for n in range(s.count[LEASES]):
        lease = s.leases[n]
        if lease.hall != NONE:
            pay_rent(
                s,
                w,
                lease.start,
                lease.rent,
                lease.escalator,
                lease.paid_months,
                lease.months,
                last,
            )
            continue
        for ahead in range(month, last + 1):
            if lease.paid_months + ahead - month < lease.months:
                s.outlook[ahead] -= s.lease_schedule[ahead]
    for h in range(len(s.halls)):
        hall, place = s.halls[h], s.sites[s.halls[h].site]
        coming = hall.status == HALL_PLANNED and s.due[HANDOVER, h] < NEVER
        if coming and place.kind == LEASED_SHELL:
            handed = max(hall.planned_ready, s.clock[0].today)
            rent = cents(place.rent * hall.microwatts / MICROWATTS_PER_KW)
            pay_rent(s, w, handed, rent, place.rent_escalator, ZERO, place.lease_months, last)


@kernel
def rent_offered(s: State, w: World, site: int, microwatts: int, day: int, last: int) -> None:
    """Expect the rent of a part of an optional hall that is leased from a day on."""
    place, lag = s.sites[site], s.firm[0].payables_months
    rent = cents(place.rent * microwatts / MICROWATTS_PER_KW)
    if place.kind != COLOCATION:
        pay_rent(s, w, day, rent, place.rent_escalator, ZERO, place.lease_months, last)
        return
    for ahead in range(s.clock[0].month, last + 1 - lag):
        first, end = w.month_end[ahead - 1] + 1, w.month_end[ahead]
        s.outlook[ahead + lag] -= leases.service_rent(
            rent, place.rent_escalator, day, place.lease_months, first, end, end - first + 1
        )


@kernel
def pay_rent(
    s: State,
    w: World,
    start: int,
    rent: int,
    escalator: float,
    paid: int,
    months: int,
    last: int,
) -> None:
    """Expect the payments of a lease at months' ends, from its first full month on, as they step.

    start [day]; rent of the payment that comes next [cents/month]; escalator [1/year]; paid so far,
    and of the whole lease [months].
    Source: data-center leases: fixed annual escalator on base rent.
    """
    before = paid
    for ahead in range(s.clock[0].month, last + 1):
        if paid < months and start <= w.month_end[ahead - 1] + 1:
            if paid > before and paid % leases.YEAR == 0:
                rent = leases.month_rent(rent, escalator, leases.YEAR)
            s.outlook[ahead] -= rent
            paid += 1
