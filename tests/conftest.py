"""Settings of every test.

A rule's first call compiles it, so no example has a time limit. A shell that starts tests in the
background makes them deaf to SIGINT, which some of them send. What Python keeps of all modules,
rules and cached runs is much, and looking through it for garbage as often as usual takes a third of
some files of tests.
"""

import gc
import signal

from hypothesis import settings

settings.register_profile("gpusim", deadline=None, print_blob=True)
settings.load_profile("gpusim")
signal.signal(signal.SIGINT, signal.default_int_handler)
gc.set_threshold(50_000, 20, 10)
