"""The lender's side of a lot: cover over the loan's life, loan to value, what could be recovered.

A lender is asked what it would get if the contract ended with a year of its term: the GPUs are sold
at their book value, or as used ones, or go on being let on demand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from gpusim.appraisal.lot_loans import Borrowed
from gpusim.appraisal.planned.book_values import carried_after
from gpusim.appraisal.returns import Figure
from gpusim.appraisal.sides.relet import Life, remaining_years
from gpusim.appraisal.unit_cash import LEAST, Cash, interest_year
from gpusim.appraisal.unit_lots import IN_SERVICE, Lot
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.state import Floats
from gpusim.economics.debt.payment_dates import first_payment
from gpusim.scenario import Scenario
from gpusim.scenario.lowering.prices import residuals

NO_BOOK: Final = "the books carry nothing of its hardware"
NO_COVER: Final = "the books carry nothing of its hardware while something is owed"


class Secured(NamedTuple):
    """A lot with what its lenders carry of it."""

    lot: Lot
    borrowed: Sequence[Borrowed]
    cash: Cash  # with its loans
    life: Life | None  # let on demand

    @property
    def owed(self) -> Floats:
        """Face of its loans at each month's end, at the term's end before what is due [USD]."""
        cash = self.cash
        left = np.cumsum(cash.drawn - cash.principal - cash.balloon)
        left[-1] += cash.balloon[-1]
        left[np.abs(left) < LEAST] = 0.0  # what rounding leaves of a loan that is repaid
        return left

    @property
    def book(self) -> Floats:
        """Book value of its hardware at each month's end [USD]."""
        return carried_after(float(self.cash.capital[0]), self.cash.depreciation)


class LenderYear(NamedTuple):
    """What a contract's lenders see at a year's end, its payments made."""

    year: int
    months: int  # since month 0
    owed: float  # [USD]
    book: float  # value of the hardware [USD]
    ltv: float | None  # owed over book value
    resale: float | None  # of used GPUs, at today's prices [USD]
    relet: float | None  # let on demand: present value at the loan's rate [USD]
    recovered_book: float | None  # share of what is owed
    recovered_resale: float | None
    recovered_relet: float | None


def factors(borrowed: Sequence[Borrowed], months: int) -> Floats:
    """Discount factors of a lot's loans at their coupons, by month [months + 1].

    Interest accrues from payment date to payment date, a twelfth of a year's a month; of several
    loans the mean coupon, by amount, and the longest period. Beyond a loan's table of rates the
    last one is kept.
    """
    total = sum(part.amount for part in borrowed)
    monthly = np.zeros(months + 1)
    for part in borrowed:
        given = part.loan.rates[: months + 1]
        rates = np.concatenate([given, np.full(months + 1 - len(given), given[-1])])
        year = interest_year(part.loan.terms)
        monthly += part.amount / total * rates * year / MONTHS_PER_YEAR
    slowest = max(borrowed, key=lambda part: int(part.loan.terms.every_months)).loan.terms
    every, grid = int(slowest.every_months), int(first_payment(0, slowest))
    found, base, accrued = np.ones(months + 1), 1.0, 0.0
    for month in range(1, months + 1):
        accrued += float(monthly[month])
        found[month] = base / (1.0 + accrued)
        if (month - grid) % every == 0:
            base, accrued = float(found[month]), 0.0
    return found


def life_cover(parts: Sequence[Secured]) -> Figure:
    """Loan life cover: present value of the cash that serves loans, while they last, over them.

    At the loans' own coupons, from month 0. Source: LLCR of project finance, net present value of
    cash available for debt service over the loan's life, over the debt outstanding.
    """
    worth = lent = 0.0
    for part in parts:
        owed = part.owed
        last = int(np.flatnonzero(owed[:-1] > 0)[-1]) + 1 if (owed[:-1] > 0).any() else 0
        discount = factors(part.borrowed, last)
        worth += float((part.cash.counted[1 : last + 1] * discount[1:]).sum())
        lent += float(part.cash.drawn.sum())
    return Figure(worth / lent) if lent > 0 else Figure(None, "nothing is lent")


def loan_to_value(parts: Sequence[Secured]) -> dict[str, Figure]:
    """Owed over book value: the highest at year ends, and at the end of the terms.

    None is the highest where at one of them something is owed on hardware that is written off.
    """
    months = max(len(part.owed) for part in parts) - 1
    owed, book = np.zeros(months + 1), np.zeros(months + 1)
    for part in parts:
        owed[: len(part.owed)] += part.owed
        book[: len(part.owed)] += part.book
    ends = [*range(MONTHS_PER_YEAR, months, MONTHS_PER_YEAR), months]
    ratios = [_ratio(float(owed[m]), float(book[m])) for m in ends]
    known = [ratio.value for ratio in ratios if ratio.value is not None]
    highest = Figure(max(known)) if known else ratios[0]
    last_owed = sum(float(part.owed[-1]) for part in parts)
    last_book = sum(float(part.book[-1]) for part in parts)
    return {
        "ltv_highest": next((ratio for ratio in ratios if ratio.reason == NO_COVER), highest),
        "ltv_at_term_end": _ratio(last_owed, last_book),
    }


def _ratio(owed: float, book: float) -> Figure:
    if book > 0:
        return Figure(owed / book)
    return Figure(None, NO_COVER if owed > 0 else NO_BOOK)


def lender_years(scenario: Scenario, parts: Sequence[Secured]) -> list[LenderYear]:
    """What the lenders of one contract see at each year's end, and at the end of its term."""
    months = max(part.lot.months for part in parts)
    ends = [*range(MONTHS_PER_YEAR, months, MONTHS_PER_YEAR), months]
    return [_at(scenario, parts, year, month) for year, month in enumerate(ends, start=1)]


def _at(scenario: Scenario, parts: Sequence[Secured], year: int, month: int) -> LenderYear:
    live = [part for part in parts if part.lot.months >= month]
    owed = sum(float(part.owed[month]) for part in live)
    book = sum(float(part.book[month]) for part in live)
    resale = _summed([_resale(scenario, part.lot, month) for part in live])
    relet = _summed([_relet(part, month) for part in live])
    return LenderYear(
        year,
        month,
        owed,
        book,
        owed / book if book > 0 else None,
        resale,
        relet,
        *(_recovered(owed, value) for value in (book, resale, relet)),
    )


def _summed(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _recovered(owed: float, value: float | None) -> float | None:
    """The share of what is owed that a value pays; None where nothing is owed or it is unknown."""
    if value is None or owed <= 0:
        return None
    return min(max(value, 0.0) / owed, 1.0)


def _resale(scenario: Scenario, lot: Lot, month: int) -> float | None:
    """What a lot's GPUs fetch as used ones after some months, at today's prices [USD].

    The server's price by age in years of twelve months, linear between. Source:
    `market.residual_share`.
    """
    resale = scenario.market.resale
    if resale is None:
        return None
    own = scenario.gpus[lot.gpu]
    age = month / MONTHS_PER_YEAR + _age(scenario, lot)
    shares = residuals(resale)
    server = own.capex_usd_per_gpu * (1.0 - own.infrastructure_share)
    return float(lot.gpus * server * np.interp(age, np.arange(len(shares)), shares))


def _age(scenario: Scenario, lot: Lot) -> float:
    """Age of a lot's hardware in its month 0 [years]: book life less what is left of it."""
    if lot.status != IN_SERVICE:
        return 0.0
    book_life = scenario.gpus[lot.gpu].book_life_years
    return max(0.0, book_life - remaining_years(scenario, lot.gpu))


def _relet(part: Secured, month: int) -> float | None:
    """What a lot is worth let on demand from a month's end on, at its loans' rate [USD]."""
    if part.life is None:
        return None
    discount = factors(part.borrowed, part.life.months)
    after = slice(month + 1, None)
    earned = part.life.cash.ebitda[after] * discount[after] / discount[month]
    salvage = part.life.book[-1] * discount[-1] / discount[month]
    return float(earned.sum() + salvage)
