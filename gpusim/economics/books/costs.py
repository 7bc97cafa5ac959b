"""A month's costs: leases, overheads, and what falls due of them.

Costs arise in the month and are paid some months later, through operating payables.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.leases import accretion
from gpusim.economics.books.ledger import (
    ADMINISTRATION_CASH,
    ADMINISTRATION_STOCK,
    COST_OTHER,
    COST_RENT,
    COST_STOCK,
    LEASE_ASSETS,
    LEASE_LIABILITIES,
    PAID_IN_CAPITAL,
    PAYABLES_OPERATING,
    SALES_CASH,
    SALES_STOCK,
    TECHNOLOGY_CASH,
    TECHNOLOGY_STOCK,
    post,
)
from gpusim.economics.core.calendar import MONTHS_PER_YEAR, add_months
from gpusim.economics.core.money import cents, muldiv, share_of
from gpusim.economics.core.state import LEASES, NONE, State, World


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
            if lease.paid_months % MONTHS_PER_YEAR == 0:
                lease.rent = cents(lease.rent * (1.0 + lease.escalator))
        lease.liability += grown - paid
        lease.asset -= cost - grown
        post(s, COST_RENT, LEASE_ASSETS, cost - grown)
        post(s, COST_RENT, LEASE_LIABILITIES, grown)
        post(s, LEASE_LIABILITIES, PAYABLES_OPERATING, paid)
        rent_due += paid
    return rent_due


@kernel
def overhead_amount(
    fixed: float, revenue_share: float, revenue: float, power_cost: float, power: float
) -> float:
    """An overhead line's cost of a month: a fixed part, a share of revenue, a price of power used.

    fixed, revenue [money]; revenue_share [fraction]; power_cost [money/power-month]; power in use
    on average over the month, in the unit of its price.

    >>> overhead_amount(100.0, 0.1, 500.0, 2.0, 10.0)
    170.0
    """
    return fixed + revenue_share * revenue + power_cost * power


@kernel
def overhead_month(s: State, n: int, revenue: int, active_microwatt_months: float) -> int:
    """Post one overhead line, its stock part to paid-in capital; returns the cash part [cents].

    Source: ASC 718-10-35-2, stock compensation by line.
    """
    line = s.overheads[n]
    amount = cents(
        overhead_amount(
            line.monthly,
            line.revenue_share,
            float(revenue),
            line.microwatt_cost,
            active_microwatt_months,
        )
    )
    line.monthly *= line.growth
    stock = share_of(amount, line.stock_share)
    cash_account, stock_account = overhead_accounts(line.line)
    post(s, stock_account, PAID_IN_CAPITAL, stock)
    post(s, cash_account, PAYABLES_OPERATING, amount - stock)
    return amount - stock


@kernel
def overhead_accounts(line: int) -> tuple[int, int]:
    """Cash and stock account of an overhead line."""
    if line == 0:
        return COST_OTHER, COST_STOCK
    if line == 1:
        return TECHNOLOGY_CASH, TECHNOLOGY_STOCK
    if line == 2:
        return SALES_CASH, SALES_STOCK
    return ADMINISTRATION_CASH, ADMINISTRATION_STOCK
