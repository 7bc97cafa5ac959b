"""What never gets its money: orders that wait for it to the end, their cost, and how much lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gpusim.economics.books import measures
from gpusim.economics.books.statements import line
from gpusim.economics.core.state import NEVER, Ints
from gpusim.results.payload import WAITING, Panel
from gpusim.results.periods import Calendar
from gpusim.results.verdict.chances import chance
from gpusim.units_of_measure import CENTS_PER_USD, day_of

LONG: Final = 90
"""An order of the last days may still get its money: from how long a wait on it is told [days]."""
PART: Final = ".tranches."
"""Between a contract and its tranche in the name of an order."""
PLACE, ROW, COST, LENT, NEEDED = range(1 + len(WAITING))


def unfunded(panel: Panel, calendar: Calendar, orders: Sequence[str]) -> dict[str, Any] | None:
    """Orders of the scenario that have waited for money for `LONG` days or more on the last day.

    orders: their names by row. The chance that there are any, with its interval; contracts, and
    orders without one, with their shares of all that cost, the largest first; of the replications
    that have any the median of their cost, of what lenders' terms leave for them, and of what
    neither that nor free cash and revolvers reach to [USD]. None where none waits.
    """
    rows = panel.waiting
    rows = rows[rows[:, NEEDED] <= day_of(calendar.last_day) - LONG]
    if not len(rows):
        return None
    count = len(panel.replications)
    cost, lent = (
        np.bincount(rows[:, PLACE], weights=rows[:, column], minlength=count)
        for column in (COST, LENT)
    )
    there = cost > 0
    lacks = np.maximum(cost - lent - free_money(panel), 0)
    by_contract: dict[str, float] = {}
    for row, cents in zip(rows[:, ROW].tolist(), rows[:, COST].tolist(), strict=True):
        name = orders[row].rpartition(PART)[0] or orders[row]
        by_contract[name] = by_contract.get(name, 0.0) + cents
    return {
        **chance(there, panel.sets),
        "contracts": {
            name: cents / sum(by_contract.values())
            for name, cents in sorted(by_contract.items(), key=lambda one: -one[1])
        },
        **{
            name: float(np.median(cents[there])) / CENTS_PER_USD
            for name, cents in (("cost", cost), ("lent", lent), ("missing", lacks))
        },
    }


def free_money(panel: Panel) -> Ints:
    """Cash on the last day that is neither promised nor the floor, and revolvers [cents].

    Nothing of a firm that has ended.
    """
    cash = line(panel.ledger, "cash")[:, -1] - panel.kept_cash
    revolvers = panel.stocks[:, measures.REVOLVER_AVAILABLE, -1]
    return np.where(panel.defaulted < NEVER, 0, np.maximum(cash, 0) + revolvers)
