"""What the books carry of hardware over the months of a planned term."""

from __future__ import annotations

import numpy as np

from gpusim.appraisal.unit_cash import LEAST
from gpusim.economics.books.depreciation import charged_after
from gpusim.economics.core.calendar import HOURS_PER_MONTH, MONTHS_PER_YEAR
from gpusim.economics.core.state import Floats
from gpusim.scenario import Scenario
from gpusim.scenario.tables.plant.depreciation import rest_of_course
from gpusim.units_of_measure import CENTS_PER_USD, cents_of


def depreciation(
    scenario: Scenario, gpu: str, capital: float, months: int, *, in_service: bool = False
) -> Floats:
    """To salvage by the hour, as `orders.fitted` books it by the day [months + 1].

    New hardware over the book lives; hardware in service at the rate that [assets] implies. Servers
    along the course of their generation, from the age on that [assets] implies.
    """
    own = scenario.gpus[gpu]
    course = own.course()
    parts = [
        (
            (1 - own.infrastructure_share) * (1 - own.salvage_share),
            own.book_life_years,
            rest_of_course(course, 0.0, own.book_life_years, months),
        ),
        (own.infrastructure_share, own.infrastructure_life_years, []),
    ]
    if in_service:
        fleet = [a for a in scenario.assets.values() if a.gpu == gpu]
        carried = sum(a.gross_usd - a.accumulated_usd for a in fleet)
        parts = [
            (
                (a.gross_usd - a.accumulated_usd - a.salvage_usd) / carried,
                a.remaining_life_years,
                rest_of_course(
                    course,
                    max(own.book_life_years - a.remaining_life_years, 0.0),
                    a.remaining_life_years,
                    months,
                ),
            )
            for a in fleet
            if carried and a.remaining_life_years
        ]
    charged = np.zeros(months + 1)
    for share, years, rest in parts:
        base, life = (
            cents_of(share * capital),
            max(1, round(years * MONTHS_PER_YEAR * HOURS_PER_MONTH)),
        )
        for month in range(1, months + 1):
            hours = round(month * HOURS_PER_MONTH)
            if rest:
                charged[month] += int(base * rest[month])
            else:
                charged[month] += charged_after(base, base // life, base % life, life, hours)
    return np.diff(charged, prepend=0.0) / CENTS_PER_USD


def carried_before(capital: float, charges: Floats) -> Floats:
    """What the books carry of hardware at the start of each month [months + 1] [USD].

    >>> carried_before(100.0, np.array([0.0, 10.0, 10.0])).tolist()
    [100.0, 100.0, 90.0]
    """
    before: Floats = capital - np.cumsum(charges) + charges
    return before


def carried_after(capital: float, charges: Floats) -> Floats:
    """What they carry at each month's end; what rounding leaves of a cost written off is nothing.

    >>> carried_after(0.3, np.array([0.0, 0.1, 0.2])).tolist()
    [0.3, 0.19999999999999998, 0.0]
    """
    after: Floats = capital - np.cumsum(charges)
    after[np.abs(after) < LEAST] = 0.0
    return after


def residual(capital: float, charges: Floats, share: float | None) -> float:
    """What hardware fetches at the end of a term: a share of its cost, or its book value [USD].

    >>> residual(0.3, np.array([0.0, 0.1, 0.2]), None)
    0.0
    """
    if share is not None:
        return share * capital
    left = capital - float(charges.sum())
    return 0.0 if abs(left) < LEAST else left
