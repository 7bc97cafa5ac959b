"""Whose turn it is for GPUs of a pool, and what is set aside for whom before it starts."""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.money import muldiv
from gpusim.economics.core.state import NEVER, NONE, ORDER_ACCEPTED, UNSETTLED, State
from gpusim.economics.plant.pools import unassigned_gpus


@kernel
def awaits_order(s: State, k: int) -> bool:
    """Whether GPUs bought for a tranche are still to come."""
    o = s.tranches[k].order
    return bool(o != NONE and s.orders[o].tranche == k and s.orders[o].status < ORDER_ACCEPTED)


@kernel
def next_to_start(s: State, p: int, after: int) -> int:
    """The tranche of a pool whose turn comes after another's, or the first (NONE), or NONE.

    By priority, planned start and row. Source: definitions, failed GPUs.
    """
    best = NONE
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        if s.tranches[k].pool == p and s.tranches[k].reserved_gpus > 0:
            later = after == NONE or start_priority(s, k) > start_priority(s, after)
            if later and (best == NONE or start_priority(s, k) < start_priority(s, best)):
                best = k
    return int(best)


@kernel
def start_priority(s: State, k: int) -> tuple[int, int, int]:
    """What tells whose turn it is among tranches to start."""
    return s.tranches[k].priority, s.tranches[k].planned_start, k


@kernel
def set_aside(s: State, k: int, gpus: int) -> None:
    """Free GPUs of a tranche's pool are its own."""
    s.tranches[k].held += gpus
    s.pools[s.tranches[k].pool].held += gpus


@kernel
def hold(s: State, k: int, gpus: int) -> int:
    """Set loose GPUs aside for a tranche; returns how many of them stand in for failed ones.

    First come those that it still expects.
    """
    set_aside(s, k, gpus)
    tranche = s.tranches[k]
    return fill_failed(s, k, max(tranche.held + tranche.failed - tranche.promised, 0))


@kernel
def fill_failed(s: State, k: int, gpus: int) -> int:
    """So many failed GPUs of a tranche lack no more; returns the number."""
    s.tranches[k].failed -= gpus
    s.pools[s.tranches[k].pool].failed -= gpus
    close_failure(s, k)
    return gpus


@kernel
def close_failure(s: State, k: int) -> None:
    """Where a tranche lacks no failed GPUs any more, count the days of its wait on which it did.

    None of them are before what was bought for it is accepted.
    """
    tranche = s.tranches[k]
    if tranche.failed > 0 or tranche.failed_since >= NEVER:
        return
    since = max(tranche.failed_since, tranche.planned_start)
    if tranche.order != NONE:
        since = max(since, s.orders[tranche.order].accepted)
    tranche.failed_days += max(s.clock[0].today - since, 0)
    tranche.failed_since = NEVER


@kernel
def assign_promised(s: State, p: int) -> int:
    """Set loose GPUs aside for the tranches to which they are promised, see `next_to_start`.

    Returns how many of them stand in for failed ones.
    """
    pool = s.pools[p]
    if pool.promised <= pool.held or unassigned_gpus(s, p) <= 0:
        return 0
    filled, k = ZERO, next_to_start(s, p, NONE)
    while k != NONE:
        tranche = s.tranches[k]
        if tranche.promised > tranche.held:
            filled += hold(s, k, min(tranche.promised - tranche.held, unassigned_gpus(s, p)))
        k = next_to_start(s, p, k)
    return int(filled)


@kernel
def lose_held(s: State, p: int, gpus: int, day: int) -> None:
    """GPUs that were set aside have failed: each tranche loses its part, from a day on.

    What rounding leaves goes on to the next, so that the last to start lacks it.
    """
    pool = s.pools[p]
    if gpus == 0:
        return
    all_held, upto, done = pool.held, 0, 0
    k = next_to_start(s, p, NONE)
    while k != NONE:
        tranche = s.tranches[k]
        upto += tranche.held
        part = muldiv(gpus, upto, all_held) - done
        done += part
        tranche.held -= part
        tranche.failed += part
        if part > 0:
            tranche.failed_since = min(tranche.failed_since, day)
        k = next_to_start(s, p, k)
    pool.held -= gpus
    pool.failed += gpus
