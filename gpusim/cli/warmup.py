"""`gpusim warmup`."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from gpusim.cli.errors import guarded, say
from gpusim.cli.options import Traceback


def warmup(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages.")] = False,
    show_traceback: Traceback = False,
) -> None:
    """Compile everything that `run` needs, ahead of the first run."""
    with guarded(show_traceback=show_traceback):
        began = time.perf_counter()
        from gpusim.compiling import cache as compilecache
        from gpusim.experiments.common import warmup as work

        tell = (lambda text: None) if quiet else say
        if work.is_done():
            tell(f"compiled already, in {compilecache.folder()}")
        for step in work.STEPS:
            since = time.perf_counter()
            work.STEPS[step]()
            tell(f"{step}: {time.perf_counter() - since:.1f} s")
        work.note()
        tell(f"all in {time.perf_counter() - began:.1f} s, kept in {compilecache.usable()}")
