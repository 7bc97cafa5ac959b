"""Scores against values worked out by hand and against what theory says of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gpusim.experiments.backtest import scoring


def test_crps_by_its_definition_on_a_hand_example():
    # |1-2|, |2-2|, |6-2| average 5/3; the nine pairs |1-2|, |1-6|, |2-6| twice each sum to 20
    ensemble = np.array([6.0, 1.0, 2.0])
    assert scoring.crps(ensemble, scoring.equal(3), 2.0) == pytest.approx(5 / 3 - 20 / 18)


def test_crps_of_one_member_is_its_absolute_error():
    assert scoring.crps(np.array([7.0]), scoring.equal(1), 4.0) == pytest.approx(3.0)


def test_weights_count_as_repeated_members():
    doubled = scoring.crps(np.array([1.0, 1.0, 4.0, 4.0, 4.0, 9.0]), scoring.equal(6), 3.0)
    weighted = scoring.crps(np.array([1.0, 4.0, 9.0]), np.array([2, 3, 1]) / 6, 3.0)
    assert weighted == pytest.approx(doubled)


def test_crps_of_a_normal_forecast_approaches_the_closed_form():
    # at the mean of N(0, 1) it is 2 phi(0) - 1 / sqrt(pi) (Gneiting and Raftery 2007)
    draws = np.random.default_rng(1).standard_normal(40_000)
    known = 2 / math.sqrt(2 * math.pi) - 1 / math.sqrt(math.pi)
    assert scoring.crps(draws, scoring.equal(len(draws)), 0.0) == pytest.approx(known, abs=0.005)


def test_interval_score_is_the_width_and_a_penalty_of_two_over_alpha():
    ensemble = np.arange(1.0, 101.0)  # middles of shares at 0.5%, 1.5% ...: 80% is 10.5 to 90.5
    inside = scoring.interval(ensemble, scoring.equal(100), 50.0, 0.8)
    assert (inside.low, inside.high, inside.holds) == (
        pytest.approx(10.5),
        pytest.approx(90.5),
        True,
    )
    assert inside.score == pytest.approx(80.0)
    outside = scoring.interval(ensemble, scoring.equal(100), 93.5, 0.8)
    assert outside.score == pytest.approx(80.0 + 2 / 0.2 * 3.0)
    assert not outside.holds


def test_pit_counts_ties_by_half():
    assert scoring.pit(np.array([1.0, 2.0, 2.0, 3.0]), scoring.equal(4), 2.0) == 0.5
    assert scoring.pit(np.array([1.0, 2.0]), scoring.equal(2), 9.0) == 1.0


def test_pit_of_a_right_forecast_is_uniform():
    luck = np.random.default_rng(2)
    members = 200
    found = [
        scoring.pit(luck.standard_normal(members), scoring.equal(members), luck.standard_normal())
        for _ in range(2_000)
    ]
    counts, _ = np.histogram(found, bins=10, range=(0, 1))
    # chi-square of nine degrees of freedom: 27.9 is passed once in a thousand
    assert float(np.sum((counts - 200) ** 2) / 200) < 27.9


def test_coverage_of_a_right_forecast_is_its_level():
    luck = np.random.default_rng(3)
    held = [
        scoring.interval(luck.standard_normal(200), scoring.equal(200), y, 0.8).holds
        for y in luck.standard_normal(2_000)
    ]
    assert np.mean(held) == pytest.approx(0.8, abs=0.03)  # three standard errors


def test_weights_too_sharp_are_flattened_to_the_members_asked_for():
    weights, power = scoring.tempered(-0.5 * np.linspace(0, 40, 100) ** 2, 20.0)
    assert power < 1
    assert scoring.members_worth(weights) == pytest.approx(20.0, rel=1e-6)
    assert weights.sum() == pytest.approx(1.0)


def test_flat_weights_stay_as_they_are():
    weights, power = scoring.tempered(np.zeros(10), 5.0)
    assert power == 1.0
    assert weights == pytest.approx(scoring.equal(10))
