"""How many random operators a law is tried on."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"
"""Uncompiled, a run takes tens of times as long: fewer of them tell of a changed rule."""
EXAMPLES = settings(
    max_examples=60 if COMPILED else 12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=SLOW,
)
"""The same operators in every run of the tests."""
SCENARIOS = settings(EXAMPLES, max_examples=300 if COMPILED else 24)
"""As many as the two engines are compared on."""
