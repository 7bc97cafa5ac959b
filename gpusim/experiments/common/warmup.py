"""Compile ahead: one small operator played by both engines touches every rule that a run needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gpusim.compiling import cache as compilecache
from gpusim.engines import batch
from gpusim.experiments.common.compile_schedule import COMPILED_BATCH, book, compile_rules
from gpusim.experiments.common.replicate import PROCESS, Job, replicate, replicate_chunk

SEED: Final = 1


def chunks() -> None:
    """Compile what plays many replications in one call."""
    replicate_chunk(batch.Batch(book().state, book().spec, SEED), [0, 1])


def story() -> None:
    """Compile what the process engine, a strategy and a trace call from Python."""
    replicate(Job(book(), SEED, narrated=1, engine=PROCESS), 0)
    replicate(Job(book(), SEED, narrated=0), 0)


STEPS: Final[dict[str, Callable[[], object]]] = {
    "opening books": book,
    "rules": compile_rules,
    "batch engine": chunks,
    "process engine": story,
}
"""What is compiled, in order."""


def is_done() -> bool:
    """Whether all was compiled before from these sources."""
    return compilecache.knows(COMPILED_BATCH)


def note() -> None:
    """Remember that it is."""
    compilecache.note(COMPILED_BATCH)
