"""When sites stand still in the month under way, to the second.

The World knows it of every day of the run. Rules read it of the month under way alone, from State,
which is given each month's days as it opens: what is to come is nobody's to know.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.core.calendar import LONGEST_MONTH
from gpusim.economics.core.state import NONE, State, World

SECONDS_PER_HOUR = const(3_600)
SECONDS_PER_DAY = const(86_400)


@kernel
def open_standstill(s: State, w: World, month: int) -> None:
    """Take over when sites stand still in a month that opens.

    Column n of a row: how long its site stands still until the end of the day that is n days before
    the month's last [s].
    """
    last, before = w.month_end[month] - w.month_end[0], w.month_end[month - 1] - w.month_end[0]
    for row in range(len(s.standstill)):
        for n in range(LONGEST_MONTH + 1):
            day = max(last - n, before)
            s.standstill[row, n] = w.standstill[row, day] - w.standstill[row, before]


@kernel
def seconds_off(s: State, site: int, first: int, last: int) -> int:
    """How long a site stands still on the days first to last of the month under way [s]."""
    row = s.sites[site].standstill
    if row == NONE or last < first:
        return ZERO
    end = s.clock[0].month_end
    return int(s.standstill[row, end - last] - s.standstill[row, end - first + 1])


@kernel
def share_off(s: State, site: int, first: int, last: int) -> float:
    """Share of the hours of the days first to last in which a site stands still."""
    return seconds_off(s, site, first, last) / ((last - first + 1) * SECONDS_PER_DAY)


@kernel
def hours_of(seconds: int) -> int:
    """Whole hours of so many seconds, of one GPU or of many.

    >>> [hours_of(n) for n in (7_199, 7_200)]
    [1, 2]
    """
    return seconds // SECONDS_PER_HOUR


@kernel
def days_of(seconds: int) -> float:
    """Days, and parts of one, of so many seconds.

    >>> days_of(43_200)
    0.5
    """
    return seconds / SECONDS_PER_DAY
