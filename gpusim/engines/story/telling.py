"""The events of one replication as sentences.

`sentences` has one for every event; `tell` keeps those that matter: passes that moved nobody,
ordinary payments and quiet months are left out. What held something up follows after `<-`, read
from the events' causes.
"""

from __future__ import annotations

from gpusim.engines.story.events import EVENTS
from gpusim.engines.story.formatting import date
from gpusim.engines.story.group_lots import gather
from gpusim.engines.story.narrator import Narrator, Sentence
from gpusim.engines.story.trace import Event, Trace
from gpusim.scenario.spec import Names


def tell(names: Names, trace: Trace) -> list[str]:
    """The story of a replication in order: one line an event that matters, or lots alike."""
    narrator = Narrator(names, trace)
    told = ((e, say(narrator, e, lots)) for e, lots in gather(names, trace.events))
    return [f"{date(e.day)}  {said.text}" for e, said in told if said.in_story]


def sentences(names: Names, trace: Trace) -> list[Sentence]:
    """A sentence for every event of a replication, in order."""
    narrator = Narrator(names, trace)
    return [say(narrator, event) for event in trace.events]


def say(narrator: Narrator, event: Event, lots: int = 1) -> Sentence:
    """An event, or several lots to which it happens together, in words."""
    narrator.lots = lots
    return EVENTS[event.phase].say(narrator, event, event.record)
