"""A tenant's part of a building to come: what it costs, and what the books charge of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gpusim.appraisal.let_power.rooms import Room
from gpusim.economics.books.depreciation import charged_after
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.state import Floats
from gpusim.economics.plant.lives import life_from
from gpusim.scenario import Scenario
from gpusim.scenario.tables.plant.building import Building
from gpusim.scenario.tables.sites import Phase
from gpusim.units_of_measure import CENTS_PER_USD, Day, day_of, microwatts_of


class Part(NamedTuple):
    """What a tenant has of a phase that is built for the operator."""

    phase: Phase
    place: int  # of the phase in its site's list
    building: Building
    microwatts: int

    @property
    def share(self) -> float:
        """Of the phase."""
        return self.microwatts / microwatts_of(mw=self.phase.it_mw)

    @property
    def cents(self) -> int:
        """What it costs, interest that is capitalised left out."""
        return round(self.building.cents(self.phase.it_mw) * self.share)

    def charged(self, days: Sequence[Day]) -> Floats:
        """Depreciation through each of some days, from the handover on [USD].

        Source: `buildings.hand_over`.
        """
        ready = day_of(self.phase.ready)
        life = int(life_from(ready, self.building.life_years * MONTHS_PER_YEAR))
        each, over = divmod(self.cents, life)
        found = [charged_after(self.cents, each, over, life, int(d - ready + 1)) for d in days]
        return np.array(found, np.float64) / CENTS_PER_USD


def parts_of(scenario: Scenario, site: str, rooms: Sequence[Room]) -> list[Part]:
    """What a tenant has of the buildings in which it is, all of them to come."""
    found = []
    for room in rooms:
        phase = scenario.sites[site].phases[room.phase]
        assert phase.building is not None
        found.append(Part(phase, room.phase, phase.building, room.microwatts))
    return found


def capitalised(parts: Sequence[Part]) -> float | None:
    """What a dollar of a year's income is worth, by the cap rates of its parts [USD year/USD].

    Each kW earns the same; None where a building has no cap rate.
    """
    whole, worth = sum(part.microwatts for part in parts), 0.0
    for part in parts:
        if part.building.cap_rate is None:
            return None
        worth += part.microwatts / whole / part.building.cap_rate
    return worth
