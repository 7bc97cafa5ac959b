"""Whether the results of a run fit into memory: asked before anything is simulated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gpusim.economics.core.state import State

TIMES_KEPT: Final = 9.0
"""What a replication takes until its tables are written, over its books and measures alone; 8.4 for
`coreweave-2025q4`, whose fifteen debts have figures of their own, 3.9 for `single-site`, by the
largest memory of runs of 1,500 and 3,000."""
LIMIT: Final = Path("/sys/fs/cgroup/memory.max")
"""What a container may use, where there is one; a number of bytes, or `max`."""
GIGABYTE: Final = 1e9


class TooManyError(Exception):
    """More replications than memory has room for."""


def refuse_too_many(opening: State, replications: int) -> None:
    """Check that all replications can be kept until they are written.

    Raises:
        TooManyError: they cannot.
    """
    there = memory()
    each = TIMES_KEPT * (opening.ledger.nbytes + opening.stocks.nbytes)
    if there is None or replications * each <= there:
        return
    fitting = int(there / each)
    digits = 10 ** max(len(str(fitting)) - 2, 0)
    needed, has = replications * each / GIGABYTE, there / GIGABYTE
    raise TooManyError(
        f"{replications} replications take about {needed:.0f} GB until they are written, and this "
        f"machine has {has:.0f} GB: at most {fitting // digits * digits} at once; `gpusim sweep` "
        "keeps only what it is asked for"
    )


def memory() -> int | None:
    """Bytes of memory that this process may use; None if the machine does not say."""
    try:
        has = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    try:
        allowed = LIMIT.read_text().strip()
    except OSError:
        return has
    return min(has, int(allowed)) if allowed.isdigit() else has
