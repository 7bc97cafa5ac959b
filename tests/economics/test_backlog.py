"""Backlog: recognition, slippage and its causes, RPO and prepayment credits."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gpusim.compiling.kernel import const
from gpusim.economics.books.leases import accretion
from gpusim.economics.core.state import BACKSTOP, CAUSES, NEVER, TAKE_OR_PAY
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.sales.backlog import (
    planned_through,
    recognised_through,
    release_of,
    rpo_of,
    set_value,
    split_wait,
    value_through,
)
from gpusim.scenario import load
from gpusim.scenario.lower import lower

MILLION = 100_000_000
OPENING = lower(load("single-site")).state
dates = st.integers(0, 120) | st.just(int(NEVER))


def waits(planned: int, until: int, *cleared: int) -> dict[str, int]:
    days = np.full(len(CAUSES), -1)
    split_wait(planned, until, *cleared, days)
    return dict(zip(CAUSES, days.tolist(), strict=True))


def cause_of(
    day: int,
    power: int,
    site: int,
    full: int,
    delivery: int,
    fitout: int,
    asked: int,
    funding: int,
    accepted: int,
    failed: int,
) -> str:
    """The definition read day by day: of what is unmet, the one that clears last."""
    dated = [("power", power), ("site", site), ("delivery", delivery), ("funding", funding)]
    unmet = [(name, clears) for name, clears in dated if clears > day]
    if unmet:
        last = max(clears for _, clears in unmet)
        name = next(name for name, clears in unmet if clears == last)
        if name in {"delivery", "funding"} or day < full:
            return "funding" if funding > day >= asked else "delivery"
        return name
    if fitout > day:
        return "fit-out"
    if accepted > day:
        return "customer"
    return "delivery" if failed > day else "failure"


@given(st.integers(0, 60), st.integers(0, 140), st.tuples(*[dates] * 9))
def test_every_waiting_day_has_the_cause_of_its_day(planned, until, cleared):
    counted = Counter(cause_of(day, *cleared) for day in range(planned, until))
    assert Counter(waits(planned, until, *cleared, 0)) == counted


def test_ties_go_to_power_then_site_then_delivery():
    assert waits(0, 10, 20, 20, 0, 20, 20, 0, 0, NEVER, NEVER, 0)["power"] == 10
    assert waits(0, 10, 0, 20, 0, 20, 20, 0, 0, NEVER, NEVER, 0)["site"] == 10
    assert waits(0, 10, 0, 0, 0, 20, 20, 0, 0, NEVER, NEVER, 0)["delivery"] == 10


def test_hardware_that_waited_for_money_is_late_for_money_first():
    """Due day 0, funded as of day 30, delivered as of day 40, all done: 30 funding, 10 delivery."""
    found = waits(0, 40, 0, 0, 0, 40, 40, 0, 30, NEVER, NEVER, 0)
    assert {cause: days for cause, days in found.items() if days} == {"funding": 30, "delivery": 10}


def test_an_order_not_yet_funded_waits_for_funding():
    assert waits(0, 50, 10, 10, 0, NEVER, NEVER, 0, NEVER, NEVER, NEVER, 0)["funding"] == 50


def test_room_that_others_took_counts_from_the_day_on_which_they_took_it():
    """Hardware as of day 20, room until day 15 and from day 30 on: 15 delivery, 15 site."""
    found = waits(0, 30, 0, 30, 15, 20, 30, 0, 0, 30, NEVER, 0)
    assert {cause: days for cause, days in found.items() if days} == {"delivery": 15, "site": 15}


def test_gpus_that_were_replaced_are_no_longer_what_is_lacking():
    """Of 30 days of waiting for others, failed GPUs were lacked on 10, and are from day 25 on."""
    found = waits(0, 30, 0, 0, 0, 0, 0, 0, 0, 0, 25, 10)
    assert {cause: days for cause, days in found.items() if days} == {"delivery": 15, "failure": 15}


@given(st.integers(0, 10**15), st.integers(1, 9_000), st.lists(st.integers(-50, 12_000)))
def test_recognition_never_falls_and_ends_at_the_value(value, term, days):
    earned = [recognised_through(value, term, d) for d in sorted(days)]
    assert earned == sorted(earned)
    assert recognised_through(value, term, 0) == 0
    assert recognised_through(value, term, term) == value


@given(st.integers(0, 10**15), st.integers(0, 9_000), st.integers(-50, 12_000))
def test_a_tranche_earns_by_its_day_what_its_value_does(value, term, days):
    OPENING.tranches[0].term_days = term
    set_value(to_pointer(OPENING), const(0), const(value))
    known = value * min(max(days, 0), term) // max(term, 1)
    assert value_through(to_pointer(OPENING), const(0), const(0), const(days)) == known
    assert recognised_through(value, term, days) == known


def test_a_late_start_that_shifts_slips_and_comes_back():
    """100 a day, 30 days late: slipped +3,000, and -3,000 in the quarter past the planned end."""
    value, term, late = 36_000, 360, 30
    stock = [
        planned_through(value, term, 0, day) - planned_through(value, term, late, day)
        for day in (-1, 89, 359, 449)
    ]
    assert stock == [0, 3_000, 3_000, 0]
    assert np.diff(stock).tolist() == [3_000, 0, -3_000]


def test_a_late_start_that_does_not_shift_loses_the_late_days():
    """100 a day, 30 days late, end kept: lost 3,000, and the rest is earned."""
    value, term, late = 36_000, 360, 30
    lost = recognised_through(value, term, late)
    assert lost == 3_000
    assert lost + recognised_through(value, term, term - late) == value


def test_early_start_makes_slippage_negative():
    assert planned_through(36_000, 360, 10, 9) - planned_through(36_000, 360, 0, 9) == -1_000


def test_exit_right_takes_what_follows_it_out_of_rpo():
    """36 months at 100 with a 90-day exit: backlog 3,600, RPO 300."""
    assert rpo_of(TAKE_OR_PAY, 3_600, 0, 0, 0, 1_080, 0) == 3_600
    assert rpo_of(TAKE_OR_PAY, 3_600, 0, 0, 90, 1_080, 0) == 300
    assert rpo_of(TAKE_OR_PAY, 3_600, 3_400, 0, 90, 60, 0) == 200


def test_days_of_notice_before_a_start_bind_nobody():
    """A start in 60 days: 30 of the 90 days are bound, of one in 90 or more none.

    Of a term of 20 days that starts in 60 all is bound; so is all where nobody may leave.
    """
    assert rpo_of(TAKE_OR_PAY, 3_600, 0, 0, 90, 1_080, 60) == 100
    assert rpo_of(TAKE_OR_PAY, 3_600, 0, 0, 90, 1_080, 90) == 0
    assert rpo_of(TAKE_OR_PAY, 3_600, 0, 0, 90, 1_080, 400) == 0
    assert rpo_of(TAKE_OR_PAY, 3_600, 0, 0, 90, 20, 60) == 3_600
    assert rpo_of(TAKE_OR_PAY, 3_600, 0, 0, 0, 1_080, 400) == 3_600


def test_puts_are_backlog_and_not_rpo():
    assert rpo_of(BACKSTOP, 3_600, 0, 0, 0, 1_080, 0) == 0


def test_lost_value_is_no_obligation():
    assert rpo_of(TAKE_OR_PAY, 3_600, 600, 500, 0, 900, 0) == 2_500


def test_prepayment_credits_change_invoices_and_not_revenue():
    """9,700 over 60 months, 1,940 prepaid and credited in months 25-60."""
    value, prepaid = 9_700 * MILLION, 1_940 * MILLION
    deferred, revenue, invoices = prepaid, [], []
    for month in range(1, 61):
        earned = recognised_through(value, 1_800, 30 * month) - sum(revenue)
        credit = release_of(deferred, 61 - month, 0.0) if month >= 25 else 0
        deferred -= credit
        revenue.append(earned)
        invoices.append(earned - credit)
    assert {round(r / MILLION, 2) for r in revenue} == {161.67}
    assert {round(i / MILLION, 2) for i in invoices[:24]} == {161.67}
    assert {round(i / MILLION, 2) for i in invoices[24:]} == {107.78}
    assert deferred == 0
    assert sum(invoices) + prepaid == sum(revenue) == value


def test_financing_component_releases_are_level_and_take_the_accretion_too():
    balance, accreted, releases = 1_940 * MILLION, 0, []
    for month in range(1, 61):
        growth = accretion(balance, 0.06)
        balance, accreted = balance + growth, accreted + growth
        if month >= 25:
            releases.append(release_of(balance, 61 - month, 0.06))
            balance -= releases[-1]
    assert balance == 0
    assert max(releases) - min(releases) <= 20
    assert sum(releases) == 1_940 * MILLION + accreted
