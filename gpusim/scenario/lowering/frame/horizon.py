"""The calendar of a run: days, months and quarters counted from the as-of day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from gpusim.units_of_measure import Day, add_months, date_of, day_of, month_ends, quarter_name

MONTHS_PER_QUARTER = 3
MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class Horizon:
    """From the as-of day to the last simulated month, and the months beyond that are looked at."""

    as_of: dt.date
    quarters: int
    foresight: int = 0

    @property
    def today(self) -> Day:
        """The as-of day."""
        return day_of(self.as_of)

    @property
    def tomorrow(self) -> Day:
        """The first simulated day."""
        return self.today + 1

    @property
    def months(self) -> int:
        """Simulated months."""
        return MONTHS_PER_QUARTER * self.quarters

    @property
    def month_end(self) -> list[Day]:
        """Last day of each month, the as-of month first [months + 1]."""
        return month_ends(self.as_of, self.months)

    @property
    def calendar(self) -> list[Day]:
        """The same, and of the months beyond [months + 1 + foresight]."""
        return month_ends(self.as_of, self.months + self.foresight)

    def month_of(self, date: dt.date) -> int:
        """Months from the as-of month to the month of a date; negative before it."""
        years, months = date.year - self.as_of.year, date.month - self.as_of.month
        return MONTHS_PER_YEAR * years + months

    def months_of_year(self, year: int) -> Iterator[int]:
        """Months of a calendar year that lie after the as-of month."""
        january = self.month_of(dt.date(year, 1, 1))
        return (m for m in range(january, january + MONTHS_PER_YEAR) if m >= 1)

    def future(self, day: Day) -> Day:
        """A day, or the first simulated day if it has passed."""
        return max(day, self.tomorrow)

    def vintage_of(self, signed: dt.date) -> int:
        """Vintage of a signature: 0 by the as-of day, then one a quarter, the last for later ones.

        >>> Horizon(dt.date(2025, 12, 31), 4).vintage_of(dt.date(2026, 5, 1))
        2
        """
        if signed <= self.as_of:
            return 0
        quarter = (self.month_of(signed) - 1) // MONTHS_PER_QUARTER
        return 1 + min(quarter, self.quarters)

    def vintage_names(self) -> list[str]:
        """`opening`, the quarters of the run, `later`."""
        ends = self.month_end[MONTHS_PER_QUARTER::MONTHS_PER_QUARTER]
        return ["opening", *(quarter_name(end) for end in ends), "later"]


def days_of_term(start: dt.date, months: int) -> int:
    """Days of a term of whole months.

    >>> days_of_term(dt.date(2026, 1, 1), 12)
    365
    """
    return (add_months(start, months) - start).days


def plus_months(day: Day, months: int) -> Day:
    """The day a number of months after another day."""
    return day_of(add_months(date_of(day), months))
