"""The planned cash of a lot of GPUs over its contract, month by month, with its loan.

Timing. Month 0: the hardware is paid, the prepayment received, the loan drawn. Months 1 to n: the
term, each month's cash at its end. A month is a twelfth of a year of 8,760 hours. Nothing is late
and nothing fails: this judges the terms, a run judges what becomes of them. Amounts in USD.
Income tax and pay in shares are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from gpusim.appraisal.view.timing import Flows
from gpusim.economics.books.leases import next_rent
from gpusim.economics.core.calendar import (
    DAYS_PER_YEAR,
    HOURS_PER_DAY,
    HOURS_PER_MONTH,
    MONTHS_PER_YEAR,
    month_last,
    month_number,
)
from gpusim.economics.core.state import ACT_360, BULLET, NEVER, SCULPTED, STATED, LoanTerms
from gpusim.economics.debt.draws import leave_out_gaps, resulting_cover, sculpted_debt
from gpusim.economics.debt.loan_arithmetic import period_rate, principal_due, sculpted_principal
from gpusim.economics.debt.payment_dates import (
    MONTH_END,
    date_in,
    first_payment,
    instalment_after,
    instalment_days,
    payment_before,
    period_months,
)
from gpusim.economics.plant.site_costs import power_bill
from gpusim.scenario.tables.lending.programme import Programme
from gpusim.scenario.tables.lending.rates import margin_between, rise_between
from gpusim.units_of_measure import Day

if TYPE_CHECKING:
    from gpusim.scenario.tables.lending.debt import Debt

Floats = npt.NDArray[np.float64]

CENTS: Final = 100.0
LEAST: Final = 0.005
"""Less than half a cent is nothing: what rounding leaves of what is paid or written off [USD]."""


class Cash(NamedTuple):
    """Planned cash by month [months + 1]; every entry positive in its natural direction."""

    gpu_hours: Floats  # billed
    capital: Floats  # paid for hardware, or what hardware in service still carries
    residual: Floats  # what the hardware fetches at the end
    prepaid: Floats
    revenue: Floats
    credited: Floats  # of earlier prepayments, off the invoice
    power: Floats
    rent: Floats
    staff: Floats
    overhead: Floats
    drawn: Floats  # face of loans
    principal: Floats  # scheduled; balloons are in `balloon`
    balloon: Floats
    interest: Floats  # with fees, and interest that a loan is drawn for, at the draw
    reserve: Floats  # moved to reserve accounts; negative when released
    depreciation: Floats
    employed: Floats  # month 0: hardware cost times the years of its term [USD-years]
    service_fee: Floats  # that its loan's own cover takes off what customers pay
    uncounted: Floats  # overheads that its loan's own cover leaves out
    unpromised: Floats  # of what is billed, above the least that an indexed price can be

    @property
    def costs(self) -> Floats:
        """Operating costs, site rent included."""
        return self.power + self.rent + self.staff + self.overhead

    @property
    def ebitda(self) -> Floats:
        """Revenue less operating costs."""
        return self.revenue - self.costs

    @property
    def cfads(self) -> Floats:
        """Cash available for debt service; prepayments pay for hardware. Source: definitions."""
        return self.ebitda - self.credited

    @property
    def counted(self) -> Floats:
        """Cash that the test of its loan counts. Source: `dscr.note_own_cash`."""
        return self.cfads + self.uncounted - self.service_fee

    @property
    def unlevered(self) -> Floats:
        """Cash of the lot without its loan."""
        return self.cfads + self.prepaid + self.residual - self.capital

    @property
    def before_loans(self) -> Flows:
        """Cash without its loan, by when it counts."""
        return Flows(self.unlevered, self.cfads, self.prepaid + self.residual - self.capital)

    @property
    def before_power(self) -> Flows:
        """The same with power for nothing."""
        whole, earned, rest = self.before_loans
        return Flows(whole + self.power, earned + self.power, rest)

    @property
    def to_owner(self) -> Flows:
        """Cash after its loan, by when it counts."""
        rest = self.before_loans.rest + self.drawn - self.service - self.balloon - self.reserve
        return Flows(self.levered, self.cfads, rest)

    @property
    def service(self) -> Floats:
        """Interest and scheduled principal. Source: definitions, DSCR."""
        return self.principal + self.interest

    @property
    def levered(self) -> Floats:
        """Cash of the lot to its owner."""
        return self.unlevered + self.drawn - self.service - self.balloon - self.reserve


def blank(months: int) -> Cash:
    """No cash at all."""
    return Cash(*(np.zeros(months + 1) for _ in Cash._fields))


def total(parts: Sequence[Cash]) -> Cash:
    """Lots side by side, each from its own month 0.

    >>> total([blank(2), blank(5)]).revenue.size
    6
    """
    months = max(len(part.revenue) for part in parts)
    columns = zip(*parts, strict=True)
    return Cash(*(_padded(column, months) for column in columns))


def _padded(rows: tuple[Floats, ...], months: int) -> Floats:
    summed = np.zeros(months)
    for row in rows:
        summed[: len(row)] += row
    return summed


def power_per_kw(
    load_factor: float, minimum_take: float, pue: float, tariff: float, grid_charge: float
) -> float:
    """Power bill of a kW of critical IT for a month, every powered kW in use [USD/kW-month].

    load_factor, minimum_take [share]; pue [ratio]; tariff [USD/kWh]; grid_charge [USD/kW-month].
    Source: `site_costs.power_bill`.

    >>> power_per_kw(0.8, 0.0, 1.25, 0.10, 5.0)
    79.25
    """
    month = HOURS_PER_MONTH / HOURS_PER_DAY
    bill = power_bill(
        month, month * load_factor, month, month, minimum_take, pue, tariff, grid_charge
    )
    return float(bill)


def escalated(monthly: float, escalator: float, months: int) -> Floats:
    """A monthly amount raised once a year, from month 1 on; nothing in month 0 [months + 1].

    >>> escalated(100.0, 0.03, 13)[[0, 1, 12, 13]].tolist()
    [0.0, 100.0, 100.0, 103.0]
    """
    amounts = np.zeros(months + 1)
    for first in range(1, months + 1, MONTHS_PER_YEAR):
        amounts[first : first + MONTHS_PER_YEAR] = monthly
        monthly = next_rent(monthly, escalator)
    return amounts


class Loan(NamedTuple):
    """A loan, or one draw of it, drawn whole in a month: of hardware in month 0."""

    amount: float  # [USD]
    rates: Floats  # [months + 1] coupon of each month [1/year]
    terms: LoanTerms
    drawn_share: float = 1.0  # of the loan that is drawn: its part of the invoices serves it
    drawn_in: int = 0  # month of the draw
    counted_from: int = 0  # month of the loan's first draw, from which its payment dates go
    rises: Floats | None = None  # of its margin by month, also after `months`; None: none [1/year]
    cover: float = 0.0  # of its instalments by planned cash; law SCULPTED
    interest_before: float = 0.0  # before the first rent, that it is drawn for [USD]

    def rise(self, months: slice, month: int) -> float:
        """By how much its margin of some months, on average, is above that of one [1/year]."""
        if self.rises is None:
            return 0.0
        known = self.rises[months] if months.start < len(self.rises) else self.rises[-1:]
        return float(known.mean() - self.rises[month])


def stepped(loan: Loan, lender: Debt | Programme | None, ends: Sequence[Day]) -> Loan:
    """A loan with the steps of its margin: of each month that of its days, on average.

    ends: last day of each of its months; the first counts by that day alone.
    """
    if lender is None or not lender.margin_steps:
        return loan
    days, last = [int(day) for day in ends], month_number(int(ends[-1]))
    days += [month_last(last + n) for n in range(1, int(loan.terms.reserve_months) + 1)]
    spans = list(pairwise([days[0] - 1, *days]))
    if isinstance(lender, Programme):
        rises = np.array([rise_between(lender, *span) for span in spans])
    else:
        rises = np.array([margin_between(lender, *span) - lender.margin for span in spans])
    return loan._replace(rates=loan.rates + rises[: len(loan.rates)], rises=rises)


def interest_year(terms: LoanTerms) -> float:
    """Years of interest in a planned year of 365 days, by the day count of a loan.

    >>> from gpusim.economics.core.records import one
    >>> round(interest_year(one(LoanTerms, day_count=ACT_360)), 6)
    1.013889
    """
    return DAYS_PER_YEAR / 360.0 if terms.day_count == ACT_360 else 1.0


class _Owed(NamedTuple):
    """Where a loan stands at a month's end."""

    left: int  # [cents]
    accrued: float  # [USD]
    instalments: int  # still to come
    due_day: int  # of the next one
    last_day: int  # of the last one

    def next(
        self, loan: Loan, cash: Cash, month: int, rate: float, *, ends: bool
    ) -> tuple[_Owed, float, int, int]:
        """Where it stands a month on; interest [USD], principal due and its balloon [cents].

        rate of the month [1/year]; ends: the lot's term is over and all interest is paid.
        """
        terms, every = loan.terms, int(loan.terms.every_months)
        grid = int(first_payment(loan.counted_from, terms))
        accrued = self.accrued + self.left * rate * interest_year(terms) / MONTHS_PER_YEAR / CENTS
        day = month_last(month)
        falls = self.instalments > 0 and day == self.due_day
        interest, due, whole = 0.0, 0, 0
        if falls or ends or (month - grid) % every == 0:
            interest, accrued = accrued, 0.0
        if not falls:
            return self._replace(accrued=accrued), interest, due, whole
        final = round(loan.amount * float(terms.balloon_share) * CENTS)
        due = _instalment(loan, cash, self, final, rate)
        whole = min(final, due) if self.instalments == 1 else 0
        whole = due if terms.law == BULLET else whole
        more = self.instalments - 1
        following = instalment_after(day, every, MONTH_END, more, self.last_day)
        owed = _Owed(self.left - due, accrued, more, int(following), self.last_day)
        return owed, interest, due, whole


def borrow(cash: Cash, loan: Loan) -> Cash:
    """The lot's cash with a loan. What is outstanding when the term ends is repaid then.

    Interest and instalments on the payment dates of a calendar of month ends that is counted from
    the loan's first draw, by the rules of a run (`payment_dates`, `draws.instalment_of`), in whole
    cents. A month's interest is a twelfth of a year's; on ACT/360 a year has 365 days.
    """
    months = len(cash.revenue) - 1
    drawn, principal, balloon, interest, held = (np.zeros(months + 1) for _ in range(5))
    at = loan.drawn_in
    drawn[at] = loan.amount
    kept = float(loan.terms.draw_discount) + float(loan.terms.upfront_fee)
    interest[at] = loan.amount * kept + loan.interest_before
    owed = _opening(loan)
    loan = loan._replace(cover=cover_of(loan, cash))
    held[at] = _reserve(owed, loan, cash, at)
    for month in range(at + 1, months + 1):
        rate = float(loan.rates[month])
        owed, paid, due, whole = owed.next(loan, cash, month, rate, ends=month == months)
        interest[month] = paid
        principal[month] = (due - whole) / CENTS
        balloon[month] = whole / CENTS
        if month == months:
            balloon[month] += owed.left / CENTS
            owed = owed._replace(left=0)
        held[month] = _reserve(owed, loan, cash, month)
    return cash._replace(
        drawn=cash.drawn + drawn,
        principal=cash.principal + principal,
        balloon=cash.balloon + balloon,
        interest=cash.interest + interest,
        reserve=cash.reserve + np.diff(held, prepend=0.0) / CENTS,
    )


def _opening(loan: Loan) -> _Owed:
    """What is owed when it is drawn, and the days of its instalments."""
    terms, day = loan.terms, month_last(loan.drawn_in)
    grid = first_payment(loan.counted_from, terms)
    due_day, instalments, last = instalment_days(day, terms, grid, MONTH_END, NEVER)
    return _Owed(round(loan.amount * CENTS), 0.0, instalments, due_day, last)


def _reserve(owed: _Owed, loan: Loan, cash: Cash, month: int) -> float:
    """What a loan's reserve holds after a month's payment, at that month's rate [cents].

    A share of the balance and the service of the months ahead, at most the balance; balloons and
    bullets are left out, steps of the margin known. Source: `reserves.reserve_asked`.
    """
    wanted, rate = owed.left * float(loan.terms.reserve_share), float(loan.rates[month])
    ahead = owed
    for later in range(month + 1, month + int(loan.terms.reserve_months) + 1):
        if ahead.left == 0 and ahead.accrued == 0.0:
            break
        then = rate + loan.rise(slice(later, later + 1), month)
        ahead, interest, due, whole = ahead.next(loan, cash, later, then, ends=False)
        wanted += interest * CENTS + due - whole
    return min(wanted, float(owed.left))


def _instalment(loan: Loan, cash: Cash, owed: _Owed, final: int, rate: float) -> int:
    """Principal of the next instalment at a rate, less a balloon until the last [cents]."""
    terms = loan.terms
    if terms.law != SCULPTED:
        period = rate * int(terms.every_months) / MONTHS_PER_YEAR
        return int(principal_due(terms, owed.left, final, owed.instalments, period))
    kept, period = _sculpted_period(loan, cash, owed.due_day)
    due = sculpted_principal(kept, loan.cover, owed.left, final, period, owed.instalments)
    return int(due)


def _sculpted_period(loan: Loan, cash: Cash, day: Day) -> tuple[float, float]:
    """What serves the instalment of a day [cents], and its interest [1/period].

    At the rate of the draw, and the margins of the period. Source: `draws.sculpted_period`.
    """
    terms, every = loan.terms, int(loan.terms.every_months)
    grid = int(first_payment(loan.counted_from, terms))
    before = payment_before(grid, every, MONTH_END, day)
    after = max(before, date_in(loan.drawn_in, MONTH_END))
    since = slice(max(month_number(after), 0) + 1, month_number(day) + 1)
    billed = float((cash.revenue - cash.credited - cash.unpromised)[since].sum())
    kept = billed * (1.0 - float(terms.running_cost_share)) * loan.drawn_share * CENTS
    rate = float(loan.rates[loan.drawn_in]) + loan.rise(since, loan.drawn_in)
    months = period_months(every, MONTH_END, after, day)
    return kept, float(period_rate(rate, months, terms.day_count))


def cover_of(loan: Loan, cash: Cash) -> float:
    """How often planned cash covers the instalments of a sculpted draw. Source: `cover_of_draw`."""
    owed, terms = _opening(loan), loan.terms
    day = owed.due_day
    if terms.law != SCULPTED or terms.cover == STATED:
        return float(terms.dscr)
    periods = []
    for more in range(owed.instalments - 1, -1, -1):
        periods.append(_sculpted_period(loan, cash, day))
        day = instalment_after(day, int(terms.every_months), MONTH_END, more, owed.last_day)
    kept, rates = np.array(periods).T.copy()
    final = round(loan.amount * float(terms.balloon_share) * CENTS)
    paying = leave_out_gaps(kept, rates)
    debt = sculpted_debt(owed.left, final, rates[:paying])
    return float(resulting_cover(kept[:paying], float(terms.dscr), debt, rates[:paying]))


def priced(cash: Cash, moving: Cash, factor: float) -> Cash:
    """The same lot at another price.

    moving: the part of its cash that is in proportion to the price: revenue, costs that follow it,
    a prepayment given as a share of the contract's value, and that prepayment's credits.
    """
    return Cash(*(row + (factor - 1.0) * part for row, part in zip(cash, moving, strict=True)))
