"""How often Python looks for garbage.

Imports, tables and above all numba's compiler make many objects that live to the end, and looking
at them over and over took a tenth of compiling and a twentieth of a short command.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

RARELY: Final = (50_000, 20, 100)
"""After so many new objects, and among older ones after so many times."""


def collect_rarely() -> None:
    """Look less often from now on."""
    gc.set_threshold(*RARELY)


@contextmanager
def few_collections() -> Iterator[None]:
    """Look less often within the block, and not at what was there before."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    collect_rarely()
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
