"""What owners get of each path: at book value, and with GPUs at what they would fetch."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.results import figures, periods, tables
from gpusim.results.metric import REASONS
from gpusim.results.payload import Panel, payload_of, stack
from gpusim.units_of_measure import day_of
from tests.engines.build import book_of, quiet
from tests.results.panels import MONTHS, Firm, M, firm, payload

AS_OF = dt.date(2025, 12, 31)
QUARTERS = periods.quarters(AS_OF, MONTHS)


def resold(resale: int = 20) -> Firm:
    """The firm by hand; from month 3 on its GPUs, 48m in the books at the end, would fetch 20m."""
    books = firm()
    books.stocks[measures.RESALE_VALUE, 3:] = resale * M
    return books


def of(books: Firm, **changes: Any) -> Panel:
    return stack([payload(books=books)._replace(**changes)])


def one(panel: Panel, name: str) -> float | None:
    (found,) = figures.columns(panel, QUARTERS, [], [figures.parse(name, QUARTERS, [])])
    return None if np.isnan(found.figures[0]) else float(found.figures[0])


def test_at_book_value_it_is_the_verdict():
    """100m put in, 146m after 15 months."""
    panel = of(resold())
    assert one(panel, "equity_value") == 146e6
    assert one(panel, "equity_multiple") == pytest.approx(1.46)
    assert one(panel, "equity_irr") == pytest.approx(1.46 ** (12 / 15) - 1)
    npv = 146e6 * 1.1 ** (-15 / 12) - 100e6
    assert one(panel, "equity_npv") == pytest.approx(npv, abs=0.01)


def test_at_resale_hardware_counts_what_it_would_fetch():
    """146m less 48m in the books, and 20m for the GPUs: 118m."""
    panel = of(resold())
    assert one(panel, "resale_ending") == 20e6
    assert one(panel, "resale_less_debt") == -40e6
    assert one(panel, "equity_value_resale") == 118e6
    assert one(panel, "equity_multiple_resale") == pytest.approx(1.18)
    assert one(panel, "equity_irr_resale") == pytest.approx(1.18 ** (12 / 15) - 1)
    npv = 118e6 * 1.1 ** (-15 / 12) - 100e6
    assert one(panel, "equity_npv_resale") == pytest.approx(npv, abs=0.01)


def test_what_is_built_stays_at_cost():
    books = resold()
    books.post("construction_in_progress", "payables_capex", 7 * M, 15)
    assert one(of(books), "equity_value_resale") == 118e6


def test_infrastructure_in_service_stays_at_its_book_value():
    """12m of the 48m are buildings: 146m less 36m of servers, and 20m for their GPUs."""
    books = resold()
    books.post("infrastructure_gross", "servers_gross", 12 * M, 3)
    assert one(of(books), "equity_value") == 146e6
    assert one(of(books), "equity_value_resale") == 130e6
    books.post("infrastructure_gross", "infrastructure_accumulated", 2 * M, 4)
    books.post("other_equipment_gross", "servers_gross", 5 * M, 4)
    assert one(of(books), "equity_value_resale") == 135e6


AT_RESALE = (
    "resale_ending",
    "resale_less_debt",
    "equity_value_resale",
    "equity_multiple_resale",
    "equity_irr_resale",
    "equity_npv_resale",
    "equity_payback",
)


def test_without_a_resale_market_nothing_is_told_at_resale():
    panel = of(resold(62), resold=False)
    asked = [figures.parse(name, QUARTERS, []) for name in AT_RESALE]
    for values in figures.columns(panel, QUARTERS, [], asked):
        assert np.isnan(values.figures).all()
        assert [REASONS[code] for code in values.reasons] == ["no resale market is stated"]
    assert one(panel, "equity_value") == 146e6
    table = tables.outcome_table(panel, QUARTERS)
    assert [table[name].to_list() for name in AT_RESALE] == [[None]] * len(AT_RESALE)
    whole = tables.outcome_table(of(resold(62)), QUARTERS)
    assert table.schema == whole.schema


def test_a_model_says_whether_there_is_a_resale_market():
    state = book_of(quiet()).state
    assert not payload_of(state, 0).resold
    market = {"resale": {"rent_elasticity": 1, "residual_by_age": {"0": 1, "5": 0}}}
    assert payload_of(book_of(quiet(market=market)).state, 0).resold


def test_payback_is_when_equity_at_resale_is_back_for_good():
    """At month 3 98m in the books, 60m of it hardware that would fetch 20m: 58m.

    Cash grows by 10 - 4 - 1 a month, depreciation moves nothing: 100m is passed after nine months.
    """
    assert one(of(resold()), "equity_payback") == pytest.approx(12 / 12)
    assert one(of(resold(62)), "equity_payback") == pytest.approx(3 / 12)  # 99m in month 2
    assert one(of(resold(2)), "equity_payback") == pytest.approx(15 / 12)
    assert one(of(resold(1)), "equity_payback") is None


def test_a_dip_after_the_first_time_puts_payback_off():
    books = resold(62)
    books.stocks[measures.RESALE_VALUE, 9] = 0
    assert one(of(books), "equity_payback") == pytest.approx(10 / 12)


def test_nothing_is_left_of_a_firm_that_has_ended():
    ended = of(resold(), defaulted=day_of(dt.date(2027, 3, 1)))
    assert one(ended, "equity_value_resale") == 0.0
    assert one(ended, "equity_irr_resale") == one(ended, "equity_irr") == -1.0
    assert one(ended, "equity_payback") is None
    assert one(ended, "equity_npv") == pytest.approx(-100e6)


def test_new_shares_count_in_their_month():
    books = resold()
    books.post("cash_from_equity", "paid_in_capital", 50 * M, 3)
    npv = 168e6 * 1.1 ** (-15 / 12) - 100e6 - 50e6 * 1.1 ** (-3 / 12)
    assert one(of(books), "equity_npv_resale") == pytest.approx(npv, abs=0.01)
    assert one(of(books), "equity_payback") == pytest.approx(12 / 12)  # 108m of 150m in month 3


def test_where_nobody_has_put_anything_in_returns_are_undefined_and_stay_empty_in_the_table():
    books = resold()
    books.post("cash_opening", "paid_in_capital", -100 * M, 0)
    for name in (
        "multiple",
        "irr",
        "npv",
        "multiple_resale",
        "irr_resale",
        "npv_resale",
        "payback",
    ):
        assert one(of(books), f"equity_{name}") is None
    books.post("cash_opening", "paid_in_capital", -50 * M, 0)  # less than nothing
    for name in ("multiple", "irr", "npv", "payback"):
        (found,) = figures.columns(
            of(books), QUARTERS, [], [figures.parse(f"equity_{name}", QUARTERS, [])]
        )
        assert np.isnan(found.figures[0])
        assert REASONS[found.reasons[0]] == "nothing was put in, or less than nothing"
    books.post("cash_opening", "paid_in_capital", 50 * M, 0)
    mixed = stack([payload(books=books), payload(1, books=resold())])
    table = tables.outcome_table(mixed, QUARTERS)
    assert table["equity_multiple"].to_list() == [None, pytest.approx(1.46)]
    assert table["equity_value"].to_list() == [46 * M, 146 * M]
    npv = round((146 * 1.1 ** (-15 / 12) - 100) * M)
    assert table["equity_npv"].to_list() == [None, pytest.approx(npv, abs=1)]
