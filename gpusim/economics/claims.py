"""Which tranches have free GPUs for their own, and how many terms of a contract are not over.

Kept as running totals: a loop over all that was ever signed at each offer and in each month would
take most of a run.
"""

from __future__ import annotations

from gpusim.economics.kernel import kernel
from gpusim.economics.state import BACKSTOP, TRANCHE_SIGNED, TRANCHE_WAITING, State


@kernel
def claim(s: State, k: int) -> None:
    """Free GPUs are a tranche's own from now on, if it still waits; until it starts they are sold.

    It takes from the pool if it has no order of its own, or its order is there already.
    """
    tranche = s.tranches[k]
    waits = tranche.status == TRANCHE_SIGNED or tranche.status == TRANCHE_WAITING
    put = s.contracts[tranche.contract].kind == BACKSTOP
    if waits and not put and tranche.claims == 0:
        tranche.claims = 1
        s.gens[tranche.gen].claimed += tranche.gpus


@kernel
def disclaim(s: State, k: int) -> None:
    """A tranche has its GPUs, or will have none."""
    tranche = s.tranches[k]
    if tranche.claims != 0:
        tranche.claims = 0
        s.gens[tranche.gen].claimed -= tranche.gpus


@kernel
def finish(s: State, k: int, status: int) -> None:
    """A tranche is over: ended or lost."""
    disclaim(s, k)
    s.tranches[k].status = status
    s.contracts[s.tranches[k].contract].open_terms -= 1
