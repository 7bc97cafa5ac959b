"""Prepaid balances: what a customer paid ahead, one row an amount, until it is credited or kept.

Each amount has its own months of credits and its own year of receipt for tax, so that one never
stands in for another. A contract's balances are chained, the oldest first.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.leases import accretion
from gpusim.economics.books.tax import tax_outside_books
from gpusim.economics.core.calendar import fiscal_year
from gpusim.economics.core.money import muldiv
from gpusim.economics.core.state import ADVANCES, NONE, State
from gpusim.economics.sales.backlog import release_of


@kernel
def level_credit(left: int, credits_left: int, invoice: int) -> int:
    """Credit of a month: an equal part of what is left, at most the invoice.

    left to be credited, invoice [cents]; credits_left, this one included [count]; after the last
    month all that is left. What an invoice is too small for is spread over the later ones.

    >>> level_credit(600, 3, 500), level_credit(600, 3, 150), level_credit(450, 2, 500)
    (200, 150, 225)
    >>> level_credit(90, -2, 500)
    90
    """
    return min(left // max(credits_left, 1), invoice)


@kernel
def book_advance(s: State, c: int, amount: int, day: int) -> int:
    """An amount paid ahead becomes a balance of its own [cents]; returns its row."""
    contract = s.contracts[c]
    row = s.count[ADVANCES]
    s.count[ADVANCES] = row + 1
    advance = s.advances[row]
    advance.contract = c
    advance.following = NONE
    advance.balance = amount
    advance.accreted = 0
    advance.untaxed = amount
    advance.booked = day
    advance.credit_first = contract.credit_first
    advance.credit_last = contract.credit_last
    if contract.advance == NONE:
        contract.advance = row
    else:
        last = contract.advance
        while s.advances[last].following != NONE:
            last = s.advances[last].following
        s.advances[last].following = row
    contract.balance += amount
    s.tax[0].untaxed += amount
    return int(row)


@kernel
def reduce_advance(s: State, a: int, paid: int, financing: int) -> None:
    """Lower a balance: by what the customer paid, and by accretion that becomes revenue [cents].

    What tax has not had yet is income with the books; the rest was taxed before.
    """
    advance = s.advances[a]
    contract = s.contracts[advance.contract]
    advance.balance -= paid + financing
    advance.accreted -= financing
    contract.balance -= paid + financing
    contract.accreted -= financing
    now = min(advance.untaxed, paid)
    advance.untaxed -= now
    tax_outside_books(s.tax, now, now - paid)
    s.tax[0].accreted -= financing
    s.tax[0].year_financing -= financing


@kernel
def accrete(s: State, a: int, rate: float, day: int, month_days: int) -> int:
    """A month's financing component of a balance, from the day it was booked on [cents].

    rate [1/year]; day on which the month ends; month_days [day].
    Source: ASC 606-10-32-15, 32-20, interest for the time between payment and service.
    """
    advance = s.advances[a]
    days = min(day - advance.booked + 1, month_days)
    added = muldiv(accretion(advance.balance, rate), days, month_days)
    advance.balance += added
    advance.accreted += added
    s.contracts[advance.contract].balance += added
    s.contracts[advance.contract].accreted += added
    s.tax[0].accreted += added
    s.tax[0].year_financing += added
    return int(added)


@kernel
def credit(s: State, a: int, rate: float, month: int, invoice: int) -> tuple[int, int]:
    """A month's credit of a balance, and the accretion that becomes revenue with it [cents].

    rate of the financing component [1/year]; invoice that is left to be lowered [cents]. The
    release is level, so that a balance booked late in a month may release more than has grown yet.
    Source: definitions, significant financing component.
    """
    advance = s.advances[a]
    if advance.balance <= 0 or advance.credit_first > month:
        return 0, 0
    credits_left = max(advance.credit_last - month + 1, 1)
    paid = advance.balance - advance.accreted
    credited = level_credit(paid, credits_left, invoice)
    financing = ZERO
    if rate > 0.0:
        whole = release_of(advance.balance, credits_left, rate)
        financing = whole - paid // credits_left
    reduce_advance(s, a, credited, financing)
    return int(credited), int(financing)


@kernel
def clear_advances(s: State, c: int) -> None:
    """Nothing is left of a contract's balances."""
    a = s.contracts[c].advance
    while a != NONE:
        advance = s.advances[a]
        reduce_advance(s, a, advance.balance - advance.accreted, advance.accreted)
        a = advance.following


@kernel
def open_months(s: State, c: int, first: int, last: int) -> None:
    """Fix the months in which a contract's prepayment is credited, booked already or to come."""
    contract = s.contracts[c]
    before = contract.credit_first
    contract.credit_first = first
    contract.credit_last = last
    a = contract.advance
    while a != NONE:
        advance = s.advances[a]
        if advance.credit_first == before:
            advance.credit_first = first
            advance.credit_last = last
        a = advance.following


@kernel
def tax_unearned_advances(s: State, day: int) -> None:
    """A fiscal year ends: what came in before it and is not yet earned is income of it.

    Source: 26 U.S.C. 451(c)(1)(B)(ii), at the latest the year after receipt.
    """
    ends = s.tax[0].year_ends
    for a in range(s.count[ADVANCES]):
        advance = s.advances[a]
        if advance.untaxed > 0 and fiscal_year(advance.booked, ends) < fiscal_year(day, ends):
            tax_outside_books(s.tax, advance.untaxed, advance.untaxed)
            advance.untaxed = 0
