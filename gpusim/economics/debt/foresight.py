"""What a balance will pay by its calendar: interest and principal of draws, foreseen."""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, folded, kernel
from gpusim.economics.core.calendar import MONTHS_PER_YEAR, month_number, month_of
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    BULLET,
    LEVEL,
    NONE,
    REVOLVER,
    SCULPTED,
    THIRTY_360,
    State,
    World,
)
from gpusim.economics.debt.facilities import rate_of
from gpusim.economics.debt.loan_arithmetic import (
    THIRTY,
    days_of_year,
    instalment,
    level_payment,
    thirtieths,
)
from gpusim.economics.debt.payment_dates import date_in, on_grid, payment_after
from gpusim.economics.debt.repayment import balloon_in, due_on

UNWRITTEN, WRITTEN = const(0), const(1)
"""Whether foreseen payments are written to the outlook."""


@kernel
def foresee_draw(s: State, w: World, d: int, until: int, write: int) -> int:
    """What a draw pays until a day, as in `foresee`, at this month's base rate."""
    draw = s.draws[d]
    facility = s.facilities[draw.facility]
    law = BULLET if facility.kind == REVOLVER else facility.law
    return int(
        foresee(
            s,
            w,
            d,
            law,
            draw.principal - draw.due,
            draw.balloon,
            draw.instalments,
            draw.next_day,
            draw.last_day,
            draw.accrued,
            draw.accrued_to,
            facility.pay_from,
            facility.pay_every,
            facility.pay_day,
            facility.maturity,
            facility.day_count,
            rate_of(s, draw.facility, w.base_rate[s.clock[0].month], draw.margin),
            until,
            write,
        )
    )


@kernel
def foresee(
    s: State,
    w: World,
    d: int,
    law: int,
    principal: int,
    balloon: int,
    instalments: int,
    following: int,
    last: int,
    accrued: int,
    since: int,
    first: int,
    every: int,
    day_of_month: int,
    maturity: int,
    convention: int,
    rate: float,
    until: int,
    write: int,
) -> int:
    """Interest and scheduled principal of a balance that fall due after today, until a day [cents].

    d: the draw, for one by a stated schedule or sculpted; NONE. principal, balloon, accrued
    interest [cents]; instalments left, days of the next and the last; since: interest is accrued up
    to that day; first payment month, every [months], day of the month, maturity: its calendar.
    Balloons and bullets are left out of the sum. write: WRITTEN, balloons too are taken off the
    outlook. A level payment is worked out once, for at one rate it stays the same.
    """
    scheduled = d != NONE and s.draws[d].scheduled != NONE
    payment = s.facilities[s.draws[d].facility].payments if d != NONE else ZERO
    period = rate * every / MONTHS_PER_YEAR
    level = 0.0
    if law == LEVEL and instalments > 1 and not scheduled:
        level = level_payment(principal, balloon, period, instalments)
    base = month_number(w.month_end[0])
    start = max(since, s.clock[0].today)
    month = month_of(w, start)
    paid_in = base + month
    if grid_day(w, paid_in, base, day_of_month) <= start:
        paid_in += 1
    paid_in = on_grid(paid_in, first, every)
    pay = min(grid_day(w, paid_in, base, day_of_month), maturity)
    if start >= maturity:
        pay = payment_after(first, every, day_of_month, maturity, start)
    if not scheduled and instalments > 0 and following <= start:
        month = month_of(w, following)
    year = days_of_year(convention)
    counted = since
    if convention == THIRTY_360:
        counted = count_of(w, month_of(w, since), since, base, convention)
    left, owed, total = principal, accrued, 0
    while left > 0 or owed > 0:
        day = pay
        if not scheduled and instalments > 0:
            day = min(day, following)
        if day > until:
            break
        while month < len(w.month_end) and w.month_end[month] < day:
            month += 1
        upto = count_of(w, month, day, base, convention)
        owed += cents(left * rate * (upto - counted) / year)
        counted = upto
        due, whole, ends = 0, 0, day == pay
        coming = grid_day(w, paid_in + every, base, day_of_month)
        if scheduled:
            due = due_on(s, w, d, day, left, instalments, payment, rate)
            whole = balloon_in(s, d, day, due, instalments)
        elif instalments > 0 and following <= day:
            if law == SCULPTED:
                due = due_on(s, w, d, day, left, instalments, payment, rate)
            else:
                due = instalment(law, left, balloon, instalments, period, level)
            if law == BULLET:
                whole = due
            elif instalments == 1:
                whole = min(balloon, due)
            instalments -= 1
            ends = ends or instalments == 0
            following = last
            if instalments > 1:
                following = min(coming, last)
        flow = due
        if ends:
            flow += owed
            owed = 0
        total += flow - whole
        left -= due
        if write != 0 and month < len(s.outlook):
            s.outlook[month] -= flow
        if day == pay:
            payment += 1
            paid_in += every
            pay = min(coming, maturity)
            if day >= maturity:
                pay = payment_after(first, every, day_of_month, maturity, day)
    return total


@folded
def grid_day(w: World, month: int, base: int, day_of_month: int) -> int:
    """As `date_in`, read from the calendar where it has the month. base: the as-of month."""
    ahead = month - base
    if 0 < ahead < len(w.month_end):
        return int(min(w.month_end[ahead - 1] + day_of_month, w.month_end[ahead]))
    return date_in(month, day_of_month)


@folded
def count_of(w: World, month: int, day: int, base: int, convention: int) -> int:
    """Days that a day count counts up to the end of a day, read from the calendar where it can be.

    month: index of the day's month; base: the as-of month. The difference of two is `days_between`.
    """
    if convention != THIRTY_360:
        return day
    if not 0 < month < len(w.month_end):
        return thirtieths(day)
    if day == w.month_end[month]:
        return int((base + month + 1) * THIRTY)
    return int((base + month) * THIRTY + min(day - w.month_end[month - 1], THIRTY))
