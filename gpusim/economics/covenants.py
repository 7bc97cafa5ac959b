"""Covenants: what lenders test at month ends.

A breach is recorded with its first day, for the run's outcomes.
"""

from __future__ import annotations

from gpusim.economics.kernel import kernel
from gpusim.economics.ledger import cash
from gpusim.economics.measures import CFADS, DEBT_SERVICE
from gpusim.economics.state import FACILITIES, State

MONTHS_PER_QUARTER, TRAILING_MONTHS = 3, 12


@kernel
def covers(cfads: int, service: int, minimum: float) -> bool:
    """Whether cash available for debt service covers it `minimum` times; no service, no breach.

    cfads, service [cents] over the same months; minimum [ratio].
    Source: loan agreements, debt service coverage ratio, trailing twelve months.

    >>> covers(140, 100, 1.40), covers(139, 100, 1.40), covers(-5, 0, 1.40)
    (True, False, True)
    """
    return service == 0 or cfads >= minimum * service


@kernel
def trailing(s: State, measure: int, month: int) -> int:
    """Sum of a measure over the twelve months to `month`, or since the start if shorter."""
    total = 0
    for m in range(max(month - TRAILING_MONTHS + 1, 1), month + 1):
        total += s.stocks[measure, m]
    return total


@kernel
def check_covenants(s: State, month: int, day: int) -> None:
    """Test every facility: cover at quarter ends, cash at month ends, each from its test date.

    Cover is the operator's, over all its debt service.
    """
    held = cash(s)
    cfads = trailing(s, CFADS, month)
    service = trailing(s, DEBT_SERVICE, month)
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        if (
            facility.dscr_minimum > 0.0
            and day >= facility.dscr_from
            and month % MONTHS_PER_QUARTER == 0
            and not covers(cfads, service, facility.dscr_minimum)
        ):
            facility.dscr_breach = min(facility.dscr_breach, day)
        if (
            facility.liquidity_minimum > 0
            and day >= facility.liquidity_from
            and held < facility.liquidity_minimum
        ):
            facility.liquidity_breach = min(facility.liquidity_breach, day)
