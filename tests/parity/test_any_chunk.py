"""Any chunks, any threads, any room at the start: the same bytes."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial

import numpy as np
import pytest

from gpusim.economics.core.array_capacity import GROWING, fits
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.engines.batch import Batch, many
from gpusim.engines.batch.advance import PLACES, ROWS
from gpusim.engines.batch.chunk import CELLS, OFFERS
from gpusim.engines.batch.many import Drawn
from gpusim.experiments.common import pool
from gpusim.experiments.common.replicate import Job, replicate, replicate_chunk
from gpusim.scenario import load
from gpusim.scenario.lower import lower

FEWER = "NUMBA_DISABLE_JIT" in os.environ
NUMBERS = range(5, 9 if FEWER else 29)
SEED = 3
REASONS = {int(OFFERS): "OFFERS", int(CELLS): "CELLS", int(ROWS): "ROWS", int(PLACES): "PLACES"}


@pytest.fixture(scope="module")
def book():
    return lower(load("spot-heavy", sets=("model.quarters=6",)))


@pytest.fixture(scope="module")
def alone(book):
    """Each replication on its own, in a batch with room for everything."""
    roomy = Batch(book.state, book.spec, SEED)
    return [bytes_of(kept) for n in NUMBERS for kept in roomy.play([n])]


def bytes_of(kept):
    parts = (part for value in kept for part in (value if isinstance(value, Drawn) else [value]))
    return [np.asarray(part).tobytes() for part in parts]


class Cramped(Batch):
    """Starts with next to no room and counts what it ran out of."""

    def __init__(self, book):
        opening = book.state
        tight = {name: getattr(opening, name)[: opening.count[place]] for name, place in GROWING}
        super().__init__(opening._replace(**tight), book.spec, SEED)
        self.places = 8
        self.short = Counter()

    def enlarge(self, space):
        self.short[REASONS[int(space.why[0])]] += 1
        super().enlarge(space)


@pytest.fixture
def cramped(book, monkeypatch):
    monkeypatch.setattr(many, "FIRST_OFFERS", 1)
    monkeypatch.setattr(many, "FIRST_CELLS", 1)
    return Cramped(book)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_chunks_and_room_do_not_change_a_byte(book, alone, cramped, size):
    for run in (Batch(book.state, book.spec, SEED), cramped):
        chunks = [NUMBERS[n : n + size] for n in range(0, len(NUMBERS), size)]
        kept = [kept for chunk in chunks for kept in run.play(chunk)]
        assert [one.replication for one in kept] == list(NUMBERS)
        assert [bytes_of(one) for one in kept] == alone
    assert set(cramped.short) == set(REASONS.values()), cramped.short


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_and_room_do_not_change_a_byte(book, alone, cramped, threads, monkeypatch):
    monkeypatch.setattr(pool, "chunk_size", lambda seconds, tasks, threads: 3)

    def played(numbers):
        return {kept.replication: bytes_of(kept) for kept in cramped.play(numbers)}

    done = pool.on_threads(played, NUMBERS, threads)
    assert [done.results[n] for n in NUMBERS] == alone
    assert set(cramped.short) == set(REASONS.values())


def test_room_is_short_even_with_no_spare_row(cramped):
    """The template of the cramped batch does not fit one more event."""
    assert not fits(to_pointer(cramped.template))


def test_payloads_are_those_of_single_replications_in_either_engine(book):
    numbers = NUMBERS[:3]
    together = replicate_chunk(Batch(book.state, book.spec, SEED), numbers)
    for engine in ("batch", "process"):
        one = partial(replicate, Job(book, SEED, narrated=0, engine=engine))
        for n in numbers:
            for a, b in zip(one(n).payload, together[n].payload, strict=True):
                assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


def test_an_interrupt_is_not_forgotten_on_the_way_into_the_rules(book, monkeypatch):
    """Numba asks an array of a class of its own for an attribute and clears what that raises."""
    given = []

    def play_chunk(*arguments):
        given.extend(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(many, "play_chunk", play_chunk)
    with pytest.raises(KeyboardInterrupt):
        Batch(book.state, book.spec, SEED).play([0])
    arrays = [one for one in given if isinstance(one, np.ndarray)]
    assert len(arrays) > 5
    assert {type(one) for one in arrays} == {np.ndarray}
