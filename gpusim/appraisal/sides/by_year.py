"""Planned cash by year: rent, what it pays for, what the owner and the lender get."""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.appraisal.unit_cash import Cash
from gpusim.appraisal.view.timing import Timing
from gpusim.economics.core.calendar import MONTHS_PER_YEAR

CONTRACT, RELET = "contract", "re-let"
YEARS: Final = Timing(MONTHS_PER_YEAR)


class CashYear(NamedTuple):
    """A year of planned cash [USD]; year 0 is month 0."""

    part: str  # contract, re-let, order or on-demand
    year: int
    gpu_hours: float  # billed
    rent_price: float | None  # over the hours billed [USD/GPU-hour]
    revenue: float
    power: float
    site_rent: float
    staff: float
    overhead: float
    ebitda: float
    credited: float  # of prepayments, off the invoices
    prepaid: float
    capex: float  # hardware, or what hardware is taken over at
    residual: float  # what hardware fetches, or is handed over at
    unlevered: float  # cash before loans
    drawn: float
    interest: float
    principal: float
    balloon: float
    reserve: float  # moved to reserve accounts
    levered: float  # cash to the owner


def years_of(cash: Cash, part: str) -> list[CashYear]:
    """The years of planned cash in which anything flows.

    A year is the months 1 to 12, 13 to 24, ... of each lot; a last one may be shorter.
    """
    rows = {
        "gpu_hours": cash.gpu_hours,
        "revenue": cash.revenue,
        "power": cash.power,
        "site_rent": cash.rent,
        "staff": cash.staff,
        "overhead": cash.overhead,
        "ebitda": cash.ebitda,
        "credited": cash.credited,
        "prepaid": cash.prepaid,
        "capex": cash.capital,
        "residual": cash.residual,
        "unlevered": cash.unlevered,
        "drawn": cash.drawn,
        "interest": cash.interest,
        "principal": cash.principal,
        "balloon": cash.balloon,
        "reserve": cash.reserve,
        "levered": cash.levered,
    }
    sums = {name: YEARS.sums(row) for name, row in rows.items()}
    found = []
    for year in range(len(sums["revenue"])):
        own = {name: float(row[year]) for name, row in sums.items()}
        if any(own.values()):
            price = own["revenue"] / own["gpu_hours"] if own["gpu_hours"] else None
            found.append(CashYear(part, year, rent_price=price, **own))
    return found
