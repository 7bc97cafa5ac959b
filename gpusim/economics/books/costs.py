"""A month's costs: leases, overheads, and what falls due of them.

Costs arise in the month and are paid some months later, through operating payables.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.leases import YEAR, accretion, month_rent
from gpusim.economics.books.ledger import (
    COST_RENT,
    LEASE_ASSETS,
    LEASE_LIABILITIES,
    PAID_IN_CAPITAL,
    PAYABLES_OPERATING,
    overhead_accounts,
    post,
)
from gpusim.economics.core.calendar import add_months
from gpusim.economics.core.money import cents, muldiv, share_of
from gpusim.economics.core.state import LEASES, NONE, SITE_FIXED_RENT, Floats, State, World


@kernel
def lease_month(s: State, w: World, month: int) -> int:
    """Post every lease's straight-line cost and accretion; returns the rent due [cents].

    Cost runs by the day from handover; payments are monthly, the first at the end of the first
    full month. Source: ASC 842-20-25-6, 842-20-35-3.
    """
    rent_due = 0
    end, before = w.month_end[month], w.month_end[month - 1]
    for n in range(s.count[LEASES]):
        lease = s.leases[n]
        if lease.start > end:
            continue
        term_days = add_months(lease.start, lease.months) - lease.start
        elapsed = min(end - lease.start + 1, term_days)
        cost = muldiv(lease.straight, elapsed, term_days) - lease.charged
        lease.charged += cost
        paid, grown = 0, 0
        if lease.start <= before + 1 and lease.paid_months < lease.months:
            paid = s.lease_schedule[month] if lease.hall == NONE else lease.rent
            grown = accretion(lease.liability, lease.rate)
            lease.paid_months += 1
            if lease.paid_months == lease.months:
                grown = paid - lease.liability
            if lease.paid_months % YEAR == 0:
                lease.rent = month_rent(lease.rent, lease.escalator, YEAR)
        lease.liability += grown - paid
        lease.asset -= cost - grown
        post(s, COST_RENT, LEASE_ASSETS, cost - grown)
        post(s, COST_RENT, LEASE_LIABILITIES, grown)
        post(s, LEASE_LIABILITIES, PAYABLES_OPERATING, paid)
        rent_due += paid
        if len(s.site_months) > 0:
            site = len(s.sites) if lease.hall == NONE else s.halls[lease.hall].site
            s.site_months[site, SITE_FIXED_RENT, month] += cost
    return rent_due


@kernel
def overhead_amount(rates: Floats, bases: Floats) -> float:
    """What a cost line costs in a month: for each thing it goes by, its rate times how much.

    rates [cents/unit of the basis], bases [its unit], both [BASES], see `decisions.cost_bases`.
    Source: definitions, overheads.

    >>> from numpy import array
    >>> float(overhead_amount(array([100.0, 0.1]), array([1.0, 500.0])))
    150.0
    """
    amount = 0.0
    for basis in range(len(rates)):
        amount += rates[basis] * bases[basis]
    return amount


@kernel
def overhead_of(s: State, n: int, month: int) -> tuple[int, int]:
    """What a cost line costs in a month, in cash and in shares [cents].

    Source: ASC 718-10-35-2, stock compensation by line.
    """
    amount = cents(overhead_amount(s.cost_rates[n, month], s.cost_bases[month]))
    stock = share_of(amount, s.overheads[n].stock_share)
    return amount - stock, stock


@kernel
def overhead_month(s: State, n: int, month: int) -> int:
    """Post a cost line, its stock part to paid-in capital; returns the cash part [cents].

    Source: ASC 718-10-35-2, stock compensation by line.
    """
    cash, stock = overhead_of(s, n, month)
    cash_account, stock_account = overhead_accounts(s.overheads[n].line)
    post(s, stock_account, PAID_IN_CAPITAL, stock)
    post(s, cash_account, PAYABLES_OPERATING, cash)
    return cash
