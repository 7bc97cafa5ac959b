"""What lenders pay of the buildings in which tenants are, each bill a draw on its loan's terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gpusim.appraisal import unit_cash
from gpusim.appraisal.unit_cash import Cash, Loan
from gpusim.appraisal.unit_sizes import Construction, Size, constructions, left_to_lend
from gpusim.economics.core.money import share_of
from gpusim.economics.core.records import one
from gpusim.economics.core.state import Floats, LoanTerms
from gpusim.economics.debt.loan_arithmetic import coupon
from gpusim.scenario import Scenario
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.nouns.terms import fill_terms
from gpusim.scenario.lowering.randomness import base_curve
from gpusim.scenario.tables.lending.debt import Debt
from gpusim.scenario.tables.plant.building import bills_of_buildings
from gpusim.units_of_measure import CENTS_PER_USD, Day, cents_of


class Bill(NamedTuple):
    """A bill for a building, and what its loan pays of it."""

    month: int  # of the run in which it is due
    usd: float
    facility: str  # "": none
    promised: float  # by its loan [USD]
    lent: float  # by its loan on its day [USD]


class Draw(NamedTuple):
    """A tenant's part of what a loan pays of a bill."""

    facility: str
    month: int  # of the run
    usd: float


class Months(NamedTuple):
    """The months in which a tenant's money moves."""

    first: int  # month of the run that is month 0
    ends: Sequence[Day]  # last day of each


class Lender(NamedTuple):
    """A loan that pays for buildings."""

    commitment: float  # [USD]
    first: int  # month of the run of its first draw for a building
    interest: tuple[float, ...] = ()  # drawn for it by month of the run, of each USD lent


class Buildings(NamedTuple):
    """All bills for buildings to come, and who lends on them."""

    bills: dict[tuple[str, int], list[Bill]]  # by site and phase
    lenders: dict[str, Lender]


def buildings_of(scenario: Scenario, sizes: Mapping[str, Size]) -> Buildings:
    """The bills with what loans promise of them, the earliest due first, as far as there is room.

    sizes of the loans that their lenders size. Source: `buildings.promise_buildings`.
    """
    horizon = Horizon(scenario.model.as_of, scenario.model.quarters)
    before = constructions(scenario)
    bills: dict[tuple[str, int], list[Bill]] = {}
    lenders: dict[str, Lender] = {}
    room: dict[str, int] = {}
    for billed in bills_of_buildings(scenario):
        name, month = billed.building.facility, horizon.month_of(billed.part.due)
        promised = lent = 0
        if name:
            if name not in room:
                kept = before[name].room if name in before else 0.0
                room[name] = cents_of(max(left_to_lend(scenario, name, sizes) - kept, 0.0))
            left = room[name]
            asked = share_of(billed.part.cents, scenario.building_loan_share(billed.building))
            promised = max(min(int(asked), left), 0)
            room[name] = left - promised
            debt, size = scenario.debt[name], sizes.get(name)
            lent = promised if _draws_on(debt, billed.part.due) else 0
            if lent:
                commitment = size.commitment if size else debt.commitment_usd
                interest = _for_interest(before.get(name))
                lenders.setdefault(name, Lender(commitment, month, interest))
        cents = (billed.part.cents, promised, lent)
        usd, kept, drawn = (amount / CENTS_PER_USD for amount in cents)
        bill = Bill(month, usd, name, kept, drawn)
        bills.setdefault((billed.site, billed.phase), []).append(bill)
    return Buildings(bills, lenders)


def _for_interest(before: Construction | None) -> tuple[float, ...]:
    """What a loan is drawn for interest by month of the run, of each USD for bills and orders."""
    if before is None or before.orders == 0:
        return ()
    return tuple(usd / before.orders for usd in before.by_month)


def promised_to_buildings(scenario: Scenario, facility: str, sizes: Mapping[str, Size]) -> float:
    """What a loan has promised of bills for buildings, which hardware to be ordered cannot have.

    [USD]. Source: `buildings.promise_buildings`.
    """
    bills = buildings_of(scenario, sizes).bills.values()
    return sum(bill.promised for own in bills for bill in own if bill.facility == facility)


def _draws_on(debt: Debt, day: dt.date) -> bool:
    """Whether a loan can be drawn on a day. Source: `facilities.can_draw`."""
    opened = debt.opens is None or debt.opens <= day
    return opened and (debt.available_to is None or day <= debt.available_to)


def _draws_for_interest(lenders: Mapping[str, Lender], draws: Sequence[Draw]) -> list[Draw]:
    """A tenant's part of draws for interest, as its part of those for bills.

    Source: definitions, interest during construction.
    """
    lent: dict[str, float] = {}
    for draw in draws:
        lent[draw.facility] = lent.get(draw.facility, 0.0) + draw.usd
    return [
        Draw(name, month, usd * share)
        for name, usd in lent.items()
        for month, share in enumerate(lenders[name].interest)
        if usd * share >= unit_cash.LEAST
    ]


def lend(
    scenario: Scenario,
    lenders: Mapping[str, Lender],
    draws: Sequence[Draw],
    cash: Cash,
    serving: Mapping[str, Floats],
    months: Months,
) -> Cash:
    """A tenant's cash with its part of the loans of its building.

    serving: by loan, the rent that serves one whose instalments follow rent [months + 1] [USD].
    """
    first, ends = months
    base = base_curve(scenario, list(ends))
    blank = unit_cash.blank(len(ends) - 1)
    for draw in [*draws, *_draws_for_interest(lenders, draws)]:
        debt, lender = scenario.debt[draw.facility], lenders[draw.facility]
        terms = one(LoanTerms)
        fill_terms(terms, debt, scenario.base_rate, len(ends) - 1)
        rates = np.array([coupon(terms, rate, debt.margin) for rate in base])
        share = min(draw.usd / lender.commitment, 1.0) if lender.commitment else 1.0
        loan = Loan(draw.usd, rates, terms, share, draw.month - first, lender.first - first)
        alone = unit_cash.borrow(
            blank._replace(revenue=serving.get(draw.facility, blank.revenue)),
            unit_cash.stepped(loan, debt, ends),
        )
        cash = cash._replace(
            drawn=cash.drawn + alone.drawn,
            principal=cash.principal + alone.principal,
            balloon=cash.balloon + alone.balloon,
            interest=cash.interest + alone.interest,
            reserve=cash.reserve + alone.reserve,
        )
    return cash
