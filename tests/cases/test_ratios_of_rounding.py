"""No ratio is made of rounding: equal arms save nothing, inputs that move nothing share nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from gpusim.experiments.compare.paired import paired, variance_reduction
from gpusim.experiments.sensitivity.sobol import sobol
from gpusim.results.intervals import of_difference
from tests.cases.reading import ROOT

RENTS = np.random.default_rng(3).normal(1e9, 1e8, 200)
"""Cash of a billion in 200 replications."""


def compiled(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "gpusim.cli", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "220"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_equal_arms_have_nothing_to_save(tmp_path):
    """A higher base rate changes nothing of the backlog: no customer may leave."""
    asked = ("--metric", "backlog_opening_lost", "--metric", "backlog_opening_recognised", "-q")
    arms = ("--shock", "none", "--shock", "higher-for-longer", "--reps", "100", "--most", "100")
    done = compiled("compare", "single-site", *arms, *asked, "--out", str(tmp_path / "found"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("nothing to save: equal") == 2
    assert not re.search(r"\d{7,}x|nanx|infx", done.stdout)


def test_a_constant_difference_has_no_luck_in_it():
    """A fee of 12.34 in every world: rents + 12.34 - rents differs in its last bits only."""
    option = RENTS + 12.34
    assert np.ptp(option - RENTS) > 0
    assert np.isnan(variance_reduction(option, RENTS))
    told = paired(option, RENTS, higher=True)
    assert (told.wins, told.ties, told.difference.how) == (1.0, 0.0, "alike")
    assert told.difference.mean == pytest.approx(12.34, abs=1e-6)


def test_arms_that_are_equal_up_to_rounding_are_equal():
    """Three tenths added one by one or at once: 0.30000000000000004 against 0.3."""
    option, base = RENTS * 0.1 + RENTS * 0.2, RENTS * 0.3
    assert (option != base).any()
    told = paired(option, base, higher=True)
    assert (told.ties, told.wins, told.difference.mean) == (1.0, 0.0, 0.0)
    assert np.isnan(told.variance_reduction)


def test_a_difference_beyond_rounding_keeps_its_ratio():
    """Option = base + own noise of variance 1: separate luck 2 x 1e16 + 1, the same luck 1."""
    noise = np.random.default_rng(4).normal(0, 1, 200)
    told = variance_reduction(RENTS + noise, RENTS)
    apart = 2 * RENTS.var(ddof=1)
    assert told == pytest.approx(apart / noise.var(ddof=1), rel=1e-3)
    interval = of_difference(RENTS + noise, RENTS)
    assert interval.mean == pytest.approx(noise.mean(), abs=1e-6)
    assert interval.how == "t"


def test_inputs_that_move_nothing_have_no_indices():
    """Sobol' with zero variance: the same figure at every point but for its last bits."""

    def flat(points: np.ndarray) -> np.ndarray:
        return 0.1 * 3 + 0 * points[:, :1] + np.spacing(0.3) * (points[:, :1] > 0.5)

    told = sobol(flat, inputs=3, rows=16, seed=1)
    assert [index.value for index in (*told.first, *told.total)] == [0.0] * 6
    assert (told.variance, told.noise_share) == (0.0, 0.0)


def test_luck_alone_is_all_of_the_variance():
    """Two replications differ by 1 and -1 at every point: the variance of one is 2, all luck."""

    def lucky(points: np.ndarray) -> np.ndarray:
        return np.tile([1e6 - 1.0, 1e6 + 1.0], (len(points), 1))

    told = sobol(lucky, inputs=2, rows=16, seed=1)
    assert (told.variance, told.noise_share) == (0.0, 1.0)
