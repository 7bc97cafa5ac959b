"""What becomes of customers: when they fail and pay, and whether they leave what is late."""

from __future__ import annotations

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.state import NEVER, Floats, Ints
from gpusim.world.laws import chance_given, normal, size_if
from gpusim.world.philox import COLLECTION, COMMON_CREDIT, CUSTOMER_DAY, CUSTOMER_FAILS, u01

ONCE = const(0)
MONTH = 1.0 / 12.0  # [year]


@kernel
def common_credit(seed: int, replication: int, year: int) -> float:
    """The factor that all customers have in common in a calendar year, counted from 1970."""
    return normal(seed, replication, COMMON_CREDIT, ONCE, year)


@kernel
def failure_days(
    seed: int,
    replication: int,
    calendar: Ints,
    month_end: Ints,
    state: Ints,
    customers: Ints,
    hazard: Floats,
    correlation: float,
    days: Ints,
) -> None:
    """The day each customer stops paying, NEVER if not in the run, into `days`.

    hazard [customers, market states] [1/year]; a month's chance is a twelfth of it, by the state
    of that month, given the year's common factor; the day is uniform within the month.
    """
    for k in range(len(customers)):
        days[k] = NEVER
        for m in range(1, len(calendar)):
            chance = hazard[k, state[m]]
            if correlation > 0.0:
                z = common_credit(seed, replication, calendar[m] // MONTHS_PER_YEAR)
                chance = chance_given(chance, correlation, z)
            chance *= MONTH
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


@kernel
def collections(
    seed: int, replication: int, calendar: Ints, contract: int, law: Floats, days: Ints
) -> None:
    """Days after its day on which a contract's invoice of each month is paid, into `days` [months].

    contract: identity, which renewals share; law [3]: chance, mean and standard deviation [days].
    """
    for m in range(len(calendar)):
        u = u01(seed, replication, COLLECTION, contract, calendar[m])
        days[m] = size_if(u, law[0], law[1], law[2])
