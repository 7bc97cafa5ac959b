"""The covenants a run tests, and when each replication first broke them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gpusim.economics.core.state import NEVER, OWN_CONTRACTS, Ints, State
from gpusim.results.intervals import wilson
from gpusim.results.payload import LENT, Panel, tests_of
from gpusim.units_of_measure import date_of, day_of


class Covenant(NamedTuple):
    """One test of one facility."""

    facility: str
    test: str  # dscr, minimum_liquidity, contract_realisation, ltv or ltv_market
    minimum: float  # or, of an LTV, the maximum [ratio] or [USD]
    tested_from: dt.date
    scope: str = "operator"  # of a dscr: whose cash and service; or facility
    place: int = 0  # of the facility, in `Panel.lent`
    matures: dt.date = dt.date.max  # last day of the agreement

    @property
    def column(self) -> str:
        """Its column in the outcome table: the day of the first breach, see `first_broken`."""
        return f"breach_{self.test}_{self.facility}"


def covenants_of(state: State, facilities: Sequence[str]) -> tuple[Covenant, ...]:
    """All covenants of a scenario, facility by facility: the columns of `Panel.breaches`.

    facilities: the name of each row.
    """
    return tuple(
        Covenant(
            name,
            test,
            minimum,
            date_of(day),
            scope_of(state, row, test),
            row,
            date_of(state.facilities[row].maturity),
        )
        for row, name in enumerate(facilities)
        for test, minimum, day, _ in tests_of(state.facilities[row])
    )


def scope_of(state: State, row: int, test: str) -> str:
    """Whose figures a test of a facility is about."""
    own = test == "dscr" and state.facilities[row].dscr_scope == OWN_CONTRACTS
    return "facility" if own else "operator"


def first_broken(panel: Panel, covenants: Sequence[Covenant]) -> Ints:
    """Day on which each covenant was first broken; NEVER [replications, covenants].

    The end of the firm, or of the loan's own borrower, counts as a breach on that day while the
    agreement runs: a firm that has ended passes no test, and one that ended before the first test
    was never tested. Else the riskiest paths would count as those that kept every promise.
    """
    days = panel.breaches.copy()
    for n, covenant in enumerate(covenants):
        ended = panel.defaulted
        if panel.lent.shape[1] > covenant.place:
            ended = np.minimum(ended, panel.lent[:, covenant.place, LENT.index("seized")])
        within = ended <= day_of(covenant.matures)
        days[:, n] = np.where(within, np.minimum(days[:, n], ended), days[:, n])
    return days


def columns(panel: Panel, covenants: Sequence[Covenant]) -> dict[str, Ints]:
    """Day of the first breach by column of the outcome table, see `first_broken`."""
    days = first_broken(panel, covenants)
    return {covenant.column: days[:, n] for n, covenant in enumerate(covenants)}


def headline(
    panel: Panel, covenants: Sequence[Covenant], last: dt.date = dt.date.max
) -> list[dict[str, Any]]:
    """Chance of a breach of all replications with its 95% interval, and the median first day.

    last: day of the run; a test that begins later is told as one that is not reached.
    """
    told = []
    missed = panel.breaches.T
    for covenant, own, days in zip(
        covenants, missed, first_broken(panel, covenants).T, strict=True
    ):
        broken = days[days < NEVER]
        low, high = wilson(len(broken), len(days))
        told.append(
            {
                "facility": covenant.facility,
                "test": covenant.test,
                "scope": covenant.scope,
                "minimum": covenant.minimum,
                "tested_from": covenant.tested_from.isoformat(),
                "reached": covenant.tested_from <= last,
                "breach_probability": len(broken) / len(days),
                "breach_ci_low": low,
                "breach_ci_high": high,
                "breach_median_date": median_date(broken),
                "ended_probability": float(np.mean((days < NEVER) & (own >= NEVER))),
            }
        )
    return told


def median_date(days: Ints) -> str | None:
    """Median day as a date; the earlier of two; None of none.

    >>> median_date(np.array([3, 1, 2, 40])), median_date(np.array([]))
    ('1970-01-03', None)
    """
    return date_of(np.sort(days)[(len(days) - 1) // 2]).isoformat() if len(days) else None
