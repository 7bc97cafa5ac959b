"""Known answer B9: Sobol' indices of the Ishigami function, through what `sensitivity` uses."""

import numpy as np

from gpusim.experiments.sensitivity import sobol as indices
from tests.experiments.test_indices import FIRST, TOTAL, ishigami

CASE = "B9"
INPUTS = ("x1", "x2", "x3")


def test_indices_of_the_function(compare):
    found = indices.sobol(lambda points: np.tile(ishigami(points)[:, None], 2), 3, 8192, 2)
    for kind, own, known in (("first", found.first, FIRST), ("total", found.total, TOTAL)):
        for name, index, answer in zip(INPUTS, own, known, strict=True):
            compare(f"{kind}-order index of {name}", index.value, answer, abs=0.01)
