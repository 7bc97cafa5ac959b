"""What is measured of planned cash: an hour's chain, cover, return on capital, break-even."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from gpusim.appraisal import returns
from gpusim.appraisal.returns import Figure
from gpusim.appraisal.unit_cash import Cash
from gpusim.appraisal.view.timing import MONTH_ENDS, Timing
from gpusim.economics.core.calendar import MONTHS_PER_YEAR

NO_LOAN: Final = "no loan is attributed to it"
NO_SERVICE: Final = "no debt service in the period"
HIGHEST: Final = 100.0
"""Times its own price, the most a break-even is searched up to."""
CLOSE: Final = 1e-9
NEVER: Final = "no price up to a hundred times this one reaches it"
ALWAYS: Final = "a price of nothing is already above it"


def hourly(cash: Cash) -> dict[str, Figure]:
    """The chain of a billed GPU-hour: rent, what it must pay for, what is left [USD/GPU-hour].

    Capital recovery is the hardware's cost less what it fetches at the end, over the hours billed;
    interest stands apart, so the chain is undiscounted: margin x hours is the owner's cash over the
    term, before prepayments received earlier.
    """
    hours = float(cash.gpu_hours.sum())
    amounts = {
        "rent_price": cash.revenue,
        "capital_recovery": cash.capital - cash.residual,
        "power_cost": cash.power,
        "site_rent": cash.rent,
        "staff_cost": cash.staff,
        "overhead_cost": cash.overhead,
        "interest_cost": cash.interest,
        "margin": cash.ebitda - cash.capital + cash.residual - cash.interest,
    }
    if hours == 0:
        return {name: Figure(None, "no GPU-hour is billed") for name in amounts}
    return {name: Figure(float(amount.sum()) / hours) for name, amount in amounts.items()}


def dscr_by_year(cash: Cash, *, before_rent: bool = False) -> list[Figure]:
    """Cash available over scheduled debt service in each year of the term [ratio].

    A year that the term's end breaks is the last twelve months, as far as the term has them.
    before_rent: as if the site cost nothing, such as a lender to the GPUs of an own building sees.
    Source: definitions, DSCR: trailing twelve months or since the start.
    """
    available = cash.counted + (cash.rent if before_rent else 0.0)
    term = len(cash.revenue) - 1
    years = []
    for until in (*range(MONTHS_PER_YEAR, term, MONTHS_PER_YEAR), term):
        year = slice(max(until - MONTHS_PER_YEAR, 0) + 1, until + 1)
        due = float(cash.service[year].sum())
        paid = float(available[year].sum())
        years.append(Figure(paid / due) if due > 0 else Figure(None, NO_LOAN))
    return years


class Served(NamedTuple):
    """A period of debt service."""

    available: float  # cash since the period before it that had service [USD]
    due: float  # interest and scheduled principal; nothing: the cash counts with the next [USD]


def served(cash: Cash, months: int) -> list[Served]:
    """Cash available and debt service of each period of so many months.

    Cash of periods without service counts with the next one that has some.

    >>> from gpusim.appraisal.unit_cash import blank
    >>> plan = blank(4)
    >>> plan.revenue[1:], plan.principal[[2, 4]] = 30.0, (40.0, 50.0)
    >>> [period.available for period in served(plan, 1)]
    [0.0, 60.0, 0.0, 60.0]
    """
    timing = Timing(months)
    available, due = timing.sums(cash.counted)[1:], timing.sums(cash.service)[1:]
    found, since = [], 0.0
    for cash_in, owed in zip(available, due, strict=True):
        since += float(cash_in)
        found.append(Served(since if owed > 0 else 0.0, float(owed)))
        since = 0.0 if owed > 0 else since
    return found


def dscr_by_period(cash: Cash, months: int) -> list[Figure]:
    """Cash available over scheduled debt service of each period of so many months [ratio]."""
    return [
        Figure(one.available / one.due) if one.due > 0 else Figure(None, NO_SERVICE)
        for one in served(cash, months)
    ]


def average_cover(periods: Sequence[Served]) -> Figure:
    """Cash available over debt service of all periods that have some [ratio].

    Each period's cover counts by its service: a last instalment of little moves it little.
    Source: loan life cover ratio of project finance, which is this with both discounted at the
    loan's coupon (service so discounted is the loan).

    >>> average_cover([Served(30.0, 20.0), Served(30.0, 0.4), Served(0.0, 0.0)]).value
    2.9411764705882355
    """
    due = sum(one.due for one in periods)
    if due <= 0:
        return Figure(None, NO_LOAN)
    return Figure(sum(one.available for one in periods) / due)


def lowest(years: list[Figure]) -> Figure:
    """The least of the figures that exist."""
    values = [year.value for year in years if year.value is not None]
    return Figure(min(values)) if values else Figure(None, NO_LOAN)


def return_on_capital(cash: Cash) -> Figure:
    """Yearly EBITDA less depreciation over the gross cost of the hardware [1/year].

    Of lots of different terms: their earnings over their costs, each times the years of its term.
    Source: known answers A2, pre-tax return on gross initial capex.
    """
    employed = float(cash.employed.sum())
    if employed <= 0:
        return Figure(None, "no hardware is paid for")
    return Figure(float((cash.ebitda - cash.depreciation).sum()) / employed)


def factor_at(
    at: Callable[[float], Cash], net: str, target: float, timing: Timing = MONTH_ENDS
) -> Figure:
    """How many times its price a lot must fetch for a measure of it to be at its target.

    at: the lot's cash at so many times its price, its loans included; net: "npv" (of the cash
    before loans; target: the hurdle [1/year]), "total" (of the same, undiscounted), "return",
    "dscr" or "dscr_before_rent" (of the worst year); timing: of "npv". What is found has been
    put back in: a measure that only jumps past its target is at it nowhere.
    """

    def above(factor: float) -> float:
        return _short(at(factor), net, target, timing)[0]

    found = returns.break_even(above, 0.0, HIGHEST)
    if found.value is None:
        return Figure(None, NEVER if above(0.0) < 0 else ALWAYS)
    short, scale = _short(at(found.value), net, target, timing)
    if abs(short) > CLOSE * scale:
        return Figure(None, "it is passed in a jump, as the loan or its size follows the price")
    return found


def _short(cash: Cash, net: str, target: float, timing: Timing) -> tuple[float, float]:
    """By how much a measure is above its target, and what that is small against."""
    if net in ("npv", "total"):
        gross = float(np.abs(cash.unlevered).sum())
        return timing.dated(cash.before_loans).worth(target if net == "npv" else 0.0), gross
    if net == "return":
        figure = return_on_capital(cash)
    else:
        figure = lowest(dscr_by_year(cash, before_rent=net == "dscr_before_rent"))
    return (-target if figure.value is None else figure.value - target), max(target, 1.0)
