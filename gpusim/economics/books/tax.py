"""Income tax, year to date: interest cap, losses carried forward, current and deferred.

Every month the fiscal year so far is taxed as if it ended there and the change is booked, so that
quarter ends are right and the year's last month settles the year.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.money import cents, share_of
from gpusim.economics.core.records import Rows
from gpusim.economics.core.state import Tax


@kernel
def year_advance(tax: Rows[Tax]) -> int:
    """Income of the year so far from customers' prepayments that the books hold in other years.

    tax [1 row, cents]. The terms' share of prepayments is taxed as received, the rest with the
    books; a financing component is neither interest nor revenue.
    Source: 26 U.S.C. 451(c); 26 CFR 1.451-8(a)(1)(i)(B), book revenue is adjusted for financing.

    >>> from gpusim.economics.core.records import rows
    >>> tax = rows(Tax, 1)
    >>> tax[0].advance_share, tax[0].year_prepaid, tax[0].year_financing = 0.5, -100, 7
    >>> year_advance(tax)
    -43
    """
    t = tax[0]
    return int(share_of(t.year_prepaid, t.advance_share) + t.year_financing)


@kernel
def tax_outside_books(tax: Rows[Tax], waited: int, more: int) -> None:
    """Of prepaid balances, an amount no longer waits for tax; income beside the books by `more`.

    tax [1 row]; waited, more [cents].
    Source: 26 U.S.C. 451(c)(1)(B): income with the books, the rest the year after receipt.

    >>> from gpusim.economics.core.records import rows
    >>> tax = rows(Tax, 1)
    >>> tax[0].untaxed = 100
    >>> tax_outside_books(tax, 40, 0)  # earned in the year of receipt or the next
    >>> tax_outside_books(tax, 60, 60)  # the next year is over
    >>> tax_outside_books(tax, 0, -25)  # earned later
    >>> int(tax[0].untaxed), int(tax[0].year_prepaid)
    (0, 35)
    """
    tax[0].untaxed -= waited
    tax[0].year_prepaid += more


@kernel
def allowed_interest(tax: Rows[Tax]) -> int:
    """Net interest of the year so far that may be deducted, earlier disallowed interest included.

    tax [1 row, cents]; the cap is a share of tax EBITDA, the taxable income before interest,
    depreciation and losses, at least 0.
    Source: 26 U.S.C. 163(j), with depreciation added back from 2025.

    >>> from gpusim.economics.core.records import rows
    >>> tax = rows(Tax, 1)
    >>> tax[0].interest_cap_share = 0.30
    >>> tax[0].year_pretax, tax[0].year_book_depreciation, tax[0].year_interest = 100, 300, 200
    >>> allowed_interest(tax)
    180
    """
    t = tax[0]
    ebitda = t.year_pretax + t.year_book_depreciation + t.year_interest + year_advance(tax)
    cap = share_of(max(ebitda, 0), t.interest_cap_share)
    return min(t.year_interest + t.disallowed_interest, cap)


@kernel
def taxable_income(tax: Rows[Tax]) -> int:
    """Taxable income of the year so far, before losses carried forward; negative: a loss.

    tax [1 row, cents].
    Source: 26 U.S.C. 63, 163(j), 167, 168(k), 451(c).

    >>> from gpusim.economics.core.records import rows
    >>> tax = rows(Tax, 1)
    >>> tax[0].interest_cap_share = 0.30
    >>> tax[0].year_pretax, tax[0].year_book_depreciation, tax[0].year_interest = 100, 300, 200
    >>> tax[0].year_tax_depreciation = 350
    >>> taxable_income(tax)
    70
    """
    t = tax[0]
    before_interest = (
        t.year_pretax
        + t.year_book_depreciation
        - t.year_tax_depreciation
        + t.year_interest
        + year_advance(tax)
    )
    return int(before_interest - allowed_interest(tax))


@kernel
def losses_used(tax: Rows[Tax], taxable: int) -> int:
    """Losses carried forward that reduce this year's taxable income.

    tax [1 row, cents]; taxable [cents].
    Source: 26 U.S.C. 172(a)(2), at most 80% of taxable income.

    >>> from gpusim.economics.core.records import rows
    >>> tax = rows(Tax, 1)
    >>> tax[0].losses, tax[0].loss_cap_share = 500, 0.80
    >>> losses_used(tax, 100), losses_used(tax, -100)
    (80, 0)
    """
    return min(tax[0].losses, share_of(max(taxable, 0), tax[0].loss_cap_share))


@kernel
def tax_of_month(
    tax: Rows[Tax],
    pretax: int,
    book_depreciation: int,
    tax_depreciation: int,
    net_interest: int,
) -> int:
    """Add a month to the fiscal year and return the change of the year's current tax.

    tax [1 row], with the year's prepayments; pretax income, book_depreciation,
    tax_depreciation, net_interest expense [cents].
    Source: ASC 740-10-25; 26 U.S.C. 11.

    >>> from gpusim.economics.core.records import rows
    >>> tax = rows(Tax, 1)
    >>> tax[0].rate, tax[0].interest_cap_share = 0.25, 0.30
    >>> [tax_of_month(tax, 100, 300, 350, 200), tax_of_month(tax, -400, 300, 0, 0)]
    [18, -18]
    """
    t = tax[0]
    t.year_pretax += pretax
    t.year_book_depreciation += book_depreciation
    t.year_tax_depreciation += tax_depreciation
    t.year_interest += net_interest
    taxable = taxable_income(tax)
    current = cents(t.rate * max(taxable - losses_used(tax, taxable), 0))
    change = current - t.year_current
    t.year_current = current
    return int(change)


@kernel
def close_year(tax: Rows[Tax]) -> None:
    """Carry the fiscal year's losses and disallowed interest forward and start the next year.

    tax [1 row, cents].
    Source: 26 U.S.C. 172(b), 163(j)(2).

    >>> from gpusim.economics.core.records import rows
    >>> tax = rows(Tax, 1)
    >>> tax[0].year_pretax, tax[0].year_interest = -70, 50
    >>> close_year(tax)
    >>> int(tax[0].losses), int(tax[0].disallowed_interest), int(tax[0].year_pretax)
    (20, 50, 0)
    """
    t = tax[0]
    taxable = taxable_income(tax)
    allowed = allowed_interest(tax)
    t.losses += max(-taxable, 0) - losses_used(tax, taxable)
    t.disallowed_interest += t.year_interest - allowed
    t.year_pretax = 0
    t.year_book_depreciation = 0
    t.year_tax_depreciation = 0
    t.year_interest = 0
    t.year_prepaid = 0
    t.year_financing = 0
    t.year_current = 0


@kernel
def deferred_liability(tax: Rows[Tax], ppe_book: int, deferred_revenue: int) -> int:
    """Net deferred tax liability; assets count only up to the liabilities that reverse.

    tax [1 row, the year so far included]; ppe_book, deferred_revenue [cents].
    Source: ASC 740-10-25-20, 740-10-30-5(e), valuation allowance for the rest.

    >>> from gpusim.economics.core.records import rows
    >>> tax = rows(Tax, 1)
    >>> tax[0].rate, tax[0].basis, tax[0].losses = 0.25, 600, 100
    >>> deferred_liability(tax, 1_000, 0), deferred_liability(tax, 650, 0)
    (75, 0)
    """
    t = tax[0]
    taxable = taxable_income(tax)
    losses = t.losses + max(-taxable, 0) - losses_used(tax, taxable)
    disallowed = t.disallowed_interest + t.year_interest - allowed_interest(tax)
    difference = ppe_book - t.basis
    taxed = share_of(deferred_revenue - t.accreted - t.untaxed, t.advance_share) + t.accreted
    assets = losses + disallowed + taxed
    return cents(t.rate * max(difference - assets, 0))
