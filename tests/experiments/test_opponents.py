"""Forecasts without a model, against figures worked out by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from gpusim.experiments.backtest import benchmark_forecasts as opponents
from gpusim.experiments.backtest.backtest import ALIASES, PRIORS, expected_beat, unit_of_beat
from gpusim.scenario.reading.published.actuals import Actual, Table, bundled, read

Q1, Q2, Q3, Q4 = (
    dt.date(2025, 3, 31),
    dt.date(2025, 6, 30),
    dt.date(2025, 9, 30),
    dt.date(2025, 12, 31),
)


def table(**rows: dict[dt.date, float]) -> Table:
    return {
        (day, name): Actual(day, name, value, "USD", "")
        for name, by_day in rows.items()
        for day, value in by_day.items()
    }


def coreweave() -> Table:
    path = bundled("coreweave-2025q1")
    assert path is not None
    return read(path, ALIASES)


def test_naive_forecasts_two_quarters_ahead():
    reported = table(revenue={Q1: 80.0, Q2: 100.0})
    told = opponents.forecasts(reported, Q2, "revenue", 2)
    assert told["last value"] == 100.0
    assert told["last increment"] == 140.0
    assert told["last growth"] == pytest.approx(156.25)
    assert told["guidance"] is None


def test_a_year_guided_leaves_its_last_quarter():
    """5,050-5,150 of the year less 3,559.096 of nine months is 1,541, in the middle."""
    implied = opponents.guided_next(coreweave(), Q3, "revenue")
    assert implied == pytest.approx(1_540.904e6)


def test_the_rest_of_a_guided_year_rises_in_equal_steps_and_adds_up():
    """1,080 next of 5,000 with 981.632 done: 2,938.368 is left for three quarters in all."""
    quarters = [opponents.guided(coreweave(), Q1, "revenue", ahead) for ahead in (1, 2, 3)]
    assert None not in quarters
    first, second, third = (q / 1e6 for q in quarters if q is not None)
    assert first == pytest.approx(1_080)
    assert first + second + third == pytest.approx(5_000 - 981.632)
    assert second - first == pytest.approx(third - second)


def test_the_own_beat_knows_only_rounds_that_were_over():
    """1,212.788 against 1,080 in the second quarter; 1,364.676 against 1,280 in the third."""
    assert opponents.beat(coreweave(), Q1, "revenue") is None
    second = opponents.beat(coreweave(), Q2, "revenue")
    assert second is not None
    assert second.rounds == 1
    assert second.mean == pytest.approx(0.122952, abs=1e-6)
    third = opponents.beat(coreweave(), Q3, "revenue")
    assert third is not None
    assert third.mean == pytest.approx((0.122952 + 0.066153) / 2, abs=1e-6)


def test_no_forecast_looks_past_its_day():
    reported = coreweave()
    spoilt = {
        key: row._replace(value=row.value * 3) if key[0] > Q2 else row
        for key, row in reported.items()
    }
    for metric in ("revenue", "capex_in_service", "interest_expense", "adjusted_operating_income"):
        for ahead in (1, 2):
            assert opponents.forecasts(reported, Q2, metric, ahead) == opponents.forecasts(
                spoilt, Q2, metric, ahead
            )


def test_the_prior_of_a_beat_counts_as_one_round():
    reported = table(
        revenue={Q2: 110.0},
        guide_nextq_revenue_low={Q1: 95.0},
        guide_nextq_revenue_high={Q1: 105.0},
    )
    mean, _ = expected_beat(reported, Q2, "revenue", PRIORS["revenue"])
    assert mean == pytest.approx((0.02 + 0.10) / 2)


def test_a_beat_of_a_line_near_zero_is_a_difference_in_points_of_guided_revenue():
    """On 10 November: 199.8 for 140-170, 217.2 for 160-190; revenue of 1,541 guided."""
    metric = "adjusted_operating_income"
    mean, sd = expected_beat(coreweave(), Q3, metric, PRIORS[metric])
    assert mean == pytest.approx((0 + 199.788e6 - 155e6 + 217.154e6 - 175e6) / 3)
    assert sd * unit_of_beat(coreweave(), Q3, metric) == pytest.approx(
        0.025 * (4 / 3) ** 0.5 * (5_100e6 - 981.632e6 - 1_212.788e6 - 1_364.676e6)
    )
