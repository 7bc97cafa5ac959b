"""Known answer B10: the best of five normal systems, through what `compare` uses."""

import numpy as np

from tests.experiments.test_selection import MEANS, until_sure

CASE = "B10"
TRIALS = 200


def test_the_best_of_five_normal_systems_is_found_in_95_of_100_trials(compare):
    right = 0
    for trial in range(TRIALS):
        rng = np.random.default_rng(trial)
        found, _ = until_sure(lambda n, r=rng: r.normal(MEANS[:, None], 1, (5, n)), 1.0, 0.05)
        right += found.best == 4
    compare.least("share of 200 trials that find the best", right / TRIALS, 0.95)
