"""The alarm board: one alarm a phase and subject, only later moments, stale keys ignored."""

from __future__ import annotations

import pytest

from gpusim.economics.core.agenda import (
    ALLOCATE,
    DELIVER,
    MONTH,
    PAY,
    PHASES,
    START,
    arm,
    day_of_key,
    disarm,
    key_of,
    phase_of_key,
    ring,
    subject_of_key,
    take,
)
from gpusim.economics.core.handle import hand
from gpusim.economics.core.state import NEVER
from tests.engines.build import book_of, quiet


@pytest.fixture
def state():
    return book_of(quiet()).state


def stand_at(state, day, phase):
    """Now is this phase of a day."""
    state.clock[0].now = key_of(day, phase, 0)
    state.clock[0].today = day


def test_a_key_tells_its_day_phase_and_subject():
    key = key_of(20_000, DELIVER, 123_456)
    assert (day_of_key(key), phase_of_key(key), subject_of_key(key)) == (20_000, DELIVER, 123_456)


def test_the_books_are_the_last_of_a_day():
    assert PHASES[-1] == "MONTH"
    assert key_of(1, MONTH, (1 << 24) - 1) < key_of(2, 0, 0)


def test_a_ring_comes_today_if_its_phase_is_still_to_come_and_else_tomorrow(state):
    today = int(state.clock[0].today) + 10
    stand_at(state, today, ALLOCATE)
    ring(hand(state), START, 0)
    ring(hand(state), DELIVER, 0)
    assert state.due[START, 0] == today
    assert state.due[DELIVER, 0] == today + 1


def test_a_ring_never_delays_an_alarm_and_an_arm_may(state):
    today = int(state.clock[0].today) + 10
    stand_at(state, today, PAY)
    arm(hand(state), DELIVER, 0, today + 1)
    ring(hand(state), DELIVER, 0)
    assert state.due[DELIVER, 0] == today + 1
    arm(hand(state), DELIVER, 0, today + 9)
    assert state.due[DELIVER, 0] == today + 9


def test_only_the_last_day_an_alarm_was_set_for_holds_and_only_once(state):
    today = int(state.clock[0].today)
    handle = hand(state)
    arm(handle, DELIVER, 0, today + 5)
    arm(handle, DELIVER, 0, today + 7)
    assert not take(handle, key_of(today + 5, DELIVER, 0))
    assert take(handle, key_of(today + 7, DELIVER, 0))
    assert not take(handle, key_of(today + 7, DELIVER, 0))
    assert state.clock[0].today == today + 7


def test_an_alarm_taken_back_does_not_hold(state):
    today = int(state.clock[0].today)
    handle = hand(state)
    arm(handle, DELIVER, 0, today + 5)
    disarm(handle, DELIVER, 0)
    assert not take(handle, key_of(today + 5, DELIVER, 0))


def test_never_is_no_alarm(state):
    before = int(state.clock[0].outbox)
    arm(hand(state), DELIVER, 0, NEVER)
    assert state.due[DELIVER, 0] == NEVER
    assert state.clock[0].outbox == before


def test_no_alarm_holds_once_the_run_is_over(state):
    today = int(state.clock[0].today)
    arm(hand(state), DELIVER, 0, today + 5)
    state.clock[0].halted = 1
    assert not take(hand(state), key_of(today + 5, DELIVER, 0))
