"""The calendar of an agreement in a run: counted from its closing, then its first draw; its events.

What days follow from terms is in `payment_dates`.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.agenda import SERVE, schedule
from gpusim.economics.core.state import (
    DRAWS,
    FACILITIES,
    NONE,
    REVOLVER,
    State,
    World,
)
from gpusim.economics.debt.facilities import terms_of
from gpusim.economics.debt.payment_dates import first_payment, month_paying, payment_after


@kernel
def count_from_opening(s: State, f: int) -> None:
    """Until something is drawn, fees fall due on dates counted from the day draws are allowed."""
    facility = s.facilities[f]
    facility.pay_from = month_paying(facility.opens, facility.pay_day)


@kernel
def count_from_draw(s: State, f: int, day: int) -> None:
    """From the first draw on, a calendar that is not stated is counted from it.

    A draw on a month's last day makes that day a payment date, unless what is due today has been
    asked for already.
    """
    facility = s.facilities[f]
    facility.pay_from = first_month(s, f, day)
    facility.anchored = 1
    facility.next_payment = next_payment(s, f, max(day - 1, facility.fee_through))


@kernel
def first_month(s: State, f: int, day: int) -> int:
    """First payment month of a facility, if its first draw is on a day and nothing is stated."""
    facility = s.facilities[f]
    if facility.anchored != 0:
        return int(facility.pay_from)
    drawn = month_paying(day, facility.pay_day)
    if facility.kind == REVOLVER:
        return int(drawn)
    return first_payment(drawn, terms_of(s, f))


@kernel
def next_payment(s: State, f: int, day: int) -> int:
    """A facility's next payment date after a day."""
    facility, every = s.facilities[f], terms_of(s, f).every_months
    return int(payment_after(facility.pay_from, every, facility.pay_day, facility.maturity, day))


@kernel
def schedule_payments(s: State, w: World, only: int) -> None:
    """Payment dates within this month get an event; those at its end are the books'.

    only: a facility; NONE for all.
    """
    today, end = s.clock[0].today, w.month_end[s.clock[0].month]
    for f in range(s.count[FACILITIES]):
        if only == NONE or f == only:
            schedule_payment(s, f, s.facilities[f].next_payment, today, end)
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        by_law = draw.scheduled == NONE and draw.instalments > 0
        if by_law and (only == NONE or draw.facility == only):
            schedule_payment(s, draw.facility, draw.next_day, today, end)


@kernel
def schedule_payment(s: State, f: int, day: int, today: int, end: int) -> None:
    """Set a facility's payment event for a day between today and the month's end."""
    if today < day < min(end, s.due[SERVE, f]):
        schedule(s, SERVE, f, day)
