"""Forecasts without a model, from reported figures alone: what a simulation has to beat.

Each is a figure per quarter ahead (None: what it needs was not reported), and looks at nothing
dated after the as-of day but the guidance given with that quarter's report.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from gpusim.scenario.reading.published.actuals import Table

NAMES: Final = ("last value", "last increment", "last growth", "guidance", "guidance + past beat")
BOUNDS: Final = ("low", "high")
ADDED: Final = frozenset({"adjusted_operating_income", "operating_income"})
"""Lines near zero: their beats are differences, not shares."""


class Beat(NamedTuple):
    """How outcomes were against the guidance for them, over the rounds seen."""

    rounds: int
    mean: float  # [share of the midpoint], or [USD] for the lines of ADDED


def quarter_after(day: dt.date, ahead: int = 1) -> dt.date:
    """The quarter's end some quarters later; a negative number goes back.

    >>> quarter_after(dt.date(2025, 12, 31)), quarter_after(dt.date(2025, 3, 31), -1)
    (datetime.date(2026, 3, 31), datetime.date(2024, 12, 31))
    """
    months = day.year * 12 + day.month - 1 + 3 * ahead
    year, month = divmod(months, 12)
    first = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return first - dt.timedelta(days=1)


def midpoint(table: Table, given: dt.date, what: str, metric: str) -> float | None:
    """Middle of a guided range: `what` is nextq, or fy and two digits of a year."""
    ends = [table.get((given, f"guide_{what}_{metric}_{bound}")) for bound in BOUNDS]
    if ends[0] is None or ends[1] is None:
        return None
    return (ends[0].value + ends[1].value) / 2


def guided_next(table: Table, given: dt.date, metric: str) -> float | None:
    """The midpoint for the next quarter.

    Also where only the year was guided, and the next quarter is its last: the year less what was
    reported.
    """
    stated = midpoint(table, given, "nextq", metric)
    if stated is not None or given.month != 9:
        return stated
    year = midpoint(table, given, f"fy{given:%y}", metric)
    known = [reported(table, quarter_after(given, -back), metric) for back in range(3)]
    if year is None or any(figure is None for figure in known):
        return None
    return year - sum(figure for figure in known if figure is not None)


def guided(table: Table, given: dt.date, metric: str, ahead: int) -> float | None:
    """The guidance midpoint for a quarter.

    Beyond the next quarter: what is left of the guided year, in equal steps from that quarter on.
    """
    near = guided_next(table, given, metric)
    if ahead == 1 or near is None:
        return near
    first, last = quarter_after(given), quarter_after(given, ahead)
    year = midpoint(table, given, f"fy{first:%y}", metric)
    if year is None or last.year != first.year:
        return None
    passed = first.month // 3 - 1
    known = [reported(table, quarter_after(given, -back), metric) for back in range(passed)]
    if any(figure is None for figure in known):
        return None
    left = 4 - passed
    rest = year - sum(figure for figure in known if figure is not None)
    step = (rest - left * near) / (left * (left - 1) / 2)
    return near + (ahead - 1) * step


def beat(table: Table, as_of: dt.date, metric: str) -> Beat | None:
    """The company's own mean beat over the rounds whose outcome was known on the as-of day."""
    seen = []
    for (day, name), actual in table.items():
        if name != metric or day > as_of:
            continue
        middle = guided_next(table, quarter_after(day, -1), metric)
        if middle is not None and middle != 0:
            gap = actual.value - middle
            seen.append(gap if metric in ADDED else gap / middle)
    return Beat(len(seen), sum(seen) / len(seen)) if seen else None


def beaten(middle: float, by: float, metric: str) -> float:
    """A midpoint moved by a beat."""
    return middle + by if metric in ADDED else middle * (1.0 + by)


def forecasts(table: Table, as_of: dt.date, metric: str, ahead: int) -> dict[str, float | None]:
    """Each opponent's forecast, by name."""
    last = reported(table, as_of, metric)
    before = reported(table, quarter_after(as_of, -1), metric)
    told = guided(table, as_of, metric, ahead)
    own = beat(table, as_of, metric)
    growth = None
    if last is not None and before is not None and last > 0 and before > 0:
        growth = last * math.pow(last / before, ahead)
    found = (
        last,
        None if last is None or before is None else last + ahead * (last - before),
        growth,
        told,
        None if told is None or own is None else beaten(told, own.mean, metric),
    )
    return dict(zip(NAMES, found, strict=True))


def reported(table: Table, day: dt.date, metric: str) -> float | None:
    """A reported figure [USD or MW]."""
    found = table.get((day, metric))
    return None if found is None else found.value


def scored_days(table: Table, as_of: dt.date, metrics: Sequence[str]) -> list[dt.date]:
    """Quarter-ends after the as-of day of which anything was reported."""
    return sorted({day for day, name in table if day > as_of and name in metrics})
