"""Straight-line depreciation by days, and a change of life."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.money import muldiv_split


@kernel
def charged_after(
    base: int, daily_amount: int, daily_remainder: int, life_days: int, days: int
) -> int:
    """Depreciation charged after so many days of a life, straight line, the first one included.

    base [cents], which is `daily_amount` times the life, and `daily_remainder` more [cents];
    life_days, days [day]. Source: ASC 360-10-35-4, systematic allocation over the useful life.

    >>> [charged_after(1_003, 250, 3, 4, days) for days in (0, 1, 3, 4)]
    [0, 250, 752, 1003]
    """
    if days <= 0:
        return 0
    if days >= life_days:
        return base
    return muldiv_split(daily_amount, daily_remainder, days, life_days)


@kernel
def life_after_change(new_life_days: int, used_days: int) -> int:
    """Days over which the rest of the cost is charged once the useful life is changed.

    new_life_days, used_days [day]; at least one day is left.
    Source: ASC 250-10-45-17, a change of estimate is prospective.

    >>> life_after_change(1460, 1095)
    365
    """
    return max(new_life_days - used_days, 1)
