"""Progress with time left, for commands that simulate many points."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from gpusim.cli.errors import say

if TYPE_CHECKING:
    from gpusim.experiments.common.pool import Progress

COMPILE_TIME: Final = "half a minute on two quiet cores, minutes on busy ones"
"""To compile everything once: 25 s of wall on two quiet cores, 160 s on two that had six to do."""
PATIENCE: Final = 2.0
"""A command shorter than this shows nothing [s]."""


@contextmanager
def progress_bar(
    words: str, *, quiet: bool, engine: str = "batch", strategy: str | None = None
) -> Iterator[Progress | None]:
    """A bar on stderr after two seconds, and a word on the first use, when rules are compiled."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from gpusim.experiments.run.simulate import compiled

    columns = (
        TextColumn(words),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("time left"),
        TimeRemainingColumn(),
    )
    screen = Console(stderr=True, markup=False, emoji=False)
    began = time.monotonic()
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as view:
        task = view.add_task("", total=None, visible=False)

        def report(done: int, of: int) -> None:
            if done == 0 and not compiled(engine, strategy):
                say(f"compiling the rules, once: {COMPILE_TIME} (`gpusim warmup` does it ahead)")
            late = time.monotonic() - began > PATIENCE
            view.update(task, completed=done, total=of, visible=late)

        yield report


@contextmanager
def waiting(words: str, *, quiet: bool = False) -> Iterator[None]:
    """A sign of life on a terminal's stderr, for work that is one piece."""
    from rich.console import Console

    screen = Console(stderr=True, markup=False, emoji=False)
    if quiet or not screen.is_terminal:
        yield
        return
    with screen.status(f"{words} ..."):
        yield
