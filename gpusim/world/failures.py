"""How a month's hardware failures differ from the average, and when sites stand still."""

from __future__ import annotations

import math

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.economics.core.outages import SECONDS_PER_DAY, SECONDS_PER_HOUR
from gpusim.economics.core.state import Floats, Grid, Ints
from gpusim.world.laws import normal, size_if
from gpusim.world.philox import FAILURE, OUTAGE, OUTAGE_HOUR, u01


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
def stand_still(
    seed: int,
    replication: int,
    calendar: Ints,
    month_end: Ints,
    sites: Ints,
    law: Floats,
    dated: Grid,
    standstill: Grid,
) -> None:
    """How long each site has stood still by a day's end [s], into `standstill` [sites, days + 1].

    law [sites, 3]: chance of one in a month, mean and standard deviation of its hours; dated
    [sites, days + 1]: how long each day is in stated ones, from its start on [s]. One by chance
    begins with an hour of its month, each as likely, from which it is over with the month.
    """
    for site in range(len(sites)):
        for m in range(1, len(calendar)):
            u = u01(seed, replication, OUTAGE, sites[site], calendar[m])
            first, past = month_end[m - 1] + 1, month_end[m] + 1
            all_hours = (past - first) * HOURS_PER_DAY
            hours = min(size_if(u, law[site, 0], law[site, 1], law[site, 2]), all_hours)
            when = u01(seed, replication, OUTAGE_HOUR, sites[site], calendar[m])
            begins = int(when * (all_hours - hours + 1)) * SECONDS_PER_HOUR
            over = begins + hours * SECONDS_PER_HOUR
            for day in range(first - month_end[0], past - month_end[0]):
                stated = dated[site, day]
                beyond = min(over, SECONDS_PER_DAY) - max(begins, stated)
                standstill[site, day] = standstill[site, day - 1] + stated + max(beyond, 0)
                begins -= SECONDS_PER_DAY
                over -= SECONDS_PER_DAY
