"""Double entry: the chart of accounts and the one way to post.

A debit is positive, a credit negative; every posting moves two accounts, so the ledger sums to
zero in every month by construction and the tests prove that nothing else writes to it. Cash is
kept by what moved it, one account a line of the cash flow statement.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.compiling.kernel import const, kernel, names
from gpusim.economics.core.state import State

(
    # cash, by what moved it
    CASH_OPENING,
    CASH_FROM_CUSTOMERS,
    CASH_FOR_OPERATIONS,
    CASH_FOR_RENT,
    CASH_FOR_TAX,
    CASH_FOR_INTEREST,
    CASH_INTEREST_RECEIVED,
    CASH_FOR_CAPEX,
    CASH_FOR_CAPITALISED_INTEREST,
    CASH_FROM_DISPOSALS,
    CASH_FROM_DRAWS,
    CASH_FOR_PRINCIPAL,
    CASH_FOR_DEBT_COSTS,
    CASH_FROM_EQUITY,
    CASH_TO_RESERVES,
    # other assets
    RESTRICTED_CASH,
    MARKETABLE_SECURITIES,
    RECEIVABLES,
    PREPAID_AND_OTHER_CURRENT,
    SUPPLIER_DEPOSITS,
    CONSTRUCTION_IN_PROGRESS,
    SERVERS_GROSS,
    INFRASTRUCTURE_GROSS,
    OTHER_EQUIPMENT_GROSS,
    SERVERS_ACCUMULATED,
    INFRASTRUCTURE_ACCUMULATED,
    OTHER_EQUIPMENT_ACCUMULATED,
    INTANGIBLES_GROSS,
    INTANGIBLES_ACCUMULATED,
    GOODWILL,
    LEASE_ASSETS,
    OTHER_NONCURRENT_ASSETS,
    # liabilities
    PAYABLES_OPERATING,
    PAYABLES_CAPEX,
    ACCRUED_INTEREST,
    TAX_PAYABLE,
    DEFERRED_REVENUE,
    CUSTOMER_LIABILITIES,
    LEASE_LIABILITIES,
    LOANS,
    NOTES,
    CONVERTIBLES,
    REVOLVER_DEBT,
    VENDOR_DEBT,
    FINANCE_LEASES,
    DEBT_DISCOUNT,
    DEFERRED_TAX,
    OTHER_LIABILITIES,
    # equity
    PAID_IN_CAPITAL,
    ACCUMULATED_DEFICIT,
    # income and expense
    REVENUE_COMMITTED,
    REVENUE_ON_DEMAND,
    REVENUE_RECHARGED,
    COST_RENT,
    COST_VARIABLE_RENT,
    COST_POWER,
    COST_SITE,
    COST_OTHER,
    COST_STOCK,
    COST_DEPRECIATION,
    TECHNOLOGY_CASH,
    TECHNOLOGY_STOCK,
    TECHNOLOGY_DEPRECIATION,
    IMPAIRMENT,
    AMORTISATION_OF_INTANGIBLES,
    SALES_CASH,
    SALES_STOCK,
    ADMINISTRATION_CASH,
    ADMINISTRATION_STOCK,
    BAD_DEBTS,
    INTEREST_CONTRACTUAL,
    INTEREST_AMORTISATION,
    INTEREST_UNDRAWN_FEES,
    INTEREST_FINANCING_COMPONENT,
    INTEREST_CAPITALISED,
    INTEREST_INCOME,
    DISPOSAL_GAIN,
    OTHER_INCOME,
    TAX_CURRENT,
    TAX_DEFERRED,
) = (const(n) for n in range(80))
ACCOUNTS = names(globals(), "CASH_OPENING", "TAX_DEFERRED", REVOLVER_DEBT="revolver")
"""The chart of accounts, in this order."""
N_ACCOUNTS = len(ACCOUNTS)
FIRST_CASH, LAST_CASH = CASH_OPENING, CASH_TO_RESERVES
FIRST_PROFIT_AND_LOSS = REVENUE_COMMITTED


class CostLine(NamedTuple):
    """A line of operating costs in the income statement; overheads are booked to one of them."""

    key: str  # `line` of [overheads.NAME]
    statement: str  # the statement line, and its metric
    title: str  # in a report
    meaning: str  # of the metric
    cash: str  # account of what overheads pay in cash
    stock: str  # account of what they pay in shares
    others: tuple[str, ...] = ()  # accounts of what is no overhead


COST_LINES: Final = (
    CostLine(
        "cost-of-revenue",
        "cost_of_revenue",
        "Cost of revenue",
        "rent, power, site costs and depreciation of power equipment and improvements",
        "cost_other",
        "cost_stock",
        ("cost_rent", "cost_variable_rent", "cost_power", "cost_site", "cost_depreciation"),
    ),
    CostLine(
        "technology",
        "technology_and_infrastructure",
        "Technology and infrastructure",
        "server depreciation and engineering",
        "technology_cash",
        "technology_stock",
        ("technology_depreciation",),
    ),
    CostLine(
        "sales",
        "sales_and_marketing",
        "Sales and marketing",
        "includes amortisation of acquired intangibles",
        "sales_cash",
        "sales_stock",
        ("amortisation_of_intangibles",),
    ),
    CostLine(
        "administration",
        "general_and_administrative",
        "General and administrative",
        "overheads, stock compensation included",
        "administration_cash",
        "administration_stock",
        ("bad_debts",),
    ),
)
"""What is between revenue and operating income, but impairment and the gain on disposals."""


@kernel
def overhead_accounts(line: int) -> tuple[int, int]:
    """Cash and stock account of an overhead, by its place in `COST_LINES`."""
    if line == 0:
        return COST_OTHER, COST_STOCK
    if line == 1:
        return TECHNOLOGY_CASH, TECHNOLOGY_STOCK
    if line == 2:
        return SALES_CASH, SALES_STOCK
    return ADMINISTRATION_CASH, ADMINISTRATION_STOCK


@kernel
def post(s: State, debit: int, credit: int, amount: int) -> None:
    """Move an amount [cents] from the credited to the debited account, in the current month.

    A negative amount is the reverse entry. Cash that moves counts for what is left of the month,
    the day itself included: what `Firm.cash_days` adds up are balances at days' ends.
    """
    if amount == 0:
        return
    clock = s.clock[0]
    month = clock.month
    s.ledger[debit, month] += amount
    s.ledger[credit, month] -= amount
    s.balance[debit] += amount
    s.balance[credit] -= amount
    if debit <= RESTRICTED_CASH or credit <= RESTRICTED_CASH:
        moved = (amount if debit <= RESTRICTED_CASH else 0) - (
            amount if credit <= RESTRICTED_CASH else 0
        )
        s.firm[0].cash_days += moved * (clock.month_end - clock.today + 1)
    if len(s.journal) > 0:
        row = clock.journal
        s.journal[row].key = clock.now
        s.journal[row].debit = debit
        s.journal[row].credit = credit
        s.journal[row].amount = amount
        s.journal[row].month = month
        clock.journal += 1


@kernel
def cash(s: State) -> int:
    """Unrestricted cash [cents]."""
    total = s.balance[FIRST_CASH]
    for account in range(FIRST_CASH + 1, LAST_CASH + 1):
        total += s.balance[account]
    return int(total)


@kernel
def held(s: State) -> int:
    """Cash that earns interest: unrestricted and restricted [cents]."""
    return int(cash(s) + s.balance[RESTRICTED_CASH])


@kernel
def open_cash_days(s: State, last: int, following: int) -> None:
    """Start the month after the one that ended on the day `last`; it ends on `following`."""
    s.clock[0].month_end = following
    s.firm[0].cash_days = held(s) * (following - last)
