"""What counts in the cost that a lender's advance rate is of, beside what is bought or built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from gpusim.economics.debt.sizing import lent_on_cost
from gpusim.scenario.language.fields import Problem
from gpusim.scenario.tables.lending.fees import LOAN_KIND
from gpusim.scenario.tables.plant.building import buildings_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.lending.debt import Debt
    from gpusim.scenario.tables.lending.programme import Programme

Counted = Literal["fees", "reserve", "interest"]
CostBase = Annotated[
    tuple[Counted, ...] | None,
    Field(
        description="What counts in the cost that advance_rate is of beside hardware and buildings "
        "and is drawn with it: fees, reserve, interest; left out: nothing [names]",
    ),
]


def counted_share(terms: Debt | Programme) -> float:
    """What counts beside what is bought, of what is lent [share].

    Source: definitions, cost base.
    """
    return sum((part_of(terms, word) for word in terms.cost_base or ()), 0.0)


def part_of(terms: Debt | Programme, word: Counted) -> float:
    """Fees or the reserve, of what is lent; interest is drawn as it falls due [share]."""
    if word == "fees":
        return terms.draw_discount + (terms.upfront_fee or 0.0)
    return terms.reserve_share if word == "reserve" else 0.0


def counts_interest(scenario: Scenario) -> bool:
    """Whether a loan is drawn for interest before the first rent."""
    lenders = [*scenario.debt.values(), *([scenario.programme] if scenario.programme else ())]
    return any("interest" in (terms.cost_base or ()) for terms in lenders)


def lent_of(terms: Debt | Programme | None, share: float) -> float:
    """What is lent of what is bought, where it is a share of all that counts [share]."""
    return float(lent_on_cost(share, counted_share(terms))) if terms else 0.0


def cost_base_problems(terms: Debt | Programme) -> Iterator[Problem]:
    """A word twice, and a reserve whose size is known only once its loan is drawn."""
    base = terms.cost_base or ()
    for place, word in enumerate(base):
        if word in base[:place]:
            yield Problem(("cost_base", place), f'"{word}" a second time', "each name once")
    if "reserve" in base and terms.reserve_months:
        found = f'"reserve" beside reserve_months of {terms.reserve_months}'
        yield Problem(("cost_base",), found, "a reserve that is reserve_share alone")


def interest_of_debt_problems(debt: Debt) -> Iterator[Problem]:
    """Interest is drawn by a loan with recourse that is still untouched on the as-of day."""
    if "interest" not in (debt.cost_base or ()):
        return
    if not debt.recourse:
        found = '"interest" without recourse'
        yield Problem(("cost_base",), found, "recourse = true: the firm pays the rest of it")
    if debt.opening:
        found = '"interest" beside an opening balance'
        yield Problem(("cost_base",), found, "a loan of which nothing is drawn on the as-of day")


def interest_problems(scenario: Scenario) -> Iterator[Problem]:
    """Interest is drawn before the first rent of contracts, so there must be some.

    Source: definitions, cost base.
    """
    lent = {contract.facility for contract in scenario.contracts.values()}
    housed = {
        building.facility
        for site in scenario.sites.values()
        for _, _, building in buildings_of(site)
    }
    for name, debt in scenario.debt.items():
        if "interest" not in (debt.cost_base or ()):
            continue
        if name in housed:
            found = f'"interest" of {name}, which lends for a building'
            yield Problem(("debt", name, "cost_base"), found, "a loan of hardware alone")
        if name not in lent:
            found = f'"interest" of {name}, which lends for no contract'
            expected = "a contract that has it as its facility: rent ends construction"
            yield Problem(("debt", name, "cost_base"), found, expected)


def cost_of_debt_problems(debt: Debt) -> Iterator[Problem]:
    """Only a loan with an advance rate has a cost that it is of."""
    if debt.cost_base and (debt.kind != LOAN_KIND or not debt.commitment_usd):
        yield Problem(("cost_base",), f"costs of {debt.kind} debt", f"a {LOAN_KIND} commitment")
    yield from cost_base_problems(debt)
    yield from interest_of_debt_problems(debt)
