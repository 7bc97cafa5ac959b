"""What a balance will pay by its calendar: interest and principal of draws, foreseen."""

from __future__ import annotations

from gpusim.compiling.kernel import const, inlined, kernel
from gpusim.economics.core.calendar import MONTHS_PER_YEAR, month_number, month_of
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    BULLET,
    EUROBOND_360,
    NEVER,
    NONE,
    SCULPTED,
    THIRTY_360,
    LoanTerms,
    State,
    World,
)
from gpusim.economics.debt.facilities import first_rent, terms_of
from gpusim.economics.debt.loan_arithmetic import (
    THIRTY,
    coupon,
    days_of_year,
    eurobond_days,
    instalment,
    payment_of,
    thirtieths,
)
from gpusim.economics.debt.payment_dates import date_in, on_grid, payment_after
from gpusim.economics.debt.service.falling_due import balloon_in, due_on

UNWRITTEN, WRITTEN = const(0), const(1)
"""Whether foreseen payments are written to the outlook."""


@kernel
def foresee_draw(s: State, w: World, d: int, until: int, write: int) -> int:
    """What a draw pays until a day, as in `foresee`, at this month's base rate."""
    draw, ahead = s.draws[d], s.foreseen[0]
    facility = s.facilities[draw.facility]
    ahead.draw = d
    ahead.principal = draw.principal - draw.due
    ahead.balloon = draw.balloon
    ahead.accrued = draw.accrued
    ahead.instalments = draw.instalments
    ahead.next_day = draw.next_day
    ahead.last_day = draw.last_day
    ahead.payment = facility.payments
    expect_calendar(s, facility.pay_from, facility.pay_day, facility.maturity)
    terms = terms_of(s, draw.facility)
    if write != 0 and terms.draws_interest != 0:
        expect_interest(s, draw.facility)
    ahead.rate = coupon(terms, w.base_rate[s.clock[0].month], draw.margin)
    return int(foresee(s, w, terms, draw.accrued_to, until, write))


@kernel
def expect_calendar(s: State, first: int, day_of_month: int, maturity: int) -> None:
    """The calendar of the balance that is foreseen, see `Foreseen`."""
    ahead = s.foreseen[0]
    ahead.pay_from, ahead.pay_day, ahead.maturity = first, day_of_month, maturity
    ahead.first_rent = 0


@kernel
def expect_interest(s: State, f: int) -> None:
    """Interest of the balance that is foreseen is noted as long as its loan is drawn for it."""
    s.foreseen[0].facility = f
    s.foreseen[0].first_rent = first_rent(s, f)


@kernel
def foresee(s: State, w: World, terms: LoanTerms, since: int, until: int, write: int) -> int:
    """Interest and scheduled principal of a balance that fall due after today, until a day [cents].

    The balance is `State.foreseen`, with its calendar and its rate before all steps of the margin;
    it is played to its end, or to that day, the steps on their days. since: its interest is accrued
    up to the end of that day. Balloons and bullets are left out of the sum. write: WRITTEN,
    balloons too are taken off the outlook.
    """
    ahead = s.foreseen[0]
    base = month_number(w.month_end[0])
    scheduled = is_scheduled(s, ahead.draw)
    start_balance(s, w, terms, since, scheduled, base)
    total, year = 0, days_of_year(terms.day_count)
    while ahead.principal > 0 or ahead.accrued > 0:
        day = ahead.pays
        if not scheduled and ahead.instalments > 0:
            day = min(day, ahead.next_day)
        eve = next_eve(s, terms)
        steps = eve < day
        if steps:
            day = eve
        if day > until:
            break
        while ahead.month < len(w.month_end) and w.month_end[ahead.month] < day:
            ahead.month += 1
        upto = count_of(w, ahead.month, day, base, terms.day_count)
        ahead.accrued += cents(ahead.principal * ahead.rate * (upto - ahead.counted) / year)
        ahead.counted = upto
        if steps:
            take_step(s)
            set_level(s, terms, scheduled)
            continue
        coming = grid_day(w, ahead.pays_in + terms.every_months, base, ahead.pay_day)
        due, whole, ends = falls_due(s, w, terms, day, scheduled, coming)
        flow = due
        if ends or day == ahead.pays:
            flow += ahead.accrued
            if day < ahead.first_rent and ahead.month < len(s.outlook):
                s.interest_ahead[ahead.facility, ahead.month] += ahead.accrued
            ahead.accrued = 0
        total += flow - whole
        ahead.principal -= due
        if write != 0 and ahead.month < len(s.outlook):
            s.outlook[ahead.month] -= flow
        if day == ahead.pays:
            next_payment_date(s, terms, day, coming)
    return int(total)


@inlined
def is_scheduled(s: State, d: int) -> bool:
    """Whether a draw follows a stated schedule. d: NONE for one that is still to come."""
    return bool(d != NONE and s.draws[d].scheduled != NONE)


@inlined
def start_balance(
    s: State, w: World, terms: LoanTerms, since: int, scheduled: bool, base: int
) -> None:
    """Where a balance stands: its level payment, its next payment date, the month it has come to.

    base: the as-of month.
    """
    ahead = s.foreseen[0]
    ahead.plain, ahead.step = ahead.rate, terms.first_step
    while next_eve(s, terms) < since:
        take_step(s)
    set_level(s, terms, scheduled)
    start = max(since, s.clock[0].today)
    ahead.month = month_of(w, start)
    paid_in = base + ahead.month
    if grid_day(w, paid_in, base, ahead.pay_day) <= start:
        paid_in += 1
    ahead.pays_in = on_grid(paid_in, ahead.pay_from, terms.every_months)
    ahead.pays = min(grid_day(w, ahead.pays_in, base, ahead.pay_day), ahead.maturity)
    if start >= ahead.maturity:
        ahead.pays = payment_after(
            ahead.pay_from, terms.every_months, ahead.pay_day, ahead.maturity, start
        )
    if not scheduled and ahead.instalments > 0 and ahead.next_day <= start:
        ahead.month = month_of(w, ahead.next_day)
    ahead.counted = since
    if terms.day_count in (THIRTY_360, EUROBOND_360):
        ahead.counted = count_of(w, month_of(w, since), since, base, terms.day_count)


@inlined
def next_eve(s: State, terms: LoanTerms) -> int:
    """Last day of the margin that the balance has come to; NEVER where no other follows."""
    step = s.foreseen[0].step
    return int(s.margin_steps[step].day - 1) if step < terms.past_steps else NEVER


@inlined
def take_step(s: State) -> None:
    """The margin of the balance steps: another holds from the next day on."""
    ahead = s.foreseen[0]
    ahead.rate = ahead.plain + s.margin_steps[ahead.step].rise
    ahead.step += 1


@inlined
def set_level(s: State, terms: LoanTerms, scheduled: bool) -> None:
    """The level payment at the rate that the balance has come to: at one rate it stays the same."""
    ahead = s.foreseen[0]
    ahead.level = 0.0
    if not scheduled and not is_planned(terms, ahead.draw):
        period = ahead.rate * terms.every_months / MONTHS_PER_YEAR
        count = ahead.instalments
        ahead.level = payment_of(terms, ahead.principal, ahead.balloon, count, period)


@inlined
def is_planned(terms: LoanTerms, d: int) -> bool:
    """Whether instalments follow planned contract cash, which is written for what is drawn."""
    return bool(terms.law == SCULPTED and d != NONE)


@inlined
def falls_due(
    s: State, w: World, terms: LoanTerms, day: int, scheduled: bool, coming: int
) -> tuple[int, int, bool]:
    """What a day makes due of a balance, its balloon [cents], and whether it was the last.

    coming: the payment date after the next one [day].
    """
    ahead = s.foreseen[0]
    d, left, count = ahead.draw, ahead.principal, ahead.instalments
    if scheduled:
        due = due_on(s, w, d, day, left, count, ahead.payment, ahead.rate)
        return due, balloon_in(s, d, day, due, count), False
    if count <= 0 or ahead.next_day > day:
        return 0, 0, False
    if is_planned(terms, d):
        due = due_on(s, w, d, day, left, count, ahead.payment, ahead.rate)
    else:
        period = ahead.rate * terms.every_months / MONTHS_PER_YEAR
        due = instalment(terms, left, ahead.balloon, count, period, ahead.level)
    whole = 0
    if terms.law == BULLET:
        whole = due
    elif count == 1:
        whole = min(ahead.balloon, due)
    ahead.instalments = count - 1
    ahead.next_day = ahead.last_day
    if ahead.instalments > 1:
        ahead.next_day = min(coming, ahead.last_day)
    return due, whole, count == 1


@inlined
def next_payment_date(s: State, terms: LoanTerms, day: int, coming: int) -> None:
    """To the payment date after that of a day, as it is known; once matured, to the month end."""
    ahead = s.foreseen[0]
    ahead.payment += 1
    ahead.pays_in += terms.every_months
    ahead.pays = min(coming, ahead.maturity)
    if day >= ahead.maturity:
        ahead.pays = payment_after(
            ahead.pay_from, terms.every_months, ahead.pay_day, ahead.maturity, day
        )


@inlined
def grid_day(w: World, month: int, base: int, day_of_month: int) -> int:
    """As `date_in`, read from the calendar where it has the month. base: the as-of month."""
    ahead = month - base
    if 0 < ahead < len(w.month_end):
        return int(min(w.month_end[ahead - 1] + day_of_month, w.month_end[ahead]))
    return date_in(month, day_of_month)


@inlined
def count_of(w: World, month: int, day: int, base: int, convention: int) -> int:
    """Days that a day count counts up to the end of a day, read from the calendar where it can be.

    month: index of the day's month; base: the as-of month. The difference of two is `days_between`.
    """
    if convention == EUROBOND_360:
        return int(eurobond_days(day))
    if convention != THIRTY_360:
        return day
    if not 0 < month < len(w.month_end):
        return thirtieths(day)
    if day == w.month_end[month]:
        return int((base + month + 1) * THIRTY)
    return int((base + month) * THIRTY + min(day - w.month_end[month - 1], THIRTY))
