"""Settings of every test: a rule's first call compiles it, so no example has a time limit."""

from hypothesis import settings

settings.register_profile("gpusim", deadline=None, print_blob=True)
settings.load_profile("gpusim")
