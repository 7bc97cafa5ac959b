"""Quantiles agree with an independent source; days have the mean and spread that were asked for."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from gpusim.world.laws import LONGEST, lognormal_days, normal, normal_quantile


@pytest.mark.parametrize("p", [1e-16, 1e-12, 1e-6, 0.01, 0.074, 0.08, 0.5, 0.6, 0.93, 0.999])
def test_normal_quantile_agrees_with_the_standard_library(p: float):
    assert normal_quantile(p) == pytest.approx(NormalDist().inv_cdf(p), rel=1e-14, abs=1e-15)


def test_normal_quantile_is_infinite_at_the_ends():
    assert normal_quantile(0.0) == -math.inf
    assert normal_quantile(1.0) == math.inf


def test_normal_moments():
    n = 40_000
    z = np.array([normal(1, 0, 0, 0, i) for i in range(n)])
    assert z.mean() == pytest.approx(0, abs=3 / n**0.5)
    assert z.var() == pytest.approx(1, abs=3 * (2 / n) ** 0.5)
    assert (np.abs(z) < 1.959964).mean() == pytest.approx(0.95, abs=3 * (0.05 * 0.95 / n) ** 0.5)


@pytest.mark.parametrize(("mean", "sd"), [(180.0, 120.0), (120.0, 30.0), (30.0, 10.0)])
def test_days_have_the_mean_and_sd_asked_for(mean: float, sd: float):
    n = 40_000
    days = np.array([lognormal_days(mean, sd, normal(1, 0, 0, 0, i)) for i in range(n)])
    assert days.mean() == pytest.approx(mean, abs=3 * sd / n**0.5)
    fourth = ((days - days.mean()) ** 4).mean()
    error_of_sd = ((fourth - days.var() ** 2) / n) ** 0.5 / (2 * days.std())
    assert days.std() == pytest.approx(sd, abs=3 * error_of_sd)


def test_no_spread_gives_exactly_the_planned_days():
    assert [lognormal_days(45.0, 0.0, z) for z in (-8.0, 0.0, 8.0)] == [45, 45, 45]


def test_days_are_at_least_one_and_bounded():
    assert lognormal_days(1.0, 5.0, -8.0) == 1
    assert lognormal_days(0.5, 0.0, 1.0) == 1
    assert lognormal_days(0.0, 5.0, 1.0) == 0
    assert lognormal_days(1000.0, 1e9, 8.0) == LONGEST
