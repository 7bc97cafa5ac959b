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
from gpusim.results.drawn.sets import EACH
from gpusim.results.payload import NO_CASH, NO_UNITS, EventRow, Payload, pack, payload_of
from gpusim.scenario.naming import called, grown
from gpusim.strategies import load_strategy
from gpusim.world import draw

if TYPE_CHECKING:
    from gpusim.experiments.common.drawn_sets import LeftOut, Set, Sets
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
    sets: Sets | None = None  # of drawn inputs; None: every replication has the book

    def book_of(self, replication: int) -> Book:
        """What a replication starts from."""
        return self.book if self.sets is None else self.sets.of(replication).book

    def stayed_in(self, replication: int) -> tuple[LeftOut, ...]:
        """Inputs that stayed as stated in a set, told with its first replication."""
        first = self.sets is not None and replication % EACH == 0
        return self.sets.of(replication).stayed if self.sets and first else ()


class Replicated(NamedTuple):
    """What one replication gave, and the first check of its books that failed."""

    payload: Payload
    breach: Breach | None
    events: list[EventRow]  # of a replication whose story is kept, else none
    stayed: tuple[LeftOut, ...] = ()  # of the first of a set: inputs that stayed as stated


def replicate(job: Job, replication: int) -> Replicated:
    """Run one replication; the same bits whichever worker does it, and whatever ran before.

    A replication whose story is kept is played by the process engine, which tells it.
    """
    told = replicate_from(job, job.book_of(replication), replication)
    return told._replace(stayed=job.stayed_in(replication))


def replicate_from(job: Job, book: Book, replication: int) -> Replicated:
    """One replication that starts from a book: the job's, or that of its set."""
    world = draw(book.spec, job.seed, replication)
    strategy = load_strategy(job.strategy) if job.strategy else None
    asked: dict[str, Any] = {"strategy": strategy, "names": book.names}
    trace = Trace() if replication < job.narrated else None
    if job.engine == PROCESS or trace is not None:
        state = process.run(book.state, world, trace=trace, **asked)
    else:
        state = batch.run(book.state, world, **asked)
    breach = first_breach(state.ledger, state.stocks, state.backlog)
    events: list[EventRow] = []
    if trace is not None:
        names = grown(book.names, state, world.offers)
        said = sentences(names, trace)
        events = [row_of(e, words, names) for e, words in zip(trace.events, said, strict=True)]
    units, cash = NO_UNITS, NO_CASH
    if job.units:
        ends = world.month_end[: book.spec.months + 1]
        units = realised.realise(state, ends, book.names)
        cash = realised_cash.realise(state, book.state, ends, book.names)
    orders = len(book.names.orders)
    payload = payload_of(state, replication, units, cash, orders, world)
    if job.units:
        payload = payload._replace(
            contracts=realised_contracts.realise(state, world, book.names),
            sites=realised_sites.realise(state),
        )
    payload = payload._replace(waiting=_as_stated(payload.waiting, book, job.book))
    return Replicated(payload, breach, events)


def replicate_sets(job: Job, room: batch.Room, numbers: Sequence[int]) -> dict[int, Replicated]:
    """Run replications of sets, each set's at once; the same bits as one by one.

    room: for all sets of the job.
    """
    assert job.sets is not None
    done: dict[int, Replicated] = {}
    for number in sorted({own // EACH for own in numbers}):
        own = [n for n in numbers if n // EACH == number]
        done |= replicate_set(job, room, job.sets.at(number), own)
    return done


def replicate_set(
    job: Job, room: batch.Room, made: Set, numbers: Sequence[int]
) -> dict[int, Replicated]:
    """Run replications of one set at once; those of a user's own strategy one by one."""
    if job.strategy is not None:
        told = {n: replicate_from(job, made.book, n) for n in numbers}
    else:
        run = batch.Batch(made.book.state, made.book.spec, job.seed, room)
        told = replicate_chunk(run, numbers)
        for n, one in told.items():
            waiting = _as_stated(one.payload.waiting, made.book, job.book)
            told[n] = one._replace(payload=one.payload._replace(waiting=waiting))
        room.give(run)
    for n in told:
        if n % EACH == 0:
            told[n] = told[n]._replace(stayed=made.stayed)
    return told


def _as_stated(waiting: Ints, own: Book, stated: Book) -> Ints:
    """Orders that wait by their rows in the book of the stated values.

    A set of drawn inputs may part a tranche into other lots: a lot that the stated values have not
    is told as the first of its tranche.
    """
    if own is stated or not len(waiting) or own.names.orders == stated.names.orders:
        return waiting
    rows = {name: row for row, name in enumerate(stated.names.orders)}
    first = {_part(name): row for name, row in reversed(rows.items())}
    told = waiting.copy()
    for n, row in enumerate(waiting[:, 0].tolist()):
        name = own.names.orders[row]
        told[n, 0] = rows.get(name, first.get(_part(name), 0))
    return told


def _part(order: str) -> str:
    """The tranche of a lot.

    >>> _part("anchor.tranches.0.lot.3")
    'anchor.tranches.0'
    """
    return order.rpartition(".lot.")[0] or order


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
