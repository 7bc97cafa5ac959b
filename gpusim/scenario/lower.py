"""From a validated scenario to what a run starts from: a fresh State, what is drawn, names."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from gpusim.economics.core.state import State
from gpusim.scenario.lowering import first_events, opening, randomness, tables
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.index import Index, index_of
from gpusim.scenario.lowering.frame.lots import Lot, plan_lots
from gpusim.scenario.lowering.frame.purchases import Purchase, plan_purchases
from gpusim.scenario.lowering.frame.writable import filling
from gpusim.scenario.lowering.nouns import books, building, demand, fleet, lending, ordering, sales
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.spec import Names, Spec


class Book(NamedTuple):
    """What a run starts from. `state` is a template: a run works on a copy."""

    state: State
    spec: Spec
    names: Names


def lower(scenario: Scenario) -> Book:
    """Build the State of the as-of day, what must be drawn, and the names of the rows.

    Raises:
        ScenarioError: what shows only when the parts meet, such as GPUs that no hall can hold.
    """
    horizon = Horizon(scenario.model.as_of, scenario.model.quarters)
    lots = plan_lots(scenario, horizon)
    bought = plan_purchases(scenario, horizon, lots)
    index = index_of(scenario, lots, bought)
    sizes = tables.sizes_of(scenario, horizon, lots, index)
    horizon = replace(horizon, foresight=sizes.foresight)
    schedule = (lending.schedules_needed(scenario), lending.payments_needed(scenario, horizon))
    tables.refuse_large(scenario, sizes, horizon, schedule)
    empty = tables.blank(sizes, horizon, schedule)
    state = filling(empty)
    opening.fill_clock(state, horizon)
    books.fill_terms(state, scenario, horizon)
    books.fill_tax(state, scenario)
    raised = scenario.opening_equity.net if scenario.opening_equity else 0
    books.fill_balance(state, scenario.balance, raised)
    fleet.fill_gens(state, scenario, index)
    fleet.fill_pools(state, scenario, horizon, index, lots)
    fleet.fill_sites(state, scenario, horizon, index)
    fleet.fill_assets(state, scenario, horizon, index)
    sales.fill_customers(state, scenario, index)
    sales.fill_contracts(state, scenario, horizon, index, lots)
    sales.fill_tranches(state, scenario, horizon, index, lots)
    demand.fill_programme(state, scenario)
    lending.fill_facilities(state, scenario, horizon, index, lots)
    lending.fill_draws(state, scenario, horizon, index)
    books.fill_invoices(state, scenario, horizon)
    books.fill_payables(state, scenario, horizon, index)
    building.fill_buildings(state, scenario, index)
    books.fill_leases(state, scenario, horizon)
    ordering.fill_orders(state, scenario, horizon, index, bought)
    demand.fill_levers(state, scenario, index)
    demand.fill_raising(state, scenario)
    opening.fill_backlog(state)
    opening.fill_stocks(state, horizon)
    first_events.schedule_all(state, horizon)
    return Book(
        empty,
        randomness.spec_of(scenario, horizon, index, lots, bought),
        names_of(scenario, horizon, lots, bought, index),
    )


def names_of(
    scenario: Scenario, horizon: Horizon, lots: list[Lot], bought: list[Purchase], index: Index
) -> Names:
    """The name of each row."""
    return Names(
        gens=list(index.gens),
        pools=pool_names(index),
        sites=list(index.sites),
        halls=[f"{site}.phases.{phase}" for site, phase in index.halls],
        orders=[short(own.name) for own in bought],
        contracts=list(index.contracts),
        tranches=[short(lot.name) for lot in lots],
        facilities=list(index.facilities),
        assets=list(index.assets),
        vintages=horizon.vintage_names(),
        customers=list(index.customers),
        segments=list(scenario.segments),
    )


def pool_names(index: Index) -> list[str]:
    """Pools as they are called: GPUs at a site, and whose they are unless they are the firm's."""
    owners = ["", *(f" of {name}" for name in index.companies)]
    places = [f"{gpu} at {site}" for site in index.sites for gpu in index.gens]
    return [place + owner for owner in owners for place in places]


def short(path: str) -> str:
    """A lot's name without the word that all of them start with.

    >>> short("contracts.anchor.tranches.0.lot.3")
    'anchor.tranches.0.lot.3'
    """
    return path.removeprefix("contracts.")
