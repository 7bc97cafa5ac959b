"""Ctrl-C and requests to end (SIGTERM), before, during and after a command.

Before it has begun, while its parts are loaded, nothing was written: a line says so. During it
both raise KeyboardInterrupt, so that what is finished is kept and told. After it all has been told.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
USUAL: Final = (signal.default_int_handler, signal.SIG_DFL)
"""What Python itself does on them; where a shell has them ignored, they stay so."""
NOT_BEGUN: Final = b"interrupted; nothing was written\n"
INTERRUPTED: Final = 130


def expect() -> None:
    """Answer interrupts from now on, though no command has begun."""
    for number in SIGNALS:
        if signal.getsignal(number) in USUAL:
            signal.signal(number, _end)


def _end(number: int, frame: object) -> None:
    os.write(2, NOT_BEGUN)
    os._exit(INTERRUPTED)


@contextmanager
def raised() -> Iterator[None]:
    """A command that is interrupted by KeyboardInterrupt, and only while it lasts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    answers = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _as_ctrl_c}
    ours = [number for number in SIGNALS if before[number] in (*USUAL, _end)]
    for number in ours:
        signal.signal(number, answers[number])
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL if before[number] is _end else before[number])


def _as_ctrl_c(number: int, frame: object) -> None:
    """Interrupt as Ctrl-C would; also where a shell lets work in the background ignore that."""
    if signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, signal.SIG_DFL, None):
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)
