"""Metrics of a firm followed by hand (see panels.py)."""

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.results import metrics, periods
from gpusim.results.metric import REASONS, Values
from gpusim.results.metrics import METRICS
from gpusim.results.payload import stack
from gpusim.results.replications.outcome_metrics import CHANCES, OUTCOMES
from tests.results.panels import MONTHS, M, firm, panel, payload

AS_OF = dt.date(2025, 12, 31)
NAMES = [
    "revenue",
    "revenue_committed",
    "revenue_colocation",
    "revenue_on_demand",
    "revenue_recharged",
    "cost_of_revenue",
    "technology_and_infrastructure",
    "sales_and_marketing",
    "general_and_administrative",
    "impairment",
    "disposal_gain",
    "operating_income",
    "adjusted_operating_income",
    "adjusted_ebitda",
    "depreciation_and_amortization",
    "interest_expense",
    "interest_expense_debt",
    "other_income_net",
    "income_tax",
    "net_income",
    "stock_compensation",
    "operating_cash_flow",
    "capex_cash",
    "capex_accrued",
    "capex_in_service",
    "cash",
    "receivables",
    "ppe_net",
    "construction_in_progress",
    "deferred_revenue",
    "debt_principal",
    "equity",
    "backlog",
    "rpo",
    "backlog_signed",
    "backlog_recognised",
    "backlog_cancelled",
    "backlog_slipped",
    "contracted_mw",
    "powered_mw",
    "active_mw",
    "billing_mw",
    "let_mw",
    "gpus_in_service",
    "utilisation",
    "dscr",
    "operating_cash_cover",
    "net_debt_to_ebitda",
    "interest_coverage",
    "liquidity",
]


@pytest.fixture(scope="module")
def quarterly() -> dict[str, Values]:
    return metrics.compute(panel(), periods.quarters(AS_OF, MONTHS))


def figures(values: dict[str, Values], name: str) -> list[float]:
    """Of the first replication."""
    return values[name].figures[0].tolist()


def reasons(values: dict[str, Values], name: str) -> list[str]:
    codes = values[name].reasons
    assert codes is not None
    return [REASONS[code] for code in codes[0]]


def test_the_promised_names_are_there_in_their_order(quarterly):
    assert [name for name in METRICS if name in NAMES] == NAMES
    assert list(quarterly) == list(METRICS)


def test_a_name_is_declared_once():
    names = [metric.name for metric in (*metrics.DECLARED, *CHANCES, *OUTCOMES)]
    assert sorted(set(names)) == sorted(names)


def test_flows_sum_months_and_leave_the_as_of_month_out(quarterly):
    assert figures(quarterly, "revenue") == [0, 30e6, 30e6, 30e6, 30e6]
    assert figures(quarterly, "capex_accrued") == [60e6, 0, 0, 0, 0]
    assert figures(quarterly, "capex_in_service") == [60e6, 0, 0, 0, 0]
    assert figures(quarterly, "capex_cash") == [60e6, 0, 0, 0, 0]


def test_stocks_stand_at_period_end(quarterly):
    # 100 + 60 drawn - 60 built - 2 interest; then 10 - 4 - 1 a month
    assert figures(quarterly, "cash") == [98e6, 113e6, 128e6, 143e6, 158e6]
    assert figures(quarterly, "liquidity") == [103e6, 118e6, 133e6, 148e6, 163e6]
    assert figures(quarterly, "ppe_net") == [60e6, 57e6, 54e6, 51e6, 48e6]
    assert figures(quarterly, "backlog") == [480e6, 450e6, 420e6, 390e6, 360e6]


def test_power_in_megawatts(quarterly):
    assert figures(quarterly, "contracted_mw") == [8.0] * 5
    assert figures(quarterly, "powered_mw") == [5.0] * 5
    assert figures(quarterly, "active_mw") == [2.0] * 5


def test_backlog_movements(quarterly):
    assert figures(quarterly, "backlog_recognised") == [0, 30e6, 30e6, 30e6, 30e6]
    assert figures(quarterly, "backlog_slipped") == [10e6, 0, 0, 0, 0]


def test_utilisation_is_billed_over_in_service_hours(quarterly):
    assert figures(quarterly, "utilisation") == [0, 0.75, 0.75, 0.75, 0.75]


def test_dscr_sums_since_the_start_until_a_year_has_passed(quarterly):
    # cash available 6 a month from month 4, service 1 a month from month 2
    assert figures(quarterly, "dscr") == [0, 18 / 5, 36 / 8, 54 / 11, 72 / 12]
    assert reasons(quarterly, "dscr") == [""] * 5


def test_operating_cash_cover_counts_prepayments_and_leaves_interest_out():
    books = firm()
    books.post("cash_from_customers", "deferred_revenue", 12 * M, 5)
    values = metrics.compute(stack([payload(books=books)]), periods.quarters(AS_OF, MONTHS))
    # 6 a month from month 4 before interest, 12 paid in advance; service 1 a month from month 2
    known = [0, 30 / 5, 48 / 8, 66 / 11, 84 / 12]
    assert figures(values, "operating_cash_cover") == known
    assert figures(values, "dscr") == [0, 18 / 5, 36 / 8, 54 / 11, 72 / 12]


def test_leverage_waits_for_four_quarters(quarterly):
    undefined = figures(quarterly, "net_debt_to_ebitda")[:3]
    assert np.isnan(undefined).all()
    assert reasons(quarterly, "net_debt_to_ebitda")[:3] == ["fewer than four quarters"] * 3
    # twelve months to month 12: EBITDA 9 months of 6, interest 11 months of 1
    assert figures(quarterly, "net_debt_to_ebitda")[3] == (60 - 143) / 54
    assert figures(quarterly, "interest_coverage")[3:] == [54 / 11, 72 / 12]


def test_undefined_ratios_say_why():
    books = firm()
    books.stocks[measures.DEBT_SERVICE] = 0
    books.ledger[ACCOUNTS.index("cost_power")] += 20 * M  # no EBITDA left
    books.stocks[measures.IN_SERVICE_GPU_HOURS] = 0
    values = metrics.compute(stack([payload(books=books)]), periods.quarters(AS_OF, MONTHS))
    assert reasons(values, "dscr") == ["no debt service yet"] * 5
    assert reasons(values, "utilisation") == ["no GPUs in service"] * 5
    assert reasons(values, "net_debt_to_ebitda")[4] == "adjusted EBITDA is not positive"
    assert values["interest_coverage"].figures[0, 4] < 0  # a negative coverage is a figure


def test_months_sum_to_quarters():
    monthly = metrics.compute(panel(), periods.by_month(AS_OF, MONTHS))
    quarterly = metrics.compute(panel(), periods.quarters(AS_OF, MONTHS))
    for name in ("revenue", "net_income", "operating_cash_flow", "backlog_recognised"):
        by_quarter = monthly[name].figures.reshape(2, -1, 3).sum(axis=2)
        assert by_quarter.tolist() == quarterly[name].figures.tolist()


def test_whole_years_start_in_january():
    years = periods.fiscal_years(dt.date(2025, 3, 31), MONTHS + 6)
    assert years.names == ("2026",)
    values = metrics.compute(panel(), periods.fiscal_years(AS_OF, MONTHS))
    assert figures(values, "revenue") == [90e6]
