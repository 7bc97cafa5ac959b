"""Chances by year, equity and what binds, of firms followed by hand."""

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.core import state
from gpusim.economics.core.state import NEVER
from gpusim.results import periods
from gpusim.results.payload import stack
from gpusim.results.verdict import equity
from gpusim.results.verdict.chances import by_period
from gpusim.results.verdict.headline import binds, headline
from gpusim.units_of_measure import day_of
from tests.results.panels import MONTHS, M, firm, panel, payload

AS_OF = dt.date(2025, 12, 31)
YEARS = periods.years_and_parts(AS_OF, MONTHS)


def test_years_and_parts_leave_no_gap():
    calendar = periods.years_and_parts(dt.date(2025, 9, 30), 36)
    assert calendar.names == ("2025Q4", "FY2026", "FY2027", "2028Q1-3")
    assert calendar.bounds == (0, 3, 15, 27, 36)
    assert periods.years_and_parts(dt.date(2026, 3, 31), 12).names == ("2026Q2-4", "2027Q1")
    assert periods.years_and_parts(dt.date(2026, 3, 31), 6).names == ("2026Q2-3",)
    june = periods.years_and_parts(dt.date(2025, 12, 31), 30, 6)
    assert june.names == ("2026Q1-2", "FY2027", "FY2028")
    assert june.bounds == (0, 6, 18, 30)


def test_a_day_counts_in_its_year_and_the_last_day_too():
    """One on the as-of day, two in 2026 (its first and last day), one in the part of 2027."""
    dates = [(2025, 12, 31), (2026, 1, 1), (2026, 12, 31), (2027, 1, 1)]
    days = np.array([*(day_of(dt.date(*date)) for date in dates), NEVER])
    found = by_period(days, YEARS, None)
    assert [one["period"] for one in found] == ["FY2026", "2027Q1"]
    assert [one["probability"] for one in found] == [3 / 5, 1 / 5]


def test_equity_of_the_small_firm():
    """Opens with 100m; earns 12 months of 10 - 4 - 1 and pays 14 of interest: 100 + 60 - 14."""
    told = equity.headline(panel())
    assert (told["opening"], told["raised"], told["value"]) == (100e6, 0.0, 146e6)
    assert told["multiple"]["p50"] == pytest.approx(1.46)
    assert told["irr"]["p50"] == pytest.approx(1.46 ** (12 / 15) - 1)
    parts = {"cash": 158e6, "hardware": 48e6, "debt": 60e6, "other": 0.0, "equity": 146e6}
    assert told["book"] == parts


def test_new_shares_are_put_in_when_they_are_paid():
    """50m in month 3 as well: 100 g^15 + 50 g^12 = 196."""
    books = firm()
    books.post("cash_from_equity", "paid_in_capital", 50 * M, 3)
    own = equity.of_panel(stack([payload(books=books)]))
    assert own.multiple.tolist() == [196 / 150]
    monthly = (1 + own.irr[0]) ** (1 / 12)
    assert 100 * monthly**15 + 50 * monthly**12 == pytest.approx(196)


def test_a_firm_that_begins_with_new_shares_has_a_return_from_their_month_on():
    """Nothing on the as-of day, 100m at the end of month 3: 146 after twelve months more."""
    books = firm()
    books.post("cash_opening", "paid_in_capital", -100 * M, 0)
    books.post("cash_from_equity", "paid_in_capital", 100 * M, 3)
    told = equity.headline(stack([payload(books=books)]))
    assert told["multiple"]["p50"] == pytest.approx(1.46)
    assert told["irr"]["p50"] == pytest.approx(0.46)


def test_of_a_firm_that_has_ended_or_owes_more_than_it_has_nothing_is_left():
    books = firm()
    books.post("impairment", "servers_accumulated", 150 * M, 15)
    lost = stack([payload(books=books), payload(1)._replace(defaulted=day_of(dt.date(2027, 3, 1)))])
    own = equity.of_panel(lost)
    assert own.value.tolist() == [0, 0]
    assert own.irr.tolist() == [-1.0, -1.0]
    assert equity.headline(lost)["nothing_left_probability"] == 1.0


def test_no_multiple_of_nothing():
    books = firm()
    books.post("paid_in_capital", "accumulated_deficit", 0, 0)
    books.post("cash_opening", "paid_in_capital", -100 * M, 0)
    told = equity.headline(stack([payload(books=books)]))
    assert (told["multiple"], told["irr"]) == (None, None)


def test_what_binds_is_the_largest_cause_and_a_second_from_a_fifth_on():
    assert binds(panel())["held_up"] == {"power": 1.0}
    books = firm()
    books.slips[state.SITE] = 3 * M  # 10m for power: 3 of 13
    assert list(binds(stack([payload(books=books)]))["held_up"]) == ["power", "site"]
    books.slips[state.SITE] = 2 * M  # 2 of 12
    assert list(binds(stack([payload(books=books)]))["held_up"]) == ["power"]


def test_where_nothing_waits_unsold_hours_are_told():
    """540,000 of 720,000 hours are billed in 12 of the 13 months in which there are any."""
    books = firm()
    books.slips[:] = 0
    books.move(state.CANCELLED, 2 * M, 5, state.CUSTOMER)
    told = binds(stack([payload(books=books)]))
    assert told["held_up"] == {}
    assert told["unsold"] == pytest.approx(1 - 12 * 540_000 / (13 * 720_000))
    assert (told["lost_most"], told["lost"]) == ("customer", 2e6)


def test_a_firm_without_gpus_has_no_hours_that_go_unsold():
    books = firm()
    books.slips[:] = 0
    books.stocks[[measures.BILLED_GPU_HOURS, measures.IN_SERVICE_GPU_HOURS]] = 0
    assert binds(stack([payload(books=books)]))["unsold"] is None


def test_the_backlog_is_told_in_shares_of_one_whole():
    """480m, of which 130 were planned in 15 months, 120 earned and 10 slipped."""
    quarters = periods.quarters(AS_OF, MONTHS)
    told = headline(panel(), quarters, (), ())
    backlog = told["backlog"]
    assert (backlog["recognised"], backlog["late"], backlog["lost"]) == (120 / 480, 10 / 480, 0)
    assert backlog["planned"] == pytest.approx(130 / 480)
    assert told["breach_by_year"] == {}
    assert told["breach_of_any"]["probability"] == 0
