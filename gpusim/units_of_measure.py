"""Money, days and months: the three units everything else is written in.

Money is a whole number of US cents, a day is a whole number of days since 1970-01-01, a rate is a
fraction a year. Calendar months are counted from the first month after the as-of date.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Final

Cents = int
Day = int
Rate = float

CENTS_PER_USD: Final = 100
CENTS_LIMIT: Final = 10**15
"""Largest single amount a scenario may hold [cents]: USD 10 trillion. Keeps every product of cents
and days inside 63 bits."""
MICROWATTS_PER_KW: Final = 10**9
KW_PER_MW: Final = 1_000
SMALLEST_KW: Final = 0.0001
"""The least power of a GPU and of what is let: none rounds to nothing in whole microwatts."""
EPOCH: Final = dt.date(1970, 1, 1)


def day_of(date: dt.date) -> Day:
    """Days since 1970-01-01.

    >>> day_of(dt.date(1970, 1, 31))
    30
    """
    return (date - EPOCH).days


def date_of(day: Day) -> dt.date:
    """The calendar date of a day number.

    >>> date_of(day_of(dt.date(2026, 2, 28)))
    datetime.date(2026, 2, 28)
    """
    return EPOCH + dt.timedelta(days=int(day))


def cents_of(usd: float) -> Cents:
    """US dollars to whole cents, halves away from zero.

    >>> cents_of(19.125)
    1913
    """
    return int(usd * CENTS_PER_USD + 0.5 if usd >= 0 else -int(-usd * CENTS_PER_USD + 0.5))


def microwatts_of(*, kw: float = 0.0, mw: float = 0.0) -> int:
    """Kilowatts or megawatts as they are written, to whole microwatts; what is left is dropped.

    So 200 MW over 76,000 GPUs, given as 2.6315789 or with all its digits, times 76,000 is no more
    than 200 MW.

    >>> microwatts_of(kw=2.08), 76_000 * microwatts_of(kw=200_000 / 76_000) <= microwatts_of(mw=200)
    (2080000000, True)
    """
    exact = Decimal(repr(kw)) + Decimal(repr(mw)) * KW_PER_MW
    return int(exact * MICROWATTS_PER_KW)


def mw_text(microwatts: int) -> str:
    """Power in megawatts with all the digits it has.

    >>> mw_text(100_800_000_000_000), mw_text(2_631_578_947)
    ('100.8 MW', '0.002631578947 MW')
    """
    whole, rest = divmod(microwatts, KW_PER_MW * MICROWATTS_PER_KW)
    digits = f"{rest:012d}".rstrip("0")
    return f"{whole:,}.{digits} MW" if digits else f"{whole:,} MW"


def add_months(date: dt.date, months: int) -> dt.date:
    """The date a number of months on, clipped to the month's last day.

    >>> add_months(dt.date(2025, 12, 31), 2)
    datetime.date(2026, 2, 28)
    """
    index = date.year * 12 + date.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(date.day, days_in_month(year, month + 1)))


def days_in_month(year: int, month: int) -> int:
    """Days in a calendar month.

    >>> days_in_month(2028, 2)
    29
    """
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return (following - dt.date(year, month, 1)).days


def month_ends(as_of: dt.date, months: int) -> list[Day]:
    """Last day of the as-of month and of each of the `months` months after it; length months + 1.

    >>> [date_of(d).isoformat() for d in month_ends(dt.date(2025, 12, 31), 2)]
    ['2025-12-31', '2026-01-31', '2026-02-28']
    """
    return list(_month_ends(as_of, months))


@lru_cache(maxsize=16)
def _month_ends(as_of: dt.date, months: int) -> tuple[Day, ...]:
    first = as_of.replace(day=1)
    starts = (add_months(first, m) for m in range(months + 1))
    return tuple(day_of(one) + days_in_month(one.year, one.month) - 1 for one in starts)


def month_name(day: Day) -> str:
    """Name of the month that holds a day, such as 2026-01.

    >>> month_name(day_of(dt.date(2026, 1, 31)))
    '2026-01'
    """
    return date_of(day).strftime("%Y-%m")


def days_in_quarter(name: str) -> int:
    """Days of a calendar quarter, by its name.

    >>> days_in_quarter("2028Q1"), days_in_quarter("2026Q4")
    (91, 92)
    """
    year, last = int(name[:4]), 3 * int(name[5:])
    return sum(days_in_month(year, month) for month in range(last - 2, last + 1))


def quarter_name(day: Day) -> str:
    """Name of the calendar quarter that holds a day, such as 2026Q1.

    >>> quarter_name(day_of(dt.date(2026, 3, 31)))
    '2026Q1'
    """
    date = date_of(day)
    return f"{date.year}Q{(date.month - 1) // 3 + 1}"
