"""Standard streams that are closed, full or read no further, and how many columns they have.

A reader that has gone, such as `head`, is no failure: what is printed after that is dropped, and
the command goes on and ends with the code that it would have had. What cannot be printed for
another reason, such as a full disk, is told by `errors.guarded`. A stream that is closed takes what
is printed.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

LEAST_WIDTH: Final = 40
"""Columns that a screen is taken to have at least [characters]."""
SIZES: Final = ("COLUMNS", "LINES")
"""Variables in which a shell or a user states the size of a screen."""


class NotPrintedError(OSError):
    """Standard output takes no more; what follows is dropped."""


class Dropping(io.FileIO):
    """A stream that after a failure goes nowhere, so that nothing fails a second time."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, or drop where nobody reads.

        Raises:
            NotPrintedError: it failed for another reason.
        """
        try:
            return super().write(data)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if error.errno != errno.EPIPE:
                raise NotPrintedError(error.errno, error.strerror) from None
        return memoryview(data).nbytes


def prepare() -> None:
    """Make output safe to print to, and what is said of the size of a screen safe to read."""
    for number in range(3):
        _occupy(number)
    sys.stdout, sys.stderr = safe(sys.stdout, 1), safe(sys.stderr, 2)
    for name in SIZES:
        if name in os.environ and not stated(os.environ[name]):
            del os.environ[name]


def stated(text: str) -> bool:
    """Whether a size is stated; a sign in front of it, or anything else, states none.

    >>> [stated(text) for text in ("80", "0", "-1", "wide", "", "²", "9" * 20)]
    [True, True, False, False, False, False, False]
    """
    return text.isascii() and text.isdecimal() and len(text) < 6


def safe(stream: TextIO | None, number: int) -> TextIO:
    """The same stream, which drops what nobody reads; a terminal as it is.

    number: of its file; stream: None where it is closed.
    """
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    if stream.isatty():
        return stream
    raw = Dropping(number, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=number == 2,
    )


def _occupy(number: int) -> None:
    """Take the number of a closed file, so that no file opened later is printed into."""
    try:
        os.fstat(number)
    except OSError:
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere != number:
            os.dup2(nowhere, number)
            os.close(nowhere)
