"""What was let, as tenants with their planned cash by calendar month (`unit_cash.Cash`).

A tenant is a tranche of a contract that lets power. Month 0 is that of the first bill for its
building; without one, the month before its first rent. Amounts in USD.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from gpusim.appraisal import unit_cash, unit_lots
from gpusim.appraisal.let_power.building_loans import (
    Bill,
    Buildings,
    Draw,
    Months,
    buildings_of,
    lend,
)
from gpusim.appraisal.let_power.buildings import Part, capitalised, parts_of
from gpusim.appraisal.let_power.rooms import Room, Rooms, rooms_of
from gpusim.appraisal.let_power.terms import Lowered, Tenancy, days_in
from gpusim.appraisal.unit_cash import Cash
from gpusim.appraisal.unit_costs import fixed_rents
from gpusim.appraisal.unit_sizes import Size
from gpusim.economics.core.state import Floats
from gpusim.economics.decisions.cost_bases import (
    ACTIVE_POWER,
    BILLING_CONTRACTS,
    BOOK_VALUE,
    HARDWARE_COST,
    TIME,
)
from gpusim.scenario import Scenario
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.nouns.sales import is_prepaid, prepayment_day
from gpusim.scenario.tables.contracts import Contract
from gpusim.scenario.tables.sales.prices import paid_share
from gpusim.scenario.tables.sales.tenancies import TENANCY
from gpusim.scenario.tables.sales.tranches import Tranche
from gpusim.units_of_measure import (
    CENTS_PER_USD,
    KW_PER_MW,
    MICROWATTS_PER_KW,
    Day,
    add_months,
    date_of,
    day_of,
    month_ends,
)

STANDS: Final = "its building stands already: what that cost is in no table by site"
UNSTATED: Final = "what its building costs is not stated (phases[N].building)"
TAKEN: Final = "others had a part of its kW first: the building's cost is in their row"
NO_ROOM: Final = "its site has no room for it as planned"
LEASED: Final = "its site is leased: nothing is put in"


class Tenant(NamedTuple):
    """A tranche that lets power, with its cash before and after the loans of its building."""

    contract: str
    label: str  # of the tranche, as events call it
    site: str
    kw: float
    months: int  # of its term, or what is left of it, by the calendar
    since: int  # its first month with rent, counted from its month 0
    in_force: Floats  # part of each of its months [months + 1]
    full: list[bool]  # months of which all days are paid in full
    rent: Floats  # by month
    recharged: Floats  # power that the tenant pays on top
    cash: Cash
    moving: Cash  # the part of it in proportion to its rent
    levered: Cash
    cost: float | None  # of its part of the building [USD]
    why: str  # it has no cost
    capitalised: float | None  # what a year's income is worth, by the cap rates of its buildings
    notes: tuple[str, ...]

    @property
    def noi(self) -> Floats:
        """Net operating income: what it pays, less power, rent and staff; no overheads [USD]."""
        cash = self.cash
        return cash.revenue - cash.power - cash.rent - cash.staff

    def of_term(self, row: Floats) -> float:
        """The sum of a row over the months in which it is there."""
        return float(row[self.in_force > 0].sum())


class _Place(NamedTuple):
    """What all tenants are made of."""

    scenario: Scenario
    horizon: Horizon
    lowered: Lowered
    rooms: Rooms
    buildings: Buildings
    residual: float | None  # of a building's cost at the end; None: book value
    total_kw: float  # of all that is signed


class _Deal(NamedTuple):
    """A tranche with its terms, where it is, and the months in which money moves."""

    contract: Contract
    tranche: Tranche
    terms: Tenancy
    site: str
    rooms: list[Room]
    why: str  # what its building costs is not known
    parts: list[Part]  # of buildings to come, where it is
    first: int  # month of the run that is its month 0
    ends: list[Day]  # last day of each of its months
    in_force: Floats  # part of each month in which it is there

    @property
    def kw(self) -> float:
        """What it has."""
        return self.tranche.it_kw or 0.0

    @property
    def since(self) -> int:
        """Its first month with rent."""
        return int(np.flatnonzero(self.in_force)[0])

    def bills(self, place: _Place, part: Part) -> list[Bill]:
        """Bills for a building in which it is."""
        return place.buildings.bills.get((self.site, part.place), [])


def tenants_of(
    scenario: Scenario, sizes: Mapping[str, Size], residual: float | None = None
) -> list[Tenant]:
    """Every tranche of contracts that let power.

    sizes of the loans that their lenders size; residual: share of its cost that a building is worth
    at the end of a term; None: its book value.
    """
    place = _Place(
        scenario,
        Horizon(scenario.model.as_of, scenario.model.quarters),
        Lowered(scenario),
        rooms_of(scenario),
        buildings_of(scenario, sizes),
        residual,
        unit_lots.signed_kw(scenario),
    )
    return [
        _tenant(place, name, contract, group)
        for name, contract in scenario.contracts.items()
        if contract.kind == TENANCY
        for group in range(len(contract.tranches))
    ]


def _tenant(place: _Place, name: str, contract: Contract, group: int) -> Tenant:
    deal = _deal(place, name, contract, group)
    rent, recharged = deal.terms.rent(deal.ends), deal.terms.recharged(deal.ends)
    cash = _built(place, deal, _running(place, deal)._replace(revenue=rent + recharged))
    cash, moving = _overheads(place, deal, *_paid_ahead(place, deal, cash, rent))
    test = unit_lots.own_test(place.scenario, contract.facility)
    if test is not None:
        moving = unit_lots.tested(moving, moving.overhead, test)
        cash = unit_lots.tested(cash, cash.overhead, test)
    return Tenant(
        contract=name,
        label=f"{name}.tranches.{group}",
        site=deal.site,
        kw=deal.kw,
        months=int((deal.in_force > 0).sum()),
        since=deal.since,
        in_force=deal.in_force,
        full=_full(deal),
        rent=rent,
        recharged=recharged,
        cash=cash,
        moving=moving,
        levered=_levered(place, deal, cash, rent),
        cost=None if deal.why else sum(part.cents for part in deal.parts) / CENTS_PER_USD,
        why=deal.why,
        capitalised=capitalised(deal.parts),
        notes=_notes(place, deal),
    )


def _deal(place: _Place, name: str, contract: Contract, group: int) -> _Deal:
    tranche = contract.tranches[group]
    site = tranche.site or contract.site
    phases, rooms = place.scenario.sites[site].phases, place.rooms.taken[name, group]
    terms = place.lowered.tenancy(name, group)
    why = _why(place, site, rooms, terms.microwatts)
    powered = max((day_of(phases[room.phase].powered) for room in rooms), default=0)
    if terms.shifts or powered < terms.past:
        terms.wait_until(powered)
    else:
        why = NO_ROOM
    parts = [] if why else parts_of(place.scenario, site, rooms)
    first = _first_month(place, site, contract, terms, parts)
    last = place.horizon.month_of(date_of(terms.past - 1))
    ends = month_ends(place.scenario.model.as_of, last)[first:]
    in_force = days_in(ends, terms.begins, terms.past) / np.diff(ends, prepend=ends[0] - 1)
    return _Deal(contract, tranche, terms, site, rooms, why, parts, first, ends, in_force)


def _why(place: _Place, at: str, rooms: list[Room], microwatts: int) -> str:
    """Why it has no building whose cost is known; empty where it has."""
    site = place.scenario.sites[at]
    if site.kind != "owned":
        return LEASED
    phases = [site.phases[room.phase] for room in rooms]
    if any(phase.ready <= place.scenario.model.as_of for phase in phases):
        return STANDS
    if any(phase.building is None for phase in phases):
        return UNSTATED
    if not all(room.first for room in rooms):
        return TAKEN
    return "" if sum(room.microwatts for room in rooms) == microwatts else NO_ROOM


def _first_month(
    place: _Place, site: str, contract: Contract, terms: Tenancy, parts: list[Part]
) -> int:
    """Month of the run in which the first money moves, or the one before the first rent."""
    months = [place.horizon.month_of(date_of(terms.begins)) - 1]
    for part in parts:
        months += [bill.month for bill in place.buildings.bills.get((site, part.place), [])]
        months += [0] if part.building.spent_usd else []
    if (due := _prepaid_in(place, contract)) is not None:
        months.append(due)
    return max(min(months), 0)


def _prepaid_in(place: _Place, contract: Contract) -> int | None:
    """Month of the run in which a prepayment to come is due."""
    if contract.prepayment is None:
        return None
    day = prepayment_day(contract.prepayment, min(day_of(t.start) for t in contract.tranches))
    if is_prepaid(contract, day, place.horizon):
        return None
    return place.horizon.month_of(date_of(place.horizon.future(day)))


def _running(place: _Place, deal: _Deal) -> Cash:
    """What its site costs: its own kW in its term; what is built for it, from the handover on."""
    ends, terms = deal.ends, deal.terms
    handed, powered = (np.zeros(len(ends)) for _ in range(2))
    for part in deal.parts:
        handed += part.microwatts * days_in(ends, day_of(part.phase.ready), terms.past)
        powered += part.microwatts * days_in(ends, day_of(part.phase.powered), terms.past)
    if not deal.parts:
        handed = powered = terms.microwatts * days_in(ends, terms.begins, terms.past)
    power, staff, variable = terms.bills(deal.site, ends, handed, powered)
    there, fixed = deal.in_force > 0, np.zeros(len(ends))
    site = place.scenario.sites[deal.site]
    fixed[there] = fixed_rents(place.scenario, site, deal.kw, int(there.sum()))[1:]
    cash = unit_cash.blank(len(ends) - 1)
    return cash._replace(power=power, staff=staff, rent=variable + fixed * deal.in_force)


def _built(place: _Place, deal: _Deal, cash: Cash) -> Cash:
    """With the bills for its building, its depreciation, and what it is worth at the end."""
    for part in deal.parts:
        cash.capital[0] += part.building.spent_usd * part.share
        for bill in deal.bills(place, part):
            cash.capital[bill.month - deal.first] += bill.usd * part.share
        charged = part.charged([*deal.ends[:-1], deal.terms.past - 1])
        cash.depreciation[:] += np.diff(charged, prepend=0.0)
        left = part.cents / CENTS_PER_USD - float(charged[-1])
        if place.residual is not None:
            left = place.residual * part.cents / CENTS_PER_USD
        cash.residual[-1] += left
    return cash


def _paid_ahead(place: _Place, deal: _Deal, cash: Cash, rent: Floats) -> tuple[Cash, Cash]:
    """With what is paid ahead, on its day, and credited; and what moves with the rent of it all."""
    contract, since = deal.contract, deal.since
    of_term = np.concatenate([[0.0], rent[since:]])
    prepaid, received, opening = unit_lots.prepayment(
        place.horizon, contract, deal.tranche, of_term, deal.first + since
    )
    credited, moved = np.zeros(len(rent)), np.zeros(len(rent))
    if (due := _prepaid_in(place, contract)) is not None:
        cash.prepaid[due - deal.first] = prepaid
        moved[since:] = received[1:]
    credited[since:] = opening[1:]
    credited += moved
    moving = unit_cash.blank(len(rent) - 1)._replace(revenue=rent)
    if contract.prepayment is not None and contract.prepayment.share is not None:
        moving = moving._replace(prepaid=cash.prepaid.copy(), credited=moved)
    return cash._replace(credited=credited), moving


def _overheads(place: _Place, deal: _Deal, cash: Cash, moving: Cash) -> tuple[Cash, Cash]:
    """With its part of overheads in the months of its term, of its building while it is in use."""
    scenario, start = place.scenario, deal.first + 1
    share = deal.kw / place.total_kw
    contract = deal.kw / sum(tranche.it_kw or 0.0 for tranche in deal.contract.tranches)
    bases = unit_lots.bases_of(cash.revenue, deal.kw, 0.0, share, contracts=contract)
    bases[:, ACTIVE_POWER] *= deal.in_force
    for basis in (TIME, BILLING_CONTRACTS):
        bases[:, basis] *= deal.in_force > 0
    for part in deal.parts:
        there = np.array(deal.ends) >= day_of(part.phase.ready)
        before = np.concatenate([[0.0], part.charged(deal.ends)[:-1]])
        bases[:, HARDWARE_COST] += there * part.cents
        bases[:, BOOK_VALUE] += there * (part.cents - before * CENTS_PER_USD)
    following = unit_lots.overhead(scenario, unit_lots.bases_of(moving.revenue), start)
    overhead = unit_lots.overhead(scenario, bases, start)
    return cash._replace(overhead=overhead), moving._replace(overhead=following)


def _levered(place: _Place, deal: _Deal, cash: Cash, rent: Floats) -> Cash:
    """With its part of the loans that pay for its building."""
    draws = [
        Draw(bill.facility, bill.month, bill.lent * part.share)
        for part in deal.parts
        for bill in deal.bills(place, part)
        if bill.lent * part.share >= unit_cash.LEAST
    ]
    serving = {deal.contract.facility: rent - cash.credited}
    months = Months(deal.first, deal.ends)
    return lend(place.scenario, place.buildings.lenders, draws, cash, serving, months)


def _full(deal: _Deal) -> list[bool]:
    """Months of which every day is paid in full: for the most that the term ever pays for."""
    months = deal.tranche.term_months or deal.contract.term_months
    shares = [paid_share(deal.contract, month) for month in range(months)]
    begun = date_of(deal.terms.counted_from - deal.terms.begun)
    starts = [day_of(add_months(begun, month)) for month in range(months + 1)]
    less = [
        spans for *spans, own in zip(starts, starts[1:], shares, strict=False) if own < max(shares)
    ]
    found = [False] * len(deal.ends)
    for month in range(1, len(found)):
        first, last = deal.ends[month - 1] + 1, deal.ends[month]
        whole = float(deal.in_force[month]) == 1.0
        found[month] = whole and not any(since <= last and first < past for since, past in less)
    return found


def _notes(place: _Place, deal: _Deal) -> tuple[str, ...]:
    """What a reader of its figures is told."""
    notes, start = [], day_of(deal.tranche.start)
    if deal.terms.begins > max(start, place.horizon.tomorrow):
        begins = date_of(deal.terms.begins)
        notes.append(f"begins on {begins}, when its phase is planned to have power")
    if start <= place.horizon.today:
        notes.append("it has its power on the as-of day: the term is what is left of it")
    for part in deal.parts:
        if part.building.spent_usd:
            notes.append(
                "what was spent on its building by the as-of day counts on that day, and what its "
                "loan was drawn for before is not attributed"
            )
        if unlet := place.rooms.untouched[deal.site, part.place]:
            notes.append(
                f"of {part.phase.it_mw * KW_PER_MW:,.0f} kW that are built for {part.phase.ready}, "
                f"{unlet / MICROWATTS_PER_KW:,.0f} are let to nobody: their cost is in no row"
            )
    return tuple(dict.fromkeys(notes))
