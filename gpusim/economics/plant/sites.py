"""Sites: halls are handed over, powered, and filled with delivered GPUs.

Capacity is pooled per site: a site can energise GPUs up to the critical IT power of its powered
halls and no further. Rent, staff and the minimum-take of power start at handover and power-on,
whether or not a GPU bills.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books import leases
from gpusim.economics.books.ledger import (
    COST_POWER,
    COST_SITE,
    COST_VARIABLE_RENT,
    LEASE_ASSETS,
    LEASE_LIABILITIES,
    PAYABLES_OPERATING,
    post,
)
from gpusim.economics.books.measures import ENERGISED_MICROWATTS
from gpusim.economics.core.agenda import (
    ENERGISE,
    FITTED,
    GIVE_BACK,
    HANDOVER,
    INSTALL,
    arm,
    disarm,
    ring,
)
from gpusim.economics.core.calendar import (
    HOURS_PER_DAY,
    HOURS_PER_MONTH,
    add_months,
)
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    COLOCATION,
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

MICROWATTS_PER_KW = 1e9


@kernel
def plan_handover(s: State, w: World, h: int) -> None:
    """Set the day a hall is handed over: its planned day and the landlord's delay."""
    arm(s, HANDOVER, h, s.halls[h].planned_ready + w.hall_delay[h])


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
        arm(s, GIVE_BACK, h, hall.lease_end)
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
    arm(s, ENERGISE, h, max(day, hall.planned_power + w.hall_delay[h] + w.power_delay[h]))


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
    ring(s, INSTALL, hall.site)
    ask_back(s, hall.site)


@kernel
def give_back(s: State, w: World, h: int, day: int) -> None:
    """A hall whose lease has ended goes back to the landlord, unless GPUs need it still.

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
    disarm(s, ENERGISE, h)
    hall.status = HALL_RETURNED
    hall.returned = day
    note_room(s, hall.site, day)


@kernel
def is_needed(s: State, h: int) -> bool:
    """Whether GPUs at a hall's site, or on order for it, would not fit into its other halls."""
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
def ask_back(s: State, site: int) -> None:
    """Look again at a site's halls whose lease has ended: there is more room, or less to keep."""
    for h in range(s.sites[site].first_hall, s.sites[site].past_halls):
        hall = s.halls[h]
        if hall.lease_end <= s.clock[0].today and hall.status != HALL_RETURNED:
            ring(s, GIVE_BACK, h)


@kernel
def holdover_rent(s: State, h: int, first: int, last: int, days_in_month: int) -> int:
    """Rent of a hall for its days beyond its lease, from `first` to `last` of a month [cents].

    The lease's last rent times the site's multiple, by the day; a colocation's own rent goes on, so
    that it is only what comes on top.
    Source: US commercial leases, month-to-month tenancy at 125-200% of the last rent.
    """
    hall, place = s.halls[h], s.sites[s.halls[h].site]
    days = min(last, hall.returned - 1) - max(first, hall.lease_end) + 1
    if days <= 0 or hall.status == HALL_PLANNED:
        return 0
    multiple = place.holdover - 1.0 if place.kind == COLOCATION else place.holdover
    return cents(multiple * hall.last_rent * days / days_in_month)


@kernel
def colocation_rent(
    s: State, h: int, handed: int, first: int, last: int, days_in_month: int
) -> int:
    """Rent of a colocation hall for its days from `first` to `last` of a month [cents].

    handed: day of its handover. A service, charged by the day as incurred; it steps every twelve
    months from handover, as the rent of a lease does, and stays at its last level beyond the term;
    without an end, as that of a hall whose term was over by the as-of day, it goes on to step.
    Source: colocation service agreements, annual escalation of the monthly recurring charge.
    """
    hall, place = s.halls[h], s.sites[s.halls[h].site]
    rent = cents(place.rent * hall.microwatts / MICROWATTS_PER_KW)
    day, end = max(first, handed), min(last, hall.returned - 1)
    endless = hall.status != HALL_PLANNED and hall.lease_end >= NEVER
    total, months = 0.0, leases.YEAR
    while day <= end:
        upto = end
        if endless or months < place.lease_months:
            upto = min(end, add_months(handed, months) - 1)
        if upto >= day:
            total += rent * ((upto - day + 1) / days_in_month)
            day = upto + 1
        rent = cents(rent * (1.0 + place.rent_escalator))
        months += leases.YEAR
    return cents(total)


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
    """The pass that meets delivered orders with powered capacity, at most once a day per site.

    Order: by row, which is priority and planned start. Skips an order that does not fit, so that a
    smaller one behind it may.
    """
    place = s.sites[site]
    for n in range(s.count[COMING]):
        k = s.coming[n]
        order = s.orders[k]
        if order.status != ORDER_DELIVERED or order.site != site:
            continue
        if not has_room(s, k):
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
        arm(s, FITTED, k, day + order.fitout_drawn)
    note_room(s, site, day)


@kernel
def note_room(s: State, site: int, day: int) -> None:
    """Note since when each order that is not yet installed has had no room at its site."""
    for n in range(s.count[COMING]):
        order = s.orders[s.coming[n]]
        if order.site == site and order.status < ORDER_FITTING:
            if has_room(s, s.coming[n]):
                order.full_since = NEVER
            else:
                order.full_since = min(order.full_since, day)


@kernel
def has_room(s: State, k: int) -> bool:
    """Whether an order's GPUs find room in powered halls of its site, next to those installed."""
    place = s.sites[s.orders[k].site]
    return bool(place.used_microwatts + order_microwatts(s, k) <= place.powered_microwatts)


@kernel
def take_over_hall(s: State, w: World, site: int) -> None:
    """Ask the landlord for the next optional hall where the orders placed would not fit.

    Only halls marked as taken with the first order; they come no earlier than planned.
    """
    if not has_optional_hall(s, site):
        return
    room = -s.sites[site].used_microwatts
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
def spoken_for(s: State, site: int) -> int:
    """Watts of a site that are in use or that orders not yet installed will need."""
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
def vacate(s: State, site: int, microwatts: int, day: int) -> None:
    """Retired GPUs give their power back."""
    count_site(s, site, day)
    s.sites[site].load_microwatts -= microwatts
    s.sites[site].used_microwatts -= microwatts
    ring(s, INSTALL, site)
    ask_back(s, site)


@kernel
def load(s: State, site: int, microwatts: int, day: int) -> None:
    """GPUs of an order draw power from this day on."""
    count_site(s, site, day)
    s.sites[site].load_microwatts += microwatts


@kernel
def power_bill(
    load: float,
    powered: float,
    days: float,
    load_factor: float,
    minimum_take: float,
    pue: float,
    tariff: float,
    grid_charge: float,
) -> float:
    """Energy and demand charge of a month, or of a part of it, in the money of the two prices.

    load, powered [kW-days]: critical IT of GPUs in service, and of energised halls; days [day] in
    the month; load_factor, minimum_take [share]; pue [ratio]; tariff [money/kWh]; grid_charge
    [money/kW-month]. Energy is what is drawn; the demand charge is for the power that stands ready
    for the GPUs, so that the load factor lowers the one and not the other. Neither is less than the
    minimum-take's share of the energised capacity.
    Source: two-part large-load tariffs, energy and billing demand; minimum demand (AEP Ohio 2025:
    85% of subscribed demand).

    >>> power_bill(3_000.0, 3_600.0, 30.0, 0.8, 0.0, 1.25, 0.10, 5.0)
    7825.0
    """
    least = powered * minimum_take
    energy = max(load * load_factor, least) * HOURS_PER_DAY * tariff
    return pue * (energy + max(load, least) / days * grid_charge)


@kernel
def power_cost(s: State, site: int, load: float, powered: float, days: float) -> float:
    """Power of a site in a month [cents]. load, powered [uW-days]; days in the month [day]."""
    place = s.sites[site]
    return power_bill(
        load / MICROWATTS_PER_KW,
        powered / MICROWATTS_PER_KW,
        days,
        place.load_factor,
        place.minimum_take,
        place.pue,
        place.tariff,
        place.grid_charge,
    )


@kernel
def space_cost(s: State, site: int) -> float:
    """Staff and variable rent of a kW that is handed over [cents/kW-month]."""
    return s.sites[site].staff + s.sites[site].variable_rent


@kernel
def running_cost(s: State, gen: int, site: int) -> float:
    """Rent, power, site staff and variable rent of a GPU in a full hall [cents/GPU-hour]."""
    place = s.sites[site]
    space = place.rent + place.variable_rent + place.staff
    days = HOURS_PER_MONTH / HOURS_PER_DAY
    power = power_cost(s, site, days * MICROWATTS_PER_KW, days * MICROWATTS_PER_KW, days)
    return s.gens[gen].it_microwatts / MICROWATTS_PER_KW * (space + power) / HOURS_PER_MONTH


@kernel
def rent_steps(s: State, gen: int, site: int, by: int, first: int, last: int) -> float:
    """What the steps of a site's rent add to a GPU's cost over the days first to last [cents].

    To that of `running_cost`, whose rent is as at handover; the mean, by their power, of the halls
    that are handed over by a day: known until today, planned from tomorrow on.
    """
    place = s.sites[site]
    if place.rent_escalator == 0.0:
        return 0.0
    stepped, all_power = 0.0, 0.0
    for h in range(place.first_hall, place.past_halls):
        hall = s.halls[h]
        handed, over = hall.handed_over, hall.lease_end
        if hall.status == HALL_PLANNED:
            handed = max(hall.planned_ready, s.clock[0].today + 1)
            over = add_months(handed, place.lease_months)
        if handed <= by and hall.status != HALL_RETURNED:
            days = leases.stepped_days(handed, place.rent_escalator, over, first, last)
            stepped += hall.microwatts * (days - (last - first + 1))
            all_power += hall.microwatts
    if stepped == 0.0:
        return 0.0
    kw = s.gens[gen].it_microwatts / MICROWATTS_PER_KW
    return kw * place.rent / HOURS_PER_MONTH * HOURS_PER_DAY * stepped / all_power


@kernel
def energy_hour(s: State, gen: int, site: int) -> float:
    """Energy of a GPU that works for an hour, which one switched off spares [cents/GPU-hour].

    Rent, staff and demand charges are paid either way.
    """
    place = s.sites[site]
    kw = s.gens[gen].it_microwatts / MICROWATTS_PER_KW
    return float(kw * place.load_factor * place.pue * place.tariff)


@kernel
def count_site(s: State, site: int, day: int) -> None:
    """Bring a site's microwatt-day integrals up to the end of the day before."""
    place = s.sites[site]
    days = day - 1 - place.counted
    if days > 0:
        place.handed_microwatt_days += place.handed_microwatts * days
        place.powered_microwatt_days += place.powered_microwatts * days
        place.load_microwatt_days += place.load_microwatts * days
        place.counted = day - 1


@kernel
def month_costs(s: State, site: int, days_in_month: int) -> int:
    """Post a site's power, staff and variable rent of the month; returns their sum [cents].

    Colocation rent is a service, charged as incurred with the variable rent.
    """
    place = s.sites[site]
    load, powered = float(place.load_microwatt_days), float(place.powered_microwatt_days)
    power = cents(power_cost(s, site, load, powered, float(days_in_month)))
    handed_kw_months = place.handed_microwatt_days / MICROWATTS_PER_KW / days_in_month
    staff = cents(handed_kw_months * place.staff)
    variable = cents(handed_kw_months * place.variable_rent)
    first, last = place.counted - days_in_month + 1, place.counted
    for h in range(place.first_hall, place.past_halls):
        variable += holdover_rent(s, h, first, last, days_in_month)
        if place.kind == COLOCATION:
            handed = s.halls[h].handed_over
            variable += colocation_rent(s, h, handed, first, last, days_in_month)
    post(s, COST_POWER, PAYABLES_OPERATING, power)
    post(s, COST_SITE, PAYABLES_OPERATING, staff)
    post(s, COST_VARIABLE_RENT, PAYABLES_OPERATING, variable)
    place.handed_microwatt_days = 0
    place.powered_microwatt_days = 0
    place.load_microwatt_days = 0
    return power + staff + variable
