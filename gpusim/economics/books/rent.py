"""What power that is let to a tenant is worth: level by the calendar month, whatever its days.

A month's rent is price x kW x days in force over the days of that month, so that every whole month
pays the same. A term is a number of months by the calendar from the day on which it begins; that
day decides which part of its first and its last month it has. Source: definitions, rent of let
power; colocation agreements and data-centre leases charge a kW and month, part months by the day.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.calendar import add_months, month_number, month_start
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import NEVER, State


@kernel
def months_before(day: int) -> float:
    """Calendar months from January 1970 to the morning of a day; part of a month is of its days.

    >>> months_before(0), months_before(31), months_before(31 + 14), months_before(59 + 31)
    (0.0, 1.0, 1.5, 3.0)
    """
    number = month_number(day)
    first = month_start(number)
    return number + (day - first) / (month_start(number + 1) - first)


@kernel
def paid_months(s: State, k: int, first: int, past: int) -> float:
    """Months of a tenancy's term before a day, each as a part of the highest rent of its term.

    first: day on which the term, or what was left of it on the as-of day, begins; past [day].
    """
    tranche = s.tranches[k]
    if past <= first:
        return 0.0
    if tranche.steps == 0:
        return months_before(past) - months_before(first)
    total, begun = 0.0, first - tranche.begun
    for n in range(tranche.first_step, tranche.first_step + tranche.steps):
        begin, end = first, past
        if n > tranche.first_step:
            begin = max(first, add_months(begun, s.rent_steps[n].months))
        if n + 1 < tranche.first_step + tranche.steps:
            end = min(past, add_months(begun, s.rent_steps[n + 1].months))
        if end > begin:
            total += s.rent_steps[n].share * (months_before(end) - months_before(begin))
    return total


@kernel
def rent_of_term(s: State, k: int, first: int) -> int:
    """What a tenancy's whole term is worth if it begins on a day [cents]."""
    tranche = s.tranches[k]
    return cents(tranche.rent * paid_months(s, k, first, first + tranche.term_days))


@kernel
def rent_through(s: State, k: int, first: int, elapsed_days: int) -> int:
    """What so many first days of a tenancy's term are worth, if it begins on a day [cents].

    All of its value after the last of them. Where it begins on another day than its value was set
    for, each month has its part of that value: what is planned and what is earned end alike.
    """
    tranche = s.tranches[k]
    if elapsed_days <= 0:
        return 0
    if elapsed_days >= tranche.term_days:
        return int(tranche.value)
    whole = paid_months(s, k, first, first + tranche.term_days)
    if whole <= 0.0:
        return 0
    return cents(tranche.value * paid_months(s, k, first, first + elapsed_days) / whole)


@kernel
def rent_lasts(s: State, k: int, first: int, elapsed_days: int) -> int:
    """Days of a tenancy's term after which its rent changes next, more than so many; else NEVER.

    first: day on which the term begins; elapsed_days [day].
    """
    tranche = s.tranches[k]
    begun = first - tranche.begun
    for n in range(tranche.first_step + 1, tranche.first_step + tranche.steps):
        days = add_months(begun, s.rent_steps[n].months) - first
        if days > elapsed_days:
            return int(days)
    return NEVER


@kernel
def rent_on(s: State, k: int, first: int, day: int) -> float:
    """Rent of a tenancy's month on a day of its term; in free months of the next that pays, if any.

    first: day on which the term, or what was left of it on the as-of day, begins; day [day]; the
    rent [cents/month].
    """
    tranche = s.tranches[k]
    if tranche.steps == 0:
        return float(tranche.rent)
    begun, past = first - tranche.begun, tranche.first_step + tranche.steps
    for n in range(tranche.first_step, past):
        over = n + 1 < past and add_months(begun, s.rent_steps[n + 1].months) <= day
        if not over and s.rent_steps[n].share > 0.0:
            return float(tranche.rent * s.rent_steps[n].share)
    return 0.0


@kernel
def last_rent(s: State, k: int) -> float:
    """Rent of the last month of a tenancy's term [cents/month]."""
    tranche = s.tranches[k]
    if tranche.steps == 0:
        return float(tranche.rent)
    return float(tranche.rent * s.rent_steps[tranche.first_step + tranche.steps - 1].share)
