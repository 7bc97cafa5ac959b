"""The covenants a run tests, and when each replication first broke them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gpusim.economics.core.state import NEVER, OWN_CONTRACTS, Ints, State
from gpusim.economics.debt.covenants import KINDS
from gpusim.results.intervals import of_chance
from gpusim.results.payload import LENT, Panel, tested
from gpusim.units_of_measure import CENTS_PER_USD, date_of, day_of


class Covenant(NamedTuple):
    """One test of one facility."""

    facility: str
    test: str  # key of a kind, see `economics.debt.covenants.KINDS`
    minimum: float  # or, where more than the limit is a breach, the maximum [ratio] or [USD]
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
    return tuple(covenant_of(state, f, kind, facilities[f]) for f, kind in tested(state))


def covenant_of(state: State, f: int, kind: int, facility: str) -> Covenant:
    """One test of one facility, its limit in USD or as it is in the model file."""
    row = state.covenants[f, kind]
    limit = float(row.limit)
    return Covenant(
        facility,
        KINDS[kind].key,
        limit / CENTS_PER_USD if KINDS[kind].unit == "USD" else limit,
        date_of(int(row.since)),
        "facility" if row.scope == OWN_CONTRACTS else "operator",
        f,
        date_of(state.facilities[f].maturity),
    )


def first_broken(panel: Panel, covenants: Sequence[Covenant]) -> Ints:
    """Day on which each covenant was first broken; NEVER [replications, covenants].

    The end of the firm, or of the loan's own borrower, counts as a breach on that day while the
    agreement runs: a firm that has ended passes no test, and one that ended before the first test
    was never tested. Else the riskiest paths would count as those that kept every promise. A loan
    that was repaid and can no longer be drawn is over.
    """
    days = panel.breaches.copy()
    for n, covenant in enumerate(covenants):
        days[:, n] = np.minimum(days[:, n], ended_within(panel, covenant))
    return days


def ended_within(panel: Panel, covenant: Covenant) -> Ints:
    """Day on which the firm ended, or the loan's own borrower, while the agreement runs; NEVER.

    It runs up to its maturity while something is owed or can still be drawn. [replications] [day].
    """
    ended = panel.defaulted
    if panel.lent.shape[1] > covenant.place:
        own = panel.lent[:, covenant.place]
        ended = np.where(own[:, LENT.index("in_force")] != 0, ended, NEVER)
        ended = np.minimum(ended, own[:, LENT.index("seized")])
    return np.where(ended <= day_of(covenant.matures), ended, NEVER)


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
        low, high = of_chance(days < NEVER, panel.sets)
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
