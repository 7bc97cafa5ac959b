"""What lenders carry of each lot's hardware, on the terms of its loan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gpusim.appraisal.let_power.building_loans import promised_to_buildings
from gpusim.appraisal.returns import Figure, debt_size
from gpusim.appraisal.unit_cash import LEAST, Loan, cover_of, stepped
from gpusim.appraisal.unit_lots import Lot
from gpusim.appraisal.unit_sizes import (
    Construction,
    Size,
    constructions,
    left_to_lend,
    loan_of,
)
from gpusim.economics.core.records import one
from gpusim.economics.core.state import RESULTING, SCULPTED, Floats, LoanTerms
from gpusim.economics.debt.loan_arithmetic import coupon
from gpusim.scenario import Scenario
from gpusim.scenario.lowering.frame.index import PROGRAMME
from gpusim.scenario.lowering.nouns.terms import fill_terms
from gpusim.scenario.lowering.randomness import base_curve
from gpusim.units_of_measure import month_ends

if TYPE_CHECKING:
    from gpusim.scenario.tables.lending.debt import Debt
    from gpusim.scenario.tables.lending.programme import Programme

NOT_ON_COVER: Final = "not sized on cover"
NOTHING_BEFORE: Final = Construction(0.0, 0.0, 0.0, 0.0, ())
NO_SIZES: Final[Mapping[str, Size]] = MappingProxyType({})


class Borrowed(NamedTuple):
    """A part of a lot's cost that a lender carries."""

    facility: str
    named: str  # the loan: the facility, or the programme's for the contract
    amount: float  # [USD]
    caps: dict[str, float]  # its part of what limits the loan [USD]
    loan: Loan
    shared: bool = False  # the loan is too small for all lots that ask for it

    @property
    def follows(self) -> bool:
        """Whether its instalments follow the lot's price."""
        return bool(self.loan.terms.law == SCULPTED)


class Wish(NamedTuple):
    """What a lot asks of a lender."""

    facility: str
    loan: str  # the facility, or the programme's loan for the contract
    cost: float  # of the hardware [USD]
    advance: float  # most the advance rate allows [USD]
    amount: float  # [USD]


def loans_of(
    scenario: Scenario, lots: list[Lot], sizes: Mapping[str, Size] = NO_SIZES
) -> list[list[Borrowed]]:
    """What lenders carry of each lot's cost. A loan too small is shared by what was asked.

    sizes of the loans that their lenders size, see `unit_sizes`. A lender that has nothing left to
    lend carries none of it.
    """
    asked = [_asked(scenario, lot) for lot in lots]
    by_start = sorted(range(len(lots)), key=lambda n: (lots[n].priority, lots[n].start))
    wanted: dict[str, list[Wish]] = {}
    for n in by_start:
        for wish in asked[n]:
            wanted.setdefault(wish.loan, []).append(wish)
    found, before = [], constructions(scenario)
    for lot, wishes in zip(lots, asked, strict=True):
        ends = month_ends(scenario.model.as_of, lot.start - 1 + lot.months)[lot.start - 1 :]
        rates = base_curve(scenario, ends)
        parts = [
            _borrowed(
                scenario,
                lot,
                wish,
                rates,
                wanted[wish.loan],
                sizes,
                before.get(wish.loan, NOTHING_BEFORE),
            )
            for wish in wishes
        ]
        parts = [
            part._replace(loan=stepped(part.loan, _lender(scenario, part.facility), ends))
            for part in parts
        ]
        found.append([part for part in parts if part.amount >= LEAST])
    return found


def _asked(scenario: Scenario, lot: Lot) -> list[Wish]:
    """What a lot asks of its loan and its supplier, in the order in which money is promised.

    Neither pays the deposit. Source: `funding.promise`.
    """
    contract = scenario.contracts[lot.contract]
    left = lot.fresh_cost * (1 - lot.deposit_share)
    wishes = []
    for source in scenario.operator.funding_order:
        if source == "loan" and contract.facility:
            amount = min(scenario.loan_share(lot.contract) * lot.fresh_cost, left)
            loan = loan_of(contract.facility, lot.contract)
            most = scenario.most_lent(lot.contract) * lot.fresh_cost
            wishes.append(Wish(contract.facility, loan, lot.fresh_cost, most, amount))
            left -= amount
        elif source == "vendor" and contract.vendor and contract.vendor_share:
            amount = min(contract.vendor_share * lot.fresh_cost, left)
            wishes.append(Wish(contract.vendor, contract.vendor, lot.fresh_cost, amount, amount))
            left -= amount
    return [wish for wish in wishes if wish.amount > 0]


def undrawn_available(scenario: Scenario, wish: Wish, sizes: Mapping[str, Size]) -> float | None:
    """What a loan can still lend; None for programme loans that are not sized, made to measure."""
    if wish.facility != PROGRAMME:
        left = left_to_lend(scenario, wish.facility, sizes)
        return max(0.0, left - promised_to_buildings(scenario, wish.facility, sizes))
    return sizes[wish.loan].commitment if wish.loan in sizes else None


def lent(wishes: Sequence[Wish], left: float | None, size: Size | None) -> float:
    """What a loan gives for some orders, in the order in which they are asked for [USD].

    left: to be lent; None: made to measure. All orders are promised their part first; each draw is
    then cut by what a sized loan may carry on the hardware paid for by then.
    Source: `funding.promise`, `sizing.drawable`.
    """
    if left is None:
        return sum(wish.amount for wish in wishes)
    promised, drawn, cost, advance = 0.0, 0.0, 0.0, 0.0
    whole = sum(wish.cost for wish in wishes)
    for wish in wishes:
        part = min(wish.amount, left - promised)
        promised += part
        cost += wish.cost
        advance += wish.advance
        if size is not None:
            part = min(part, max(advance - drawn, 0.0))
        if size is not None and "LTV" in size.caps:
            part = min(part, max(size.caps["LTV"] * cost / whole - drawn, 0.0))
        drawn += part
    return drawn


def capacity(parts: Sequence[Borrowed]) -> tuple[dict[str, Figure], tuple[str, ...]]:
    """What the lender of a loan would lend at most, and how well its cash covers that.

    parts: of one loan. And, in words, the cap that binds and the cover. Source: definitions, size
    of a loan, cover that results: present value of CFADS over the debt.
    """
    caps = {name: sum(part.caps[name] for part in parts) for name in parts[0].caps}
    size = debt_size(caps)
    told, cover = [f"debt capacity is set by the {size.binding}"], Figure(None, NOT_ON_COVER)
    if "DSCR" in caps and size.amount > 0:
        stated = float(parts[0].loan.terms.size_dscr)
        cover = Figure(stated * caps["DSCR"] / size.amount)
        if size.binding != "DSCR":
            told.append(f"planned cash covers that {cover.value:.2f}x; {stated:.2f}x is asked")
    return {"debt_capacity": Figure(size.amount), "cover_at_capacity": cover}, tuple(told)


def covered(own: Iterable[tuple[Lot, Sequence[Borrowed]]]) -> Iterator[str]:
    """In words, the cover that results over the term of what lots borrow, the least of each loan.

    own: lots, and what they borrow.
    """
    found: dict[str, tuple[float, float]] = {}
    for lot, parts in own:
        for part in parts:
            terms = part.loan.terms
            if part.follows and terms.cover == RESULTING:
                own_cover = (cover_of(part.loan, lot.cash), float(terms.dscr))
                found[part.named] = min(own_cover, found.get(part.named, own_cover))
    for name, (cover, stated) in found.items():
        yield (
            f"{name}: planned cash covers instalments {cover:.2f}x over its term; {stated:.2f}x is "
            "asked"
        )


def _borrowed(
    scenario: Scenario,
    lot: Lot,
    wish: Wish,
    base: Floats,
    others: Sequence[Wish],
    sizes: Mapping[str, Size],
    before: Construction,
) -> Borrowed:
    """A lot's loan: what the loan gives in all, shared by what was asked.

    before: what it lends before the first rent; for interest in proportion to what it lends for
    hardware.
    """
    left, size = undrawn_available(scenario, wish, sizes), sizes.get(wish.loan)
    wanted = sum(other.amount for other in others)
    whole = 1 + (before.drawn / before.orders if before.orders else 0.0)
    total = lent(others, None if left is None else left - before.room, size)
    own = wish.amount / wanted
    amount = total * own * whole
    caps = {"advance rate": wish.advance * whole}
    if size is not None:
        caps = {cap: usd * own for cap, usd in size.caps.items()}
    elif left is not None:
        caps["commitment"] = left * own
    loan = _loan(scenario, lot, wish.facility, base, amount)
    committed = _committed(scenario, wish, size)
    share = min(total * whole / committed, 1.0) if committed else 1.0
    shared = len(others) > 1 and total < wanted - LEAST
    interest = before.interest / before.orders * total * own if before.orders else 0.0
    loan = loan._replace(drawn_share=share, interest_before=interest)
    return Borrowed(wish.facility, wish.loan, amount, caps, loan, shared)


def _committed(scenario: Scenario, wish: Wish, size: Size | None) -> float:
    """Commitment of a loan; nothing where a programme makes it to measure [USD]."""
    if size is not None:
        return size.commitment
    return 0.0 if wish.facility == PROGRAMME else scenario.debt[wish.facility].commitment_usd


def _loan(scenario: Scenario, lot: Lot, facility: str, base: Floats, amount: float) -> Loan:
    """A loan on a lender's terms; without a plan, in equal parts over the lot's term.

    base: the base rate by month [1/year]; amount [USD].
    """
    terms = one(LoanTerms)
    if facility == PROGRAMME:
        assert scenario.programme is not None
        fill_terms(terms, scenario.programme, scenario.base_rate)
        by_rating = scenario.programme.margin_by_rating
        best = scenario.contracts[lot.contract].rating == "investment-grade"
        margin = by_rating.investment_grade if best else by_rating.other
    else:
        fill_terms(terms, scenario.debt[facility], scenario.base_rate, lot.months)
        margin = scenario.debt[facility].margin
    return Loan(amount, np.array([coupon(terms, rate, margin) for rate in base]), terms)


def _lender(scenario: Scenario, facility: str) -> Debt | Programme | None:
    """Who lends: whose steps of the margin a loan has."""
    return scenario.programme if facility == PROGRAMME else scenario.debt.get(facility)
