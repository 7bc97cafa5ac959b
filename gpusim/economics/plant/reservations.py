"""Which GPUs of its pool are a tranche's own before it starts, and when its reservation ends.

Kept as running totals: a loop over all that was ever signed at each offer and in each month would
take most of a run.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.state import (
    NONE,
    TRANCHE_SIGNED,
    TRANCHE_WAITING,
    UNSETTLED,
    State,
)
from gpusim.economics.plant.coming import coming_by, waits_until
from gpusim.economics.plant.pools import stand_in
from gpusim.economics.plant.promises import close_failure, next_to_start, set_aside
from gpusim.economics.plant.replacements import open_reservation, release_order, stop_buying


@kernel
def is_to_start(s: State, k: int) -> bool:
    """Whether a tranche will still take GPUs: it is signed, and neither started nor over.

    Backstops and tenancies take none.
    """
    tranche = s.tranches[k]
    waits = tranche.status == TRANCHE_SIGNED or tranche.status == TRANCHE_WAITING
    return bool(waits and tranche.pool != NONE)


@kernel
def reserve_gpus(s: State, k: int, gpus: int) -> None:
    """Reserve GPUs of its pool for a tranche: set aside at once as far as they are there.

    What has come free today and is promised to others is theirs.
    """
    pool = s.pools[s.tranches[k].pool]
    there = max(pool.free - pool.promised, 0)
    count_reserved(s, k, gpus)
    set_aside(s, k, min(gpus, there))


@kernel
def reserve_bought(s: State, k: int, gpus: int) -> None:
    """GPUs that were bought for a tranche are accepted and free: they are set aside for it."""
    count_reserved(s, k, gpus)
    set_aside(s, k, gpus)


@kernel
def count_reserved(s: State, k: int, gpus: int) -> None:
    """Count GPUs of its pool that a tranche will have."""
    tranche = s.tranches[k]
    pool = s.pools[tranche.pool]
    tranche.reserved_gpus += gpus
    pool.reserved_gpus += gpus
    tranche.promised += gpus
    pool.promised += gpus


@kernel
def stand_in_line(s: State, k: int) -> None:
    """A tranche will take GPUs of its pool that others use today: it is promised none of them."""
    tranche = s.tranches[k]
    tranche.reserved_gpus += tranche.gpus
    s.pools[tranche.pool].reserved_gpus += tranche.gpus


@kernel
def release_reservation(s: State, k: int) -> None:
    """A tranche has its GPUs, or will have none: what it reserved is for others, its order goes.

    What failed of it is replaced only if another tranche lacks it.
    """
    tranche = s.tranches[k]
    if tranche.reserved_gpus > 0:
        pool = s.pools[tranche.pool]
        pool.reserved_gpus -= tranche.reserved_gpus
        pool.promised -= tranche.promised
        pool.held -= tranche.held
        pool.failed -= tranche.failed
        failed = tranche.failed
        tranche.reserved_gpus = 0
        tranche.promised = 0
        tranche.held = 0
        tranche.failed = 0
        close_failure(s, k)
        stand_in(s, tranche.pool, s.clock[0].today)
        if failed > 0:
            pass_on_failed(s, tranche.pool, failed)
    release_order(s, k)


@kernel
def pass_on_failed(s: State, p: int, failed: int) -> None:
    """Failed GPUs that those who had them do not lack any more may be lacked by others.

    By tranches that were to take the GPUs, or those that stand in for them now: as far as no others
    come in time, in their turn. For the rest nobody buys replacements.
    """
    left, today, k = failed, s.clock[0].today, next_to_start(s, p, NONE)
    while k != NONE and left > 0:
        tranche = s.tranches[k]
        short = lacking_by(s, p, waits_until(s, k, today)) if open_reservation(s, k) > 0 else 0
        lacks = min(open_reservation(s, k), min(short, left))
        if lacks > 0:
            more = max(tranche.held + tranche.failed + lacks - tranche.promised, 0)
            tranche.promised += more
            s.pools[p].promised += more
            tranche.failed += lacks
            s.pools[p].failed += lacks
            tranche.failed_since = min(tranche.failed_since, today)
            left -= lacks
        k = next_to_start(s, p, k)
    stop_buying(s, p)


@kernel
def lacking_by(s: State, p: int, by: int) -> int:
    """GPUs that tranches of a pool which wait until a day lack of those that will be there then."""
    today = s.clock[0].today
    gpus = s.pools[p].held - coming_by(s, p, by, today)
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        if (
            s.tranches[k].pool == p
            and open_reservation(s, k) > 0
            and waits_until(s, k, today) <= by
        ):
            gpus += open_reservation(s, k)
    return int(gpus)
