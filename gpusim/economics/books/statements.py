"""The three statements: a linear map of the ledger.

Every line is a set of accounts with a sign, so a statement cannot hold a figure that no posting
made. Income and cash flow lines sum a period's movements; balance sheet lines sum all movements
since the opening balance. Revenue, assets, cash in and also costs, interest and tax read as
positive numbers; only cash flow lines are signed by direction (out is negative).

Arrays have any leading axes (replications), then accounts, then months or quarters.
Source: the captions US operators report (CoreWeave 10-Q); meanings in docs/definitions.md.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from gpusim.economics.books.ledger import ACCOUNTS, COST_LINES
from gpusim.economics.core.state import Ints

Terms = tuple[tuple[str, int], ...]
"""Account names, each with the sign it enters a line with."""


def debit(*accounts: str) -> Terms:
    """Accounts whose debit balance is the line: assets and costs."""
    return tuple((name, 1) for name in accounts)


def credit(*accounts: str) -> Terms:
    """Accounts whose credit balance is the line: liabilities, equity and revenue."""
    return tuple((name, -1) for name in accounts)


def _between(first: str, last: str) -> tuple[str, ...]:
    return ACCOUNTS[ACCOUNTS.index(first) : ACCOUNTS.index(last) + 1]


CASH: Final = _between("cash_opening", "cash_to_reserves")
REVENUE: Final = ("revenue_committed", "revenue_on_demand", "revenue_recharged")
OPERATING_COSTS: Final = {
    line.statement: (line.cash, line.stock, *line.others) for line in COST_LINES
}
IMPAIRMENT: Final = "impairment"
DISPOSAL_GAIN: Final = "disposal_gain"
ONE_OFF: Final = (IMPAIRMENT, DISPOSAL_GAIN)
"""In operating income, without cash of operations, and in neither adjusted figure."""
OPERATING: Final = (
    *REVENUE,
    *(account for accounts in OPERATING_COSTS.values() for account in accounts),
    *ONE_OFF,
)
INTEREST: Final = _between("interest_contractual", "interest_capitalised")
PROFIT_AND_LOSS: Final = _between("revenue_committed", "tax_deferred")
STOCK: Final = tuple(line.stock for line in COST_LINES)
DEPRECIATION: Final = ("cost_depreciation", "technology_depreciation")
AMORTISATION: Final = "amortisation_of_intangibles"
GROSS: Final = ("servers_gross", "infrastructure_gross", "other_equipment_gross")
ACCUMULATED: Final = (
    "servers_accumulated",
    "infrastructure_accumulated",
    "other_equipment_accumulated",
)
DEBT: Final = ("loans", "notes", "convertibles", "revolver", "vendor_debt", "finance_leases")
OPERATING_CASH: Final = (
    "cash_from_customers",
    "cash_for_operations",
    "cash_for_rent",
    "cash_for_tax",
    "cash_for_interest",
    "cash_interest_received",
)
CAPEX_CASH: Final = ("cash_for_capex", "cash_for_capitalised_interest")
INVESTING_CASH: Final = (*CAPEX_CASH, "cash_from_disposals")
FINANCING_CASH: Final = (
    "cash_from_draws",
    "cash_for_principal",
    "cash_for_debt_costs",
    "cash_from_equity",
)
OTHER_ASSETS: Final = ("prepaid_and_other_current", "other_noncurrent_assets")
OTHER_LIABILITIES: Final = ("customer_liabilities", "other_liabilities")


def _without(accounts: tuple[str, ...], *left_out: str) -> tuple[str, ...]:
    return tuple(name for name in accounts if name not in left_out)


INCOME: Final[dict[str, Terms]] = {
    "revenue": credit(*REVENUE),
    "revenue_committed": credit("revenue_committed"),
    "revenue_on_demand": credit("revenue_on_demand"),
    "revenue_recharged": credit("revenue_recharged"),
    **{name: debit(*accounts) for name, accounts in OPERATING_COSTS.items()},
    "impairment": debit(IMPAIRMENT),
    "disposal_gain": credit(DISPOSAL_GAIN),
    "operating_income": credit(*OPERATING),
    "interest_expense": debit(*INTEREST),
    "interest_income": credit("interest_income"),
    "other_income": credit("other_income"),
    "other_income_net": credit("interest_income", "other_income"),
    "pretax_income": credit(*_without(PROFIT_AND_LOSS, "tax_current", "tax_deferred")),
    "income_tax": debit("tax_current", "tax_deferred"),
    "net_income": credit(*PROFIT_AND_LOSS),
    "rent": debit("cost_rent", "cost_variable_rent"),
    "power": debit("cost_power"),
    "stock_compensation": debit(*STOCK),
    "depreciation_and_amortization": debit(*DEPRECIATION, AMORTISATION),
    "interest_expense_debt": debit(*_without(INTEREST, "interest_financing_component")),
    "interest_capitalised": credit("interest_capitalised"),
    "adjusted_operating_income": credit(*_without(OPERATING, *STOCK, AMORTISATION, *ONE_OFF)),
    "adjusted_ebitda": credit(*_without(OPERATING, *STOCK, *DEPRECIATION, AMORTISATION, *ONE_OFF)),
}
"""Sales and marketing holds the amortisation of acquired intangibles, as reported. Impairment and
the gain or loss on what is sold, retired or has failed are lines of their own (ASC 360-10-45-4 and
45-5), and left out of both adjusted figures. Other income: debt that is forgiven."""

BALANCE: Final[dict[str, Terms]] = {
    "cash": debit(*CASH),
    "restricted_cash": debit("restricted_cash"),
    "marketable_securities": debit("marketable_securities"),
    "receivables": debit("receivables"),
    "prepaid_and_other_current": debit("prepaid_and_other_current"),
    "supplier_deposits": debit("supplier_deposits"),
    "construction_in_progress": debit("construction_in_progress"),
    "ppe_gross": debit(*GROSS, "construction_in_progress"),
    "accumulated_depreciation": credit(*ACCUMULATED),
    "ppe_net": debit(*GROSS, *ACCUMULATED, "construction_in_progress"),
    "intangibles_net": debit("intangibles_gross", "intangibles_accumulated"),
    "goodwill": debit("goodwill"),
    "lease_assets": debit("lease_assets"),
    "other_noncurrent_assets": debit("other_noncurrent_assets"),
    "total_assets": debit(*CASH, *_between("restricted_cash", "other_noncurrent_assets")),
    "payables_operating": credit("payables_operating"),
    "payables_capex": credit("payables_capex"),
    "accrued_interest": credit("accrued_interest"),
    "tax_payable": credit("tax_payable"),
    "deferred_revenue": credit("deferred_revenue"),
    "customer_liabilities": credit("customer_liabilities"),
    "lease_liabilities": credit("lease_liabilities"),
    "loans": credit("loans"),
    "notes": credit("notes"),
    "convertibles": credit("convertibles"),
    "revolver": credit("revolver"),
    "vendor_debt": credit("vendor_debt"),
    "finance_leases": credit("finance_leases"),
    "debt_principal": credit(*DEBT),
    "debt_discount": debit("debt_discount"),
    "debt_carrying": credit(*DEBT, "debt_discount"),
    "deferred_tax": credit("deferred_tax"),
    "other_liabilities": credit("other_liabilities"),
    "total_liabilities": credit(*_between("payables_operating", "other_liabilities")),
    "paid_in_capital": credit("paid_in_capital"),
    "accumulated_deficit": debit("accumulated_deficit", *PROFIT_AND_LOSS),
    "equity": credit("paid_in_capital", "accumulated_deficit", *PROFIT_AND_LOSS),
}
"""PP&E includes construction in progress, as on the face of the balance sheet."""

CASH_FLOW: Final[dict[str, Terms]] = {
    "cash_from_customers": debit("cash_from_customers"),
    "cash_for_operations": debit("cash_for_operations"),
    "cash_for_rent": debit("cash_for_rent"),
    "cash_for_tax": debit("cash_for_tax"),
    "cash_for_interest": debit("cash_for_interest"),
    "cash_interest_received": debit("cash_interest_received"),
    "operating_cash_flow": debit(*OPERATING_CASH),
    "noncash_interest": debit("interest_amortisation"),
    "noncash_tax": debit("tax_deferred"),
    "loss_on_retirement": debit(DISPOSAL_GAIN, "other_income"),
    "change_in_receivables": credit("receivables"),
    "change_in_other_assets": credit(*OTHER_ASSETS),
    "change_in_payables": credit("payables_operating"),
    "change_in_accrued_interest": credit("accrued_interest"),
    "change_in_tax_payable": credit("tax_payable", "deferred_tax", "tax_deferred"),
    "change_in_deferred_revenue": credit("deferred_revenue"),
    "change_in_other_liabilities": credit(*OTHER_LIABILITIES),
    "change_in_leases": credit("lease_assets", "lease_liabilities"),
    "capitalised_interest_unpaid": debit("interest_capitalised")
    + credit("cash_for_capitalised_interest"),
    "capex_cash": credit(*CAPEX_CASH),
    "disposal_proceeds": debit("cash_from_disposals"),
    "investing_cash_flow": debit(*INVESTING_CASH),
    "debt_drawn_cash": debit("cash_from_draws"),
    "debt_repaid_cash": debit("cash_for_principal"),
    "debt_costs_paid": debit("cash_for_debt_costs"),
    "equity_raised": debit("cash_from_equity"),
    "financing_cash_flow": debit(*FINANCING_CASH),
    "transfer_to_reserves": debit("cash_to_reserves"),
}
"""Direct lines first, then what leads from net income to the same figure (`INDIRECT`). `capex_cash`
is a positive number; the loss on retirement is less what debt was forgiven with the hardware."""

INDIRECT: Final = (
    "net_income",
    "depreciation_and_amortization",
    "impairment",
    "stock_compensation",
    "noncash_interest",
    "noncash_tax",
    "loss_on_retirement",
    "change_in_receivables",
    "change_in_other_assets",
    "change_in_payables",
    "change_in_accrued_interest",
    "change_in_tax_payable",
    "change_in_deferred_revenue",
    "change_in_other_liabilities",
    "change_in_leases",
    "capitalised_interest_unpaid",
)
"""Lines that sum to operating cash flow, from net income down."""

FLOWS: Final[dict[str, Terms]] = INCOME | CASH_FLOW
LINES: Final[tuple[str, ...]] = (*INCOME, *BALANCE, *CASH_FLOW)
"""Every statement line, in the order of the statements."""


def matrix(names: tuple[str, ...] = LINES) -> Ints:
    """The map itself, [lines, accounts]: what each account counts for in each line.

    >>> int(matrix(("revenue",)).sum())
    -3
    """
    table = np.zeros((len(names), len(ACCOUNTS)), np.int64)
    for row, name in enumerate(names):
        for account, sign in terms(name):
            table[row, ACCOUNTS.index(account)] += sign
    return table


def terms(name: str) -> Terms:
    """The accounts of a line."""
    return FLOWS[name] if name in FLOWS else BALANCE[name]


def line(ledger: Ints, name: str) -> Ints:
    """One line from account movements [..., accounts, periods], column 0 the opening balance.

    Flows are given as they are, balances cumulated [cents].
    """
    total = np.zeros((*ledger.shape[:-2], ledger.shape[-1]), np.int64)
    for account, sign in terms(name):
        total += sign * ledger[..., ACCOUNTS.index(account), :]
    return np.cumsum(total, axis=-1) if name in BALANCE else total


def statements(ledger: Ints, names: tuple[str, ...] = LINES) -> dict[str, Ints]:
    """Lines from account movements [..., accounts, periods], each [..., periods] [cents]."""
    return {name: line(ledger, name) for name in names}
