"""Each record that two rules keep is compared: a firm in order ties, and any one slip is named."""

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.books.checks import first_breach, residuals
from gpusim.economics.core import state
from tests.results.panels import Firm, M, firm


def check(books: Firm) -> set[str]:
    left = residuals(books.ledger, books.stocks, books.backlog)
    return {name for name, largest in left.items() if largest}


def test_books_in_order_leave_nothing():
    books = firm()
    assert check(books) == set()
    assert first_breach(books.ledger, books.stocks, books.backlog) is None


@pytest.mark.parametrize(
    ("measure", "named"),
    [
        (measures.DEBT_DRAWN, {"debt accounts", "debt principal"}),
        (measures.DEBT_REPAID, {"debt accounts", "debt principal"}),
        (measures.DEBT_NONCASH, {"debt accounts", "debt principal"}),
        (measures.DEBT_PRINCIPAL, {"debt principal", "debt balance"}),
        (measures.CAPEX_ACCRUED, {"construction in progress"}),
        (measures.CAPEX_IN_SERVICE, {"construction in progress", "gross plant"}),
        (measures.RETIRED_COST, {"gross plant"}),
        (measures.GPUS_ADDED, {"GPUs in service"}),
        (measures.GPUS_RETIRED, {"GPUs in service"}),
        (measures.MICROWATTS_ADDED, {"active microwatts"}),
        (measures.MICROWATTS_RETIRED, {"active microwatts"}),
        (measures.ENERGISED_MICROWATTS, {"powered microwatts"}),
        (measures.BACKLOG, {"backlog"}),
    ],
)
def test_a_measure_one_off_is_named(measure: int, named: set[str]):
    books = firm()
    books.stocks[measure, 7] += 1
    assert check(books) == named


def test_revenue_that_left_no_backlog_is_named():
    books = firm()
    books.post("receivables", "revenue_committed", 1, 5)
    assert check(books) == {"committed revenue"}


def test_a_vintage_below_zero_is_named():
    books = firm()
    books.backlog[1, state.RECOGNISED, state.N_CAUSES, 5] += M
    books.backlog[0, state.RECOGNISED, state.N_CAUSES, 5] -= M
    assert check(books) == {"backlog of a vintage"}


def test_one_sided_postings_are_named():
    books = firm()
    books.ledger[0, 4] += 1
    assert {"trial balance", "balance sheet", "cash flow"} <= check(books)


def test_restricted_cash_spent_past_the_cash_accounts_is_named():
    books = firm()
    books.post("restricted_cash", "cash_to_reserves", 3, 4)
    assert check(books) == set()
    books.post("payables_capex", "restricted_cash", 3, 5)
    assert "cash flow" in check(books)


def test_the_breach_says_month_and_amount():
    books = firm()
    books.stocks[measures.GPUS_RETIRED, 9] = 4
    breach = first_breach(books.ledger, books.stocks, books.backlog)
    assert breach is not None
    assert (breach.check, breach.month, breach.residual) == ("GPUs in service", 9, 4)


def test_replications_are_checked_together():
    good, bad = firm(), firm()
    bad.stocks[measures.GPUS_RETIRED, 9] = 4
    stacked = (
        np.stack([getattr(books, name) for books in (good, bad)])
        for name in ("ledger", "stocks", "backlog")
    )
    assert {name for name, left in residuals(*stacked).items() if left} == {"GPUs in service"}
