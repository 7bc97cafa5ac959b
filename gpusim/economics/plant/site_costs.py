"""What a site costs: rent, power, staff, of a month and of a GPU-hour."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books import leases
from gpusim.economics.books.ledger import (
    COST_POWER,
    COST_SITE,
    COST_VARIABLE_RENT,
    PAYABLES_OPERATING,
    post,
)
from gpusim.economics.books.power_purchase import (
    agreed_price,
    beside_the_tariff,
    curtailment_payment,
)
from gpusim.economics.core.calendar import HOURS_PER_DAY, HOURS_PER_MONTH, add_months, part_of_days
from gpusim.economics.core.curtailment import curtailed_share, enrolled_share
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    COLOCATION,
    HALL_PLANNED,
    HALL_RETURNED,
    NEVER,
    SITE_POWER_COST,
    SITE_STAFF,
    SITE_VARIABLE_RENT,
    State,
)

MICROWATTS_PER_KW = 1e9
ALL = 1.0
"""What of a site a bill is for: all of it."""
NEVER_OFF = 0.0
"""What of the load of a site that never stands still is there while it does [uW-days]."""
NOT_SHED = 0.0
"""What of a load that is in no curtailment is shed, or enrolled [uW-days]."""


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
    return cents(
        leases.holdover(float(hall.last_rent), multiple, float(days), float(days_in_month))
    )


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
    endless = hall.status != HALL_PLANNED and hall.lease_end >= NEVER
    months = NEVER if endless else place.lease_months
    end = min(last, hall.returned - 1)
    return leases.service_rent(
        rent, place.rent_escalator, handed, months, first, end, days_in_month
    )


@kernel
def power_bill(
    load: float,
    drawn: float,
    powered: float,
    days: float,
    minimum_take: float,
    pue: float,
    tariff: float,
    grid_charge: float,
) -> float:
    """Energy and demand charge of a month, or of a part of it, in the money of the two prices.

    load, drawn, powered [kW-days]: critical IT of GPUs in service, what of it they draw, and of
    energised halls; days [day] in the month; minimum_take [share]; pue [ratio]; tariff
    [money/kWh]; grid_charge [money/kW-month]. Energy is what is drawn; the demand charge is for the
    power that stands ready for the GPUs, so that the load factor lowers the one and not the other.
    Neither is less than the minimum-take's share of the energised capacity.
    Source: two-part large-load tariffs, energy and billing demand; minimum demand (AEP Ohio 2025:
    85% of subscribed demand).

    >>> power_bill(3_000.0, 2_400.0, 3_600.0, 30.0, 0.0, 1.25, 0.10, 5.0)
    7825.0
    """
    least = powered * minimum_take
    energy = max(drawn, least) * HOURS_PER_DAY * tariff
    return pue * (energy + max(load, least) / days * grid_charge)


@kernel
def tariff_between(s: State, site: int, first: int, last: int) -> tuple[float, float]:
    """What energy and demand cost at a site, on average over the days first to last.

    [cents/kWh], [cents/kW-month]. Of no days, where the last is before the first: as on the first.
    Source: definitions, prices of power by date.
    """
    place, last = s.sites[site], max(first, last)
    energy, demand, since = 0.0, 0.0, first
    tariff, charge = place.tariff, place.grid_charge
    for n in range(place.first_tariff, place.past_tariffs):
        step = s.tariffs[n]
        if step.day > last:
            break
        part = part_of_days(first, last, since, step.day)
        energy += tariff * part
        demand += charge * part
        since = step.day
        tariff, charge = step.tariff, step.grid_charge
    part = part_of_days(first, last, since, last + 1)
    return energy + tariff * part, demand + charge * part


@kernel
def power_drawn(load: float, billed: float, load_factor: float, idle_load: float) -> float:
    """What GPUs in service draw, of which a part is billed, in the unit of load.

    load, billed [kW-days, or any other]: their critical IT; load_factor of what is billed, and
    idle_load of the rest [share]. What is billed is in service.
    Source: definitions, idle power.

    >>> power_drawn(10.0, 6.0, 0.75, 0.25), power_drawn(10.0, 12.0, 0.75, 0.25)
    (5.5, 7.5)
    """
    if idle_load == load_factor:
        return load * load_factor
    working = min(billed, load)
    return working * load_factor + (load - working) * idle_load


@kernel
def purchase_cost(
    s: State, site: int, part: float, energy: float, days: float, first: int, last: int
) -> float:
    """What the power that a site buys ahead adds to a bill at the tariff [cents].

    part: of the site that the bill is for [share]; energy that it has [kWh] in its days [day]. Of
    the days first to last those count on which power is delivered, with their part of the energy
    and at the tariff's mean over them.
    Source: definitions, power bought ahead.
    """
    place, last = s.sites[site], max(first, last)
    since, until = max(first, place.ppa_first), min(last, place.ppa_last)
    if place.ppa_kw == 0.0 or until < since:
        return 0.0
    tariff, _ = tariff_between(s, site, since, until)
    volume = place.ppa_kw * part * HOURS_PER_DAY * days
    price = agreed_price(place.ppa_price, place.ppa_escalation, place.ppa_first, since, until)
    resale = place.ppa_resale + place.ppa_resale_share * tariff
    in_force = part_of_days(first, last, since, until + 1)
    return in_force * beside_the_tariff(volume, energy, price, tariff, resale)


@kernel
def paid_to_shed(
    s: State, site: int, load: float, off: float, shed: float, enrolled: float, billed: float
) -> float:
    """What a site is paid for its curtailment in a month or a part of one [cents].

    load, off, shed, enrolled, billed: see `power_cost`. Energy is what GPUs would have drawn: as
    what runs does on average, or by the load factor where nothing runs.
    """
    place = s.sites[site]
    if place.shed_months == 0:
        return 0.0
    draw, runs = place.load_factor, (load - off) / MICROWATTS_PER_KW
    if runs > 0.0:
        draw = power_drawn(runs, billed / MICROWATTS_PER_KW, draw, place.idle_load) / runs
    return curtailment_payment(
        shed / MICROWATTS_PER_KW,
        enrolled / MICROWATTS_PER_KW,
        draw,
        place.load_factor,
        place.pue,
        place.shed_share,
        place.shed_price,
        place.shed_standby,
    )


@kernel
def power_cost(
    s: State,
    site: int,
    part: float,
    load: float,
    off: float,
    shed: float,
    enrolled: float,
    billed: float,
    powered: float,
    days: float,
    first: int,
    last: int,
) -> float:
    """Power of a site in a month [cents]. load, billed, powered [uW-days]; days in the month [day].

    At what it costs on average over the days first to last, less what is paid for a curtailment.
    part: of the site that all of this is of, which bears as much of what is bought ahead [share].
    off: of the load, what was there while the site stood still or was curtailed [uW-days]; what is
    billed is of the other hours alone. shed, enrolled: what was curtailed, and could be [uW-days].
    """
    place = s.sites[site]
    tariff, charge = tariff_between(s, site, first, last)
    kw_days, billed_kw_days = load / MICROWATTS_PER_KW, billed / MICROWATTS_PER_KW
    runs = kw_days - off / MICROWATTS_PER_KW
    drawn = power_drawn(runs, billed_kw_days, place.load_factor, place.idle_load)
    ready, least = powered / MICROWATTS_PER_KW, place.minimum_take
    bill = power_bill(kw_days, drawn, ready, days, least, place.pue, tariff, charge)
    bill -= paid_to_shed(s, site, load, off, shed, enrolled, billed)
    if place.ppa_kw == 0.0:
        return bill
    energy = place.pue * max(drawn, ready * least) * HOURS_PER_DAY
    return bill + purchase_cost(s, site, part, energy, days, first, last)


@kernel
def site_bill(
    s: State,
    site: int,
    part: float,
    handed: float,
    powered: float,
    load: float,
    off: float,
    shed: float,
    enrolled: float,
    billed: float,
    first: int,
    last: int,
) -> tuple[int, int, int]:
    """Power, staff and variable rent of a site in a month, from its first to its last day [cents].

    handed, powered, load, billed: of its halls, its energised halls, its GPUs in service and those
    that are billed [uW-days]; part, off, shed, enrolled: see `power_cost`.
    A colocation's rent and holdover, which go by halls, are left out.
    Source: definitions, power of a month; site costs by kW-month of what is handed over.
    """
    days = float(last - first + 1)
    kw_months = handed / MICROWATTS_PER_KW / days
    power = power_cost(s, site, part, load, off, shed, enrolled, billed, powered, days, first, last)
    staff, rent = kw_months * s.sites[site].staff, kw_months * s.sites[site].variable_rent
    return cents(power), cents(staff), cents(rent)


@kernel
def running_cost(s: State, gen: int, site: int, first: int, last: int, billed: float) -> float:
    """Rent, power, site staff and variable rent of a GPU in a full hall [cents/GPU-hour].

    Rent as at handover; power at what it costs on average over the days first to last, where a
    share of the hours in which it is not curtailed is billed, less what is paid for the others.
    """
    place = s.sites[site]
    space = place.rent + place.variable_rent + place.staff
    days = HOURS_PER_MONTH / HOURS_PER_DAY
    full = days * MICROWATTS_PER_KW
    part = 1.0 / place.whole_kw
    shed = full * curtailed_share(s, site, first, last)
    enrolled = full * enrolled_share(s, site, first, last)
    works = (full - shed) * billed
    power = power_cost(s, site, part, full, shed, shed, enrolled, works, full, days, first, last)
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
def energy_hour(s: State, gen: int, site: int, first: int, last: int) -> float:
    """Energy of a GPU that works for an hour, which one switched off spares [cents/GPU-hour].

    At the tariff's mean over the days first to last of the month under way; on those on which the
    site has more power bought ahead than its load draws, at what that brings. Rent, staff and
    demand charges are paid either way.
    """
    place = s.sites[site]
    tariff, _ = tariff_between(s, site, first, last)
    since, until = max(first, place.ppa_first), min(last, place.ppa_last)
    if place.ppa_kw > 0.0 and since <= until:
        days = last - first + 1
        to_come = max(last - max(place.counted, first - 1), 0)
        load_days = place.load_microwatt_days + place.load_microwatts * to_come
        drawn = load_days / MICROWATTS_PER_KW / days * place.load_factor * place.pue
        if drawn <= place.ppa_kw:
            own, _ = tariff_between(s, site, since, until)
            lost = own - place.ppa_resale - place.ppa_resale_share * own
            tariff -= lost * part_of_days(first, last, since, until + 1)
    load = s.gens[gen].it_microwatts / MICROWATTS_PER_KW / HOURS_PER_DAY
    return power_bill(load, load * place.load_factor, 0.0, 1.0, 0.0, place.pue, tariff, 0.0)


@kernel
def month_costs(s: State, site: int, days_in_month: int) -> int:
    """Post a site's power, staff and variable rent of the month; returns their sum [cents].

    Colocation rent is a service, charged as incurred with the variable rent.
    """
    place = s.sites[site]
    handed, powered = float(place.handed_microwatt_days), float(place.powered_microwatt_days)
    load, off = float(place.load_microwatt_days), place.load_off_microwatt_days
    first, last = place.counted - days_in_month + 1, place.counted
    let = place.let_microwatt_days - place.let_off_microwatt_days
    billed = place.billed_microwatt_days + let
    shed, enrolled = place.shed_microwatt_days, float(place.enrolled_microwatt_days)
    power, staff, variable = site_bill(
        s, site, ALL, handed, powered, load, off, shed, enrolled, billed, first, last
    )
    paid = cents(paid_to_shed(s, site, load, off, shed, enrolled, billed))
    for h in range(place.first_hall, place.past_halls):
        variable += holdover_rent(s, h, first, last, days_in_month)
        if place.kind == COLOCATION:
            since = s.halls[h].handed_over
            variable += colocation_rent(s, h, since, first, last, days_in_month)
    post(s, COST_POWER, PAYABLES_OPERATING, power + paid)
    book_curtailment(s, paid)
    post(s, COST_SITE, PAYABLES_OPERATING, staff)
    post(s, COST_VARIABLE_RENT, PAYABLES_OPERATING, variable)
    if len(s.site_months) > 0:
        month = s.clock[0].month
        s.site_months[site, SITE_POWER_COST, month] = power
        s.site_months[site, SITE_STAFF, month] = staff
        s.site_months[site, SITE_VARIABLE_RENT, month] = variable
    place.handed_microwatt_days = 0
    place.powered_microwatt_days = 0
    place.load_microwatt_days = 0
    place.let_microwatt_days = 0
    place.load_off_microwatt_days = 0.0
    place.let_off_microwatt_days = 0.0
    place.shed_microwatt_days = 0.0
    place.enrolled_microwatt_days = 0
    place.billed_microwatt_days = 0.0
    return power + staff + variable


@kernel
def book_curtailment(s: State, paid: int) -> None:
    """What a site is paid for load that it sheds lowers its cost of power [cents].

    It is settled with the month's bills. Source: power curtailment credits, a reduction of costs
    (Riot Platforms, 10-K 2023).
    """
    post(s, PAYABLES_OPERATING, COST_POWER, paid)
