"""What selection does with luck that options share; B10 stands among the oracles."""

import numpy as np

from gpusim.experiments.compare.selection import FIRST_BATCHES, select

MEANS = np.array([5.0, 5.0, 5.0, 5.0, 6.0])


def until_sure(draw, indifference, alpha):
    figures = np.zeros((len(MEANS), 0))
    while True:
        figures = np.hstack([figures, draw(FIRST_BATCHES)])
        found = select(figures, indifference, alpha)
        if found.sure:
            return found, figures.shape[1]


def test_shared_luck_makes_it_sure_sooner_and_as_often():
    alone, together, right = [], [], 0
    for trial in range(40):
        rng = np.random.default_rng(1_000 + trial)

        def shared(n, rng=rng):
            return MEANS[:, None] + rng.normal(0, 1, (1, n)) + rng.normal(0, 0.2, (5, n))

        found, used = until_sure(shared, 0.3, 0.05)
        right += found.best == 4
        together.append(used)
        alone.append(
            until_sure(lambda n, r=rng: r.normal(MEANS[:, None], 1.02, (5, n)), 0.3, 0.05)[1]
        )
    assert right == 40
    assert np.mean(together) < np.mean(alone) / 3


def test_less_can_be_better():
    rng = np.random.default_rng(1)
    figures = rng.normal(-MEANS[:, None], 0.1, (5, 20))
    assert select(figures, 0.5, 0.05, higher=False).best == 4


def test_options_that_are_level_are_decided_only_as_far_as_it_matters():
    rng = np.random.default_rng(2)
    figures = rng.normal(0, 1, (2, FIRST_BATCHES))
    assert not select(figures, 0.01, 0.05).sure
    assert select(rng.normal(0, 1, (2, 400)), 1.0, 0.05).sure


def test_an_event_that_the_first_stage_never_saw_is_not_taken_for_impossible():
    nothing = np.zeros((2, FIRST_BATCHES))
    assert not select(nothing, 0.02, 0.05, least_variance=0.001).sure


def test_more_batches_than_were_needed_change_nothing():
    rng = np.random.default_rng(3)
    figures = rng.normal(MEANS[:, None], 1, (5, 200))
    long = select(figures, 1.0, 0.05)
    short = select(figures[:, : max(long.out_after)], 1.0, 0.05)
    assert (long.best, long.out_after) == (short.best, short.out_after)
