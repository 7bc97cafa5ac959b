"""What held an event up, walked back through the events that scheduled it."""

from __future__ import annotations

from collections.abc import Iterator

from gpusim.economics.core import agenda
from gpusim.engines.story.formatting import date, plain
from gpusim.engines.story.trace import Event, Trace
from gpusim.scenario.naming import NOUNS
from gpusim.scenario.spec import Names

SHORT: dict[int, str] = {
    agenda.RAISE: "new shares",
    agenda.CLOSE: "closed",
    agenda.HANDOVER: "handed over",
    agenda.ENERGISE: "powered",
    agenda.RETIRE: "older GPUs retired",
    agenda.SELL: "older GPUs sold",
    agenda.DELIVER: "delivered",
    agenda.FITTED: "in service",
    agenda.ACCEPT: "accepted",
    agenda.COLLECT: "customer paid",
    agenda.END: "ended",
    agenda.PLACE: "ordered",
    agenda.MONTH: "books closed",
}
"""Events as causes. Passes only hand on, and are not named."""


class Causes:
    """The causes of a replication's events, in words."""

    def __init__(self, names: Names, trace: Trace) -> None:
        self.names = names
        self.by_key = {event.key: event for event in trace.events}
        self.delivery = {e.subject: e for e in trace.events if e.phase == agenda.DELIVER}

    def nearest(self, e: Event) -> str:
        """The nearest cause, to follow a sentence; nothing if there is none."""
        return next((f" <- {cause}" for cause in self.back(e)), "")

    def chain(self, e: Event) -> str:
        """All causes, the nearest first, to follow a sentence."""
        return "".join(f" <- {cause}" for cause in self.back(e))

    def back(self, e: Event) -> Iterator[str]:
        """What led to an event, the nearest first. A name is said once, an event's own never."""
        about = self.name(e)
        while (before := self.before(e)) is not None:
            after, e = e, before
            powered_at_once = (
                e.phase == agenda.HANDOVER and after.phase == agenda.ENERGISE and e.day == after.day
            )
            if e.phase not in SHORT or powered_at_once:
                continue
            name = self.name(e)
            said = f"{name} " if name and name != about else ""
            about = name or about
            yield f"{said}{SHORT[e.phase]} {date(e.day)}"
            if e.phase == agenda.MONTH:
                return  # a month follows the one before, and nothing of that is a cause

    def before(self, e: Event) -> Event | None:
        """The event that caused another; None if a draw or the scenario did.

        A pass knows only what called it first that day. An order fitted out from the day of its
        delivery was caused by that, whichever order called the pass.
        """
        cause = self.by_key.get(e.parent)
        if e.phase == agenda.FITTED and cause is not None:
            delivery = self.delivery.get(e.subject)
            if delivery is not None and delivery.day == cause.day:
                return delivery
        return cause

    def name(self, e: Event) -> str:
        """What the subject of an event is called; nothing where the event says enough.

        A tranche and the order bought for it have the same name.
        """
        noun = NOUNS[agenda.PHASES[e.phase]]
        if noun == "facility":
            return self.names.facilities[e.subject]
        if noun == "hall":
            return plain(self.names.halls[e.subject])
        if noun == "tranche":
            return plain(self.names.tranches[e.subject])
        return plain(self.names.orders[e.subject]) if noun == "order" else ""
