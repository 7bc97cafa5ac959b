"""The mean of the worst twentieth: which side is worse, its interval, and the table of outcomes."""

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.core.state import NEVER
from gpusim.experiments.run import fail_if
from gpusim.results import figures, periods, tables
from gpusim.results.formulas import lenders
from gpusim.results.metric import Better
from gpusim.results.payload import Panel, stack
from gpusim.results.summary import tail_of_worst
from gpusim.scenario.language.errors import ScenarioError
from gpusim.units_of_measure import day_of
from tests.results.panels import MONTHS, M, firm, payload

QUARTERS = periods.quarters(dt.date(2025, 12, 31), MONTHS)
HUNDRED = np.random.default_rng(1).permutation(100) * 1.0


def test_the_worst_are_the_lowest_where_more_is_better_and_the_highest_where_less_is():
    """Of 0, 1, ... 99 five: 0 to 4, or 95 to 99."""
    assert tail_of_worst(HUNDRED, Better.HIGHER).mean == pytest.approx(2.0)
    assert tail_of_worst(HUNDRED, Better.LOWER).mean == pytest.approx(97.0)
    assert np.isnan(tail_of_worst(HUNDRED, Better.NEITHER).mean)


def test_what_is_undefined_is_in_no_tail_and_one_replication_is_the_least():
    few = np.array([3.0, np.nan, 1.0, 2.0])
    assert tail_of_worst(few, Better.HIGHER).mean == pytest.approx(1.0)
    assert np.isnan(tail_of_worst(np.array([np.nan]), Better.HIGHER).mean)


def test_both_sides_have_one_interval_turned_round():
    low = tail_of_worst(HUNDRED, Better.HIGHER)
    high = tail_of_worst(99 - HUNDRED, Better.LOWER)
    assert low.low <= low.mean <= low.high
    assert (99 - high.high, 99 - high.low) == pytest.approx((low.low, low.high))


def test_nineteen_in_twenty_intervals_hold_the_tail_of_the_law():
    """Uniform on 0 to 1: the lowest twentieth has the mean 0.025; of 400 replications each."""
    draw = np.random.default_rng(7)
    told = [tail_of_worst(draw.random(400), Better.HIGHER) for _ in range(400)]
    held = np.mean([one.low <= 0.025 <= one.high for one in told])
    assert held >= 0.95 - 2.6 * np.sqrt(0.95 * 0.05 / 400)


def rich_and_poor() -> Panel:
    """Twenty firms with 1m to 20m more cash than the one by hand, paid in in the first month."""
    paths = []
    for n in range(20):
        books = firm()
        books.post("cash_from_equity", "paid_in_capital", (n + 1) * M, 1)
        paths.append(payload(n, books=books))
    return stack(paths)


def test_the_table_of_outcomes_has_the_tail_of_each():
    table = tables.outcome_summary(rich_and_poor(), QUARTERS, [])
    rows = {row["metric"]: row for row in table.iter_rows(named=True)}
    assert list(rows) == list(figures.OUTCOMES)
    cash = rows["cash_ending"]
    # 158m at the end and 1m to 20m; the worst of twenty is the poorest
    assert (cash["n"], cash["unit"], cash["better"]) == (20, "USD", "higher")
    assert (cash["mean"], cash["tail"]) == (pytest.approx(168.5e6), pytest.approx(159e6))
    assert cash["p50"] == pytest.approx(168.5e6)
    assert rows["debt_ending"]["tail"] == 60e6
    assert rows["backstop_unused"]["tail"] is None  # neither way is worse
    assert rows["headroom_lowest"]["n"] == 0
    assert rows["headroom_lowest"]["mean"] is None
    assert not lenders.known([])


def condition(text: str) -> fail_if.FailIf:
    return fail_if.parse(text, lambda name: figures.parse(name, QUARTERS, []))


def test_a_condition_on_the_tail_is_judged_by_its_mean():
    asked = condition("tail[liquidity_lowest] < 3")
    judged = asked.judge(HUNDRED)
    assert (judged.value, judged.holds) == (pytest.approx(2.0), True)
    assert judged.low <= 2.0 <= judged.high
    assert not condition("tail[liquidity_lowest]<2").judge(HUNDRED).holds
    assert condition("liquidity_lowest<3").judge(HUNDRED).holds is False
    assert condition("tail[cash@2026Q2]<0").figure.period == "2026Q2"


def test_a_tail_of_what_has_no_worse_side_is_refused():
    with pytest.raises(ScenarioError, match="neither less nor more is worse"):
        condition("tail[backstop_unused]<1")


def test_a_tail_of_a_yes_or_no_is_refused_for_what_it_is():
    with pytest.raises(
        ScenarioError, match=r"which is a yes or no; expected 'P\[defaulted\]>0.05'"
    ):
        condition("tail[defaulted]<1")


def rows_of(panel: Panel) -> dict[str, dict[str, Any]]:
    table = tables.outcome_summary(panel, QUARTERS, [])
    return {row["metric"]: row for row in table.iter_rows(named=True)}


def test_chances_have_the_interval_of_counts_and_no_tail():
    """Four of twenty, by Wilson: z^2 = 3.8415, (0.2 + 3.8415 / 40) / (1 + 3.8415 / 20) = 0.2483.

    Either side 1.96 x sqrt(0.2 x 0.8 / 20 + 3.8415 / 1600) / 1.19207 = 0.1677 of it.
    """
    days = np.where(np.arange(20) < 4, day_of(dt.date(2027, 1, 31)), NEVER)
    rows = rows_of(rich_and_poor()._replace(defaulted=days))
    told = rows["defaulted"]
    assert (told["mean"], told["tail"], told["ci_by"]) == (0.2, None, "counts")
    assert told["ci_low"] == pytest.approx(0.2483 - 0.1677, abs=2e-4)
    assert told["ci_high"] == pytest.approx(0.2483 + 0.1677, abs=2e-4)
    assert rows["shortfall"]["tail"] is None
    assert rows["shortfall"]["ci_high"] == pytest.approx(3.8415 / 23.8415, abs=2e-4)  # none of 20
    # of the four that have ended nothing is left: the worst of twenty is nothing, and not below
    assert math.copysign(1, rows["equity_value"]["tail"]) == 1
    assert rows["equity_value"]["tail"] == 0


def test_payback_has_no_tail_where_somebody_is_never_paid_back():
    """The worst are those who are not, whose years nobody knows; headroom is told of the others."""
    rich = rich_and_poor()
    assert rows_of(rich)["equity_payback"]["n"] == 0  # hardware would fetch nothing
    stocks = rich.stocks.copy()
    stocks[:, measures.RESALE_VALUE, 1:] = 80 * M
    paid = rich._replace(stocks=stocks)
    assert rows_of(paid)["equity_payback"]["tail"] == pytest.approx(1 / 12)
    stocks = stocks.copy()
    stocks[7, measures.RESALE_VALUE, 1:] = 0
    row = rows_of(rich._replace(stocks=stocks))["equity_payback"]
    assert (row["n"], row["tail"]) == (19, None)
    asked = condition("tail[equity_payback]>2")
    judged = asked.judge(np.array([1.0] * 19 + [np.nan]))
    assert judged.holds
    assert "undefined in the worst, 1 of 20 replications" in str(judged)
    assert not condition("tail[dscr_lowest]<1").judge(np.array([1.0] * 19 + [np.nan])).holds
