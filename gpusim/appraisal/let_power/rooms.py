"""In which phases of a site each tenant's kW are, as planned, and whether another had them before.

A run pools the power of a site; what a building costs is stated by phase, so here each tranche has
its place. They come in order of planned start, then by priority and as written, GPUs among them.
Each takes what nobody has had, of the phases that have power by then, first of a building that the
contract's own loan finances, then of one in which all of it fits, then of the earlier ones; then of
those that come later.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from gpusim.scenario import Scenario
from gpusim.scenario.tables.contracts import Contract
from gpusim.scenario.tables.plant.building import buildings_to_come
from gpusim.scenario.tables.sales.tenancies import TENANCY
from gpusim.scenario.tables.sales.tranches import Tranche
from gpusim.scenario.tables.sites import Phase
from gpusim.units_of_measure import Day, add_months, day_of, microwatts_of


class Room(NamedTuple):
    """Power of a phase that a tranche takes."""

    phase: int  # its place in the site's list
    microwatts: int
    first: bool  # nobody had it before


class Rooms(NamedTuple):
    """Where everybody is."""

    taken: dict[tuple[str, int], list[Room]]  # by contract and tranche; less where it does not fit
    untouched: dict[tuple[str, int], int]  # what nobody is to have, by site and phase [uW]


class _User(NamedTuple):
    """A tranche that needs power at a site."""

    start: Day
    priority: int
    number: int  # as written
    key: tuple[str, int]
    site: str
    microwatts: int
    past: Day  # day after its term
    facility: str  # loan of its building


class _Hall:
    """A phase as it fills up."""

    def __init__(self, place: int, phase: Phase) -> None:
        self.place = place
        self.whole = microwatts_of(mw=phase.it_mw)
        self.powered = day_of(phase.powered)
        self.facility = phase.building.facility if phase.building else ""
        self.taken: list[tuple[int, Day]] = []
        self.untouched = self.whole

    def free(self, user: _User) -> int:
        """What nobody has on the day on which a user starts [uW]."""
        return self.whole - sum(own for own, past in self.taken if past > user.start)

    def take(self, user: _User, wanted: int) -> list[Room]:
        """Give a user what is free on the day it starts, what nobody has had first."""
        free = self.free(user)
        fresh = min(wanted, free, self.untouched)
        used = min(wanted, free) - fresh
        self.untouched -= fresh
        self.taken.append((fresh + used, user.past))
        parts = (Room(self.place, fresh, True), Room(self.place, used, False))
        return [part for part in parts if part.microwatts]


def rooms_of(scenario: Scenario) -> Rooms:
    """Where each tranche that takes power is."""
    halls = {
        name: [_Hall(place, phase) for place, phase in enumerate(site.phases)]
        for name, site in scenario.sites.items()
    }
    taken: dict[tuple[str, int], list[Room]] = {}
    for user in sorted(_users(scenario)):
        left = user.microwatts
        found: list[Room] = []
        for hall in sorted(halls[user.site], key=lambda hall: _order(hall, user)):
            for room in hall.take(user, left) if left else ():
                found.append(room)
                left -= room.microwatts
        taken[user.key] = found
    untouched = {(name, hall.place): hall.untouched for name, own in halls.items() for hall in own}
    return Rooms(taken, untouched)


def in_buildings_to_come(scenario: Scenario, contracts: Collection[str]) -> bool:
    """Whether a tranche of some contracts is in a phase whose building is still to be built."""
    if not buildings_to_come(scenario):
        return False
    for (contract, group), taken in rooms_of(scenario).taken.items():
        own = scenario.contracts[contract]
        phases = scenario.sites[own.tranches[group].site or own.site].phases
        if contract in contracts and any(phases[room.phase].building for room in taken):
            return True
    return False


def _order(hall: _Hall, user: _User) -> tuple[bool, bool, bool, Day, int]:
    """Which phase a user takes first."""
    own = bool(user.facility) and hall.facility == user.facility
    split = hall.free(user) < user.microwatts
    return hall.powered > user.start, not own, split, hall.powered, hall.place


def _users(scenario: Scenario) -> list[_User]:
    found: list[_User] = []
    for name, contract in scenario.contracts.items():
        if contract.kind == "backstop":
            continue
        for group, tranche in enumerate(contract.tranches):
            months = tranche.term_months or contract.term_months
            found.append(
                _User(
                    day_of(tranche.start),
                    tranche.priority,
                    len(found),
                    (name, group),
                    tranche.site or contract.site,
                    _microwatts(scenario, contract, tranche),
                    day_of(add_months(tranche.start, months)),
                    contract.facility if contract.kind == TENANCY else "",
                )
            )
    return found


def _microwatts(scenario: Scenario, contract: Contract, tranche: Tranche) -> int:
    if contract.kind == TENANCY:
        return microwatts_of(kw=tranche.it_kw or 0.0)
    return tranche.gpus * microwatts_of(kw=scenario.gpus[contract.gpu].it_kw_per_gpu)
