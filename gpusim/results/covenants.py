"""The covenants a run tests, and when each replication first broke them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gpusim.economics.state import NEVER, OWN_CONTRACTS, Ints, State
from gpusim.results.payload import Panel, tests_of
from gpusim.results.summary import wilson
from gpusim.units import date_of


class Covenant(NamedTuple):
    """One test of one facility."""

    facility: str
    test: str  # dscr, minimum_liquidity, contract_realisation, ltv or ltv_market
    minimum: float  # or, of an LTV, the maximum [ratio] or [USD]
    tested_from: dt.date
    scope: str = "operator"  # of a dscr: whose cash and service; or facility

    @property
    def column(self) -> str:
        """Its column in the outcome table: the day of the first breach."""
        return f"breach_{self.test}_{self.facility}"


def covenants_of(state: State, facilities: Sequence[str]) -> tuple[Covenant, ...]:
    """All covenants of a scenario, facility by facility: the columns of `Panel.breaches`.

    facilities: the name of each row.
    """
    return tuple(
        Covenant(name, test, minimum, date_of(day), scope_of(state, row, test))
        for row, name in enumerate(facilities)
        for test, minimum, day, _ in tests_of(state.facilities[row])
    )


def scope_of(state: State, row: int, test: str) -> str:
    """Whose figures a test of a facility is about."""
    own = test == "dscr" and state.facilities[row].dscr_scope == OWN_CONTRACTS
    return "facility" if own else "operator"


def columns(panel: Panel, covenants: Sequence[Covenant]) -> dict[str, Ints]:
    """Day of the first breach by column of the outcome table."""
    return {covenant.column: panel.breaches[:, n] for n, covenant in enumerate(covenants)}


def headline(panel: Panel, covenants: Sequence[Covenant]) -> list[dict[str, Any]]:
    """Chance of a breach with its 95% interval, and the median of the first days."""
    told = []
    for covenant, days in zip(covenants, panel.breaches.T, strict=True):
        broken = days[days < NEVER]
        low, high = wilson(len(broken), len(days))
        told.append(
            {
                "facility": covenant.facility,
                "test": covenant.test,
                "scope": covenant.scope,
                "minimum": covenant.minimum,
                "tested_from": covenant.tested_from.isoformat(),
                "breach_probability": len(broken) / len(days),
                "breach_ci_low": low,
                "breach_ci_high": high,
                "breach_median_date": median_date(broken),
            }
        )
    return told


def median_date(days: Ints) -> str | None:
    """Median day as a date; the earlier of two; None of none.

    >>> median_date(np.array([3, 1, 2, 40])), median_date(np.array([]))
    ('1970-01-03', None)
    """
    return date_of(np.sort(days)[(len(days) - 1) // 2]).isoformat() if len(days) else None
