"""Operating leases: escalating rent, level cost, and the liability's present value."""

from __future__ import annotations

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.calendar import add_months
from gpusim.economics.core.money import cents

YEAR = const(12)


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
        rent = cents(rent * (1.0 + escalator))
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
        level *= 1.0 + escalator
        year += YEAR
    return total


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
            rent = cents(rent * (1.0 + escalator))
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
            rent = cents(rent * (1.0 + escalator))
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
