"""Rows of what stands: generations, pools, sites, halls and the assets on the books."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gpusim.economics.books import leases
from gpusim.economics.core.calendar import DAYS_PER_YEAR, after_months
from gpusim.economics.core.money import cents, whole
from gpusim.economics.core.state import (
    ASSETS,
    COLOCATION,
    HALL_HANDED_OVER,
    HALL_PLANNED,
    HALL_POWERED,
    NEVER,
    NONE,
    SERVERS,
    State,
)
from gpusim.economics.plant.lives import end_of_life, life_from
from gpusim.economics.plant.site_costs import MICROWATTS_PER_KW
from gpusim.economics.plant.sites import later_hall
from gpusim.scenario.lowering.frame.horizon import MONTHS_PER_YEAR, Horizon
from gpusim.scenario.lowering.frame.index import CATEGORIES, SITE_KINDS, Index, pool_row
from gpusim.scenario.lowering.frame.lots import Lot, microwatts_per_gpu
from gpusim.scenario.lowering.frame.standstill import outages_of
from gpusim.scenario.lowering.frame.writable import to_pointer
from gpusim.scenario.spec import identity
from gpusim.units_of_measure import (
    CENTS_PER_USD,
    KW_PER_MW,
    add_months,
    cents_of,
    day_of,
    microwatts_of,
)

if TYPE_CHECKING:
    from gpusim.economics.core.state import Generation
    from gpusim.economics.core.state import Site as Place
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.sites import Site
from gpusim.scenario.tables.gpus import Failures, Gpu


def fill_gens(s: State, scenario: Scenario, index: Index) -> None:
    """Generations: terms and lives."""
    for name, gpu in scenario.gpus.items():
        gen = s.gens[index.gens[name]]
        gen.id = identity(f"gpus.{name}")
        gen.it_microwatts = microwatts_per_gpu(gpu)
        gen.capex = cents_of(gpu.capex_usd_per_gpu)
        gen.infrastructure_share = gpu.infrastructure_share
        gen.deposit_share = gpu.deposit_share
        gen.payment_days = gpu.payment_days
        gen.life_months = gpu.book_life_years * MONTHS_PER_YEAR
        gen.infrastructure_life_months = gpu.infrastructure_life_years * MONTHS_PER_YEAR
        gen.salvage_share = gpu.salvage_share
        gen.lead_days = gpu.lead.planned_days
        gen.fitout_days = gpu.fitout.planned_days
        gen.acceptance_days = gpu.acceptance.planned_days
        fill_lives(gen, gpu)
        if gpu.depreciation is not None:
            course = gpu.course()
            gen.course_years = len(course) - 1
            s.course[index.gens[name], : len(course)] = course
        if gpu.failures is not None:
            fill_failures(gen, gpu.failures)


def fill_pools(
    s: State, scenario: Scenario, horizon: Horizon, index: Index, lots: list[Lot]
) -> None:
    """Pools as the opening fleet and the live tranches leave them.

    Spares come out of what no contract to come has reserved. Pools of other borrowers than the firm
    have no opening fleet.
    """
    places = [(site, gpu) for site in index.sites for gpu in index.gens]
    in_service: Counter[tuple[str, str]] = Counter()
    billing: Counter[tuple[str, str]] = Counter()
    to_start: Counter[tuple[str, str]] = Counter()
    for asset in scenario.assets.values():
        in_service[asset.site, asset.gpu] += asset.gpus
    for lot in lots:
        if lot.hardware is None:
            (billing if lot.live else to_start)[lot.site, lot.gpu] += lot.gpus
    for row in range(len(s.pools)):
        pool = s.pools[row]
        site, gpu = places[row % len(places)]
        pool.gen, pool.site = index.gens[gpu], index.sites[site]
        pool.company = row // len(places)
        pool.counted = horizon.today
        if pool.company != 0:
            continue
        pool.in_service = in_service[site, gpu]
        pool.billing = billing[site, gpu]
        free = pool.in_service - pool.billing
        sold = to_start[site, gpu]
        share = s.gens[pool.gen].spare_share
        wanted = whole((pool.billing + sold) * share / (1.0 - share))
        pool.spare = min(wanted, max(free - sold, 0))
        pool.free = free - pool.spare


def fill_lives(gen: Generation, gpu: Gpu) -> None:
    """Lives other than the book life the run begins with."""
    gen.economic_life_months = (gpu.economic_life_years or 0.0) * MONTHS_PER_YEAR
    gen.redeploy_days = gpu.redeploy_days
    gen.life_change_day = NEVER
    if gpu.life_change is not None:
        gen.life_change_day = day_of(gpu.life_change.date)
        gen.life_change_months = gpu.life_change.years * MONTHS_PER_YEAR


def fill_failures(gen: Generation, failures: Failures) -> None:
    """How GPUs fail."""
    gen.failure_rate = failures.rate_per_year
    gen.repair_share = failures.repair.rate_per_year * failures.repair.days / DAYS_PER_YEAR
    gen.spare_share = failures.spare_share
    gen.short_start = failures.short_start_share


def fill_sites(s: State, scenario: Scenario, horizon: Horizon, index: Index) -> None:
    """Sites and their phases. A phase ready by the as-of day is handed over."""
    for place_by_name, name in enumerate(sorted(scenario.sites)):
        s.sites[index.sites[name]].named = place_by_name
    fleets: Counter[str] = Counter()
    for own in scenario.assets.values():
        if own.gpus:
            fleets[own.site] += own.gpus * microwatts_per_gpu(scenario.gpus[own.gpu])
    steps, still = 0, list(outages_of(scenario, horizon))
    for name, site in scenario.sites.items():
        place = s.sites[index.sites[name]]
        place.first_tariff, steps = steps, fill_tariffs(s, site, steps)
        place.past_tariffs = steps
        place.id = identity(f"sites.{name}")
        place.kind = SITE_KINDS[site.kind]
        place.pue = site.pue
        place.tariff = site.tariff_usd_per_kwh * CENTS_PER_USD
        place.grid_charge = site.grid_charge_usd_per_kw_month * CENTS_PER_USD
        fill_ppa(place, site)
        fill_curtailment(place, site)
        place.minimum_take = site.minimum_take
        place.load_factor = site.load_factor
        place.idle_load = site.idle_load
        place.rent = site.fixed_rent * CENTS_PER_USD
        place.rent_escalator = site.rent_escalator
        place.lease_months = round(site.lease_years * MONTHS_PER_YEAR)
        place.holdover = site.holdover_rent_ratio
        place.variable_rent = site.variable_rent_usd_per_kw_month * CENTS_PER_USD
        place.staff = site.staff_usd_per_kw_month * CENTS_PER_USD
        place.counted = horizon.today
        place.standstill = still.index(name) if name in still else NONE
        place.last_hall = NONE
        rows = [index.halls[name, phase] for phase in range(len(site.phases))]
        place.first_hall, place.past_halls = min(rows, default=0), max(rows, default=-1) + 1
        for phase in range(len(site.phases)):
            fill_hall(s, scenario, horizon, index, name, phase)
        place.used_microwatts = fleets[name]
        place.load_microwatts = fleets[name]


def fill_tariffs(s: State, site: Site, first: int) -> int:
    """The steps of a site's power from a row on; returns the row after them."""
    for row, level in enumerate(site.tariffs()[1:], start=first):
        step = s.tariffs[row]
        step.day = day_of(level.date)
        step.tariff = level.usd_per_kwh * CENTS_PER_USD
        step.grid_charge = level.usd_per_kw_month * CENTS_PER_USD
    return first + len(site.tariff_steps or ())


def fill_ppa(place: Place, site: Site) -> None:
    """What a site buys ahead of its power, and whose shares are shares of what."""
    place.whole_kw = sum(phase.it_mw for phase in site.phases) * KW_PER_MW
    bought = site.ppa
    if bought is None:
        return
    place.ppa_kw = bought.mw * KW_PER_MW
    place.ppa_first = day_of(bought.runs_from)
    place.ppa_last = day_of(bought.until) if bought.until else NEVER
    place.ppa_price = bought.price_usd_per_kwh * CENTS_PER_USD
    place.ppa_escalation = bought.escalation_per_year
    place.ppa_resale = (bought.resale_usd_per_kwh or 0.0) * CENTS_PER_USD
    place.ppa_resale_share = bought.resale_tariff_share or 0.0


def fill_curtailment(place: Place, site: Site) -> None:
    """What a site sheds of its GPUs' load, and what it is paid for it."""
    terms = site.curtailment
    if terms is None:
        return
    place.shed_months = terms.month_bits
    place.shed_first = day_of(terms.runs_from) if terms.runs_from else 0
    place.shed_last = day_of(terms.until) if terms.until else NEVER
    place.shed_seconds = terms.seconds_a_day
    place.shed_share = terms.load_share
    place.shed_price = terms.usd_per_mwh * CENTS_PER_USD / KW_PER_MW
    place.shed_standby = terms.usd_per_kw_year * CENTS_PER_USD / terms.days_of_year


def fill_hall(
    s: State, scenario: Scenario, horizon: Horizon, index: Index, site: str, phase: int
) -> None:
    """One phase of a site, added to the site's capacity as far as it stands."""
    plan = scenario.sites[site].phases[phase]
    row = index.halls[site, phase]
    hall, place = s.halls[row], s.sites[index.sites[site]]
    hall.id = identity(f"sites.{site}.phases.{plan.name}")
    hall.site = index.sites[site]
    hall.microwatts = microwatts_of(mw=plan.it_mw)
    hall.planned_ready = day_of(plan.ready)
    hall.planned_power = day_of(plan.powered)
    hall.status = HALL_PLANNED
    hall.handed_over = NEVER
    hall.lease_end = NEVER
    hall.returned = NEVER
    hall.asked = NEVER
    hall.powered = NEVER
    hall.facility = hall.asset = NONE
    hall.with_first_order = int(plan.taken == "with-first-order" and plan.ready > horizon.as_of)
    if plan.ready <= horizon.as_of:
        hall.status = HALL_HANDED_OVER
        hall.handed_over = hall.planned_ready
        end = day_of(add_months(plan.ready, int(place.lease_months)))
        if place.kind == COLOCATION and end > horizon.today:
            hall.lease_end = end
            first = cents(place.rent * hall.microwatts / MICROWATTS_PER_KW)
            last = int(place.lease_months) - 1
            hall.last_rent = leases.month_rent(first, float(place.rent_escalator), last)
        place.handed_microwatts += hall.microwatts
        if plan.powered <= horizon.as_of:
            hall.status = HALL_POWERED
            hall.powered = hall.planned_power
            place.powered_microwatts += hall.microwatts
            place.last_hall = int(later_hall(to_pointer(s), place.last_hall, row))


def fill_assets(s: State, scenario: Scenario, horizon: Horizon, index: Index) -> None:
    """What is owned: the rest of each cost is charged from the first simulated day on.

    GPUs are as old as the part of their book life that is over. A change of the book life on the
    first simulated day holds for them from the start.
    """
    pointer = to_pointer(s)
    for name, own in scenario.assets.items():
        asset = s.assets[index.assets[name]]
        asset.category = CATEGORIES[own.category]
        asset.order = asset.hall = NONE
        asset.gross = cents_of(own.gross_usd)
        asset.accumulated = cents_of(own.accumulated_usd)
        asset.chargeable = asset.gross - asset.accumulated - cents_of(own.salvage_usd)
        asset.start = horizon.tomorrow
        left = own.remaining_life_years * MONTHS_PER_YEAR
        asset.life_days = life_from(asset.start, left)
        asset.gen = index.gens[own.gpu] if own.gpus else NONE
        asset.site = index.sites[own.site] if own.gpus else NONE
        asset.gpus = own.gpus if asset.category == SERVERS else 0
        asset.pool = pool_row(index, own.gpu, own.site) if asset.gpus else NONE
        asset.new_day = asset.start
        if own.gpus:
            gen = s.gens[asset.gen]
            used = scenario.gpus[own.gpu].book_life_years * MONTHS_PER_YEAR - left
            asset.new_day = after_months(asset.start, -max(used, 0.0))
            if gen.life_change_day == asset.start and asset.category == SERVERS:
                ends = after_months(asset.new_day, gen.life_change_months)
                asset.life_days = max(ends - asset.start, 1)
        asset.retires = int(end_of_life(pointer, index.assets[name]))
    s.count[ASSETS] = len(scenario.assets)
