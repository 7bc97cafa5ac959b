"""The work space of the outlook: how far it reaches, and an amount on a day."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.calendar import month_of
from gpusim.economics.core.state import State, World


@kernel
def last_month(s: State, months: int) -> int:
    """Last month of an outlook of so many months, beyond the run's own where it must be."""
    return min(s.clock[0].month + months, len(s.outlook) - 1)


@kernel
def put(s: State, w: World, day: int, amount: int) -> None:
    """Expect an amount [cents] on a day, or today if it has passed; beyond the outlook never."""
    month = max(month_of(w, day), s.clock[0].month)
    if month < len(s.outlook):
        s.outlook[month] += amount
