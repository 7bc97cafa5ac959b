"""Power let to tenants: claimed at signature, let when there is room, given back at the end.

A tenant brings his hardware. His tranche takes its kW of the site's energised halls whole, on its
planned start or once there is room, before GPUs that wait for it; nothing is bought, and kW that
come free are room of the site like any other. Source: definitions, let power.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.agenda import INSTALL, LONG_STOP, START, cancel, schedule_now
from gpusim.economics.core.state import (
    NEVER,
    NONE,
    TRANCHE_GRANTED,
    TRANCHE_WAITING,
    WAITING,
    State,
)


@kernel
def lets_power(s: State, k: int) -> bool:
    """Whether a tranche lets power to a tenant instead of taking GPUs: the one test of it."""
    return bool(s.tranches[k].microwatts > 0)


@kernel
def claim_power(s: State, k: int) -> None:
    """A signed tenancy that waits: its power counts as coming at its site."""
    tranche = s.tranches[k]
    site = s.sites[tranche.site]
    tranche.claimed = tranche.microwatts
    site.claimed_microwatts += tranche.microwatts
    site.coming_microwatts += tranche.microwatts


@kernel
def drop_claim(s: State, k: int) -> None:
    """A tenancy has its power, or will have none: what it claimed is coming no more."""
    tranche = s.tranches[k]
    if tranche.claimed == 0:
        return
    site = s.sites[tranche.site]
    site.claimed_microwatts -= tranche.claimed
    site.coming_microwatts -= tranche.claimed
    tranche.claimed = 0


@kernel
def let_power(s: State, site: int, day: int) -> None:
    """Waiting tenancies of a site, by priority and row, get their power and start.

    On the day after signature at the earliest: whether there is room before that is noted. One that
    does not fit is skipped, so that a smaller one behind it may start.
    """
    kept = 0
    for n in range(s.count[WAITING]):
        k = s.waiting[n]
        tranche = s.tranches[k]
        here = lets_power(s, k) and tranche.site == site
        if here and has_room(s, site, tranche.microwatts):
            if s.contracts[tranche.contract].signed < day:
                grant_power(s, k)
                continue
            tranche.there = 1
            schedule_now(s, INSTALL, site)
        s.waiting[kept] = k
        kept += 1
    s.count[WAITING] = kept


@kernel
def grant_power(s: State, k: int) -> None:
    """A waiting tenancy gets its power: it starts today."""
    tranche = s.tranches[k]
    drop_claim(s, k)
    s.sites[tranche.site].used_microwatts += tranche.microwatts
    tranche.hall = s.sites[tranche.site].last_hall
    tranche.status = TRANCHE_GRANTED
    cancel(s, LONG_STOP, k)
    schedule_now(s, START, k)


@kernel
def has_room(s: State, site: int, microwatts: int) -> bool:
    """Whether a site's energised halls have so much room [uW] beside what uses them."""
    return bool(s.sites[site].used_microwatts + microwatts <= s.sites[site].powered_microwatts)


@kernel
def power_or_hall(s: State, site: int, microwatts: int) -> tuple[int, int]:
    """What is lacked today where there is no room: power of halls that are there, or the halls.

    The days from which power, and room, would have sufficed: NEVER of what is lacked, 0 of the
    other. microwatts [uW].
    """
    if s.sites[site].handed_microwatts - s.sites[site].used_microwatts >= microwatts:
        return NEVER, 0
    return 0, NEVER


@kernel
def power_of_tenant(s: State, k: int) -> tuple[int, int]:
    """Days from which power, and room at its site, would alone have let a tenancy start.

    NEVER if not known yet, 0 for what was not waited for, and of a tranche that lets none. Power is
    a cause of its own only where it came after the hall.
    """
    tranche = s.tranches[k]
    if not lets_power(s, k):
        return 0, 0
    if tranche.status <= TRANCHE_WAITING or tranche.hall == NONE:
        return power_or_hall(s, tranche.site, tranche.microwatts)
    hall = s.halls[tranche.hall]
    if tranche.start > max(tranche.planned_start, hall.powered):
        return 0, int(tranche.start)
    power = hall.powered if hall.powered > hall.handed_over else 0
    return int(power), int(hall.handed_over)
