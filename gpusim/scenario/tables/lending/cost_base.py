"""What counts in the cost that a lender's advance rate is of, beside what is bought or built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import Field

from gpusim.economics.core.calendar import DAYS_PER_YEAR, MONTHS_PER_YEAR
from gpusim.economics.debt.sizing import lent_on_cost
from gpusim.scenario.language.fields import Problem
from gpusim.scenario.tables.lending.amortisation import Amortisation
from gpusim.scenario.tables.lending.fees import LOAN_KIND

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


def counted_share(terms: Debt | Programme, base: float) -> float:
    """What counts beside what is bought, of what is lent [share].

    base: base rate of the as-of day [1/year]. Source: definitions, cost base.
    """
    return sum((part_of(terms, word, base) for word in terms.cost_base or ()), 0.0)


def part_of(terms: Debt | Programme, word: Counted, base: float) -> float:
    """Fees or the reserve, of what is lent; interest is drawn as it falls due [share].

    base: base rate of the as-of day [1/year].
    """
    if word == "fees":
        return terms.draw_discount + (terms.upfront_fee or 0.0)
    if word == "interest":
        return 0.0
    if terms.reserve_months == 0 or terms.amortisation is None:
        return terms.reserve_share
    rate = coupon_of(cast("Debt", terms), base)  # the programme has no reserve of months here
    ahead = first_service(terms.amortisation, terms.reserve_months, rate)
    return min(terms.reserve_share + ahead, 1.0)


def coupon_of(debt: Debt, base: float) -> float:
    """What a debt costs at a base rate in a year of 365 days, before steps of its margin [1/year].

    base [1/year]. Source: `loan_arithmetic.coupon`.
    """
    rate = debt.margin
    if debt.base != "fixed":
        swapped = debt.hedge.share if debt.hedge else 0.0
        swap = debt.hedge.swap_rate if debt.hedge else 0.0
        rate += swapped * swap + (1 - swapped) * max(base, debt.base_floor)
    return rate * DAYS_PER_YEAR / 360 if debt.day_count == "act/360" else rate


def first_service(plan: Amortisation, months: int, rate: float) -> float:
    """What a draw on a payment date pays in its first months: interest and instalments [share].

    rate [1/year], of equal months; balloons and bullets left out. Of the draw.
    Source: definitions, cost base; laws as in `loan_arithmetic.payment_of`.

    >>> half = Amortisation(law="straight", months=60, every_months=3)
    >>> round(first_service(half, 6, 0.1), 6), round(first_service(half, 2, 0.1), 6)
    (0.14875, 0.0)
    >>> round(first_service(Amortisation(law="level", months=24, every_months=12), 12, 0.1), 6)
    0.57619
    """
    every, left, total, before = plan.every_months, 1.0, 0.0, 0
    count = (plan.months - plan.grace_months) // every
    period = rate * every / MONTHS_PER_YEAR
    worth = (1 + period) ** -count
    level = 0.0
    if plan.law == "level" and period > 0:
        level = (1 - plan.balloon_share * worth) * period / (1 - worth)
    for month in range(plan.grace_months % every or every, min(months, plan.months) + 1, every):
        total += left * rate * (month - before) / MONTHS_PER_YEAR
        before = month
        if plan.law != "bullet" and month > plan.grace_months:
            repaid = level - left * period if level else (1 - plan.balloon_share) / count
            total += repaid
            left -= repaid
    return total


def counts_interest(scenario: Scenario) -> bool:
    """Whether a loan is drawn for interest before the first rent."""
    lenders = [*scenario.debt.values(), *([scenario.programme] if scenario.programme else ())]
    return any("interest" in (terms.cost_base or ()) for terms in lenders)


def lent_of(terms: Debt | Programme | None, share: float, base: float) -> float:
    """What is lent of what is bought, where it is a share of all that counts [share].

    base: base rate of the as-of day [1/year].
    """
    return float(lent_on_cost(share, counted_share(terms, base))) if terms else 0.0


def cost_base_problems(terms: Debt | Programme) -> Iterator[Problem]:
    """A word twice, and a reserve of service that is known only once its loan is drawn."""
    base = terms.cost_base or ()
    for place, word in enumerate(base):
        if word in base[:place]:
            yield Problem(("cost_base", place), f'"{word}" a second time', "each name once")
    plan = terms.amortisation
    amiss = plan is None or plan.law == "sculpted" or plan.uneven
    if "reserve" in base and terms.reserve_months and amiss:
        expected = "reserve_share alone, or a law that is not sculpted and has no stub"
        yield Problem(("cost_base",), reserve_of_months(terms), expected)


def reserve_of_months(terms: Debt | Programme) -> str:
    """What is refused, in words."""
    return f'"reserve" beside reserve_months of {terms.reserve_months}'


def cost_of_programme_problems(programme: Programme) -> Iterator[Problem]:
    """Service of months is another share for each margin: loans of one programme share one."""
    yield from cost_base_problems(programme)
    if "reserve" in (programme.cost_base or ()) and programme.reserve_months:
        expected = "reserve_share alone: margins differ by rating"
        yield Problem(("cost_base",), reserve_of_months(programme), expected)


def interest_of_debt_problems(debt: Debt) -> Iterator[Problem]:
    """Interest is drawn by a loan that is still untouched on the as-of day."""
    if "interest" not in (debt.cost_base or ()):
        return
    if debt.opening:
        found = '"interest" beside an opening balance'
        yield Problem(("cost_base",), found, "a loan of which nothing is drawn on the as-of day")


def interest_problems(scenario: Scenario) -> Iterator[Problem]:
    """Interest is drawn before the first rent of contracts, so there must be some.

    Source: definitions, cost base.
    """
    lent = {contract.facility for contract in scenario.contracts.values()}
    for name, debt in scenario.debt.items():
        if "interest" not in (debt.cost_base or ()):
            continue
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
