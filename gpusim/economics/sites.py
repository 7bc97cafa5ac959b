"""Sites: halls are handed over, powered, and filled with delivered GPUs.

Capacity is pooled per site: a site can energise GPUs up to the critical IT power of its powered
halls and no further. Rent, staff and the minimum-take of power start at handover and power-on,
whether or not a GPU bills.
"""

from __future__ import annotations

from gpusim.economics import leases
from gpusim.economics.agenda import ENERGISE, FITTED, HANDOVER, INSTALL, arm, ring
from gpusim.economics.calendar import HOURS_PER_DAY, HOURS_PER_MONTH
from gpusim.economics.kernel import kernel
from gpusim.economics.ledger import (
    COST_POWER,
    COST_SITE,
    COST_VARIABLE_RENT,
    LEASE_ASSETS,
    LEASE_LIABILITIES,
    PAYABLES_OPERATING,
    post,
)
from gpusim.economics.measures import ENERGISED_WATTS
from gpusim.economics.money import cents
from gpusim.economics.state import (
    COLOCATION,
    HALL_HANDED_OVER,
    HALL_PLANNED,
    HALL_POWERED,
    LEASED_SHELL,
    LEASES,
    NEVER,
    NONE,
    ORDER_DELIVERED,
    ORDER_FITTING,
    ORDER_PLACED,
    ORDERS,
    State,
    World,
)

WATTS_PER_KW = 1000.0


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
    site.handed_watts += hall.watts
    if site.kind == LEASED_SHELL:
        row = s.count[LEASES]
        s.count[LEASES] = row + 1
        lease = s.leases[row]
        lease.hall = h
        lease.start = day
        lease.months = site.lease_months
        lease.paid_months = 0
        lease.rent = cents(site.rent * hall.watts / WATTS_PER_KW)
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
    s.sites[hall.site].powered_watts += hall.watts
    s.sites[hall.site].last_hall = h
    s.stocks[ENERGISED_WATTS, s.clock[0].month] += hall.watts
    ring(s, INSTALL, hall.site)


@kernel
def order_watts(s: State, k: int) -> int:
    """Critical IT power of an order's GPUs [W]."""
    return s.orders[k].gpus * s.gens[s.orders[k].gen].it_watts


@kernel
def install(s: State, w: World, site: int, day: int) -> None:
    """The pass that meets delivered orders with powered capacity, at most once a day per site.

    Order: by row, which is priority and planned start. Skips an order that does not fit, so that a
    smaller one behind it may.
    """
    place = s.sites[site]
    pass_by_installed(s, site)
    for k in range(place.first_order, s.count[ORDERS]):
        order = s.orders[k]
        if order.status != ORDER_DELIVERED or order.site != site:
            continue
        watts = order_watts(s, k)
        if place.used_watts + watts > place.powered_watts:
            continue
        place.used_watts += watts
        place.coming_watts -= watts
        order.status = ORDER_FITTING
        order.hall = place.last_hall
        if order.hall != NONE:
            order.hall_ready = s.halls[order.hall].handed_over
            order.power_ready = s.halls[order.hall].powered
        arm(s, FITTED, k, day + order.fitout_drawn)


@kernel
def pass_by_installed(s: State, site: int) -> None:
    """Note a site's first order that is not installed; an order's status only ever rises."""
    k = s.sites[site].first_order
    while k < s.count[ORDERS]:
        if s.orders[k].site == site and s.orders[k].status <= ORDER_DELIVERED:
            break
        k += 1
    s.sites[site].first_order = k


@kernel
def take_over_hall(s: State, w: World, site: int) -> None:
    """Ask the landlord for the next optional hall where the orders placed would not fit.

    Only halls marked as taken with the first order; they come no earlier than planned.
    """
    if not has_optional_hall(s, site):
        return
    room = -s.sites[site].used_watts
    for h in range(len(s.halls)):
        hall = s.halls[h]
        if hall.site == site and (
            hall.status != HALL_PLANNED or hall.with_first_order == 0 or s.due[HANDOVER, h] < NEVER
        ):
            room += hall.watts
    for k in range(s.count[ORDERS]):
        order = s.orders[k]
        if order.site == site and (order.status == ORDER_PLACED or order.status == ORDER_DELIVERED):
            room -= order_watts(s, k)
    for h in range(len(s.halls)):
        hall = s.halls[h]
        optional = hall.site == site and hall.status == HALL_PLANNED and hall.with_first_order != 0
        if room < 0 and optional and s.due[HANDOVER, h] >= NEVER:
            plan_handover(s, w, h)
            room += hall.watts


@kernel
def has_optional_hall(s: State, site: int) -> bool:
    """Whether a site has a hall that nobody has asked for yet."""
    for h in range(len(s.halls)):
        hall = s.halls[h]
        optional = hall.site == site and hall.status == HALL_PLANNED and hall.with_first_order != 0
        if optional and s.due[HANDOVER, h] >= NEVER:
            return True
    return False


@kernel
def vacate(s: State, site: int, watts: int, day: int) -> None:
    """Retired GPUs give their power back."""
    count_site(s, site, day)
    s.sites[site].load_watts -= watts
    s.sites[site].used_watts -= watts
    ring(s, INSTALL, site)


@kernel
def load(s: State, site: int, watts: int, day: int) -> None:
    """GPUs of an order draw power from this day on."""
    count_site(s, site, day)
    s.sites[site].load_watts += watts


@kernel
def running_cost(s: State, gen: int, site: int) -> float:
    """Rent, power, site staff and variable rent of a GPU at full load [cents/GPU-hour]."""
    place = s.sites[site]
    kw = s.gens[gen].it_watts / WATTS_PER_KW
    space = kw * (place.rent + place.variable_rent + place.staff) / HOURS_PER_MONTH
    grid_kw = kw * place.load_factor * place.pue
    return space + grid_kw * (place.tariff + place.grid_charge / HOURS_PER_MONTH)


@kernel
def count_site(s: State, site: int, day: int) -> None:
    """Bring a site's watt-day integrals up to the end of the day before."""
    place = s.sites[site]
    days = day - 1 - place.counted
    if days > 0:
        place.handed_watt_days += place.handed_watts * days
        place.powered_watt_days += place.powered_watts * days
        place.load_watt_days += place.load_watts * days
        place.counted = day - 1


@kernel
def month_costs(s: State, site: int, days_in_month: int) -> int:
    """Post a site's power, staff and variable rent of the month; returns their sum [cents].

    Energy is the larger of load and minimum-take, times PUE; the grid charge follows grid power.
    Colocation rent is a service, charged as incurred with the variable rent.
    Source: large-load tariffs with minimum demand (AEP Ohio 2025: 85% of subscribed demand).
    """
    place = s.sites[site]
    taken = max(
        place.load_watt_days * place.load_factor, place.powered_watt_days * place.minimum_take
    )
    grid_kw_days = taken * place.pue / WATTS_PER_KW
    power = cents(
        grid_kw_days * HOURS_PER_DAY * place.tariff
        + grid_kw_days / days_in_month * place.grid_charge
    )
    handed_kw_months = place.handed_watt_days / WATTS_PER_KW / days_in_month
    staff = cents(handed_kw_months * place.staff)
    variable = cents(handed_kw_months * place.variable_rent)
    if place.kind == COLOCATION:
        variable += cents(handed_kw_months * place.rent)
    post(s, COST_POWER, PAYABLES_OPERATING, power)
    post(s, COST_SITE, PAYABLES_OPERATING, staff)
    post(s, COST_VARIABLE_RENT, PAYABLES_OPERATING, variable)
    place.handed_watt_days = 0
    place.powered_watt_days = 0
    place.load_watt_days = 0
    return power + staff + variable
