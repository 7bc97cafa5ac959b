"""Dates: months, lengths by the calendar, day counts, the base rate."""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import itertools
import math
from fractions import Fraction

DAY = dt.timedelta(days=1)
MICROWATTS = 10**9
"""A kilowatt in whole microwatts, in which power is counted."""


@functools.cache
def exact(x: float) -> Fraction:
    """A number as the file writes it."""
    return Fraction(str(x))


def microwatts(kw: float) -> int:
    return int(exact(kw) * MICROWATTS)


@functools.cache
def month_end(d: dt.date) -> dt.date:
    return d.replace(day=calendar.monthrange(d.year, d.month)[1])


def is_month_end(d: dt.date) -> bool:
    return d == month_end(d)


def days_in_month(d: dt.date) -> int:
    return month_end(d).day


def add_months(d: dt.date, n: int, *, keep_end: bool = False) -> dt.date:
    """The same day of a month n months on, or its last day where that month is shorter.

    keep_end: a month's last day stays the last (payment dates).
    """
    index = d.year * 12 + d.month - 1 + n
    first = dt.date(index // 12, index % 12 + 1, 1)
    last = month_end(first).day
    if keep_end and is_month_end(d):
        return first.replace(day=last)
    return first.replace(day=min(d.day, last))


def in_period(period: str, d: dt.date) -> bool:
    """Whether a day is in a calendar year (2027), a quarter (2027Q1) or a month (2027-05)."""
    names = (f"{d.year}", f"{d.year}Q{(d.month + 2) // 3}", f"{d.year}-{d.month:02d}")
    return period in names


def months_later(d: dt.date, months: float) -> dt.date:
    """Whole months by the calendar; a part of a month is that share of its days."""
    exact = Fraction(months).limit_denominator(10_000)
    whole = math.floor(exact)
    at = add_months(d, whole)
    part = exact - whole
    if part:
        at += dt.timedelta(days=nearest(part * (add_months(d, whole + 1) - at).days))
    return at


def years_later(d: dt.date, years: float) -> dt.date:
    return months_later(d, float(Fraction(str(years)) * 12))


def nearest(x: Fraction | float) -> int:
    """Halves away from zero."""
    x = Fraction(x)
    return math.floor(x + Fraction(1, 2)) if x >= 0 else -math.floor(-x + Fraction(1, 2))


def months_between(a: dt.date, b: dt.date) -> int:
    """Calendar months from a's month to b's."""
    return (b.year - a.year) * 12 + b.month - a.month


def counted(day_count: str, after: dt.date, to: dt.date) -> int:
    """Days of interest from the day after `after` to `to`, that day included."""
    if day_count == "30/360":

        def d30(d: dt.date) -> int:
            return d.year * 360 + d.month * 30 + (30 if is_month_end(d) else min(d.day, 30))

        return d30(to) - d30(after)
    if day_count == "30e/360":

        def euro(d: dt.date) -> int:
            return d.year * 360 + d.month * 30 + min(d.day, 30)

        return euro(to) - euro(after)
    return (to - after).days


def year_days(day_count: str) -> int:
    return 365 if day_count == "act/365" else 360


def base_rate(curve: list[tuple[dt.date, float]], d: dt.date) -> float:
    """Linear between the points, flat outside."""
    if d <= curve[0][0]:
        return curve[0][1]
    for (a, x), (b, y) in itertools.pairwise(curve):
        if d <= b:
            return x + (y - x) * (d - a).days / (b - a).days
    return curve[-1][1]
