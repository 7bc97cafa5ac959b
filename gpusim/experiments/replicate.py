"""One replication: luck, the run, the books checked. Imported by workers: no tables, no files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gpusim.economics.checks import Breach, first_breach
from gpusim.engines import process
from gpusim.results import realised
from gpusim.results.payload import NO_UNITS, EventRow, Payload, payload_of
from gpusim.scenario.naming import called, grown
from gpusim.strategies import load_strategy
from gpusim.world import draw

if TYPE_CHECKING:
    from gpusim.scenario.lower import Book
    from gpusim.scenario.spec import Names


class Job(NamedTuple):
    """What all replications of a run share."""

    book: Book
    seed: int
    told: int = 1  # the events of this many first replications are kept
    strategy: str | None = None  # a user's own, FILE.py:NAME
    units: bool = False  # keep the realised unit economics


class Replicated(NamedTuple):
    """What one replication gave, and the first check of its books that failed."""

    payload: Payload
    breach: Breach | None
    events: list[EventRow]  # of a replication whose story is kept, else none


def replicate(job: Job, replication: int) -> Replicated:
    """Run one replication; the same bits whichever worker does it, and whatever ran before."""
    world = draw(job.book.spec, job.seed, replication)
    trace = process.Trace() if replication < job.told else None
    strategy = load_strategy(job.strategy) if job.strategy else None
    state = process.run(job.book.state, world, trace=trace, strategy=strategy, names=job.book.names)
    breach = first_breach(state.ledger, state.stocks, state.backlog)
    events: list[EventRow] = []
    if trace is not None:
        names = grown(job.book.names, state, world.offers)
        said = process.sentences(names, trace)
        events = [row_of(e, words, names) for e, words in zip(trace.events, said, strict=True)]
    units = realised.realise(state, world.month_end, job.book.names) if job.units else NO_UNITS
    return Replicated(payload_of(state, replication, units), breach, events)


def row_of(event: process.Event, said: process.Sentence, names: Names) -> EventRow:
    """An event as the tables take it; its facts as JSON, for each kind has its own."""
    facts = {name: int(v) if isinstance(v, np.integer) else v for name, v in facts_of(event)}
    return EventRow(
        event.key,
        event.parent,
        event.day,
        event.phase,
        event.subject,
        called(names, event.phase, event.subject),
        json.dumps(facts, default=float),
        said.text,
        said.amount,
        said.told,
    )


def facts_of(event: process.Event) -> Iterable[tuple[str, Any]]:
    """The names and values of an event's facts."""
    return zip(event.facts._fields, event.facts, strict=True)
