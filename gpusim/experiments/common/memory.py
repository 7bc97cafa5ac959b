"""Whether the results of a run fit into memory: asked before anything is simulated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gpusim.results.payload import cover_of, loans_of, market_of, tests_of

if TYPE_CHECKING:
    from gpusim.economics.core.state import State

TIMES_KEPT: Final = 5.5
"""What a replication takes until its tables are written, over its books and measures alone, but for
what it keeps of loans and of the market by month; 5.2 for `coreweave-2025q4`, 3.2 for
`single-site`, by the largest memory of runs of 1,000 to 10,000 that kept nothing of loans."""
MONTHS_KEPT: Final = 3.0
"""Likewise over what is kept by month of loans and their tests, and of the market. With loans 8.4
times the books and measures are taken for `coreweave-2025q4`, whose fifteen debts have 1.2 times as
many bytes, which makes 2.6; 3.9 for `single-site`, which has one, by the largest memory of runs of
1,500 and 3,000. The market's six rows of `single-site` took 3.5 times their bytes between runs of
400 and 1,200."""
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
    each += MONTHS_KEPT * (of_loans(opening) + market_of(opening, None).nbytes)
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


def of_loans(opening: State) -> int:
    """Bytes that are kept of loans and their tests by month, a replication."""
    kept = (loans_of(opening), cover_of(opening), tests_of(opening))
    return sum(rows.nbytes for rows in kept)


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
