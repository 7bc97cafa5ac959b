"""Exact amounts: prices to cents, and amounts split so that the parts sum to the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.units_of_measure import CENTS_PER_USD, cents_of


def contract_value(price_usd_per_gpu_hour: float, gpus: int, days: int) -> int:
    """Value of reserved GPUs over days, from the price as it is written [cents].

    price_usd_per_gpu_hour [USD/GPU-hour]; gpus [GPUs]; days [day].

    >>> contract_value(2.91, 1000, 365)
    2549160000
    """
    exact = Fraction(str(price_usd_per_gpu_hour)) * CENTS_PER_USD * gpus * HOURS_PER_DAY * days
    return int(exact + Fraction(1, 2))


def split_evenly(total: int, parts: int) -> list[int]:
    """Equal whole parts; the last takes the remainder.

    >>> split_evenly(100, 3)
    [33, 33, 34]
    """
    each = total // parts
    return [each] * (parts - 1) + [total - each * (parts - 1)]


def split_by(total: int, weights: Sequence[int]) -> list[int]:
    """Whole parts in proportion to whole weights; each cumulative sum is rounded down.

    >>> split_by(100, [1, 2, 3])
    [16, 34, 50]
    """
    whole, upto, done, parts = sum(weights), 0, 0, []
    for weight in weights:
        upto += weight
        parts.append(total * upto // whole - done)
        done += parts[-1]
    return parts


def within(limits: Sequence[int], parts: Sequence[int]) -> list[int]:
    """The same sum, no part above its limit; what is too much goes to the first that have room.

    >>> within([1, 1, 2, 1], [0, 2, 1, 1])
    [1, 1, 1, 1]
    """
    kept = [min(part, limit) for part, limit in zip(parts, limits, strict=True)]
    left = sum(parts) - sum(kept)
    for n, limit in enumerate(limits):
        more = min(left, limit - kept[n])
        kept[n], left = kept[n] + more, left - more
    return kept


def equal_counts(total: int, parts: int) -> list[int]:
    """Equal whole counts; the remainder goes to the first ones.

    >>> equal_counts(11, 3)
    [4, 4, 3]
    """
    each, left = divmod(total, parts)
    return [each + (part < left) for part in range(parts)]


def spread_evenly(
    usd_by_period: Mapping[str, float], places: Mapping[str, Sequence[int]]
) -> dict[int, int]:
    """Amounts of periods spread evenly over each period's own places [cents by place].

    usd_by_period [USD]; places: the months, or the payments, by number, that pay a period's amount.

    >>> spread_evenly({"2026": 1.0, "2027": 0.5}, {"2026": [3, 6, 9], "2027": [12]})
    {3: 33, 6: 33, 9: 34, 12: 50}
    """
    due: dict[int, int] = {}
    for period, usd in usd_by_period.items():
        own = places[period]
        for place, part in zip(own, split_evenly(cents_of(usd), len(own)), strict=True):
            due[place] = due.get(place, 0) + part
    return due
