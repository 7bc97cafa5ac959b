"""How many random operators a law is tried on."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
EXAMPLES = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=SLOW
)
"""The same operators in every run of the tests."""
SCENARIOS = settings(EXAMPLES, max_examples=300)
"""As many as the two engines are compared on."""
