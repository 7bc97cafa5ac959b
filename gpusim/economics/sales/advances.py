"""Prepaid balances: what a customer paid ahead, one row an amount, until it is credited or kept.

Each amount has its own months of credits and its own year of receipt for tax, so that one never
stands in for another. A contract's balances are chained, the oldest first.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.books.leases import accretion
from gpusim.economics.books.tax import tax_outside_books
from gpusim.economics.core.calendar import fiscal_year
from gpusim.economics.core.money import in_proportion, muldiv, share_of
from gpusim.economics.core.state import ACCRETION, ADVANCES, NONE, State
from gpusim.economics.sales.backlog import book_for, release_of
from gpusim.economics.sales.losses import NO_CAUSE

MOST_CREDITS = const(1200)
"""Months over which a financing component is released at most: the longest term."""


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
def month_credit(left: int, credits_left: int, share: float, billed: int, invoice: int) -> int:
    """Credit of a month by either law: level, or a share of what is billed, at most the invoice.

    left to be credited; billed, before any credit; invoice, what older balances leave of it
    [cents]; credits_left, this one included [count]; share of what is billed, 0: level. The last
    month takes all that is left, by either law.
    Source: FIDIC, 14.2, an advance is repaid by a share of each certificate.

    >>> [month_credit(left, 9, 0.25, 400, 400) for left in (600, 60)]
    [100, 60]
    >>> month_credit(600, 9, 0.25, 400, 30), month_credit(600, 1, 0.25, 400, 400)
    (30, 400)
    """
    if share > 0.0 and credits_left > 1:
        return min(share_of(billed, share), left, invoice)
    return level_credit(left, credits_left, invoice)


@kernel
def months_to_go(left: int, credits_left: int, share: float, billed: int) -> int:
    """Months over which a balance is still credited, this one included, if all are like this one.

    Arguments as of `month_credit`.

    >>> months_to_go(600, 9, 0.0, 400), months_to_go(600, 9, 0.25, 400)
    (9, 6)
    """
    months = max(credits_left, 1)
    if share > 0.0 and months > 1:
        each = share_of(billed, share)
        if each > 0:
            months = min(months, -(-left // each))
        months = min(months, MOST_CREDITS)
    return months


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
    advance.credit_share = contract.credit_share
    advance.source = row
    join_advances(s, c, row)
    contract.balance += amount
    s.tax[0].untaxed += amount
    return int(row)


@kernel
def join_advances(s: State, c: int, row: int) -> None:
    """A balance is the youngest of its contract."""
    contract = s.contracts[c]
    if contract.advance == NONE:
        contract.advance = row
        return
    last = contract.advance
    while s.advances[last].following != NONE:
        last = s.advances[last].following
    s.advances[last].following = row


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
def credit(s: State, a: int, rate: float, month: int, billed: int, invoice: int) -> tuple[int, int]:
    """A month's credit of a balance, and the accretion that becomes revenue with it [cents].

    rate of the financing component [1/year]; what is billed, and what of it is left to be lowered
    [cents]. The release is level over the months that are left, as far as this one tells, so that a
    balance booked late in a month may release more than has grown yet.
    Source: definitions, significant financing component.
    """
    advance = s.advances[a]
    if advance.balance <= 0 or advance.credit_first > month:
        return 0, 0
    credits_left, share = advance.credit_last - month + 1, advance.credit_share
    paid = advance.balance - advance.accreted
    credited = month_credit(paid, credits_left, share, billed, invoice)
    financing = ZERO
    if rate > 0.0:
        months = max(months_to_go(paid, credits_left, share, billed), 1)
        whole = release_of(advance.balance, months, rate)
        financing = whole - paid // months
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
def pass_on(s: State, a: int, c: int, part: int, whole: int) -> None:
    """A part of a balance runs on to a renewal: what is left, what it grew by, what tax waits for.

    c: the renewal; part over whole: its part. Months, day of receipt and law go with it.
    """
    advance = s.advances[a]
    was = s.contracts[advance.contract]
    paid = in_proportion(advance.balance - advance.accreted, part, whole)
    grown = in_proportion(abs(advance.accreted), part, whole)
    if advance.accreted < 0:  # released before it had grown
        grown = -grown
    untaxed = in_proportion(advance.untaxed, part, whole)
    row = part_of(s, a, c)
    own, contract = s.advances[row], s.contracts[c]
    advance.balance -= paid + grown
    advance.accreted -= grown
    advance.untaxed -= untaxed
    was.balance -= paid + grown
    was.accreted -= grown
    own.balance += paid + grown
    own.accreted += grown
    own.untaxed += untaxed
    contract.balance += paid + grown
    contract.accreted += grown
    book_for(s, own.contract, ACCRETION, NO_CAUSE, grown)
    book_for(s, advance.contract, ACCRETION, NO_CAUSE, -grown)


@kernel
def part_of(s: State, a: int, c: int) -> int:
    """A contract's balance of what another contract's is a part of; its row, new if need be."""
    row = s.contracts[c].advance
    while row != NONE:
        if s.advances[row].source == s.advances[a].source:
            return int(row)
        row = s.advances[row].following
    row = s.count[ADVANCES]
    s.count[ADVANCES] = row + 1
    advance, own = s.advances[a], s.advances[row]
    own.contract = c
    own.following = NONE
    own.balance = 0
    own.accreted = 0
    own.untaxed = 0
    own.booked = advance.booked
    own.credit_first = advance.credit_first
    own.credit_last = advance.credit_last
    own.credit_share = advance.credit_share
    own.source = advance.source
    join_advances(s, c, row)
    return int(row)


@kernel
def has_credit_share(s: State, c: int) -> bool:
    """Whether something that was paid ahead for a contract is credited by a share of invoices."""
    contract = s.contracts[c]
    if contract.credit_share > 0.0:
        return True
    a = contract.advance
    while a != NONE:
        if s.advances[a].credit_share > 0.0:
            return True
        a = s.advances[a].following
    return False


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
