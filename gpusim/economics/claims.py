"""Which GPUs of its pool are a tranche's own before it starts, and when its claim on them ends.

Kept as running totals: a loop over all that was ever signed at each offer and in each month would
take most of a run.
"""

from __future__ import annotations

from gpusim.economics.agenda import ALLOCATE, ring
from gpusim.economics.kernel import kernel
from gpusim.economics.pools import let_order_go, loose, set_aside, stop_buying
from gpusim.economics.state import BACKSTOP, TRANCHE_SIGNED, TRANCHE_WAITING, State


@kernel
def is_to_start(s: State, k: int) -> bool:
    """Whether a tranche will still take GPUs: it is signed, and neither started nor over."""
    tranche = s.tranches[k]
    waits = tranche.status == TRANCHE_SIGNED or tranche.status == TRANCHE_WAITING
    return bool(waits and s.contracts[tranche.contract].kind != BACKSTOP)


@kernel
def claim(s: State, k: int, gpus: int) -> None:
    """GPUs of its pool are promised to a tranche: set aside at once as far as they are there."""
    tranche = s.tranches[k]
    pool = s.pools[tranche.pool]
    tranche.claims += gpus
    pool.claimed += gpus
    tranche.promised += gpus
    pool.promised += gpus
    set_aside(s, k, max(min(gpus, loose(s, tranche.pool)), 0))


@kernel
def stand_in_line(s: State, k: int) -> None:
    """A tranche will take GPUs of its pool that others use today: it is promised none of them."""
    tranche = s.tranches[k]
    tranche.claims += tranche.gpus
    s.pools[tranche.pool].claimed += tranche.gpus


@kernel
def disclaim(s: State, k: int) -> None:
    """A tranche has its GPUs, or will have none: what it claimed is loose, its order goes.

    Nobody replaces what failed of it.
    """
    tranche = s.tranches[k]
    if tranche.claims > 0:
        pool = s.pools[tranche.pool]
        pool.claimed -= tranche.claims
        pool.promised -= tranche.promised
        pool.held -= tranche.held
        pool.failed -= tranche.failed
        unwanted = tranche.failed
        tranche.claims = 0
        tranche.promised = 0
        tranche.held = 0
        tranche.failed = 0
        stop_buying(s, tranche.pool, unwanted)
    let_order_go(s, k)


@kernel
def finish(s: State, k: int, status: int) -> None:
    """A tranche is over: ended or lost. What was set aside for it is for others."""
    if s.tranches[k].held > 0:
        ring(s, ALLOCATE, s.tranches[k].pool)
    disclaim(s, k)
    s.tranches[k].status = status
    s.contracts[s.tranches[k].contract].open_terms -= 1
