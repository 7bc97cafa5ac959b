"""What counts in the cost that a lender's advance rate is of, beside what is bought or built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from gpusim.economics.debt.sizing import lent_on_cost
from gpusim.scenario.language.fields import Problem
from gpusim.scenario.tables.lending.fees import LOAN_KIND

if TYPE_CHECKING:
    from gpusim.scenario.tables.lending.debt import Debt
    from gpusim.scenario.tables.lending.programme import Programme

Counted = Literal["fees", "reserve"]
CostBase = Annotated[
    tuple[Counted, ...] | None,
    Field(
        description="What counts in the cost that advance_rate is of beside hardware and buildings "
        "and is drawn with it: fees, reserve; left out: nothing [names]",
    ),
]


def counted_share(terms: Debt | Programme) -> float:
    """What counts beside what is bought, of what is lent [share].

    Source: definitions, cost base.
    """
    return sum((part_of(terms, word) for word in terms.cost_base or ()), 0.0)


def part_of(terms: Debt | Programme, word: Counted) -> float:
    """Fees or the reserve, of what is lent [share]."""
    if word == "fees":
        return terms.draw_discount + (terms.upfront_fee or 0.0)
    return terms.reserve_share


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


def cost_of_debt_problems(debt: Debt) -> Iterator[Problem]:
    """Only a loan with an advance rate has a cost that it is of."""
    if debt.cost_base and (debt.kind != LOAN_KIND or not debt.commitment_usd):
        yield Problem(("cost_base",), f"costs of {debt.kind} debt", f"a {LOAN_KIND} commitment")
    yield from cost_base_problems(debt)
