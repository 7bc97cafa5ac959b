"""Sites: halls are handed over, powered, and filled with delivered GPUs.

Capacity is pooled per site: a site can energise GPUs up to the critical IT power of its powered
halls and no further. Rent, staff and the minimum-take of power start at handover and power-on,
whether or not a GPU bills.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books import leases
from gpusim.economics.books.ledger import LEASE_ASSETS, LEASE_LIABILITIES, post
from gpusim.economics.books.measures import ENERGISED_MICROWATTS
from gpusim.economics.core.agenda import (
    ENERGISE,
    FITTED,
    GIVE_BACK,
    HANDOVER,
    INSTALL,
    cancel,
    schedule,
    schedule_now,
)
from gpusim.economics.core.calendar import add_months
from gpusim.economics.core.curtailment import curtailed_seconds, enrolled_days
from gpusim.economics.core.money import cents
from gpusim.economics.core.outages import days_of, seconds_off
from gpusim.economics.core.state import (
    COMING,
    HALL_HANDED_OVER,
    HALL_PLANNED,
    HALL_POWERED,
    HALL_RETURNED,
    LEASED_SHELL,
    LEASES,
    NEVER,
    NONE,
    ORDER_DELIVERED,
    ORDER_FITTING,
    ORDER_PLACED,
    OWNED,
    State,
    World,
)
from gpusim.economics.plant.site_costs import MICROWATTS_PER_KW
from gpusim.economics.plant.tenants import has_room, let_power, power_or_hall


@kernel
def plan_handover(s: State, w: World, h: int) -> None:
    """Set the day a hall is handed over: its planned day and the landlord's delay."""
    schedule(s, HANDOVER, h, s.halls[h].planned_ready + w.hall_delay[h])


@kernel
def handover(s: State, w: World, h: int, day: int) -> None:
    """The landlord hands a hall over: the lease starts, staff start, power follows.

    A leased shell becomes an operating lease: liability and right-of-use asset at the present
    value of the fixed payments. Source: ASC 842-20-30, commencement date.
    """
    hall = s.halls[h]
    site = s.sites[hall.site]
    count_site(s, hall.site, day)
    hall.status = HALL_HANDED_OVER
    hall.handed_over = day
    site.handed_microwatts += hall.microwatts
    if site.kind != OWNED:
        first = cents(site.rent * hall.microwatts / MICROWATTS_PER_KW)
        hall.lease_end = add_months(day, site.lease_months)
        hall.last_rent = leases.month_rent(first, site.rent_escalator, site.lease_months - 1)
        schedule(s, GIVE_BACK, h, hall.lease_end)
    if site.kind == LEASED_SHELL:
        row = s.count[LEASES]
        s.count[LEASES] = row + 1
        lease = s.leases[row]
        lease.hall = h
        lease.start = day
        lease.months = site.lease_months
        lease.paid_months = 0
        lease.rent = cents(site.rent * hall.microwatts / MICROWATTS_PER_KW)
        lease.escalator = site.rent_escalator
        lease.straight = leases.total_rent(lease.rent, lease.escalator, lease.months)
        lease.charged = 0
        lease.rate = s.firm[0].lease_rate
        lease.liability = leases.present_value(
            lease.rent, lease.escalator, lease.months, lease.rate
        )
        lease.asset = lease.liability
        post(s, LEASE_ASSETS, LEASE_LIABILITIES, lease.liability)
    schedule(s, ENERGISE, h, max(day, hall.planned_power + w.hall_delay[h] + w.power_delay[h]))


@kernel
def energise(s: State, w: World, h: int, day: int) -> None:
    """Power is on: the site's limit rises and delivered GPUs may move in."""
    hall = s.halls[h]
    count_site(s, hall.site, day)
    hall.status = HALL_POWERED
    hall.powered = day
    s.sites[hall.site].powered_microwatts += hall.microwatts
    s.sites[hall.site].last_hall = later_hall(s, s.sites[hall.site].last_hall, h)
    s.stocks[ENERGISED_MICROWATTS, s.clock[0].month] += hall.microwatts
    schedule_now(s, INSTALL, hall.site)
    reconsider_return(s, hall.site)


@kernel
def give_back(s: State, w: World, h: int, day: int) -> None:
    """A hall whose lease has ended goes back to the landlord, unless it is needed still.

    Its capacity, staff and minimum-take end; while it is kept, holdover rent goes on.
    """
    hall = s.halls[h]
    if hall.status == HALL_RETURNED or is_needed(s, h):
        return
    site = s.sites[hall.site]
    count_site(s, hall.site, day)
    site.handed_microwatts -= hall.microwatts
    if hall.status == HALL_POWERED:
        site.powered_microwatts -= hall.microwatts
        s.stocks[ENERGISED_MICROWATTS, s.clock[0].month] -= hall.microwatts
    cancel(s, ENERGISE, h)
    hall.status = HALL_RETURNED
    hall.returned = day
    note_site_capacity(s, hall.site, day)


@kernel
def is_needed(s: State, h: int) -> bool:
    """Whether what is at a hall's site, or signed for it, would not fit into its other halls."""
    hall, site = s.halls[h], s.sites[s.halls[h].site]
    room = 0
    for other in range(site.first_hall, site.past_halls):
        own = s.halls[other]
        if other != h and own.status != HALL_RETURNED:
            room += own.microwatts
    left = site.powered_microwatts
    if hall.status == HALL_POWERED:
        left -= hall.microwatts
    return bool(site.used_microwatts + site.coming_microwatts > room or site.used_microwatts > left)


@kernel
def reconsider_return(s: State, site: int) -> None:
    """Look again at a site's halls whose lease has ended: there is more room, or less to keep."""
    for h in range(s.sites[site].first_hall, s.sites[site].past_halls):
        hall = s.halls[h]
        if hall.lease_end <= s.clock[0].today and hall.status != HALL_RETURNED:
            schedule_now(s, GIVE_BACK, h)


@kernel
def later_hall(s: State, one: int, other: int) -> int:
    """Which of two halls came last: by its power, then by its handover; one may be NONE."""
    if one == NONE:
        return other
    a, b = s.halls[one], s.halls[other]
    later = b.powered > a.powered or (b.powered == a.powered and b.handed_over >= a.handed_over)
    return other if later else one


@kernel
def order_microwatts(s: State, k: int) -> int:
    """Critical IT power of an order's GPUs [uW]."""
    return s.orders[k].gpus * s.gens[s.orders[k].gen].it_microwatts


@kernel
def install(s: State, w: World, site: int, day: int) -> None:
    """The pass that meets tenants and delivered orders with power, at most once a day per site.

    Tenants that wait come first. Orders by row, which is priority and planned start: skips one that
    does not fit, so that a smaller one behind it may.
    """
    place = s.sites[site]
    let_power(s, site, day)
    for n in range(s.count[COMING]):
        k = s.coming[n]
        order = s.orders[k]
        if order.status != ORDER_DELIVERED or order.site != site:
            continue
        if not has_powered_capacity(s, k):
            continue
        microwatts = order_microwatts(s, k)
        place.used_microwatts += microwatts
        place.coming_microwatts -= microwatts
        order.status = ORDER_FITTING
        order.hall = place.last_hall
        order.room_ready = day
        if order.hall != NONE:
            order.hall_ready = s.halls[order.hall].handed_over
            order.power_ready = s.halls[order.hall].powered
        schedule(s, FITTED, k, day + order.fitout_drawn)
    note_site_capacity(s, site, day)


@kernel
def let_at_start(s: State, site: int, day: int) -> None:
    """A tenancy falls due: it is let if there is room, and orders may have none from today on.

    After the day's `install`, which does both beside giving orders their room.
    """
    let_power(s, site, day)
    note_site_capacity(s, site, day)


@kernel
def note_site_capacity(s: State, site: int, day: int) -> None:
    """Note since when each order that is not yet installed has had no room at its site.

    Where there is room for all of them together, and was, none is looked at.
    """
    place = s.sites[site]
    if place.crowded == 0 and committed_microwatts(s, site) <= place.powered_microwatts:
        return
    place.crowded = 0
    for n in range(s.count[COMING]):
        order = s.orders[s.coming[n]]
        if order.site == site and order.status < ORDER_FITTING:
            if has_powered_capacity(s, s.coming[n]):
                order.full_since = NEVER
            else:
                order.full_since = min(order.full_since, day)
                place.crowded = 1


@kernel
def has_powered_capacity(s: State, k: int) -> bool:
    """Whether an order's GPUs find room in powered halls of its site, next to those installed."""
    return has_room(s, s.orders[k].site, order_microwatts(s, k))


@kernel
def take_over_hall(s: State, w: World, site: int) -> None:
    """Ask the landlord for the next optional hall where what is signed for would not fit.

    Orders that are placed, and tenants.

    Only halls marked as taken with the first order; they come no earlier than planned.
    """
    if not has_optional_hall(s, site):
        return
    room = -s.sites[site].used_microwatts - s.sites[site].claimed_microwatts
    for h in range(s.sites[site].first_hall, s.sites[site].past_halls):
        hall = s.halls[h]
        taken = hall.status != HALL_PLANNED or hall.with_first_order == 0
        asked = taken or s.due[HANDOVER, h] < NEVER
        if hall.status != HALL_RETURNED and asked:
            room += hall.microwatts
    for n in range(s.count[COMING]):
        k = s.coming[n]
        order = s.orders[k]
        if order.site == site and (order.status == ORDER_PLACED or order.status == ORDER_DELIVERED):
            room -= order_microwatts(s, k)
    for h in range(s.sites[site].first_hall, s.sites[site].past_halls):
        hall = s.halls[h]
        optional = hall.status == HALL_PLANNED and hall.with_first_order != 0
        if room < 0 and optional and s.due[HANDOVER, h] >= NEVER:
            hall.asked = s.clock[0].today
            plan_handover(s, w, h)
            room += hall.microwatts


@kernel
def power_and_site(s: State, o: int, after: int) -> tuple[int, int]:
    """Days from which power, and room at its site, would alone have let an order's GPUs bill.

    NEVER if not known yet, 0 for what was not waited for; after: fit-out and acceptance [days].
    """
    order = s.orders[o]
    if order.hall != NONE:
        site = order.hall_ready + after
        power = order.power_ready + after if order.power_ready > order.hall_ready else 0
        if order.room_ready > max(order.delivered, order.power_ready):
            site = order.room_ready + after
        return power, site
    if order.delivered >= NEVER:
        return 0, 0
    return power_or_hall(s, order.site, order_microwatts(s, o))


@kernel
def committed_microwatts(s: State, site: int) -> int:
    """Watts of a site that are in use, or that orders and tenants to come will need."""
    return int(s.sites[site].used_microwatts + s.sites[site].coming_microwatts)


@kernel
def planned_power_day(s: State, site: int, microwatts: int) -> int:
    """Planned day from which a site has so many microwatts in all; NEVER if it never will.

    The operator knows the announced dates, not the delays.
    """
    need = microwatts - s.sites[site].powered_microwatts
    if need <= 0:
        return s.clock[0].today
    day = ZERO
    while need > 0:
        day, more = next_power(s, site, day)
        if day >= NEVER:
            return NEVER
        need -= more
    return day


@kernel
def next_power(s: State, site: int, after: int) -> tuple[int, int]:
    """The next day after a day on which a site is planned to get power, and how much [uW].

    NEVER and nothing where no more is planned.
    """
    first, microwatts = NEVER, 0
    for h in range(s.sites[site].first_hall, s.sites[site].past_halls):
        hall = s.halls[h]
        if hall.powered < NEVER:
            continue
        ready = max(hall.planned_ready, hall.planned_power)
        if after < ready < first:
            first, microwatts = ready, hall.microwatts
        elif ready == first and first < NEVER:
            microwatts += hall.microwatts
    return first, microwatts


@kernel
def has_optional_hall(s: State, site: int) -> bool:
    """Whether a site has a hall that nobody has asked for yet."""
    for h in range(s.sites[site].first_hall, s.sites[site].past_halls):
        hall = s.halls[h]
        optional = hall.status == HALL_PLANNED and hall.with_first_order != 0
        if optional and s.due[HANDOVER, h] >= NEVER:
            return True
    return False


@kernel
def release_power(s: State, site: int, microwatts: int, day: int) -> None:
    """GPUs that retire, and tenants who go, give their power back."""
    count_site(s, site, day)
    s.sites[site].load_microwatts -= microwatts
    s.sites[site].used_microwatts -= microwatts
    schedule_now(s, INSTALL, site)
    reconsider_return(s, site)


@kernel
def add_load(s: State, site: int, microwatts: int, day: int) -> None:
    """GPUs of an order, or a tenant, draw power from this day on."""
    count_site(s, site, day)
    s.sites[site].load_microwatts += microwatts


@kernel
def move_in(s: State, site: int, microwatts: int, day: int) -> None:
    """A tenant draws power from this day on."""
    add_load(s, site, microwatts, day)
    s.sites[site].let_microwatts += microwatts


@kernel
def move_out(s: State, site: int, microwatts: int, day: int) -> None:
    """A tenant is gone: his power is room of the site again."""
    release_power(s, site, microwatts, day)
    s.sites[site].let_microwatts -= microwatts


@kernel
def count_site(s: State, site: int, day: int) -> None:
    """Bring a site's microwatt-day integrals up to the end of the day before."""
    place = s.sites[site]
    days = day - 1 - place.counted
    if days > 0:
        place.handed_microwatt_days += place.handed_microwatts * days
        place.powered_microwatt_days += place.powered_microwatts * days
        place.load_microwatt_days += place.load_microwatts * days
        place.let_microwatt_days += place.let_microwatts * days
        off = days_of(seconds_off(s, site, place.counted + 1, day - 1))
        place.load_off_microwatt_days += place.load_microwatts * off
        place.let_off_microwatt_days += place.let_microwatts * off
        own = place.load_microwatts - place.let_microwatts
        shed = own * days_of(curtailed_seconds(s, site, place.counted + 1, day - 1))
        place.load_off_microwatt_days += shed
        place.shed_microwatt_days += shed
        enrolled = enrolled_days(s, site, place.counted + 1, day - 1)
        place.enrolled_microwatt_days += own * enrolled
        place.counted = day - 1
