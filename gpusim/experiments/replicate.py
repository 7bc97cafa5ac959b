"""One replication: luck, the run, the books checked. Imported by workers: no tables, no files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gpusim.economics.checks import Breach, first_breach
from gpusim.engines import process
from gpusim.results.payload import Payload, payload_of
from gpusim.world import draw

if TYPE_CHECKING:
    from gpusim.scenario.lower import Book


class Job(NamedTuple):
    """What all replications of a run share."""

    book: Book
    seed: int


class Replicated(NamedTuple):
    """What one replication gave, and the first check of its books that failed."""

    payload: Payload
    breach: Breach | None


def replicate(job: Job, replication: int) -> Replicated:
    """Run one replication; the same bits whichever worker does it, and whatever ran before."""
    world = draw(job.book.spec, job.seed, replication)
    state = process.run(job.book.state, world)
    breach = first_breach(state.ledger, state.stocks, state.backlog)
    return Replicated(payload_of(state, replication), breach)
