"""Backlog of a tranche: what is earned, what was planned, why it waits, and what counts as RPO."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.rent import rent_through
from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.economics.core.money import cents, muldiv, muldiv_split
from gpusim.economics.core.state import (
    BACKSTOP,
    CELLS_A_MARK,
    CUSTOMER,
    DELIVERY,
    FAILURE,
    FITOUT,
    FUNDING,
    N_CAUSES,
    N_MOVES,
    POWER,
    SITE,
    State,
)
from gpusim.economics.plant.tenants import lets_power

Ints = npt.NDArray[np.int64]


@kernel
def book(s: State, vintage: int, move: int, cause: int, amount: int) -> None:
    """Move an amount [cents] in or out of the backlog of a vintage this month: the one way to."""
    if amount == 0:
        return
    month = s.clock[0].month
    s.backlog[vintage, move, cause, month] += amount
    row = (vintage * N_MOVES + move) * (N_CAUSES + 1) + cause
    cell = row * s.backlog.shape[3] + month
    s.marks[cell // CELLS_A_MARK] = 1


@kernel
def book_for(s: State, c: int, move: int, cause: int, amount: int) -> None:
    """Move an amount [cents] in or out of the backlog of a contract this month."""
    book(s, s.contracts[c].vintage, move, cause, amount)
    note_move(s, c, move, cause, amount)


@kernel
def note_move(s: State, c: int, move: int, cause: int, amount: int) -> None:
    """Write what moves of a contract's backlog [cents], where that is kept."""
    if len(s.contract_moves) > 0:
        s.contract_moves[c, move, cause] += amount


@kernel
def book_moved(s: State, move: int) -> None:
    """Book what a pass over tranches has added up by vintage in `State.moved`, and clear it."""
    for vintage in range(len(s.moved)):
        book(s, vintage, move, N_CAUSES, s.moved[vintage])
        s.moved[vintage] = 0


@kernel
def recognised_through(value: int, term_days: int, elapsed_days: int) -> int:
    """Committed revenue earned after a number of billing days, level over the term.

    value of the whole term [cents]; term_days, elapsed_days [day].
    Source: ASC 606-10-25-27(a), stand-ready capacity is earned over time.

    >>> [recognised_through(3_000, 30, days) for days in (-1, 7, 31)]
    [0, 700, 3000]
    """
    days = max(term_days, 1)
    return level_through(value // days, value % days, term_days, elapsed_days)


@kernel
def level_through(
    daily_amount: int, daily_remainder: int, term_days: int, elapsed_days: int
) -> int:
    """`recognised_through` of `daily_amount` times the term, and `daily_remainder` more [cents].

    >>> level_through(100, 7, 30, 15)
    1503
    """
    days = min(max(elapsed_days, 0), term_days)
    return muldiv_split(daily_amount, daily_remainder, days, max(term_days, 1))


@kernel
def planned_through(value: int, term_days: int, planned_start: int, through: int) -> int:
    """Committed revenue of the frozen plan up to and including a day.

    value [cents]; term_days [day]; planned_start, through [day].
    Source: definitions, slippage: the plan is frozen at the as-of date or at signing.

    >>> planned_through(3_000, 30, 101, 110)
    1000
    """
    return recognised_through(value, term_days, through - planned_start + 1)


@kernel
def set_value(s: State, k: int, value: int) -> None:
    """Set what a tranche's whole term is worth [cents], and what that makes a day, as stated."""
    tranche = s.tranches[k]
    days = max(tranche.term_days, 1)
    tranche.value = value
    tranche.daily_amount = value // days
    tranche.daily_remainder = value % days
    tranche.resets = 0


@kernel
def value_through(s: State, k: int, first: int, elapsed_days: int) -> int:
    """What so many first days of a tranche's term are worth [cents].

    first: day on which the term begins, as planned or as it came; elapsed_days [day]. Where each
    day has the same value it is `recognised_through` of it, whose division by the term is done
    once, when the value is set; else see `rated_through`, `reset_through`, and `rent_through` of
    what is let.
    """
    if lets_power(s, k):
        return rent_through(s, k, first, elapsed_days)
    if s.tranches[k].resets > 0:
        return reset_through(s, k, elapsed_days)
    return stated_through(s, k, elapsed_days)


@kernel
def stated_through(s: State, k: int, elapsed_days: int) -> int:
    """`value_through` at the prices stated, whatever an index has made of them [cents]."""
    tranche = s.tranches[k]
    if tranche.rates > 0:
        return rated_through(s, k, elapsed_days)
    return level_through(
        tranche.daily_amount, tranche.daily_remainder, tranche.term_days, elapsed_days
    )


@kernel
def stated_value(s: State, k: int) -> int:
    """What the whole term of a tranche is worth at the prices stated [cents]."""
    tranche = s.tranches[k]
    return int(tranche.daily_amount * max(tranche.term_days, 1) + tranche.daily_remainder)


@kernel
def reset_through(s: State, k: int, elapsed_days: int) -> int:
    """What first days of a term are worth whose price an index has changed [cents].

    elapsed_days [day]. From the last change on each day is worth what it is at the price stated,
    times what the price is over that. Of days before it only the sum is kept, as if level: nobody
    asks for less than that sum, for changes come on the first day of a month.
    Source: ASC 606-10-32-42 to 32-45, a change of a price that follows an index is of the distinct
    days to which it belongs.
    """
    tranche = s.tranches[k]
    if elapsed_days >= tranche.term_days:
        return int(tranche.value)
    if elapsed_days < tranche.price_days:
        return muldiv(tranche.price_before, max(elapsed_days, 0), tranche.price_days)
    since = stated_through(s, k, elapsed_days) - stated_through(s, k, tranche.price_days)
    return int(tranche.price_before + cents(since * tranche.price_share))


@kernel
def rated_through(s: State, k: int, elapsed_days: int) -> int:
    """What first days of a term with price steps are worth, level between two steps [cents].

    elapsed_days [day]. What is due for each day is what that day is worth to the customer, so it is
    earned as it is invoiced. Source: ASC 606-10-25-15 and 32-40, a series of distinct days to each
    of which its own price is allocated.
    """
    tranche, value = s.tranches[k], stated_value(s, k)
    if elapsed_days >= tranche.term_days:
        return value
    if elapsed_days <= 0:
        return 0
    row, past = tranche.first_rate, tranche.first_rate + tranche.rates
    while row + 1 < past and s.rates[row + 1].day <= elapsed_days:
        row += 1
    begin, end = s.rates[row].day, tranche.term_days
    low, high = cents(value * s.rates[row].before), value
    if row + 1 < past:
        end, high = s.rates[row + 1].day, cents(value * s.rates[row + 1].before)
    return int(low + muldiv(high - low, elapsed_days - begin, end - begin))


@kernel
def value_between(s: State, k: int, begins: int, first: int, past: int) -> int:
    """What the days of a tranche's term from one to the day before another are worth [cents].

    begins: the first day of the term; first, past: days after it [day].
    """
    return int(value_through(s, k, begins, past) - value_through(s, k, begins, first))


@kernel
def last_day_value(s: State, k: int) -> float:
    """What the last day of a tranche's term is worth, in parts of a cent too [cents]."""
    tranche, value = s.tranches[k], float(stated_value(s, k))
    if tranche.resets > 0:
        value *= tranche.price_share
    if tranche.rates == 0:
        return value / tranche.term_days
    last = s.rates[tranche.first_rate + tranche.rates - 1]
    return value * (1.0 - last.before) / (tranche.term_days - last.day)


@kernel
def price_of_rest(s: State, k: int, days_left: int) -> float:
    """Price of the last days of a tranche's term [cents/GPU-hour].

    days_left [day], at least 1.
    """
    tranche = s.tranches[k]
    if tranche.rates == 0 and tranche.resets == 0:
        return float(tranche.value / (tranche.term_days * HOURS_PER_DAY * tranche.gpus))
    days = min(days_left, tranche.term_days)
    begins = tranche.planned_start
    value = value_between(s, k, begins, tranche.term_days - days, tranche.term_days)
    return float(value / (days * HOURS_PER_DAY * tranche.gpus))


@kernel
def split_wait(
    planned_start: int,
    until: int,
    power: int,
    site: int,
    full: int,
    delivery: int,
    fitout: int,
    asked: int,
    funding: int,
    accepted: int,
    failed: int,
    failed_days: int,
    days: Ints,
) -> None:
    """Waiting days of a tranche by what held it up, from its planned start to the day before until.

    All in [day]. power, site, delivery, fitout, funding: from which each alone would have let
    billing start, NEVER if not known yet; full, asked: from which it would have with the room that
    the site had until it was full, and with hardware paid for on the day it was asked for; failed:
    from which failed GPUs are lacked, NEVER if none are, failed_days: on which others were before.

    Until power, site, hardware and money are all there, the last to come is the cause: power and
    site as long as room was missing, before that hardware; funding as long as hardware waited for
    money, what an order came too late by is delivery. Then fit-out, the customer until it accepts,
    GPUs that failed or that others use. Fills days, by cause. Source: definitions, waiting day.

    >>> days = np.zeros(7, np.int64)
    >>> split_wait(100, 140, 110, 90, 0, 120, 125, 0, 105, 130, 133, 0, days)
    >>> days.tolist()
    [0, 0, 18, 5, 7, 5, 5]
    >>> split_wait(100, 140, 110, 90, 0, 120, 125, 103, 105, 130, 133, 2, days)
    >>> days.tolist()
    [0, 0, 19, 5, 9, 2, 5]
    >>> split_wait(100, 140, 122, 90, 115, 120, 125, 103, 105, 130, 133, 0, days)
    >>> days.tolist()
    [7, 0, 16, 3, 7, 2, 5]
    """
    for k in range(len(days)):
        days[k] = 0
    if until <= planned_start:
        return
    ready = wait_for_all(planned_start, until, power, site, full, delivery, asked, funding, days)
    fitted = min(max(fitout, ready), until)
    days[FITOUT] = fitted - ready
    tested = min(max(accepted, fitted), until)
    days[CUSTOMER] = tested - fitted
    broken = min(max(failed, tested), until)
    days[FAILURE] = until - broken + min(failed_days, broken - tested)
    days[DELIVERY] += until - tested - days[FAILURE]


@kernel
def wait_for_all(
    planned_start: int,
    until: int,
    power: int,
    site: int,
    full: int,
    delivery: int,
    asked: int,
    funding: int,
    days: Ints,
) -> int:
    """The part of `split_wait` until power, site, hardware and money are all there; its last day.

    Arguments as there [day].
    """
    last = max(max(power, site), max(delivery, funding))
    ready = min(max(last, planned_start), until)
    bought = ready
    if max(power, site) == last:
        bought = min(max(full, planned_start), ready)
        days[POWER if power == last else SITE] = ready - bought
    since = min(max(asked, planned_start), bought)
    money = min(max(funding, since), bought) - since
    days[FUNDING] = money
    days[DELIVERY] = bought - planned_start - money
    return ready


@kernel
def rpo_of(
    kind: int,
    value: int,
    recognised: int,
    lost: int,
    exit_notice_days: int,
    term_days_left: int,
    starts_in: int,
) -> int:
    """Remaining performance obligation: backlog less puts and what the customer may leave.

    kind [TAKE_OR_PAY or BACKSTOP]; value, recognised, lost [cents]; exit_notice_days, 0 if the
    customer may not leave without penalty, term_days_left; starts_in: days until billing is planned
    to start, 0 if it has started or is due [day]. Days left are worth the same each.
    Source: ASC 606-10-50-13; 606-10-25-3, the contract lasts as long as both sides are bound.

    >>> [rpo_of(0, 3_600, 0, 0, 90, 1_080, starts_in) for starts_in in (0, 60, 90)]
    [300, 100, 0]
    """
    if kind == BACKSTOP:
        return 0
    left = value - recognised - lost
    bound = max(exit_notice_days - starts_in, 0)
    if exit_notice_days > 0 and bound < term_days_left:
        return muldiv(left, bound, term_days_left)
    return left


@kernel
def release_of(balance: int, credits_left: int, sfc_rate: float) -> int:
    """Deferred revenue released in a month: level over the credits left, the last takes the rest.

    balance, this month's accretion included [cents]; credits_left, this one included [count];
    sfc_rate of a significant financing component, 0 if none [1/year].
    Source: ASC 606-10-32-15; annuity due: R = B / (1 + v + ... + v^(n-1)), v = 1 / (1 + rate/12).

    >>> release_of(2_100, 2, 0.0), release_of(2_100, 2, 1.2), release_of(1_100, 1, 1.2)
    (1050, 1100, 1100)
    """
    if credits_left <= 1:
        return balance
    if sfc_rate == 0.0:
        return balance // credits_left
    weight, factor = 0.0, 1.0
    for _ in range(credits_left):
        weight += factor
        factor /= 1.0 + sfc_rate / 12.0
    return cents(balance / weight)
