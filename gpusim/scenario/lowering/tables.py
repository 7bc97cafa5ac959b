"""Empty tables of the right size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gpusim.economics.books.ledger import N_ACCOUNTS
from gpusim.economics.books.measures import N_STOCKS
from gpusim.economics.core import state
from gpusim.economics.core.agenda import MAX_SUBJECTS, N_PHASES
from gpusim.economics.core.calendar import LONGEST_MONTH
from gpusim.economics.core.records import dtype_of, rows, table
from gpusim.economics.core.state import (
    CELLS_A_MARK,
    N_CAUSES,
    N_EXPECTED,
    N_FLEET,
    N_LOAN_MONTHS,
    N_MOVES,
    N_NOUNS,
    N_SITE_MONTHS,
    N_SOURCES,
    N_STEPS,
    NEVER,
    NONE,
    PAYMENTS_PER_FACILITY,
    State,
)
from gpusim.economics.debt.covenants import N_KINDS
from gpusim.economics.debt.sizing import N_CAPS
from gpusim.economics.decisions.cost_bases import BASES
from gpusim.scenario.language.limits import STATE_BYTES
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.index import PROGRAMME, Index
from gpusim.scenario.lowering.frame.lots import Lot, rate_rows, step_rows
from gpusim.scenario.lowering.frame.refuse import refusal
from gpusim.scenario.lowering.frame.standstill import outages_of
from gpusim.scenario.tables.lending.cost_base import counts_interest
from gpusim.scenario.tables.plant.building import bills_of_buildings, buildings_to_come
from gpusim.scenario.tables.plant.depreciation import MOST_YEARS
from gpusim.units_of_measure import date_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.lending.amortisation import Amortisation

NUMBER = 8
"""Bytes of a number in a table."""
RECORDS: dict[str, type] = {
    "gens": state.Generation,
    "pools": state.Pool,
    "sites": state.Site,
    "tariffs": state.Tariff,
    "halls": state.Hall,
    "orders": state.Order,
    "assets": state.Asset,
    "customers": state.Customer,
    "contracts": state.Contract,
    "advances": state.Advance,
    "tranches": state.Tranche,
    "rates": state.Rate,
    "rent_steps": state.RentStep,
    "margin_steps": state.MarginStep,
    "terms": state.LoanTerms,
    "facilities": state.Facility,
    "draws": state.Draw,
    "leases": state.Lease,
    "invoices": state.Invoice,
    "bills": state.Bill,
    "overheads": state.Overhead,
    "raises": state.Raise,
    "loan_programme": state.LoanProgramme,
    "capital_raising": state.CapitalRaising,
}
"""The row of each noun."""
SINGLE: dict[str, type] = {
    "clock": state.Clock,
    "firm": state.Firm,
    "tax": state.Tax,
    "policy": state.Policy,
    "foreseen": state.Foreseen,
}
"""What a firm has one row of."""
WRITTEN = {
    "gens": "gpus",
    "pools": "sites",
    "tariffs": "sites",
    "halls": "sites",
    "leases": "sites",
    "orders": "contracts",
    "advances": "contracts",
    "tranches": "contracts",
    "rates": "contracts",
    "rent_steps": "contracts",
    "invoices": "contracts",
    "bills": "contracts",
    "margin_steps": "debt",
    "terms": "debt",
    "facilities": "debt",
    "draws": "debt",
    "raises": "equity",
    "loan_programme": "programme",
    "capital_raising": "raising",
}
"""Which table of a model a noun comes from, where it has another name."""
OUTBOX_ROOM = 1024
PAYABLES_ROOM = 12
LONGEST_WAIT = 36
"""Months from a deal's signature to its first billing that a lender on a bullet looks."""


class Sizes(NamedTuple):
    """Rows of each noun; those that grow in a run have room for the most it can need."""

    gens: int
    pools: int
    sites: int
    tariffs: int
    halls: int
    orders: int
    assets: int
    customers: int
    contracts: int
    indexed: int  # contracts, if the price of any follows an index
    advances: int
    tranches: int
    rates: int
    rent_steps: int
    margin_steps: int
    terms: int
    facilities: int
    draws: int
    leases: int
    invoices: int
    bills: int
    overheads: int
    raises: int
    loan_programme: int
    standstill: int  # sites that may stand still
    interest: int  # loans and one that is offered, if any is drawn for its interest
    foresight: int  # months beyond the horizon, as far as the operator and its lenders look
    capital_raising: int


def margin_steps(scenario: Scenario) -> int:
    """Steps of all margins: of debts, and of the programme's loans together."""
    lenders = [*scenario.debt.values(), *([scenario.programme] if scenario.programme else ())]
    return sum(len(terms.margin_steps or ()) for terms in lenders)


def sizes_of(scenario: Scenario, horizon: Horizon, lots: list[Lot], index: Index) -> Sizes:
    """How many rows a run of this scenario can fill."""
    orders, months = len(index.orders), horizon.months
    bills = len(scenario.payables.capex) + len(bills_of_buildings(scenario))
    monthly_invoices = (len(index.contracts) + len(index.gens) + 1) * (months + 4)
    return Sizes(
        gens=len(index.gens),
        pools=len(index.gens) * len(index.sites) * (1 + len(index.companies)),
        sites=len(index.sites),
        tariffs=sum(len(site.tariff_steps or ()) for site in scenario.sites.values()),
        halls=len(index.halls),
        orders=orders,
        assets=len(index.assets) + 2 * orders + buildings_to_come(scenario) + 8,
        customers=len(index.customers),
        contracts=len(index.contracts),
        indexed=len(index.contracts)
        if any(own.price_index for own in scenario.contracts.values())
        else 0,
        advances=2 * len(index.contracts),
        tranches=len(lots),
        rates=rate_rows(lots)[()],
        rent_steps=step_rows(lots)[()],
        margin_steps=margin_steps(scenario),
        terms=state.FIRST_TERMS + len(scenario.debt),
        facilities=len(index.facilities),
        draws=2 * len(index.facilities) + 3 * orders + 4 * months + bills,
        leases=len(index.halls) + 1,
        invoices=len(scenario.receivables.invoices) + monthly_invoices,
        bills=bills + 3 * orders + 8,
        overheads=len(scenario.overheads),
        raises=len(scenario.equity),
        loan_programme=int(scenario.programme is not None),
        standstill=len(outages_of(scenario, horizon)),
        interest=len(index.facilities) + 1 if counts_interest(scenario) else 0,
        foresight=foresight_months(scenario, horizon, lots),
        capital_raising=int(scenario.raising is not None),
    )


def foresight_months(scenario: Scenario, horizon: Horizon, lots: list[Lot]) -> int:
    """How far beyond the horizon anybody looks: the firm's outlook, reserves, and loans' lives.

    Enough that no figure of a simulated month depends on where the run ends.
    """
    looks = [debt.reserve_months for debt in scenario.debt.values()]
    if scenario.levers:
        looks.append(scenario.levers.liquidity_months)
    if scenario.raising:
        looks.append(scenario.raising.months_ahead)
    if scenario.programme:
        looks.append(scenario.programme.reserve_months)
    ends = lenders_look(scenario, horizon, lots)
    return max([0, *looks, *(end - horizon.months for end in ends)])


def lenders_look(scenario: Scenario, horizon: Horizon, lots: list[Lot]) -> Iterator[int]:
    """Last month of contract cash that each lender who counts on it may look at.

    A loan drawn in the last month runs for its whole term and to the payment date after it, one
    that opens later likewise. A bullet that is sized by cover counts on all of it.
    """
    for name, debt in scenario.debt.items():
        if debt.commitment_usd and debt.running_cost_share is not None and debt.amortisation:
            if debt.size_dscr and debt.amortisation.law == "bullet":
                yield from ends_of_terms(scenario, horizon, lots, name)
            opens = horizon.month_of(debt.opens) if debt.opens else 0
            yield max(horizon.months, opens) + last_payment(debt.amortisation)
    terms = scenario.programme
    if terms is not None and terms.running_cost_share is not None:
        ordered = [lot.hardware.order_day for lot in lots if lot.hardware]
        asked = max([horizon.month_end[-1], *ordered])
        opens = horizon.month_of(date_of(asked + terms.closing_days))
        yield opens + last_payment(terms.amortisation)
        if terms.size_dscr and terms.amortisation.law == "bullet":
            yield from ends_of_terms(scenario, horizon, lots, PROGRAMME)
            signs = scenario.levers.maximum_term_months if scenario.levers else 0
            yield opens + LONGEST_WAIT + signs


def ends_of_terms(
    scenario: Scenario, horizon: Horizon, lots: list[Lot], lender: str
) -> Iterator[int]:
    """Months in which planned terms of contracts end that a lender counts on."""
    for lot in lots:
        contract = scenario.contracts[lot.contract]
        if contract.facility == lender:
            start = lot.start if lot.live else max(lot.start, horizon.today + 1)
            yield horizon.month_of(date_of(start + lot.term_days))


def last_payment(law: Amortisation) -> int:
    """Months from a draw to the payment date after its term, at the latest."""
    return law.months + law.every_months


def refuse_large(
    scenario: Scenario, sizes: Sizes, horizon: Horizon, schedule: tuple[int, int]
) -> None:
    """Check that the tables of a replication are not too large, before they are made.

    schedule: rows and payment dates of opening debt.

    Raises:
        ScenarioError: they are; names the table of the model that most of it comes from.
    """
    columns = horizon.months + 1
    beyond = columns + sizes.foresight
    widest = max(1, *sizes._replace(foresight=0))
    tall = {
        "contracts": 2 * (beyond + columns) + N_MOVES * (N_CAUSES + 1),
        "facilities": (2 + N_LOAN_MONTHS + 2 * N_KINDS) * columns
        + N_KINDS * dtype_of(state.Covenant).itemsize // NUMBER,
        "sites": N_EXPECTED * beyond + N_SITE_MONTHS * columns,
        "tranches": 2 * N_CAUSES,
        "overheads": len(BASES) * beyond,
    }
    each = {
        noun: count * (dtype_of(RECORDS[noun]).itemsize + NUMBER * tall.get(noun, 0))
        for noun, count in sizes._asdict().items()
        if noun in RECORDS
    }
    each["facilities"] += NUMBER * schedule[0] * schedule[1]
    total = sum(each.values()) + NUMBER * (N_PHASES * widest + 2 * sum(sizes))
    total += NUMBER * (sizes.indexed + sizes.interest) * beyond
    if total <= STATE_BYTES.most and widest <= MAX_SUBJECTS:
        return
    noun = max(each, key=lambda noun: each[noun])
    count = sizes._asdict()[noun]
    found = f"{total:,} bytes, most of them for {count:,} rows of {noun}"
    raise refusal(scenario, (WRITTEN.get(noun, noun),), found, str(STATE_BYTES))


def nouns(sizes: Sizes) -> dict[str, Any]:
    """Zeroed rows of every noun, and what generations charge by year."""
    many: dict[str, Any] = {
        noun: rows(record, getattr(sizes, noun)) for noun, record in RECORDS.items()
    }
    many["course"] = np.zeros((sizes.gens, MOST_YEARS + 1))
    return many | {name: rows(record, 1) for name, record in SINGLE.items()}


def lists(tranches: int, orders: int) -> dict[str, Any]:
    """The lists of tranches and of orders, each with room for all of them."""
    rooms = {"waiting": tranches, "unsettled": tranches, "needing": orders, "coming": orders}
    return {name: np.zeros(rows + 1, np.int64) for name, rows in rooms.items()}


def plans(sizes: Sizes, beyond: int) -> dict[str, Any]:
    """What contracts are planned to pay, by month: now, at signing, and as their lenders count."""
    rows = {"plan": sizes.contracts, "planned": sizes.contracts, "base_case": sizes.indexed}
    return {name: np.zeros((count, beyond), np.int64) for name, count in rows.items()}


def by_month_of_loans(facilities: int, columns: int) -> dict[str, Any]:
    """What is kept of each loan by month."""
    shapes: dict[str, tuple[int, ...]] = {
        "own_cash": (),
        "own_service": (),
        "loan_months": (int(N_LOAN_MONTHS),),
        "covenant_tests": (int(N_KINDS), 2),
    }
    return {
        name: np.zeros((facilities, *shape, columns), np.int64) for name, shape in shapes.items()
    }


def by_contract_and_site(sizes: Sizes, columns: int) -> dict[str, Any]:
    """What is told of each contract and each site, see `engines.batch.many.NOT_WRITTEN`."""
    return {
        "earned": np.zeros((sizes.contracts, columns), np.int64),
        "contract_moves": np.zeros((sizes.contracts, N_MOVES, N_CAUSES + 1), np.int64),
        "site_months": np.zeros((sizes.sites + 1, N_SITE_MONTHS, columns), np.int64),
    }


def blank(sizes: Sizes, horizon: Horizon, schedule: tuple[int, int]) -> State:
    """Zeroed tables, no event set. schedule: rows and payment dates of opening debt."""
    widest = max(1, *sizes._replace(foresight=0))
    columns = horizon.months + 1
    beyond = columns + sizes.foresight
    vintages = horizon.quarters + 2
    return State(
        **nouns(sizes),
        covenants=table(state.Covenant, sizes.facilities, int(N_KINDS)),
        loan_programme_covenants=rows(state.Covenant, int(N_KINDS)),
        cost_rates=np.zeros((sizes.overheads, beyond, len(BASES))),
        cost_bases=np.zeros((beyond, len(BASES))),
        bases_used=np.zeros(len(BASES), np.int64),
        offers=np.zeros(0, np.int64),
        count=np.zeros(N_NOUNS, np.int64),
        due=np.full((N_PHASES, widest), NEVER, np.int64),
        outbox=np.zeros(2 * sum(sizes) + OUTBOX_ROOM, np.int64),
        **plans(sizes, beyond),
        received=np.zeros((sizes.contracts, columns), np.int64),
        **by_month_of_loans(sizes.facilities, columns),
        **by_contract_and_site(sizes, columns),
        fleet=np.zeros((sizes.gens, N_FLEET, columns), np.int64),
        sized=np.zeros(N_CAPS, np.int64),
        **lists(sizes.tranches, sizes.orders),
        waits=np.zeros((sizes.tranches, N_CAUSES), np.int64),
        slips=np.zeros(N_CAUSES, np.int64),
        dropped=np.zeros((sizes.tranches, N_CAUSES), np.int64),
        breakage=np.zeros((sizes.contracts, 2 * N_CAUSES), np.int64),
        schedule=np.zeros(schedule, np.int64),
        lease_schedule=np.zeros(beyond, np.int64),
        share_price=np.zeros(columns),
        payables=np.zeros(beyond + PAYABLES_ROOM, np.int64),
        tax_schedule=np.zeros(columns, np.int64),
        owed=np.zeros(N_STEPS, np.int64),
        steps=np.full(N_STEPS, NONE, np.int64),
        payments_due=np.zeros((6, N_STEPS + PAYMENTS_PER_FACILITY * sizes.facilities), np.int64),
        days=np.zeros(N_CAUSES, np.int64),
        moved=np.zeros(vintages, np.int64),
        standstill=np.zeros((sizes.standstill, LONGEST_MONTH + 1), np.int64),
        outlook=np.zeros(beyond, np.int64),
        interest_ahead=np.zeros((sizes.interest, beyond), np.int64),
        expected=np.zeros((N_EXPECTED, sizes.sites, beyond), np.int64),
        sources=np.full(N_SOURCES, NONE, np.int64),
        ledger=np.zeros((N_ACCOUNTS, columns), np.int64),
        balance=np.zeros(N_ACCOUNTS, np.int64),
        backlog=np.zeros((vintages, N_MOVES, N_CAUSES + 1, columns), np.int64),
        marks=np.zeros(vintages * N_MOVES * (N_CAUSES + 1) * columns // CELLS_A_MARK + 1, np.int64),
        stocks=np.zeros((N_STOCKS, columns), np.int64),
        journal=rows(state.Posting, 0),
    )
