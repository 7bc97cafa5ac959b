"""Indices of `sensitivity`: noise told apart; the known answer B9 stands among the oracles."""

import numpy as np
import pytest
from scipy.stats import qmc

from gpusim.experiments.sensitivity import morris
from gpusim.experiments.sensitivity import prim as discover
from gpusim.experiments.sensitivity import sobol as indices

FIRST = (0.313905, 0.442411, 0.0)
TOTAL = (0.557589, 0.442411, 0.243684)


def ishigami(points):
    """Ishigami and Homma, 1990, a = 7, b = 0.1 [points]."""
    x = (2 * points - 1) * np.pi
    return np.sin(x[:, 0]) * (1 + 0.1 * x[:, 2] ** 4) + 7 * np.sin(x[:, 1]) ** 2


def noisy(spread, replications):
    """Ishigami with luck that differs by point and world."""

    def response(points):
        luck = np.random.default_rng(7).normal(0, spread, (len(points), replications))
        return ishigami(points)[:, None] + luck

    return response


@pytest.fixture(scope="module")
def exact():
    return indices.sobol(lambda points: np.tile(ishigami(points)[:, None], 2), 3, 8192, 2)


def test_without_luck_no_width_is_lucks(exact):
    assert exact.noise_share == pytest.approx(0, abs=1e-12)
    assert all(index.noise == 0 for index in (*exact.first, *exact.total))
    assert all(index.design > 0 for index in exact.total)


def test_lucks_share_of_a_path_is_found():
    """The function's variance is 13.845 (a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2); luck's is 9."""
    found = indices.sobol(noisy(3.0, 20), 3, 1024, 1)
    assert found.noise_share == pytest.approx(9 / (9 + 13.845), abs=0.02)
    assert found.variance == pytest.approx(13.845, rel=0.05)
    assert all(index.noise > 0 for index in found.first)


def test_intervals_hold_the_known_indices():
    found = indices.sobol(noisy(1.0, 20), 3, 1024, 5)
    for index, known in zip((*found.first, *found.total), (*FIRST, *TOTAL), strict=True):
        assert abs(index.value - known) <= 1.5 * index.half


def test_elementary_effects_of_a_plane_are_its_slopes():
    walks = morris.trajectories(4, 8, 1)
    slopes = np.array([3.0, -2.0, 0.5, 0.0])
    figures = np.repeat((walks @ slopes)[:, :, None], 5, axis=2)
    found = morris.effects(walks, figures, 1)
    assert [effect.mean for effect in found] == pytest.approx(slopes)
    assert [effect.size for effect in found] == pytest.approx(abs(slopes))
    assert [effect.matters for effect in found] == [True, True, True, False]


def test_an_input_that_does_nothing_is_not_found_to_matter_for_luck():
    walks = morris.trajectories(2, 20, 3)
    luck = np.random.default_rng(4).normal(0, 1, (20, 3, 10))
    found = morris.effects(walks, walks[:, :, :1] * 5 + luck, 1)
    assert found[0].matters
    assert not found[1].matters
    assert found[1].low == 0
    assert found[0].low <= 5 <= found[0].high
    assert found[0].size == pytest.approx(5, abs=0.4)


def test_the_box_is_found_and_judged_on_other_points():
    """A case happens where the first input is above 0.6 and the third below 0.5: 20% of space."""
    points = qmc.LatinHypercube(4, rng=np.random.default_rng(1)).random(1_000)
    cases = ((points[:, :1] > 0.6) & (points[:, 2:3] < 0.5)).astype(float)
    box = discover.find_box(points, cases)
    limits = {limit.input: limit for limit in box.limits}
    assert set(limits) == {0, 2}
    assert limits[0].low == pytest.approx(0.6, abs=0.05)
    assert limits[2].high == pytest.approx(0.5, abs=0.06)
    assert box.coverage > 0.95
    assert box.density > 0.75
    assert box.base_rate == pytest.approx(0.2, abs=0.01)


def test_what_never_happens_has_no_box():
    points = np.random.default_rng(1).random((100, 2))
    assert discover.find_box(points, np.zeros((100, 3))) is None
