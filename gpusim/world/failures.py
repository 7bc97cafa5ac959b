"""How a month's hardware failures differ from the average."""

from __future__ import annotations

import math

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.state import Floats, Ints
from gpusim.world.laws import normal
from gpusim.world.philox import FAILURE


@kernel
def failure_factors(
    seed: int, replication: int, calendar: Ints, gens: Ints, sd: Floats, factor: Floats
) -> None:
    """A lognormal factor with mean 1 by generation and month, into `factor` [gens, months + 1].

    sd [gens]: spread of its logarithm. 0: always 1.
    """
    for g in range(len(gens)):
        for m in range(len(calendar)):
            z = normal(seed, replication, FAILURE, gens[g], calendar[m])
            factor[g, m] = math.exp(sd[g] * z - 0.5 * sd[g] * sd[g])
