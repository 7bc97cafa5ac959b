"""What becomes of customers: when they fail, and whether they walk away from what is late."""

from __future__ import annotations

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.state import NEVER, Floats, Ints
from gpusim.world.philox import CUSTOMER_DAY, CUSTOMER_FAILS, u01

ONCE = const(0)
MONTH = 1.0 / 12.0  # [year]


@kernel
def failure_days(
    seed: int,
    replication: int,
    calendar: Ints,
    month_end: Ints,
    state: Ints,
    customers: Ints,
    hazard: Floats,
    days: Ints,
) -> None:
    """The day each customer stops paying, NEVER if not in the run, into `days`.

    hazard [customers, market states] [1/year]; a month's chance is a twelfth of it, by the state
    of that month; the day is uniform within the month.
    """
    for k in range(len(customers)):
        days[k] = NEVER
        for m in range(1, len(calendar)):
            chance = hazard[k, state[m]] * MONTH
            if u01(seed, replication, CUSTOMER_FAILS, customers[k], calendar[m]) < chance:
                length = month_end[m] - month_end[m - 1]
                u = u01(seed, replication, CUSTOMER_DAY, customers[k], calendar[m])
                days[k] = month_end[m - 1] + 1 + int(u * length)
                break


@kernel
def willingness(seed: int, replication: int, stream: int, entities: Ints, share: Floats) -> None:
    """One uniform number an entity, into `share`."""
    for k in range(len(entities)):
        share[k] = u01(seed, replication, stream, entities[k], ONCE)
