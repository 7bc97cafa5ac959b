"""Intervals over sets of drawn inputs, and what is ignorance, in worlds that are known."""

from __future__ import annotations

import numpy as np
import pytest

from gpusim.experiments.compare import paired
from gpusim.results import intervals
from gpusim.results.drawn.sets import EACH, families, ignorance, means_of_sets, strongest


def nested(rng, sets, between, within, mean=10.0):
    """Figures of `sets` sets of eight, with known standard deviations."""
    own = rng.normal(0, between, sets)
    return mean + np.repeat(own, EACH) + rng.normal(0, within, sets * EACH)


def sets_of(count):
    return np.repeat(np.arange(count), EACH)


@pytest.mark.parametrize("between", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("count", [13, 64])
def test_intervals_of_means_hold_nineteen_times_in_twenty(between, count):
    """Over 1,000 worlds; one of replications as if apart would hold 51% at between 5."""
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(1_000):
        told = intervals.of_mean(nested(rng, count, between, 1.0), sets=sets_of(count))
        held += told.low <= 10.0 <= told.high
    assert 0.93 <= held / 1_000 <= 0.97


@pytest.mark.parametrize("spread", [0.02, 0.5])
def test_intervals_of_chances_hold(spread):
    """A chance that itself differs between sets: a beta law of mean 0.3 about it."""
    rng = np.random.default_rng(9)
    worth = 1 / spread - 1
    held = 0
    for _ in range(1_000):
        own = rng.beta(0.3 * worth, 0.7 * worth, 32)
        hit = rng.random(32 * EACH) < np.repeat(own, EACH)
        low, high = intervals.of_chance(hit, sets_of(32))
        held += low <= 0.3 <= high
    assert 0.93 <= held / 1_000 <= 0.985


def test_what_is_the_same_in_all_of_a_set_counts_once_a_set():
    """Ten sets that are each all or nothing: the ends of 5 of 10, by t for few."""
    hit = np.repeat([1, 0] * 5, EACH)
    low, high = intervals.of_chance(hit, sets_of(10))
    inner = intervals.wilson(5, 10)
    assert low < inner[0] < 0.5 < inner[1] < high
    assert high - low < 1.25 * (inner[1] - inner[0])


def test_what_never_happened_is_known_as_well_as_there_are_sets():
    low, high = intervals.of_chance(np.zeros(16 * EACH), sets_of(16))
    assert low == 0.0
    assert high > intervals.wilson(0, 16)[1]


def test_sets_that_lack_figures_weigh_less():
    """The mean is that of all figures: of 1 x 2 and 3 x 8, which is 26 / 10."""
    figures = np.array([1.0, 1.0] + [np.nan] * 6 + [3.0] * 8)
    told = intervals.of_mean(figures, sets=sets_of(2))
    assert told.mean == pytest.approx(2.6)


@pytest.mark.parametrize(("between", "within"), [(0.0, 1.0), (1.0, 1.0), (3.0, 1.0)])
def test_ignorance_is_the_share_of_variance_between_sets(between, within):
    rng = np.random.default_rng(2)
    truth = between**2 / (between**2 + within**2)
    told = [ignorance(nested(rng, 64, between, within), sets_of(64)) for _ in range(300)]
    assert np.mean(told) == pytest.approx(truth, abs=0.02)


def test_ignorance_of_what_does_not_differ_is_unknown():
    assert np.isnan(ignorance(np.full(32, 7.0), sets_of(4)))
    assert np.isnan(ignorance(np.full(32, np.nan), sets_of(4)))


def test_what_moves_a_figure_is_found_and_nothing_else():
    """y = 2 a - b and noise: of the variance of sets a makes about 4/5, b 1/5."""
    rng = np.random.default_rng(3)
    levels = {f"k{n}": rng.random(256) for n in range(30)}
    own = 20 * levels["k3"] - 10 * levels["k4"]
    figures = np.repeat(own, EACH) + rng.normal(0, 0.5, 256 * EACH)
    means = means_of_sets(figures, sets_of(256))
    found = strongest(means, levels)
    assert [(one.name, one.rises) for one in found[:2]] == [("k3", True), ("k4", False)]
    family = dict.fromkeys(levels, "others") | {"k3": "first", "k4": "second"}
    shares = families(means, levels, family)
    assert shares["first"] == pytest.approx(0.8, abs=0.08)
    assert shares["second"] == pytest.approx(0.2, abs=0.1)
    assert shares["others"] < 0.15


def test_noise_alone_is_seldom_taken_for_an_input():
    """Of 400 worlds in which nothing moves the figure about one in 20 names something."""
    rng = np.random.default_rng(4)
    named = 0
    for _ in range(400):
        levels = {f"k{n}": rng.random(40) for n in range(20)}
        named += bool(strongest(rng.normal(size=40), levels))
    assert named <= 0.08 * 400


def test_few_sets_tell_nothing_of_families():
    rng = np.random.default_rng(5)
    levels = {"a": rng.random(20)}
    assert families(levels["a"], levels, {"a": "x"}) == {}


def test_differences_of_chances_count_pairs_as_sets_have_them():
    """One set of ten that differs, all of it: 0.9 x 10 x (1.96 / 2.262) ** 2 = 6.757 pairs.

    Of so many none falls, up to 1 - 0.025 ** (1 / 6.757) = 0.4207 of them: 0.1 - 0.4207.
    """
    option = np.repeat([1.0] + [0.0] * 9, EACH)
    told = intervals.of_difference(option, np.zeros(80), chance=True, sets=sets_of(10))
    assert (told.mean, told.how) == (pytest.approx(0.1), "counts")
    assert told.low == pytest.approx(-0.3207, abs=2e-4)
    apart = intervals.of_difference(option, np.zeros(80), chance=True)
    assert told.high - told.low > 3 * (apart.high - apart.low)


@pytest.mark.parametrize("shift", [0.0, 0.1])
def test_intervals_of_differences_of_chances_hold_as_often_as_they_say(shift):
    """A chance that differs between sets, and an option that moves it everywhere."""
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        chance = np.repeat(rng.uniform(0.1, 0.5, 32), EACH)
        base, option = (rng.random(256) < chance + moved for moved in (0.0, shift))
        told = intervals.of_difference(
            option.astype(float), base.astype(float), chance=True, sets=sets_of(32)
        )
        held += told.low <= shift <= told.high
    assert held >= 0.93 * 400


def test_a_set_left_out_at_a_time_tells_the_bias_of_a_tail():
    """Sets of one replication are replications; sets of eight alike are as many as there are."""
    lost = np.random.default_rng(3).exponential(1.0, 40)
    alone = paired.cvar_bias(lost)
    assert paired.cvar_bias(lost, np.arange(40)) == pytest.approx(alone, rel=1e-12)
    assert paired.cvar_bias(np.repeat(lost, EACH), sets_of(40)) == pytest.approx(alone, rel=1e-9)
