"""How long things last: the book life that holds on a day, and when the operator lets GPUs go."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.calendar import after_months
from gpusim.economics.core.state import NONE, SERVERS, State


@kernel
def server_life(s: State, g: int, day: int) -> int:
    """Book life of servers put in service on a day [days]."""
    gen = s.gens[g]
    changed = day >= gen.life_change_day
    return life_from(day, gen.life_change_months if changed else gen.life_months)


@kernel
def life_from(day: int, months: float) -> int:
    """Days of a life of so many months from a day on, by the calendar; one at least.

    >>> life_from(20454, 72.0), life_from(20850, 72.0)  # from 2026-01-01 and from 2027-02-01
    (2191, 2192)
    """
    return max(after_months(day, months) - day, 1)


@kernel
def end_of_life(s: State, a: int) -> int:
    """Day on which the operator retires an asset: GPUs at their economic life, if it states one.

    That may be before or after the end of the book life. Kept as `Asset.retires`.
    """
    asset = s.assets[a]
    if asset.category == SERVERS and asset.gen != NONE:
        economic = s.gens[asset.gen].economic_life_months
        if economic > 0.0:
            return asset.new_day + life_from(asset.new_day, economic)
    return asset.start + asset.life_days


@kernel
def looked_at(s: State, a: int) -> int:
    """Day on which an asset's end of life is looked at next: its end, or a change of it before.

    A change of the book life is known on its day and not before.
    """
    asset = s.assets[a]
    if asset.category == SERVERS and asset.gen != NONE:
        gen = s.gens[asset.gen]
        if gen.economic_life_months == 0.0 and asset.start < gen.life_change_day:
            return int(min(asset.retires, gen.life_change_day))
    return int(asset.retires)
