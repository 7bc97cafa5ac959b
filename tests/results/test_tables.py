"""The files of a run folder, from a firm followed by hand."""

import datetime as dt

import polars as pl
import pytest

from gpusim.economics.books.statements import LINES
from gpusim.results import metrics, periods, tables
from gpusim.results.payload import Panel, stack
from gpusim.results.replications import outcomes
from gpusim.units_of_measure import day_of
from tests.results.panels import MONTHS, M, firm, panel, payload

AS_OF = dt.date(2025, 12, 31)
QUARTERS = periods.quarters(AS_OF, MONTHS)


def test_statements_have_a_row_a_replication_and_period_and_hold_cents():
    table = tables.statements(panel(3), QUARTERS)
    assert table.columns == ["replication", "period", "firm_ended", *LINES]
    assert table.height == 3 * 5
    assert set(table.schema.dtypes()[3:]) == {pl.Int64}
    assert table["period"].to_list()[:5] == ["2026Q1", "2026Q2", "2026Q3", "2026Q4", "2027Q1"]
    row = table.row(
        by_predicate=(pl.col("replication") == 2) & (pl.col("period") == "2026Q2"), named=True
    )
    assert (row["revenue"], row["cash"]) == (30 * M, 113 * M)


def test_payloads_may_arrive_in_any_order():
    forward = stack([payload(0), payload(1), payload(2)])
    backward = stack([payload(2), payload(1), payload(0)])
    assert tables.statements(forward, QUARTERS).equals(tables.statements(backward, QUARTERS))
    assert tables.backlog(forward, QUARTERS).equals(tables.backlog(backward, QUARTERS))


def test_an_undefined_metric_is_null_beside_its_reason():
    table = tables.metrics(panel(), QUARTERS, metrics.compute(panel(), QUARTERS))
    first = table.row(0, named=True)
    assert first["net_debt_to_ebitda"] is None
    assert first["net_debt_to_ebitda_reason"] == "fewer than four quarters"
    last = table.row(4, named=True)
    assert last["net_debt_to_ebitda"] is not None
    assert last["net_debt_to_ebitda_reason"] is None
    assert not any(series.is_nan().any() for series in table.select(pl.col(pl.Float64)))


def test_backlog_has_the_movements_that_are_not_zero():
    table = tables.backlog(panel(1), QUARTERS).drop("replication", "vintage")
    assert table.rows() == [
        ("2025Q4", "opening", None, 480 * M),
        ("2026Q2", "recognised", None, 30 * M),
        ("2026Q3", "recognised", None, 30 * M),
        ("2026Q4", "recognised", None, 30 * M),
        ("2027Q1", "recognised", None, 30 * M),
        ("2026Q1", "planned", None, 10 * M),
        ("2026Q2", "planned", None, 30 * M),
        ("2026Q3", "planned", None, 30 * M),
        ("2026Q4", "planned", None, 30 * M),
        ("2027Q1", "planned", None, 30 * M),
        ("2026Q1", "slipped", "power", 10 * M),
    ]


def test_movements_that_cancel_within_a_quarter_leave_no_row():
    books = firm()
    books.move(9, 3 * M, 7, cause=1)
    books.move(9, -3 * M, 8, cause=1)
    one = stack([payload(books=books)])
    assert "site" not in tables.backlog(one, QUARTERS)["cause"].to_list()
    monthly = tables.backlog(one, periods.by_month(AS_OF, MONTHS))
    assert monthly.filter(pl.col("cause") == "site")["cents"].to_list() == [3 * M, -3 * M]


@pytest.fixture
def mixed() -> Panel:
    """Ten replications, three of them with a shortfall."""
    days = {2: dt.date(2026, 5, 31), 5: dt.date(2026, 3, 31), 7: dt.date(2026, 8, 31)}
    return stack([payload(k, day_of(days[k])) if k in days else payload(k) for k in range(10)])


def test_outcomes_tell_each_replication(mixed):
    table = tables.outcome_table(mixed, QUARTERS)
    assert table["shortfall"].to_list() == [k in (2, 5, 7) for k in range(10)]
    assert table["shortfall_first"][2] == dt.date(2026, 5, 31)
    assert table["shortfall_first"][0] is None
    assert table["liquidity_lowest"][0] == 103 * M  # month 3: 100 + 60 - 60 - 2 + revolver 5
    assert table["liquidity_lowest_period"][0] == "2026Q1"
    assert table["backlog_opening_recognised"][0] == 120 * M
    assert table["binding_cause"][0] == "power"
    assert table["slipped_power"][0] == table["slipped"][0] == 10 * M


def test_headline_gives_the_chance_with_its_interval(mixed):
    head = outcomes.headline(mixed, QUARTERS)
    assert head["shortfall_probability"] == 0.3
    assert 0.10 < head["shortfall_ci_low"] < 0.12  # Wilson: 0.108
    assert 0.60 < head["shortfall_ci_high"] < 0.61  # 0.603
    assert head["shortfall_median_date"] == "2026-05-31"
    assert head["backlog_opening_recognised_share"] == 0.25
    assert head["slipped_mean"]["power"] == 10e6
    assert head["binding_share"] == {"power": 1.0}


def test_summary_gives_mean_error_and_percentiles():
    values = {"cash": metrics.Values(pl.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]}).to_numpy(), None)}
    calendar = QUARTERS._replace(names=("2026Q1",))
    row = tables.summaries([(values, calendar)]).row(0, named=True)
    assert (row["metric"], row["period"], row["unit"], row["n"]) == ("cash", "2026Q1", "USD", 4)
    assert row["mean"] == 2.5
    assert row["sd"] == pytest.approx(1.290994)
    # Student's 97.5% point for 3 degrees of freedom is 3.18245
    assert row["ci_high"] - row["mean"] == pytest.approx(3.18245 * 1.290994 / 2, rel=1e-5)
    assert (row["p50"], row["p05"], row["p95"]) == pytest.approx((2.5, 1.15, 3.85))


def test_summary_counts_only_defined_figures():
    wide = metrics.compute(panel(3), QUARTERS)
    table = tables.summaries([(wide, QUARTERS)])
    ratio = table.filter(pl.col("metric") == "net_debt_to_ebitda")
    assert ratio["n"].to_list() == [0, 0, 0, 3, 3]
    assert ratio["mean"].to_list()[:3] == [None] * 3


def test_one_replication_has_no_error_bar():
    table = tables.summaries([(metrics.compute(panel(1), QUARTERS), QUARTERS)])
    assert table["sd"].null_count() == table.height
    assert table["ci_low"].null_count() == table.height


def test_pandas_gets_the_same_table():
    table = tables.statements(panel(), QUARTERS)
    frame = tables.to_pandas(table)
    assert list(frame.columns) == table.columns
    assert frame["cash"].tolist() == table["cash"].to_list()
