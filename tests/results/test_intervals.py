"""Intervals by figures whose right values are known by other means, and what is refused."""

import math

import numpy as np
import pytest
from scipy import stats

from gpusim.results import intervals


def test_near_normal_figures_get_students_interval():
    sample = np.random.default_rng(1).normal(10, 3, 40)
    told = intervals.of_mean(sample)
    found = stats.ttest_1samp(sample, 0).confidence_interval(0.95)
    assert told.how == "t"
    assert (told.low, told.high) == pytest.approx((found.low, found.high))


def test_intervals_hold_the_mean_in_about_nineteen_of_twenty_samples():
    """Of 200 normal samples 180 to 198 hold it: 0.1% and 99.9% of the binomial law at 95%."""
    told = [intervals.of_mean(np.random.default_rng(n).normal(0, 1, 30)) for n in range(200)]
    assert 180 <= sum(one.low <= 0 <= one.high for one in told) <= 198


def test_lopsided_figures_get_an_interval_that_leans_their_way():
    told = intervals.of_mean(np.random.default_rng(4).exponential(1, 200))
    assert told.how == "skewed"
    assert told.high - told.mean > told.mean - told.low


def test_halls_transformation_turned_back():
    """The transformed end is the end asked for: g(T) = T + a T^2/3 + a^2 T^3/27 + a/6."""
    n, skew = 50, 1.3
    own = skew * math.sqrt(n - 1) / (n - 2)
    for end, aim in zip(intervals.untwisted(np.array([skew]), n, 2.0), (2.0, -2.0), strict=True):
        t = float(end[0])
        turned = t + own * t**2 / 3 + own**2 * t**3 / 27 + own / 6
        assert turned == pytest.approx(aim)


def test_a_mean_that_one_replication_carries_has_no_interval_but_a_bound():
    """99 zeros and a loss of 500.

    The share at which one or none in 100 still has a chance of 1.25% is 6.2%, so that the mean is
    at least -31.
    """
    losses = np.zeros(100)
    losses[7] = -500.0
    told = intervals.of_mean(losses)
    assert (told.how, told.rests_on, told.needed) == ("few", 1, 600)
    share = -told.low / 500
    assert stats.binom.cdf(1, 100, share) == pytest.approx(0.0125, rel=1e-6)
    assert share == pytest.approx(0.062, abs=0.001)
    assert told.high == 0.0
    assert math.isinf(told.half)
    assert intervals.method_text(told, 100) == "few: 1 of 100"


def test_what_was_alike_in_all_replications_is_not_certain():
    told = intervals.of_mean(np.full(200, 3.0))
    assert (told.how, told.mean, told.sign) == ("alike", 3.0, 1)
    assert math.isnan(told.low)
    assert math.isinf(told.half)
    assert "1.5%" in intervals.legend([told], 200)[0]
    # a share of 1.5% is missed by 200 replications one time in twenty
    assert (1 - intervals.unseen(200)) ** 200 == pytest.approx(0.05, abs=0.002)


def test_an_event_that_never_happened_is_not_impossible():
    never = np.zeros(100)
    told = intervals.of_mean(never, chance=True)
    assert told.mean == 0
    assert 0.03 < told.high < 0.04  # 3.7%, Wilson
    moved = intervals.of_difference(never, never, chance=True)
    assert moved.low < 0 < moved.high


def test_the_difference_of_two_chances():
    """Agresti and Min, 2005: (b - c) / (n + 2) and its variance with half a pair in each cell."""
    option, base = np.zeros(100), np.zeros(100)
    option[:12] = 1
    base[10:15] = 1
    told = intervals.of_difference(option, base, chance=True)
    more, fewer = 10, 3
    centre = (more - fewer) / 102
    half = 1.959964 * math.sqrt((more + fewer + 1) - 102 * centre**2) / 102
    assert told.mean == pytest.approx(0.07)
    assert (told.low, told.high) == pytest.approx((centre - half, centre + half))


def test_columns_are_told_as_each_alone():
    rng = np.random.default_rng(2)
    table = np.stack([rng.normal(0, 1, 60), rng.exponential(1, 60), np.full(60, 2.0)], axis=1)
    together = intervals.of_columns(table)
    for column, told in zip(table.T, together, strict=True):
        alone = intervals.of_mean(np.ascontiguousarray(column))
        assert alone[:3] == pytest.approx(told[:3], nan_ok=True)
        assert alone.how == told.how


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
def test_ends_of_known_laws(confidence):
    tail = (1 + confidence) / 2
    assert intervals.student(7, confidence) == pytest.approx(stats.t.ppf(tail, 7))
    assert intervals.normal(confidence) == pytest.approx(stats.norm.ppf(tail))
    exact = stats.binomtest(3, 40).proportion_ci(confidence, "exact")
    assert intervals.exact(3, 40, confidence) == pytest.approx((exact.low, exact.high))
    score = stats.binomtest(3, 40).proportion_ci(confidence, "wilson")
    assert intervals.wilson(3, 40, confidence) == pytest.approx((score.low, score.high))


def test_one_replication_and_none():
    assert intervals.of_mean(np.array([3.0]))[0::3] == (3.0, "one")
    assert intervals.of_mean(np.array([np.nan])).how == "none"
