"""GPUs that nobody has reserved, sold on demand from their month 0: one bought today, an order's.

Their rent and the share of hours sold are those of GPUs that are re-let after a contract.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from gpusim.appraisal import unit_cash, unit_lots
from gpusim.appraisal.planned import book_values
from gpusim.appraisal.sides.relet import NO_PRICE, life_of, rents_of
from gpusim.appraisal.unit_cash import Cash
from gpusim.appraisal.unit_costs import site_costs, works
from gpusim.appraisal.unit_lots import IN_SERVICE, Lot
from gpusim.economics.core.calendar import HOURS_PER_MONTH, MONTHS_PER_YEAR
from gpusim.scenario import Scenario
from gpusim.scenario.checks.planned.for_nobody import may_serve
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.tables.sales.orders import StatedOrder

ORDER: Final = "order"
NO_FIXED: Final = "fixed overheads are left out"
NO_LOANS: Final = "its loan and supplier's credit are left out: figures are before debt"


class Sold(NamedTuple):
    """GPUs that are sold on demand over a planned life."""

    at: Callable[[float], Cash]  # at so many times the on-demand price
    gpus: int
    kw: float  # critical IT
    months: int
    notes: tuple[str, ...]


def use_of(scenario: Scenario) -> float:
    """Share of hours sold on demand in the market's start state."""
    return float(getattr(scenario.market.on_demand_use, scenario.market.start_state))


def one_gpu(
    scenario: Scenario, gpu: str, site: str, residual: float | None, path: Sequence[float]
) -> Sold:
    """One GPU bought today and sold on demand over its book life at a site.

    residual: of its cost, fetched at the end [share]; None: its book value. path: on-demand price
    of each year over today's [ratio].
    """
    own, use = scenario.gpus[gpu], use_of(scenario)
    months = max(1, round(own.book_life_years * MONTHS_PER_YEAR))
    rents = rents_of(own, path, 1, months)
    cash = unit_cash.blank(months)
    cash.gpu_hours[1:] = use * HOURS_PER_MONTH
    cash.gpu_hours[:] *= works(scenario, site, months)
    cash.capital[0] = own.capex_usd_per_gpu
    cash.employed[0] = own.capex_usd_per_gpu * months / MONTHS_PER_YEAR
    charges = book_values.depreciation(scenario, gpu, own.capex_usd_per_gpu, months)
    cash.residual[-1] = book_values.residual(own.capex_usd_per_gpu, charges, residual)
    kw = own.it_kw_per_gpu
    cash = cash._replace(depreciation=charges, **site_costs(scenario, site, kw, months, billed=use))

    def at(factor: float) -> Cash:
        billed = np.zeros(months + 1)
        billed[1:] = cash.gpu_hours[1:] * rents.at(factor)
        carried = book_values.carried_before(own.capex_usd_per_gpu, charges)
        bases = unit_lots.bases_of(billed, kw, own.capex_usd_per_gpu, gpus=1, carried=carried)
        return cash._replace(revenue=billed, overhead=unit_lots.overhead(scenario, bases))

    return Sold(at, 1, kw, months, (f"{use:.0%} of hours sold, at {site}; {NO_FIXED}",))


def names_of_orders(scenario: Scenario) -> list[str]:
    """Orders of `[orders]` whose GPUs have an on-demand price."""
    listed = scenario.orders.items()
    return [n for n, o in listed if scenario.gpus[o.gpu].on_demand_usd_per_gpu_hour > 0]


def untold(scenario: Scenario) -> Iterator[str]:
    """What has no row and why: orders without a price, free GPUs in service, backstops."""
    there = names_of_orders(scenario)
    for name, order in scenario.orders.items():
        if name not in there:
            key = f"gpus.{order.gpu}.on_demand_usd_per_gpu_hour"
            yield f"order {name} has no row, for its GPUs have {NO_PRICE}: state {key}"
    for (site, gpu), gpus in _free(scenario).items():
        yield (
            f"{gpus:,} {gpu} in service at {site} under no contract have no row: what they earn is "
            "in a run (gpusim run --units)"
        )
    for name, contract in scenario.contracts.items():
        if contract.kind == "backstop":
            yield f"{name} is a backstop, which reserves no GPUs: it has no row"


def _free(scenario: Scenario) -> dict[tuple[str, str], int]:
    """GPUs in service on the as-of day that no tranche has, by site and generation."""
    free: dict[tuple[str, str], int] = {}
    for own in scenario.assets.values():
        if own.gpu and own.gpus:
            free[own.site, own.gpu] = free.get((own.site, own.gpu), 0) + own.gpus
    for contract in scenario.contracts.values():
        for tranche in contract.tranches:
            place = tranche.site or contract.site, contract.gpu
            if tranche.hardware.status == IN_SERVICE and place in free:
                free[place] -= tranche.gpus
    return {place: gpus for place, gpus in free.items() if gpus > 0}


def in_service_on(scenario: Scenario, order: StatedOrder) -> dt.date:
    """Day from which an order's GPUs are sold as planned: delivered, fitted out and accepted.

    Not before the first of the site's halls is ready.
    """
    gpu = scenario.gpus[order.gpu]
    placed = max(order.date, scenario.model.as_of + dt.timedelta(1))
    delivered = placed + dt.timedelta(gpu.lead.planned_days)
    ready = min((phase.ready for phase in scenario.sites[order.site].phases), default=delivered)
    work = gpu.fitout.planned_days + gpu.acceptance.planned_days
    return max(delivered, ready) + dt.timedelta(work)


def of_order(scenario: Scenario, name: str, residual: float | None, path: Sequence[float]) -> Sold:
    """An order's GPUs, sold on demand from the month after they are in service until retired.

    Bought for nobody, so of no part of signed power; see `one_gpu`.
    """
    order = scenario.orders[name]
    gpu, day = scenario.gpus[order.gpu], in_service_on(scenario, order)
    cost, kw = order.cost(gpu.capex_usd_per_gpu), unit_lots.kw_of(scenario, order.gpu, order.gpus)
    start = Horizon(scenario.model.as_of, scenario.model.quarters).month_of(day) + 1
    bought = unit_cash.blank(1)
    bought.capital[0] = cost
    lot = Lot(
        contract="",
        gpu=order.gpu,
        site=order.site,
        gpus=order.gpus,
        kw=kw,
        months=1,
        status="planned",
        fresh_cost=cost,
        deposit_share=gpu.deposit_share,
        priority=0,
        start=start,
        cash=bought,
        moving=unit_cash.blank(1),
        new_cost=cost,
        power_share=0.0,
    )
    life = life_of(scenario, lot, path)
    assert life is not None, f"the GPUs of order {name} have {NO_PRICE}"

    def at(factor: float) -> Cash:
        cash = life.since(0, cost, factor)
        if residual is not None:
            cash.residual[-1] = residual * cost
        return cash

    return Sold(at, order.gpus, kw, life.months, tuple(_notes(scenario, name, order, day, path)))


def _notes(
    scenario: Scenario, name: str, order: StatedOrder, day: dt.date, path: Sequence[float]
) -> Iterator[str]:
    moved = "flat" if set(path) == {1.0} else "moved by the price path given"
    yield (
        f"bought for nobody: {use_of(scenario):.0%} of hours sold on demand after {day}, "
        f"at today's on-demand price, {moved}, until retired; {NO_FIXED}"
    )
    if order.facility or order.vendor:
        yield NO_LOANS
    if taken := may_serve(scenario, order):
        many = min(taken, order.gpus)
        yield (
            f"up to {many:,} of its GPUs may go to contracts instead, whose rows have hardware of "
            "their own"
        )
