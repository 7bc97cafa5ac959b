import numpy as np
import pytest

from gpusim.experiments.compare import paired
from gpusim.results.intervals import Interval


def figures(seed, replications=400):
    return np.random.default_rng(seed).normal(10, 3, replications)


def test_an_option_with_itself_differs_by_exactly_nothing():
    own = figures(1)
    found = paired.paired(own, own, higher=True, same=True)
    assert found.difference == Interval(0.0, 0.0, 0.0, "same")
    alike = paired.paired(own, own.copy(), higher=True)
    assert (alike.difference.mean, alike.difference.how) == (0.0, "alike")
    assert (found.wins, found.ties) == (0.0, 1.0)


def test_shared_luck_saves_the_worlds_it_takes_out():
    """Luck with standard deviation 3 on both sides, 0.3 of its own on one: 18.09 / 0.09."""
    base = figures(2, 20_000)
    option = base + 1 + np.random.default_rng(3).normal(0, 0.3, len(base))
    found = paired.paired(option, base, higher=True)
    assert found.variance_reduction == pytest.approx(18.09 / 0.09, rel=0.1)
    assert found.difference.low < 1 < found.difference.high
    assert found.difference.high - found.difference.low < 0.02


def test_worlds_without_a_figure_are_left_out():
    base, option = figures(5, 10), figures(6, 10)
    option[3] = np.nan
    assert paired.paired(option, base, higher=True).replications == 9


def test_regret_of_a_small_table():
    """Savage's rule by hand: best of each world 5, 4, 9."""
    table = np.array([[5.0, 1.0, 9.0], [4.0, 4.0, 2.0]])
    first, second = paired.regrets(table, higher=True)
    assert (first.mean, first.worst) == (1.0, 3.0)
    assert (second.mean, second.worst) == (pytest.approx(8 / 3), 7.0)
    low, _ = paired.regrets(table, higher=False)
    assert low.worst == 7.0


def test_who_is_behind_in_every_replication_has_surely_the_larger_cvar_of_regret():
    """One replication carries the tail of the regret, and the base is ahead by 0.2 at least."""
    lead = 0.2 + 0.1 * np.random.default_rng(7).random(100)
    lead[17] = 0.9
    base, option = paired.regrets(np.stack([lead, np.zeros(100)]), higher=True)
    assert (base.cvar, base.undercut) == (0.0, False)
    assert option.cvar_interval.how == "few"
    assert option.undercut


def test_who_is_behind_in_a_few_replications_only_may_be_so_by_luck():
    lead = np.zeros(100)
    lead[[3, 17]] = 0.9
    _, option = paired.regrets(np.stack([lead, np.zeros(100)]), higher=True)
    assert option.cvar > 0.3
    assert not option.undercut
