"""One replication: luck, the run, the books checked. Imported by workers: no tables, no files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gpusim.appraisal import realised, realised_cash
from gpusim.appraisal.nouns import realised_contracts, realised_sites
from gpusim.economics.books.checks import Breach, breaches, first_breach
from gpusim.economics.core.state import Ints
from gpusim.economics.debt.covenants import KINDS
from gpusim.engines import batch, process
from gpusim.engines.story import Event, Sentence, Trace, sentences
from gpusim.results.payload import NO_CASH, NO_UNITS, EventRow, Payload, pack, payload_of
from gpusim.scenario.naming import called, grown
from gpusim.strategies import load_strategy
from gpusim.world import draw

if TYPE_CHECKING:
    from gpusim.scenario.lower import Book
    from gpusim.scenario.spec import Names


BATCH, PROCESS = "batch", "process"


class Job(NamedTuple):
    """What all replications of a run share."""

    book: Book
    seed: int
    narrated: int = 1  # the events of this many first replications are kept
    strategy: str | None = None  # a user's own, FILE.py:NAME
    engine: str = BATCH
    units: bool = False  # keep the realised unit economics


class Replicated(NamedTuple):
    """What one replication gave, and the first check of its books that failed."""

    payload: Payload
    breach: Breach | None
    events: list[EventRow]  # of a replication whose story is kept, else none


def replicate(job: Job, replication: int) -> Replicated:
    """Run one replication; the same bits whichever worker does it, and whatever ran before.

    A replication whose story is kept is played by the process engine, which tells it.
    """
    world = draw(job.book.spec, job.seed, replication)
    strategy = load_strategy(job.strategy) if job.strategy else None
    asked: dict[str, Any] = {"strategy": strategy, "names": job.book.names}
    trace = Trace() if replication < job.narrated else None
    if job.engine == PROCESS or trace is not None:
        state = process.run(job.book.state, world, trace=trace, **asked)
    else:
        state = batch.run(job.book.state, world, **asked)
    breach = first_breach(state.ledger, state.stocks, state.backlog)
    events: list[EventRow] = []
    if trace is not None:
        names = grown(job.book.names, state, world.offers)
        said = sentences(names, trace)
        events = [row_of(e, words, names) for e, words in zip(trace.events, said, strict=True)]
    units, cash = NO_UNITS, NO_CASH
    if job.units:
        ends = world.month_end[: job.book.spec.months + 1]
        units = realised.realise(state, ends, job.book.names)
        cash = realised_cash.realise(state, job.book.state, ends, job.book.names)
    orders = len(job.book.names.orders)
    payload = payload_of(state, replication, units, cash, orders, world)
    if job.units:
        payload = payload._replace(
            contracts=realised_contracts.realise(state, world, job.book.names),
            sites=realised_sites.realise(state),
        )
    return Replicated(payload, breach, events)


def replicate_chunk(run: batch.Batch, replications: Sequence[int]) -> dict[int, Replicated]:
    """Run a chunk of replications at once; the same bits as one by one."""
    ends = run.play(replications)
    moves = np.stack([moves_of(end) for end in ends])
    ledger, stocks = np.stack([end.ledger for end in ends]), np.stack([end.stocks for end in ends])
    found = breaches(ledger, stocks, moves)
    return {
        end.replication: Replicated(
            pack(end, end.drawn, end.replication, end.backlog_shape, *backlog_of(end)),
            breach,
            [],
        )
        for end, breach in zip(ends, found, strict=True)
    }


def backlog_of(end: batch.EndState) -> tuple[Ints, Ints]:
    """The cells of a backlog that are not zero, and their cents."""
    return end.backlog_cells, end.backlog_cents


def moves_of(end: batch.EndState) -> Ints:
    """A backlog's movements over all causes [vintages, moves, months]."""
    vintages, moves, causes, months = end.backlog_shape
    total = np.zeros((vintages, moves, months), np.int64)
    block, month = np.divmod(end.backlog_cells, months)
    np.add.at(total.reshape(-1), block // causes * months + month, end.backlog_cents)
    return total


def row_of(event: Event, said: Sentence, names: Names) -> EventRow:
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
        said.in_story,
    )


def facts_of(event: Event) -> Iterable[tuple[str, Any]]:
    """The names and values of an event's facts; covenants missed have a name each."""
    for name, value in zip(event.record._fields, event.record, strict=True):
        if name == "missed":
            yield from zip((kind.missed for kind in KINDS), value, strict=True)
        else:
            yield name, value
