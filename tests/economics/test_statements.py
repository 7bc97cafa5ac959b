"""The statements are a linear map of the ledger: facts about the map, and one company's quarter."""

import numpy as np
import pytest

from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.books.statements import (
    BALANCE,
    CASH_FLOW,
    INCOME,
    INDIRECT,
    LINES,
    OPERATING_CASH,
    line,
    matrix,
    statements,
)

ASSETS = (
    "cash",
    "restricted_cash",
    "marketable_securities",
    "receivables",
    "prepaid_and_other_current",
    "supplier_deposits",
    "ppe_net",
    "intangibles_net",
    "goodwill",
    "lease_assets",
    "other_noncurrent_assets",
)
LIABILITIES = (
    "payables_operating",
    "payables_capex",
    "accrued_interest",
    "tax_payable",
    "deferred_revenue",
    "customer_liabilities",
    "lease_liabilities",
    "debt_carrying",
    "deferred_tax",
    "other_liabilities",
)


def row(name: str) -> np.ndarray:
    return matrix((name,))[0]


def posted(*entries: tuple[str, str, int]) -> np.ndarray:
    """A ledger of one month [accounts, 2] from (debit, credit, amount)."""
    ledger = np.zeros((len(ACCOUNTS), 2), np.int64)
    for debit, credit, amount in entries:
        ledger[ACCOUNTS.index(debit), 1] += amount
        ledger[ACCOUNTS.index(credit), 1] -= amount
    return ledger


def test_every_account_stands_once_in_the_balance_sheet():
    left = row("total_assets") - row("total_liabilities") - row("equity")
    assert set(left) == {1}


def test_lines_of_each_side_sum_to_its_total():
    assert (sum(row(name) for name in ASSETS) == row("total_assets")).all()
    assert (sum(row(name) for name in LIABILITIES) == row("total_liabilities")).all()


def test_income_statement_adds_up():
    costs = (
        "cost_of_revenue",
        "technology_and_infrastructure",
        "sales_and_marketing",
        "general_and_administrative",
        "impairment",
    )
    operating = row("revenue") + row("disposal_gain") - sum(row(name) for name in costs)
    assert (operating == row("operating_income")).all()
    below = row("interest_income") + row("other_income") - row("interest_expense")
    assert (operating + below == row("pretax_income")).all()
    assert (row("pretax_income") - row("income_tax") == row("net_income")).all()


def test_direct_cash_lines_sum_to_operating_cash_flow():
    assert (sum(row(name) for name in OPERATING_CASH) == row("operating_cash_flow")).all()


def test_all_cash_is_opening_cash_and_the_three_flows_and_reserves():
    flows = ("operating", "investing", "financing")
    moved = sum(row(f"{name}_cash_flow") for name in flows) + row("transfer_to_reserves")
    rest = row("cash") - moved
    assert [ACCOUNTS[k] for k in np.flatnonzero(rest)] == ["cash_opening"]


def test_no_line_has_two_meanings():
    assert len(LINES) == len(INCOME) + len(BALANCE) + len(CASH_FLOW) == len(set(LINES))


def test_adjusted_figures_of_a_reported_quarter():
    """CoreWeave, third quarter of 2025, without its 11.4 of acquisition costs."""
    ledger = posted(
        ("receivables", "revenue_committed", 1_364_700),
        ("cost_rent", "cash_for_rent", 528_379),
        ("technology_depreciation", "servers_accumulated", 621_000),
        ("amortisation_of_intangibles", "intangibles_accumulated", 9_500),
        ("technology_stock", "paid_in_capital", 144_400),
        ("administration_cash", "cash_for_operations", 9_521),
    )
    assert line(ledger, "operating_income")[1] == 51_900
    assert line(ledger, "adjusted_operating_income")[1] == 217_200 - 11_400
    assert line(ledger, "depreciation_and_amortization")[1] == 630_500
    reported = 838_100 - 11_400  # rounded on its own
    assert abs(line(ledger, "adjusted_ebitda")[1] - reported) <= 100


def test_a_loss_on_disposal_lowers_operating_income_and_no_adjusted_figure():
    """30 of proceeds for 41 of book value: a loss of 11 (ASC 360-10-45-5)."""
    ledger = posted(
        ("receivables", "revenue_committed", 100),
        ("cash_from_disposals", "servers_gross", 30),
        ("disposal_gain", "servers_gross", 11),
        ("loans", "other_income", 6),
    )
    assert line(ledger, "disposal_gain")[1] == -11
    assert line(ledger, "operating_income")[1] == 89
    assert line(ledger, "adjusted_operating_income")[1] == line(ledger, "adjusted_ebitda")[1] == 100
    assert line(ledger, "other_income_net")[1] == 6
    assert line(ledger, "pretax_income")[1] == line(ledger, "net_income")[1] == 95
    assert line(ledger, "loss_on_retirement")[1] == 11 - 6


def test_interest_of_a_reported_debt_note():
    """CoreWeave's debt note at 2025-06-30: 250.312 + 29.036 - 23.186 = 256.162."""
    ledger = posted(
        ("interest_contractual", "accrued_interest", 250_312),
        ("interest_amortisation", "debt_discount", 29_036),
        ("construction_in_progress", "interest_capitalised", 23_186),
        ("interest_financing_component", "deferred_revenue", 10_000),
    )
    assert line(ledger, "interest_expense_debt")[1] == 256_162
    assert line(ledger, "interest_expense")[1] == 266_162


@pytest.mark.parametrize(
    "entries",
    [
        [("receivables", "revenue_committed", 100), ("cash_from_customers", "receivables", 60)],
        [("cash_from_customers", "deferred_revenue", 40)],
        [("cost_power", "payables_operating", 9), ("payables_operating", "cash_for_operations", 4)],
        [("technology_depreciation", "servers_accumulated", 7)],
        [("sales_stock", "paid_in_capital", 5)],
        [("lease_assets", "lease_liabilities", 80), ("cost_rent", "lease_assets", 3)],
        [("interest_contractual", "accrued_interest", 8)],
        [
            ("interest_contractual", "accrued_interest", 8),
            ("construction_in_progress", "interest_capitalised", 3),
        ],
        [
            ("construction_in_progress", "interest_capitalised", 3),
            ("accrued_interest", "cash_for_capitalised_interest", 3),
            ("accrued_interest", "cash_for_interest", 5),
        ],
        [("interest_amortisation", "debt_discount", 2)],
        [("tax_current", "tax_payable", 6), ("tax_deferred", "deferred_tax", 4)],
        [("supplier_deposits", "cash_for_capex", 50), ("cash_from_draws", "loans", 70)],
        [("construction_in_progress", "vendor_debt", 90)],
        [("disposal_gain", "servers_gross", 11), ("servers_accumulated", "servers_gross", 30)],
        [("loans", "other_income", 6), ("other_income", "debt_discount", 1)],
        [("restricted_cash", "cash_to_reserves", 12), ("cash_from_equity", "paid_in_capital", 13)],
    ],
    ids=lambda entries: entries[-1][0],
)
def test_both_ways_to_operating_cash_flow_agree(entries: list[tuple[str, str, int]]):
    ledger = posted(*entries)
    indirect = sum(line(ledger, name) for name in INDIRECT)
    assert indirect.tolist() == line(ledger, "operating_cash_flow").tolist()


def test_balances_cumulate_and_flows_do_not():
    ledger = np.concatenate([posted(("receivables", "revenue_committed", 5))] * 2, axis=1)
    table = statements(ledger, ("receivables", "revenue"))
    assert table["receivables"].tolist() == [0, 5, 5, 10]
    assert table["revenue"].tolist() == [0, 5, 0, 5]


def test_replications_are_independent():
    one = posted(("receivables", "revenue_committed", 5))
    both = line(np.stack([one, 3 * one]), "revenue")
    assert both.tolist() == [[0, 5], [0, 15]]
