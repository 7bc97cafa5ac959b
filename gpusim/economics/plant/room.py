"""Room at a site: whether what asks for power finds it there, and what it lacks if it does not."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.state import NEVER, State


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
