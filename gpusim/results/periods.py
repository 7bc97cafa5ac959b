"""Months into quarters and fiscal years, and their names."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gpusim import units_of_measure as units
from gpusim.economics.core.state import Floats, Ints
from gpusim.scenario.tables.model import Model


class Calendar(NamedTuple):
    """Consecutive periods: period p holds the months bounds[p] + 1 to bounds[p + 1]."""

    as_of: dt.date
    months: int  # simulated
    bounds: tuple[int, ...]  # month indices, one more than periods
    names: tuple[str, ...]  # of the periods, such as 2026Q1 or 2026-01
    opening: str  # name of the period that ends on the as-of date
    year_ends: int = 12  # last month of a fiscal year

    @property
    def last_months(self) -> Ints:
        """Index of each period's last month."""
        return np.array(self.bounds[1:], np.int64)

    @property
    def last_day(self) -> dt.date:
        """Last day that is simulated."""
        return units.date_of(units.month_ends(self.as_of, self.months)[-1])

    def running(self, ended: Ints) -> npt.NDArray[np.bool_]:
        """Whether a firm that ended on a day was there in each period [replications, periods].

        ended [replications] [day]; the period in which it ended is its last.
        """
        month_ends = np.array(units.month_ends(self.as_of, self.months), np.int64)
        opens = month_ends[list(self.bounds[:-1])]
        return np.asarray(ended[:, None] > opens[None, :])

    def place(self, month: Ints) -> Ints:
        """Period of each month index, counted from 1; 0 is all up to the first bound."""
        return np.searchsorted(self.bounds, month, side="left")


def of_model(model: Model) -> Calendar:
    """Calendar of the quarters that a model simulates."""
    return quarters(model.as_of, 3 * model.quarters, model.fiscal_year_ends)


def quarters(as_of: dt.date, months: int, year_ends: int = 12) -> Calendar:
    """Calendar of quarters; year_ends: last month of a fiscal year.

    >>> quarters(dt.date(2025, 12, 31), 6).names
    ('2026Q1', '2026Q2')
    """
    month_ends = units.month_ends(as_of, months)
    bounds = tuple(range(0, months + 1, 3))
    names = tuple(units.quarter_name(month_ends[month]) for month in bounds)
    return Calendar(as_of, months, bounds, names[1:], names[0], year_ends)


def quarter_end(name: str) -> dt.date:
    """Last day of a quarter by its name.

    >>> quarter_end("2026Q1"), quarter_end("2026Q4")
    (datetime.date(2026, 3, 31), datetime.date(2026, 12, 31))
    """
    year, quarter = int(name[:4]), int(name[5:])
    first = dt.date(year + quarter // 4, 3 * quarter % 12 + 1, 1)
    return first - dt.timedelta(days=1)


def by_month(as_of: dt.date, months: int, year_ends: int = 12) -> Calendar:
    """Calendar of months; year_ends: last month of a fiscal year.

    >>> by_month(dt.date(2025, 12, 31), 2).names
    ('2026-01', '2026-02')
    """
    names = tuple(units.month_name(end) for end in units.month_ends(as_of, months))
    return Calendar(as_of, months, tuple(range(months + 1)), names[1:], names[0], year_ends)


def fiscal_years(as_of: dt.date, months: int, year_ends: int = 12) -> Calendar:
    """Calendar of the whole fiscal years, each by the calendar year in which it ends.

    >>> fiscal_years(dt.date(2025, 3, 31), 24).names
    ('2026',)
    >>> fiscal_years(dt.date(2025, 3, 31), 27, year_ends=6).names
    ('2026', '2027')
    """
    dates = [units.date_of(end) for end in units.month_ends(as_of, months)]
    bounds = tuple(month for month, date in enumerate(dates) if date.month == year_ends)
    names = tuple(f"{dates[month].year}" for month in bounds)
    return Calendar(as_of, months, bounds, names[1:], names[0] if names else "", year_ends)


def years_and_parts(as_of: dt.date, months: int, year_ends: int = 12) -> Calendar:
    """Calendar of the whole fiscal years, and of what is before the first and after the last.

    Without gaps, so that flows and chances of its periods add up to those of the run.

    >>> years_and_parts(dt.date(2026, 6, 30), 24).names
    ('2026Q3-4', 'FY2027', '2028Q1-2')
    >>> years_and_parts(dt.date(2025, 9, 30), 3).names
    ('2025Q4',)
    >>> years_and_parts(dt.date(2025, 12, 31), 24, year_ends=6).names
    ('2026Q1-2', 'FY2027', '2027Q3-4')
    """
    whole = fiscal_years(as_of, months, year_ends)
    bounds = tuple(sorted({0, *whole.bounds, months}))
    years = dict(zip(whole.bounds[1:], whole.names, strict=True))
    ends = [units.quarter_name(end) for end in units.month_ends(as_of, months)]
    names = []
    for first, last in pairwise(bounds):
        if last in years and first in whole.bounds:
            names.append(f"FY{years[last]}")
        else:
            names.append(_part(ends[first + 1], ends[last]))
    return Calendar(as_of, months, bounds, tuple(names), ends[0], year_ends)


def _part(first: str, last: str) -> str:
    """Name of a part of a year from its first and last quarter.

    >>> _part("2026Q3", "2026Q4"), _part("2026Q4", "2026Q4")
    ('2026Q3-4', '2026Q4')
    """
    if first == last:
        return first
    same = first[:4] == last[:4]
    return f"{first}-{last.partition('Q')[2] if same else last}"


def sums(flow: Ints, calendar: Calendar) -> Ints:
    """A monthly flow [..., months + 1] by period; the as-of column is left out."""
    return np.diff(np.cumsum(flow, axis=-1)[..., list(calendar.bounds)], axis=-1)


def ends(stock: Ints, calendar: Calendar) -> Ints:
    """A month-end stock [..., months + 1] at each period's end."""
    return np.asarray(stock[..., calendar.last_months])


def means(months: Floats, calendar: Calendar) -> Floats:
    """The mean of each period's months [..., months + 1]; the as-of column is left out.

    >>> half = years_and_parts(dt.date(2026, 6, 30), 9)
    >>> half.names, means(np.array([9.0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), half).tolist()
    (('2026Q3-4', '2027Q1'), [3.5, 8.0])
    """
    bounds = np.array(calendar.bounds, np.int64)
    if not calendar.names:
        return np.zeros((*months.shape[:-1], 0))
    total = np.add.reduceat(months[..., : bounds[-1] + 1], bounds[:-1] + 1, axis=-1)
    return np.asarray(total / np.diff(bounds))


def trailing(flow: Ints, calendar: Calendar, months: int) -> Ints:
    """Sum of a monthly flow over the last `months` months at each period's end.

    Where there are fewer, since the start.
    """
    total = np.cumsum(flow, axis=-1)
    last = calendar.last_months
    return np.asarray(total[..., last] - total[..., np.maximum(last - months, 0)])
