"""Processes that tests start: they end with the test, however it ends."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def ended(*processes: subprocess.Popen[Any]) -> Iterator[None]:
    """Processes that do not outlive what they are for.

    Leaving a `with` of `Popen` waits for the process without a limit; this stands inside it.
    """
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
