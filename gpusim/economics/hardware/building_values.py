"""What own buildings are worth on a day: let power by its income, the rest by its cost.

A building that states a cap rate has a market value from its handover on: what its tenants leave in
a year over that rate, and for kW that nobody rents cost less depreciation. Source: definitions,
market value of a building; Appraisal Institute, The Appraisal of Real Estate, 15th edition, direct
capitalisation: one year's stabilised income over a rate.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.rent import rent_on
from gpusim.economics.core.calendar import HOURS_PER_DAY, HOURS_PER_MONTH, MONTHS_PER_YEAR
from gpusim.economics.core.money import cents, share_of
from gpusim.economics.core.state import HALL_POWERED, NONE, TRANCHE_LIVE, UNSETTLED, State
from gpusim.economics.hardware.assets import book_value
from gpusim.economics.plant.site_costs import MICROWATTS_PER_KW, power_bill, tariff_between
from gpusim.economics.plant.tenants import lets_power
from gpusim.economics.sales.losses import first_day_used


@kernel
def building_value(s: State, h: int, day: int) -> int:
    """Market value of a hall's building; its cost while it is built [cents].

    Every hall of a site that has power has the same part of it let.
    """
    hall, cost = s.halls[h], building_cost(s, h)
    place = s.sites[hall.site]
    if hall.asset == NONE or cost == 0 or hall.status != HALL_POWERED:
        return cost
    if place.let_microwatts == 0:
        return cost
    income = let_income(s, hall.site, day) * hall.microwatts / place.powered_microwatts
    let = place.let_microwatts / place.powered_microwatts
    return value_of(income, hall.cap_rate, let, cost)


@kernel
def value_of(income: float, cap_rate: float, let: float, cost: int) -> int:
    """What a building is worth of which a share is let [cents].

    income of a year, net [cents]; cap_rate [1/year]; let [share]; cost less depreciation [cents].

    >>> value_of(12_000.0, 0.06, 0.75, 100_000), value_of(-5.0, 0.06, 0.75, 100_000)
    (225000, 25000)
    """
    return cents(max(income, 0.0) / cap_rate + cost * max(1.0 - let, 0.0))


@kernel
def building_cost(s: State, h: int) -> int:
    """Cost of a hall's building less depreciation, of what is billed while it is built [cents].

    Nothing once its life is over.
    """
    hall = s.halls[h]
    if hall.asset == NONE:
        return int(hall.in_progress)
    return ZERO if s.assets[hall.asset].retired != 0 else book_value(s, hall.asset)


@kernel
def sells_apart(s: State, h: int) -> bool:
    """Whether a forced sale of a hall's building has terms of its own: worth, or share of it."""
    hall = s.halls[h]
    return bool(hall.life_months > 0.0 and (hall.cap_rate > 0.0 or hall.sale_share >= 0.0))


@kernel
def forced_sale(s: State, h: int, day: int) -> int:
    """What a hall's building fetches when lenders enforce, costs of the sale taken off [cents].

    A share of its market value of the day, with the tenants who are there, or of its cost without a
    cap rate. Source: definitions, sale of a building after a default; 11 U.S.C. 365(h), 506(c).
    """
    hall, share = s.halls[h], s.firm[0].forced_sale_share
    if hall.sale_share >= 0.0:
        share = hall.sale_share
    worth = building_value(s, h, day) if hall.cap_rate > 0.0 else building_cost(s, h)
    return share_of(worth, share)


@kernel
def let_income(s: State, site: int, day: int) -> float:
    """Net operating income of a site's tenants in a year as on a day [cents/year]."""
    total = 0.0
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        tranche = s.tranches[k]
        if tranche.status == TRANCHE_LIVE and tranche.site == site and lets_power(s, k):
            total += MONTHS_PER_YEAR * tenant_margin(s, k, day)
    return float(total)


@kernel
def tenant_margin(s: State, k: int, day: int) -> float:
    """What a tenant's rent leaves of power, staff and variable rent of his kW [cents/month].

    At the rent and the prices of a day, in a month of 730 hours. Source: definitions, as above.
    """
    tranche = s.tranches[k]
    place, kw = s.sites[tranche.site], tranche.microwatts / MICROWATTS_PER_KW
    tariff, charge = tariff_between(s, tranche.site, day, day)
    days = HOURS_PER_MONTH / HOURS_PER_DAY
    load, least = kw * days, place.minimum_take
    drawn = load * place.load_factor
    power = power_bill(load, drawn, load, days, least, place.pue, tariff, charge)
    if s.contracts[tranche.contract].recharges != 0:
        power -= power_bill(load, drawn, 0.0, days, 0.0, place.pue, tariff, charge)
    rent = rent_on(s, k, first_day_used(s, k, day), day)
    return float(rent - power - kw * (place.staff + place.variable_rent))
