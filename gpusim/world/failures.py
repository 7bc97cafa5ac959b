"""How a month's hardware failures differ from the average, and when sites stand still."""

from __future__ import annotations

import math

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.economics.core.state import Floats, Ints
from gpusim.world.laws import normal, size_if
from gpusim.world.philox import FAILURE, OUTAGE, u01


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


@kernel
def outage_shares(
    seed: int,
    replication: int,
    calendar: Ints,
    month_end: Ints,
    sites: Ints,
    law: Floats,
    dated: Floats,
    share: Floats,
) -> None:
    """Share of each month's hours in which a site stands still, into `share` [sites, months + 1].

    law [sites, 3]: chance of one in a month, mean and standard deviation of its hours; dated
    [sites, months + 1]: hours that are certain. Their sum, at most all hours of the month.
    """
    for site in range(len(sites)):
        for m in range(1, len(calendar)):
            u = u01(seed, replication, OUTAGE, sites[site], calendar[m])
            hours = size_if(u, law[site, 0], law[site, 1], law[site, 2]) + dated[site, m]
            all_hours = (month_end[m] - month_end[m - 1]) * HOURS_PER_DAY
            share[site, m] = min(hours / all_hours, 1.0)
