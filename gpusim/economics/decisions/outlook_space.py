"""The work space of the outlook: its reach, amounts on a day, power from a day on."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.calendar import month_of
from gpusim.economics.core.state import State, World


@kernel
def last_month(s: State, months: int) -> int:
    """Last month of an outlook of so many months, beyond the run's own where it must be."""
    return min(s.clock[0].month + months, len(s.outlook) - 1)


@kernel
def add_flow(s: State, w: World, day: int, amount: int) -> None:
    """Expect an amount [cents] on a day, or today if it has passed; beyond the outlook never."""
    month = max(month_of(w, day), s.clock[0].month)
    if month < len(s.outlook):
        s.outlook[month] += amount


@kernel
def add_microwatts(
    s: State, w: World, what: int, site: int, microwatts: int, day: int, last: int
) -> None:
    """Expect microwatts at a site from a day on, or from today if it has passed."""
    first = max(day, s.clock[0].today)
    for ahead in range(s.clock[0].month, last + 1):
        days = min(w.month_end[ahead] - first + 1, w.month_end[ahead] - w.month_end[ahead - 1])
        if days > 0:
            s.expected[what, site, ahead] += microwatts * days
