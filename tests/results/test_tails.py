"""The mean of the worst twentieth: which side is worse, its interval, and the table of outcomes."""

import datetime as dt

import numpy as np
import pytest

from gpusim.experiments.run import fail_if
from gpusim.results import figures, periods, tables
from gpusim.results.formulas import lenders
from gpusim.results.metric import Better
from gpusim.results.payload import Panel, stack
from gpusim.results.summary import tail_of_worst
from gpusim.scenario.language.errors import ScenarioError
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


@pytest.mark.parametrize("of", ["backstop_unused", "defaulted"])
def test_a_tail_of_what_has_no_worse_side_is_refused(of):
    with pytest.raises(ScenarioError, match="neither less nor more is worse"):
        condition(f"tail[{of}]<1")
