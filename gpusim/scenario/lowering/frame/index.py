"""Where each name stands: rows by name, and the codes of enumerated words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpusim.economics.books.ledger import COST_LINES
from gpusim.economics.core import state
from gpusim.economics.debt.payment_dates import NO_STUB, STUB_FIRST, STUB_LAST
from gpusim.scenario.lowering.frame.lots import Hardware, Lot, by_contract

if TYPE_CHECKING:
    from gpusim.scenario.lowering.frame.purchases import Purchase
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.sites import Site

CONTRACT_KINDS = {
    "take-or-pay": state.TAKE_OR_PAY,
    "backstop": state.BACKSTOP,
    "colocation": state.TENANCY,
}
SITE_KINDS = {
    "leased-shell": state.LEASED_SHELL,
    "colocation": state.COLOCATION,
    "owned": state.OWNED,
}
DEBT_KINDS = {
    "delayed-draw": state.LOAN,
    "notes": state.NOTE,
    "convertible": state.CONVERTIBLE,
    "revolver": state.REVOLVER,
    "vendor": state.VENDOR,
    "finance-lease": state.FINANCE_LEASE,
}
DAY_COUNTS = {
    "act/360": state.ACT_360,
    "30/360": state.THIRTY_360,
    "act/365": state.ACT_365,
    "30e/360": state.EUROBOND_360,
}
STUBS = {None: NO_STUB, "first": STUB_FIRST, "last": STUB_LAST}
CATEGORIES = {
    "servers": state.SERVERS,
    "infrastructure": state.INFRASTRUCTURE,
    "other-equipment": state.OTHER_EQUIPMENT,
    "intangibles": state.INTANGIBLES,
}
LINES = {line.key: row for row, line in enumerate(COST_LINES)}
MARKET_STATES = ("glut", "balanced", "scarce")
RATINGS = ("investment-grade", "other")
TERM_LAWS = ("fixed", "exponential", "log-normal")
PROGRAMME = "programme"


@dataclass(frozen=True)
class Index:
    """Rows by name. Halls are (site, phase); tranches are lots, orders what is bought.

    companies: borrowers apart from the firm, by the loan that each has; the firm is number 0.
    """

    gens: dict[str, int]
    sites: dict[str, int]
    halls: dict[tuple[str, int], int]
    contracts: dict[str, int]
    customers: dict[str, int]
    assets: dict[str, int]
    facilities: dict[str, int]
    companies: dict[str, int]
    tranches: dict[str, int]
    orders: dict[str, int]


def numbered(names: Iterable[str]) -> dict[str, int]:
    """Rows in the order in which names first come.

    >>> numbered(["b", "a", "b"])
    {'b': 0, 'a': 1}
    """
    return {name: row for row, name in enumerate(dict.fromkeys(names))}


def programme_loan(contract: str) -> str:
    """Name of the loan that the programme closes for a contract."""
    return f"{PROGRAMME}.{contract}"


def by_date(site: Site) -> list[int]:
    """A site's phases as they come, whatever their order in the file: their places in the list."""
    phases = site.phases
    return sorted(
        range(len(phases)),
        key=lambda p: (phases[p].ready, phases[p].powered, phases[p].taken, phases[p].it_mw),
    )


def by_content(scenario: Scenario) -> Callable[[str], tuple[object, ...]]:
    """What decides the place of an asset: kind, place, age and size; the name among equals."""

    def key(name: str) -> tuple[object, ...]:
        own = scenario.assets[name]
        place = (CATEGORIES[own.category], own.gpu, own.site, own.remaining_life_years, own.gpus)
        return (*place, own.gross_usd, own.accumulated_usd, own.salvage_usd, name)

    return key


def index_of(scenario: Scenario, lots: list[Lot], bought: list[Purchase]) -> Index:
    """Number every noun as written; programme loans come after the agreements in force.

    Assets stand by what they are, so that their order in the file moves no GPU that fails.
    """
    own = by_contract(lots)
    financed = [
        name
        for name, contract in scenario.contracts.items()
        if contract.facility == PROGRAMME and orders_to_pay(own.get(name, []))
    ]
    halls = [(name, p) for name, site in scenario.sites.items() for p in by_date(site)]
    return Index(
        gens=numbered(scenario.gpus),
        sites=numbered(scenario.sites),
        halls={hall: row for row, hall in enumerate(halls)},
        contracts=numbered(scenario.contracts),
        customers=numbered(c.customer for c in scenario.contracts.values()),
        assets=numbered(sorted(scenario.assets, key=by_content(scenario))),
        facilities=numbered([*scenario.debt, *map(programme_loan, financed)]),
        companies={loan: n for n, loan in enumerate(filter(apart(scenario), scenario.debt), 1)},
        tranches=numbered(lot.name for lot in lots),
        orders=numbered(own.name for own in bought),
    )


def apart(scenario: Scenario) -> Callable[[str], bool]:
    """Whether a loan's borrower is a company of its own: see `economics.pools`."""

    def own(name: str) -> bool:
        debt = scenario.debt[name]
        test = debt.covenants.dscr if debt.covenants else None
        return not debt.recourse or bool(test and test.scope == "facility")

    return own


def orders_to_pay(own: list[Lot]) -> list[Hardware]:
    """Hardware of a contract's lots that is not yet delivered: its loan pays the bills."""
    return [lot.hardware for lot in own if lot.hardware and lot.hardware.status != "delivered"]


def pool_row(index: Index, gpu: str, site: str, loan: str = "") -> int:
    """The pool of GPUs at a site that a loan's borrower owns; without a loan the firm's."""
    company = index.companies.get(loan, 0)
    row = company * len(index.sites) + index.sites[site]
    return row * len(index.gens) + index.gens[gpu]
