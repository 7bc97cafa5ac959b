"""How long things take: halls and their power, lead times, fit-out, acceptance. All in days."""

from __future__ import annotations

import math

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.state import Floats, Ints
from gpusim.world.laws import lognormal_days, normal, normal_quantile
from gpusim.world.philox import LEAD

IF_LATE, HOW_LATE = const(0), const(1)
ONCE = const(0)
"""Index of an entity's only draw in its stream."""
NO_DAYS = const(0)
HALF_ROOT = math.sqrt(0.5)


@kernel
def site_delays(
    seed: int,
    replication: int,
    own: int,
    common: int,
    halls: Ints,
    developers: Ints,
    is_open: Ints,
    probability: Floats,
    mean: Floats,
    sd: Floats,
    days: Ints,
) -> None:
    """Days that each hall is late, into `days`; 0 for halls already open.

    own, common: streams of the hall's and of its developer's part; halls, developers:
    identities; mean, sd [days] of a delay that happens.
    """
    for h in range(len(halls)):
        if is_open[h] == 0:
            late = shared(seed, replication, common, developers[h], own, halls[h], IF_LATE)
            size = shared(seed, replication, common, developers[h], own, halls[h], HOW_LATE)
            days[h] = delay_days(probability[h], mean[h], sd[h], late, size)


@kernel
def shared(
    seed: int, replication: int, common: int, group: int, own: int, entity: int, index: int
) -> float:
    """A standard normal number of an entity, half of whose variance its group shares.

    Two entities of a group correlate by one half (one-factor Gaussian copula).
    """
    theirs = normal(seed, replication, common, group, index)
    return HALF_ROOT * (theirs + normal(seed, replication, own, entity, index))


@kernel
def delay_days(probability: float, mean: float, sd: float, late: float, size: float) -> int:
    """Days late: 0 unless `late` is among the lowest `probability` of normal numbers.

    mean, sd [days] of a delay that happens; late, size: standard normal numbers. A delay is at
    least one day.

    >>> [int(delay_days(0.5, 180.0, 0.0, z, 0.0)) for z in (-0.1, 0.1)]
    [180, 0]
    """
    if late < normal_quantile(probability):
        return lognormal_days(mean, sd, size)
    return NO_DAYS


@kernel
def lead_times(
    seed: int,
    replication: int,
    calendar: Ints,
    gens: Ints,
    planned: Floats,
    sd: Floats,
    days: Ints,
) -> None:
    """Days from order to delivery, by generation and month of order, into `days` [gens, months]."""
    for g in range(len(gens)):
        for m in range(len(calendar)):
            z = normal(seed, replication, LEAD, gens[g], calendar[m])
            days[g, m] = lognormal_days(planned[g], sd[g], z)


@kernel
def durations(
    seed: int,
    replication: int,
    stream: int,
    entities: Ints,
    planned: Floats,
    sd: Floats,
    days: Ints,
) -> None:
    """Days that one step of each entity takes, into `days`; planned, sd [days]."""
    for k in range(len(entities)):
        z = normal(seed, replication, stream, entities[k], ONCE)
        days[k] = lognormal_days(planned[k], sd[k], z)
