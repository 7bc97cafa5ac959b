"""Queues keep their order whatever comes and goes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gpusim.economics.core.lists import enqueue, leave


@settings(max_examples=100)
@given(st.permutations(range(8)), st.lists(st.integers(0, 9), max_size=6))
def test_rows_stand_in_order_and_leave_alone(arrivals, leavers):
    queue, count = np.zeros(9, np.int64), np.zeros(1, np.int64)
    for row in arrivals:
        enqueue(queue, count, np.int64(0), np.int64(row))
    for row in leavers:
        leave(queue, count, np.int64(0), np.int64(row))
    assert queue[: count[0]].tolist() == [row for row in range(8) if row not in leavers]


@settings(max_examples=100)
@given(st.permutations(range(8)), st.lists(st.integers(0, 9), max_size=6))
def test_rows_leave_a_queue_in_any_order(stands, leavers):
    queue, count = np.array([*stands, 0]), np.array([8])
    for row in leavers:
        leave(queue, count, np.int64(0), np.int64(row))
    assert queue[: count[0]].tolist() == [row for row in stands if row not in leavers]
