"""What a lot's site costs in each month of its term: power, rent, staff."""

from __future__ import annotations

import numpy as np

from gpusim.appraisal import unit_cash
from gpusim.economics.books.leases import holdover
from gpusim.economics.books.power_purchase import (
    agreed_price,
    beside_the_tariff,
    curtailment_payment,
)
from gpusim.economics.core.calendar import (
    HOURS_PER_DAY,
    HOURS_PER_MONTH,
    MONTHS_PER_YEAR,
    part_of_days,
)
from gpusim.economics.core.curtailment import days_in_force
from gpusim.economics.core.outages import SECONDS_PER_DAY
from gpusim.economics.core.state import NEVER, Floats
from gpusim.economics.plant.site_costs import power_drawn
from gpusim.scenario import Scenario
from gpusim.scenario.lowering.nouns.books import add_level
from gpusim.scenario.tables.sites import Site
from gpusim.units_of_measure import KW_PER_MW, Day, add_months, day_of, month_ends


def months_of(scenario: Scenario, start: int, months: int) -> list[Day]:
    """Last day of the month before a lot's term and of each of its months [months + 1].

    start: month of the run that is its first, 1 the first simulated one.
    """
    return month_ends(add_months(scenario.model.as_of.replace(day=1), start - 1), months)


def power_costs(scenario: Scenario, site: Site, months: int, start: int, billed: float) -> Floats:
    """Power bill of a kW of critical IT in each month of a lot's term [months + 1] [USD].

    billed: share of the hours in which it is not curtailed, what is paid for which comes off. At
    each month's own prices, by its days as `site_costs.tariff_between` has them.
    """
    levels = site.tariffs()
    ends = months_of(scenario, start, months)
    energy, demand = np.zeros(months + 1), np.zeros(months + 1)
    for level, past in zip(levels, [*levels[1:], None], strict=True):
        first, end = day_of(level.date), NEVER if past is None else day_of(past.date)
        add_level(energy, ends, level.usd_per_kwh, 1.0, first, end)
        add_level(demand, ends, level.usd_per_kw_month, 1.0, first, end)
    draw = power_drawn(1.0, billed, site.load_factor, site.idle_load)
    shed, enrolled = shed_shares(site, ends)
    drawn = draw * (1.0 - shed)
    bills = np.zeros(months + 1)
    for month in range(1, months + 1):
        bills[month] = unit_cash.power_per_kw(
            drawn[month], site.minimum_take, site.pue, energy[month], demand[month]
        )
    taken = site.pue * np.maximum(drawn, site.minimum_take) * HOURS_PER_MONTH
    bills += bought_ahead(site, taken, ends)
    terms = site.curtailment
    if terms is not None:
        days = HOURS_PER_MONTH / HOURS_PER_DAY
        for month in range(1, months + 1):
            bills[month] -= curtailment_payment(
                shed[month] * days,
                enrolled[month] * days,
                draw,
                site.load_factor,
                site.pue,
                terms.load_share,
                terms.usd_per_mwh / KW_PER_MW,
                terms.usd_per_kw_year / terms.days_of_year,
            )
    return bills


def shed_shares(site: Site, ends: list[Day]) -> tuple[Floats, Floats]:
    """Share of each month's hours in which GPUs are curtailed, and of days on which they may be.

    ends: as `months_of`. Source: `core.curtailment`.
    """
    enrolled, terms = np.zeros(len(ends)), site.curtailment
    if terms is None:
        return np.zeros(len(ends)), enrolled
    since = day_of(terms.runs_from) if terms.runs_from else 0
    until = day_of(terms.until) if terms.until else NEVER
    for month in range(1, len(ends)):
        first, last = ends[month - 1] + 1, ends[month]
        days = days_in_force(terms.month_bits, since, until, first, last)
        enrolled[month] = days / (last - first + 1)
    return enrolled * terms.seconds_a_day / SECONDS_PER_DAY, enrolled


def works(scenario: Scenario, name: str, months: int, start: int = 1) -> Floats:
    """Share of each month's hours in which a site's GPUs are not curtailed [months + 1].

    start: month of the run that is the first.
    """
    shed, _ = shed_shares(scenario.sites[name], months_of(scenario, start, months))
    return 1.0 - shed


def bought_ahead(site: Site, taken: Floats, ends: list[Day]) -> Floats:
    """What power bought ahead adds to a kW's bill at the tariff in each month [months + 1] [USD].

    taken: of each month at the grid [kWh]. Its part of the volume is one of all kW of the site.
    Source: `site_costs.purchase_cost`.
    """
    added = np.zeros(len(ends))
    own = site.ppa
    if own is None:
        return added
    volume = own.mw / sum(phase.it_mw for phase in site.phases) * HOURS_PER_MONTH
    begins, past = day_of(own.runs_from), day_of(own.until) + 1 if own.until else NEVER
    levels = site.tariffs()
    ends_of = [*(day_of(level.date) for level in levels[1:]), NEVER]
    for month in range(1, len(ends)):
        first, last = ends[month - 1] + 1, ends[month]
        since, until = max(first, begins), min(last, past - 1)
        if since > until:
            continue
        price = agreed_price(own.price_usd_per_kwh, own.escalation_per_year, begins, since, until)
        tariff = sum(
            level.usd_per_kwh * part_of_days(since, until, day_of(level.date), end)
            for level, end in zip(levels, ends_of, strict=True)
        )
        resale = (own.resale_usd_per_kwh or 0.0) + (own.resale_tariff_share or 0.0) * tariff
        in_force = part_of_days(first, last, since, past)
        added[month] = in_force * beside_the_tariff(volume, taken[month], price, tariff, resale)
    return added


def site_costs(
    scenario: Scenario, name: str, kw: float, months: int, start: int = 1, billed: float = 1.0
) -> dict[str, Floats]:
    """Power, rent and staff of GPUs at a site; space nobody fills is not theirs [months + 1].

    start: month of the run that is the first of the lot's term, whose prices of power it pays;
    billed: share of the hours, the others of which idle.
    """
    site = scenario.sites[name]
    fixed = fixed_rents(scenario, site, kw, months)
    variable = unit_cash.escalated(kw * site.variable_rent_usd_per_kw_month, 0.0, months)
    return {
        "power": kw * power_costs(scenario, site, months, start, billed),
        "rent": fixed + variable,
        "staff": unit_cash.escalated(kw * site.staff_usd_per_kw_month, 0.0, months),
    }


def fixed_rents(scenario: Scenario, site: Site, kw: float, months: int) -> Floats:
    """Fixed rent of kW of a site in each month of a term, and of holding over [months + 1] [USD].

    The lease is counted from the term's start.
    """
    fixed = unit_cash.escalated(kw * _fixed_rent(scenario, site), site.rent_escalator, months)
    lease = round(site.lease_years * MONTHS_PER_YEAR)
    if site.kind != "owned" and lease < months:
        fixed[lease + 1 :] = holdover(float(fixed[lease]), site.holdover_rent_ratio, 1.0, 1.0)
    return fixed


def _fixed_rent(scenario: Scenario, site: Site) -> float:
    """Fixed rent of a kW-month; phases in use on the as-of day pay what [leases] says."""
    if site.kind != "leased-shell":
        return site.fixed_rent
    as_of = scenario.model.as_of
    opening = sum(p.it_mw for p in site.phases if p.ready <= as_of)
    whole = sum(p.it_mw for p in site.phases)
    leased = sum(
        phase.it_mw
        for other in scenario.sites.values()
        if other.kind == "leased-shell"
        for phase in other.phases
        if phase.ready <= as_of
    )
    paid = sum(scenario.leases.payments.values())
    months = scenario.leases.remaining_months
    in_use = paid / months / (leased * KW_PER_MW) if months and leased else 0.0
    return (opening * in_use + (whole - opening) * site.fixed_rent) / whole
