"""Operating leases: escalating rent, level cost, and the liability's present value."""

from __future__ import annotations

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.calendar import add_months
from gpusim.economics.core.money import cents

YEAR = const(12)


@kernel
def next_rent(rent: float, escalator: float) -> float:
    """Rent of a year after one at a rent [its unit]. escalator [1/year].

    Source: data-center leases: fixed annual escalator on base rent.

    >>> next_rent(100.0, 0.03)
    103.0
    """
    return rent * (1.0 + escalator)


@kernel
def month_rent(first_rent: int, escalator: float, month: int) -> int:
    """Rent of a month; raised every twelve months, to the cent each time.

    first_rent [cents/month]; escalator [1/year]; month [count from 0].
    Source: data-center leases: fixed annual escalator on base rent.

    >>> [month_rent(100_00, 0.03, m) for m in (11, 12, 24)]
    [10000, 10300, 10609]
    """
    rent = first_rent
    for _ in range(month // YEAR):
        rent = cents(next_rent(float(rent), escalator))
    return rent


@kernel
def stepped_days(start: int, escalator: float, over: int, first: int, last: int) -> float:
    """Days from `first` to `last`, each times the rent of its day over that of the lease's start.

    start, first, last [day]; escalator [1/year]; over, first day after the lease, from which on its
    last rent stays, NEVER if it has no end [day].
    Source: data-center leases: fixed annual escalator on base rent.

    >>> stepped_days(0, 0.5, 730, 0, 365), stepped_days(0, 0.5, 365, 0, 365)  # 1970 has 365 days
    (366.5, 366.0)
    """
    total, level, year = 0.0, 1.0, YEAR
    day = first
    while day <= last:
        step = add_months(start, year)
        end = min(step - 1, last) if step < over else last
        if end >= day:
            total += (end - day + 1) * level
            day = end + 1
        level = next_rent(level, escalator)
        year += YEAR
    return total


@kernel
def service_rent(
    rent: int, escalator: float, since: int, months: int, first: int, last: int, days_in_month: int
) -> int:
    """Rent of a service for its days from `first` to `last` of a month, charged by the day [cents].

    rent of its first twelve months [cents/month]; it steps every twelve months from its first day
    `since`, and stays at its last level once so many months are over; NEVER: it goes on to step.
    Source: colocation service agreements, annual escalation of the monthly recurring charge.

    >>> service_rent(30_00, 0.1, 0, 24, 365, 379, 30), service_rent(30_00, 0.1, 0, 12, 365, 379, 30)
    (1650, 1500)
    """
    day, total, passed = max(first, since), 0.0, YEAR
    while day <= last:
        upto = last
        if passed < months:
            upto = min(last, add_months(since, passed) - 1)
        if upto >= day:
            total += rent * ((upto - day + 1) / days_in_month)
            day = upto + 1
        rent = month_rent(rent, escalator, YEAR)
        passed += YEAR
    return cents(total)


@kernel
def holdover(last_rent: float, ratio: float, days: float, days_in_month: float) -> float:
    """Rent of a tenant who stays beyond the lease, for so many days of a month [unit of last_rent].

    last_rent: the lease's last [a month]; ratio: over it, or what comes on top of it.
    Source: US commercial leases, month-to-month tenancy at 125-200% of the last rent.

    >>> holdover(100.0, 1.5, 15.0, 30.0)
    75.0
    """
    return ratio * last_rent * days / days_in_month


@kernel
def total_rent(first_rent: int, escalator: float, months: int) -> int:
    """All fixed payments of a lease.

    first_rent [cents/month]; escalator [1/year]; months [count].
    Source: ASC 842-10-30-5, fixed lease payments.

    >>> total_rent(100_00, 0.03, 18)
    181800
    """
    total, rent = 0, first_rent
    for month in range(months):
        if month > 0 and month % YEAR == 0:
            rent = month_rent(rent, escalator, YEAR)
        total += rent
    return total


@kernel
def present_value(first_rent: int, escalator: float, months: int, rate: float) -> int:
    """Lease liability at handover: fixed payments at each month's end, discounted at rate / 12.

    first_rent [cents/month]; escalator [1/year]; months [count]; rate [1/year].
    Source: ASC 842-20-30-1, at the incremental borrowing rate.

    >>> present_value(110_00, 0.0, 2, 1.2)
    19091
    """
    total, rent, factor = 0.0, first_rent, 1.0
    for month in range(months):
        if month > 0 and month % YEAR == 0:
            rent = month_rent(rent, escalator, YEAR)
        factor /= 1.0 + rate / 12.0
        total += rent * factor
    return cents(total)


@kernel
def accretion(liability: int, rate: float) -> int:
    """Interest that a liability grows by in one month.

    liability [cents]; rate [1/year].
    Source: ASC 842-20-35-1; ASC 606-10-32-15 for customers' prepayments.

    >>> accretion(1_200_000, 0.10)
    10000
    """
    return cents(liability * rate / 12.0)
