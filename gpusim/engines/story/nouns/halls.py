"""Events of a hall: handed over, powered, given back."""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.economics.core import agenda
from gpusim.economics.core.state import COLOCATION, LEASED_SHELL, LEASES, NEVER, NONE
from gpusim.economics.plant.site_costs import MICROWATTS_PER_KW
from gpusim.engines.story.formatting import against_plan, date, megawatts, plain, usd
from gpusim.engines.story.narrator import Narrator, Sentence, declare
from gpusim.engines.story.trace import Event, Moment

MICROWATTS_PER_WATT = 1_000_000


class HallRecord(NamedTuple):
    """HANDOVER, ENERGISE, GIVE_BACK."""

    watts: int
    late: int
    rent: int  # of a lease or service that starts, a month
    asked: int = int(NEVER)  # an optional hall: when an order needed it [day]
    built: int = 0  # cost of a building that comes into use


def hall_record(m: Moment, h: int) -> HallRecord:
    """A hall handed over, powered, or at the end of its lease: what its keeping costs a month.

    Late is an optional hall from the day after an order asked for it, if that is after its own.
    """
    hall = m.s.halls[h]
    watts = int(hall.microwatts // MICROWATTS_PER_WATT)
    agreed = int(hall.planned_ready)
    if hall.asked < NEVER:
        agreed = max(agreed, int(hall.asked) + 1)
    if m.phase == agenda.ENERGISE:
        return HallRecord(watts, int(hall.powered - max(hall.planned_power, agreed)), 0)
    site = m.s.sites[hall.site]
    if m.phase == agenda.GIVE_BACK:
        kept = hall.returned >= NEVER
        return HallRecord(watts, 0, int(site.holdover * hall.last_rent) if kept else 0)
    rent = 0
    if site.kind == LEASED_SHELL:
        rent = m.s.leases[m.s.count[LEASES] - 1].rent
    elif site.kind == COLOCATION:
        rent = int(site.rent * hall.microwatts / MICROWATTS_PER_KW)
    built = int(m.s.assets[hall.asset].gross) if hall.asset != NONE else 0
    return HallRecord(watts, int(hall.handed_over - agreed), int(rent), int(hall.asked), built)


def handover(narrator: Narrator, e: Event, r: HallRecord) -> Sentence:
    """The landlord hands it over, and rent starts."""
    text = f"{called(narrator, e, r)} is handed over{against_plan(r.late)}"
    if r.asked < NEVER:
        text += f", for the order of {date(r.asked)}"
    if r.rent:
        text += f"; rent of {usd(r.rent)} a month starts"
    if r.built:
        text += f"; its building of {usd(r.built)} is in use"
    return Sentence(text, r.rent or r.built or None, in_story=True)


def energise(narrator: Narrator, e: Event, r: HallRecord) -> Sentence:
    """The utility brings power."""
    return Sentence(
        f"{called(narrator, e, r)} has power{against_plan(r.late)}", None, in_story=True
    )


def give_back(narrator: Narrator, e: Event, r: HallRecord) -> Sentence:
    """It goes back at the end of its lease, or is kept for what stands there: told once."""
    if not r.rent:
        text = f"{called(narrator, e, r)} goes back to the landlord at the end of its lease"
        return Sentence(text, None, in_story=True)
    text = f"{called(narrator, e, r)} is kept beyond its lease; rent of {usd(r.rent)} a month"
    first = e.subject not in narrator.held_over
    narrator.held_over.add(e.subject)
    return Sentence(f"{text} goes on", r.rent, in_story=first)


def called(narrator: Narrator, e: Event, r: HallRecord) -> str:
    """A hall by its name and power."""
    return f"{plain(narrator.names.halls[e.subject])} ({megawatts(r.watts)})"


EVENTS: Final = {
    agenda.HANDOVER: declare(hall_record, handover),
    agenda.ENERGISE: declare(hall_record, energise),
    agenda.GIVE_BACK: declare(hall_record, give_back),
}
