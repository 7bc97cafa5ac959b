"""The calendar of one debt: on which days it is paid, from its terms alone.

Payment dates are a first date and every so many months after it, on the same day of the month or
on month ends, up to the maturity, which is always the last. Months are calendar months since
January 1970, see `calendar.month_number`.
"""

from __future__ import annotations

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.calendar import month_last, month_number, month_start
from gpusim.economics.core.state import BULLET, THIRTY_360, LoanTerms
from gpusim.economics.debt.loan_arithmetic import THIRTY, days_between

MONTH_END = const(31)
"""Day of the month of a calendar that stands at month ends."""
SHORTEST_MONTH = const(28)
NO_STUB, STUB_FIRST, STUB_LAST = const(0), const(1), const(2)
"""Which period is the shorter one, where a term is no whole number of periods."""


@kernel
def date_in(month: int, day_of_month: int) -> int:
    """The payment day of a calendar month: the day of the month, or the month's last if shorter.

    Source: roll at end of month, ISDA Definitions 2006, section 4.18 (EOM).

    >>> date_in(0, 31), date_in(1, 31), date_in(1, 15)
    (30, 58, 45)
    """
    if day_of_month <= SHORTEST_MONTH:
        return month_start(month) + day_of_month - 1
    last = month_last(month)
    return last if day_of_month == MONTH_END else min(month_start(month) + day_of_month - 1, last)


@kernel
def day_in_month(day: int) -> int:
    """The day of the month on which a debt with a payment on `day` is paid: a last day stays last.

    >>> day_in_month(30), day_in_month(58), day_in_month(45)
    (31, 31, 15)
    """
    number = month_number(day)
    if day == month_last(number):
        return int(MONTH_END)
    return int(day - month_start(number) + 1)


@kernel
def month_paying(day: int, day_of_month: int) -> int:
    """The first calendar month whose payment day is on or after a day.

    >>> month_paying(14, 15), month_paying(15, 15), month_paying(30, 31)
    (0, 1, 0)
    """
    number = month_number(day)
    if day_of_month != MONTH_END and date_in(number, day_of_month) < day:
        number += 1
    return int(number)


@kernel
def on_grid(month: int, first: int, every: int) -> int:
    """The first payment month from `month` on. first payment month; every [months].

    >>> on_grid(3, 5, 6), on_grid(5, 5, 6), on_grid(6, 5, 6)
    (5, 5, 11)
    """
    if month <= first:
        return first
    return first + (month - first + every - 1) // every * every


@kernel
def first_payment(drawn: int, terms: LoanTerms) -> int:
    """First payment month of a calendar counted from its first draw.

    drawn: month of the draw. The first payment date is the end of that month, or so many months
    later that instalments fall on payment dates. A stub of the term comes last; if it is to come
    first, payments are counted back from its end.

    >>> from gpusim.economics.core.records import one
    >>> yearly = one(LoanTerms, months=62, every_months=12)
    >>> stub_first = one(LoanTerms, months=62, every_months=12, stub=STUB_FIRST)
    >>> first_payment(0, yearly), first_payment(0, stub_first)
    (0, 2)
    """
    before = terms.months if terms.stub == STUB_FIRST else terms.grace_months
    return int(drawn + before % terms.every_months)


@kernel
def payment_after(first: int, every: int, day_of_month: int, maturity: int, day: int) -> int:
    """The next payment date of a debt after a day; once it has matured, the next month end.

    first payment month; every [months]; maturity [day].
    Source: credit agreements: payment dates, the maturity date being the last.

    >>> payment_after(2, 3, 31, 200, 10), payment_after(2, 3, 31, 200, 180)
    (89, 200)
    """
    if day >= maturity:
        return month_last(month_number(day + 1))
    month = on_grid(month_paying(day + 1, day_of_month), first, every)
    return min(date_in(month, day_of_month), maturity)


@kernel
def payment_before(first: int, every: int, day_of_month: int, day: int) -> int:
    """The payment date before a day, the calendar thought on backwards before its first date.

    >>> payment_before(2, 3, 31, 89), payment_before(2, 3, 31, 100)
    (-1, 89)
    """
    month = month_paying(day, day_of_month) - 1
    return date_in(month - (month - first) % every, day_of_month)


@kernel
def period_months(every: int, day_of_month: int, after: int, day: int) -> float:
    """Months of the period up to an instalment; of one that is cut short, months of thirty days.

    after: the payment date before it; a whole period has `every` months, whatever their days.
    Source: definitions, cover that results.

    >>> period_months(3, 31, -1, 89), period_months(3, 31, -1, 58), period_months(3, 31, -1, 73)
    (3.0, 2.0, 2.5)
    """
    if day == date_in(month_number(after) + every, day_of_month):
        return float(every)
    return float(days_between(after, day, THIRTY_360) / THIRTY)


@kernel
def instalments_of(terms: LoanTerms) -> int:
    """How many instalments a term has: (months - grace) / every, and one more for a stub.

    Source: definitions, instalments.

    >>> from gpusim.economics.core.records import one
    >>> yearly = one(LoanTerms, months=62, every_months=12)
    >>> stub_last = one(LoanTerms, months=62, every_months=12, stub=STUB_LAST)
    >>> instalments_of(yearly), instalments_of(stub_last)
    (5, 6)
    """
    if terms.law == BULLET:
        return 1
    repaid, every = terms.months - terms.grace_months, terms.every_months
    more = 1 if repaid % every > 0 and terms.stub != NO_STUB else 0
    return int(repaid // every + more)


@kernel
def instalment_days(
    day: int, terms: LoanTerms, first: int, day_of_month: int, maturity: int
) -> tuple[int, int, int]:
    """Day of a draw's first instalment, how many there are, and the day of the last.

    day of the draw; first payment month of its debt. The first falls on the first payment date on
    or after it is due by the term, the others every so many months later; a stub at the end falls
    on its own day. What would fall after the maturity falls on it, at once.
    Source: definitions, instalments.

    >>> from gpusim.economics.core.records import one
    >>> half_year = one(LoanTerms, months=6, every_months=3)
    >>> instalment_days(10, half_year, 3, 31, 1000)
    (119, 2, 211)
    >>> a_month_more = one(LoanTerms, months=7, every_months=3, stub=STUB_LAST)
    >>> instalment_days(10, a_month_more, 3, 31, 1000)
    (119, 3, 222)
    """
    months, grace, every = terms.months, terms.grace_months, terms.every_months
    rest = (months - grace) % every
    count = instalments_of(terms)
    if terms.law == BULLET:
        rest = months % every
        start = on_grid(month_due(day, months, day_of_month), first, every)
    elif rest > 0 and terms.stub == STUB_FIRST:
        start = on_grid(month_due(day, grace + rest, day_of_month), first, every)
    else:
        start = on_grid(month_due(day, grace + every, day_of_month), first, every)
    last = date_in(start + (count - 1) * every, day_of_month)
    if rest > 0 and terms.stub != STUB_FIRST:
        last = months_after(day, months)
    last = max(min(last, maturity), day + 1)
    before = 0
    if date_in(start + (count - 2) * every, day_of_month) < last:
        before = count - 1
    while before < count - 1 and date_in(start + before * every, day_of_month) < last:
        before += 1
    if before == 0:
        return last, 1, last
    return date_in(start, day_of_month), before + 1, last


@kernel
def months_after(day: int, months: int) -> int:
    """The day of a debt so many months after another: from a month's last day to a last day.

    Source: loan agreements of the Loan Market Association, clause 1.1, "Month".

    >>> months_after(10, 7), months_after(58, 1)
    (222, 89)
    """
    return date_in(month_number(day) + months, day_in_month(day))


@kernel
def month_due(day: int, months: int, day_of_month: int) -> int:
    """The calendar month that pays what is due so many months after a day.

    >>> month_due(45, 1, 15), month_due(46, 1, 15), month_due(30, 1, 31)
    (2, 3, 1)
    """
    number = month_number(day)
    if day_of_month == MONTH_END:
        return number + months
    if date_in(number + months, day_of_month) < months_after(day, months):
        return number + months + 1
    return number + months


@kernel
def instalment_after(day: int, every: int, day_of_month: int, left: int, last: int) -> int:
    """Day of the instalment after that of a day, of which `left` are still to come.

    >>> instalment_after(119, 3, 31, 2, 300), instalment_after(119, 3, 31, 1, 205)
    (211, 205)
    """
    if left <= 1:
        return last
    return min(date_in(month_paying(day, day_of_month) + every, day_of_month), last)
