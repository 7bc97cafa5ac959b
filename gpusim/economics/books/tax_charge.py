"""The tax of a month as the books carry it, and what tax deducts of the cost of hardware."""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import (
    AMORTISATION_OF_INTANGIBLES,
    CASH_FROM_DISPOSALS,
    COST_DEPRECIATION,
    DEFERRED_REVENUE,
    DEFERRED_TAX,
    DISPOSAL_GAIN,
    FIRST_PROFIT_AND_LOSS,
    IMPAIRMENT,
    INFRASTRUCTURE_ACCUMULATED,
    INFRASTRUCTURE_GROSS,
    INTANGIBLES_ACCUMULATED,
    INTANGIBLES_GROSS,
    INTEREST_AMORTISATION,
    INTEREST_CAPITALISED,
    INTEREST_CONTRACTUAL,
    INTEREST_INCOME,
    INTEREST_UNDRAWN_FEES,
    OTHER_EQUIPMENT_ACCUMULATED,
    OTHER_EQUIPMENT_GROSS,
    OTHER_INCOME,
    SERVERS_ACCUMULATED,
    SERVERS_GROSS,
    TAX_CURRENT,
    TAX_DEFERRED,
    TAX_PAYABLE,
    TECHNOLOGY_DEPRECIATION,
    post,
)
from gpusim.economics.books.tax import deferred_liability, tax_of_month
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import State


@kernel
def deduct_level(s: State, amount: int, first: int, months: int) -> None:
    """Deduct an amount for tax level over so many months, from a month to the calendar's end.

    amount [cents]; first [month]. Cents that do not divide are carried until they make one more.
    """
    if amount == 0:
        return
    a_month, over = amount // months, amount % months
    carried = 0
    for month in range(first, min(first + months, len(s.tax_schedule))):
        carried += over
        extra = 1 if carried >= months else 0
        carried -= extra * months
        s.tax_schedule[month] += a_month + extra


@kernel
def deduct_for_tax(s: State, cost: int) -> None:
    """Tax depreciation of an addition: the bonus share at once, the rest straight line by month.

    Source: IRC section 168(k), 100% for property acquired after 2025-01-19.
    """
    tax = s.tax[0]
    month = s.clock[0].month
    tax.basis += cost
    bonus = share_of(cost, tax.bonus_share)
    s.tax_schedule[month] += bonus
    rest = cost - bonus
    deduct_level(s, rest, month, tax.life_months)


@kernel
def deduct_building(s: State, cost: int, months: int) -> None:
    """Tax depreciation of a building: level over its own months, no part of it at once [cents].

    Source: 26 U.S.C. 168(b)(3) and (c), straight line for nonresidential real property.
    """
    s.tax[0].basis += cost
    deduct_level(s, cost, s.clock[0].month, months)


@kernel
def taxable_lines(s: State, month: int) -> tuple[int, int, int]:
    """Income before tax, book depreciation and net interest of a month, as far as booked [cents].

    Amortisation, impairment and the book value of what is sold or lost count as book depreciation:
    the tax basis goes on being deducted on its own schedule, and proceeds are taxed in full.
    """
    pretax = ZERO
    for account in range(FIRST_PROFIT_AND_LOSS, TAX_CURRENT):
        pretax -= s.ledger[account, month]
    book = (
        s.ledger[COST_DEPRECIATION, month]
        + s.ledger[TECHNOLOGY_DEPRECIATION, month]
        + s.ledger[AMORTISATION_OF_INTANGIBLES, month]
        + s.ledger[IMPAIRMENT, month]
        + s.ledger[DISPOSAL_GAIN, month]
        + s.ledger[OTHER_INCOME, month]
        + s.ledger[CASH_FROM_DISPOSALS, month]
    )
    net_interest = (
        s.ledger[INTEREST_CONTRACTUAL, month]
        + s.ledger[INTEREST_AMORTISATION, month]
        + s.ledger[INTEREST_UNDRAWN_FEES, month]
        + s.ledger[INTEREST_CAPITALISED, month]
        + s.ledger[INTEREST_INCOME, month]
    )
    return int(pretax), int(book), int(net_interest)


@kernel
def book_tax(s: State, pretax: int, book: int, deducted: int, net_interest: int) -> None:
    """Add amounts to the fiscal year [cents], and book what they change of both taxes."""
    tax = s.tax[0]
    current = tax_of_month(s.tax, pretax, book, deducted, net_interest)
    tax.payable += current
    post(s, TAX_CURRENT, TAX_PAYABLE, current)
    liability = deferred_liability(s.tax, depreciable_net(s), -s.balance[DEFERRED_REVENUE])
    liability += s.firm[0].deferred_tax_other
    post(s, TAX_DEFERRED, DEFERRED_TAX, liability - tax.deferred)
    tax.deferred = liability


@kernel
def depreciable_net(s: State) -> int:
    """Book value of what is in service, and of acquired intangibles but goodwill [cents].

    Construction in progress has the same tax basis.
    Source: ASC 740-10-25-20, 805-740-25-3: temporary differences, of goodwill there is none.
    """
    return int(
        s.balance[SERVERS_GROSS]
        + s.balance[INFRASTRUCTURE_GROSS]
        + s.balance[OTHER_EQUIPMENT_GROSS]
        + s.balance[INTANGIBLES_GROSS]
        + s.balance[SERVERS_ACCUMULATED]
        + s.balance[INFRASTRUCTURE_ACCUMULATED]
        + s.balance[OTHER_EQUIPMENT_ACCUMULATED]
        + s.balance[INTANGIBLES_ACCUMULATED]
    )
