"""Settings of every test.

A rule's first call compiles it, so no example has a time limit. A shell that starts tests in the
background makes them deaf to SIGINT, which some of them send.

An example that fails is made smaller for a minute at most, where hypothesis takes five, and as many
to tell which of its values matter; `--hypothesis-explain` has them told.

Of modules, rules and cached runs Python keeps so many objects that looking through them for garbage
as often as usual takes a third of some files of tests.
"""

import gc
import signal

from hypothesis import Phase, settings
from hypothesis.internal.conjecture import engine

QUICK = [phase for phase in Phase if phase is not Phase.explain]
settings.register_profile("gpusim", deadline=None, print_blob=True, phases=QUICK)
settings.load_profile("gpusim")
assert engine.MAX_SHRINKING_SECONDS == 300, "the name by which hypothesis asks has moved"
engine.MAX_SHRINKING_SECONDS = 60
signal.signal(signal.SIGINT, signal.default_int_handler)
gc.set_threshold(50_000, 20, 10)

LONGEST = (
    "tests/architecture/test_compiled_cold.py",
    "tests/engines/test_oracles.py::test_nobody_waits",
    "tests/cli/test_sweep.py",
    "tests/oracles/test_b4_pipeline.py",
)
"""Tests that take half a minute and more: begun last, one of them would keep a worker waiting."""


def pytest_collection_modifyitems(items):
    """Have the longest tests begin first."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
