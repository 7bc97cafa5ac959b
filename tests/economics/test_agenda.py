"""The event calendar: one entry a phase and subject, only later moments, stale keys ignored."""

from __future__ import annotations

import pytest

from gpusim.economics.core.agenda import (
    ALLOCATE,
    DELIVER,
    MONTH,
    PAY,
    PHASES,
    START,
    cancel,
    day_of_key,
    key_of,
    phase_of_key,
    pop_due,
    schedule,
    schedule_now,
    subject_of_key,
)
from gpusim.economics.core.state import NEVER
from gpusim.economics.core.state_pointer import to_pointer
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
    schedule_now(to_pointer(state), START, 0)
    schedule_now(to_pointer(state), DELIVER, 0)
    assert state.due[START, 0] == today
    assert state.due[DELIVER, 0] == today + 1


def test_schedule_now_never_delays_an_event_and_schedule_may(state):
    today = int(state.clock[0].today) + 10
    stand_at(state, today, PAY)
    schedule(to_pointer(state), DELIVER, 0, today + 1)
    schedule_now(to_pointer(state), DELIVER, 0)
    assert state.due[DELIVER, 0] == today + 1
    schedule(to_pointer(state), DELIVER, 0, today + 9)
    assert state.due[DELIVER, 0] == today + 9


def test_only_the_last_day_an_event_was_set_for_holds_and_only_once(state):
    today = int(state.clock[0].today)
    pointer = to_pointer(state)
    schedule(pointer, DELIVER, 0, today + 5)
    schedule(pointer, DELIVER, 0, today + 7)
    assert not pop_due(pointer, key_of(today + 5, DELIVER, 0))
    assert pop_due(pointer, key_of(today + 7, DELIVER, 0))
    assert not pop_due(pointer, key_of(today + 7, DELIVER, 0))
    assert state.clock[0].today == today + 7


def test_an_event_taken_back_does_not_hold(state):
    today = int(state.clock[0].today)
    pointer = to_pointer(state)
    schedule(pointer, DELIVER, 0, today + 5)
    cancel(pointer, DELIVER, 0)
    assert not pop_due(pointer, key_of(today + 5, DELIVER, 0))


def test_never_is_no_event(state):
    before = int(state.clock[0].outbox)
    schedule(to_pointer(state), DELIVER, 0, NEVER)
    assert state.due[DELIVER, 0] == NEVER
    assert state.clock[0].outbox == before


def test_no_event_holds_once_the_run_is_over(state):
    today = int(state.clock[0].today)
    schedule(to_pointer(state), DELIVER, 0, today + 5)
    state.clock[0].halted = 1
    assert not pop_due(to_pointer(state), key_of(today + 5, DELIVER, 0))
