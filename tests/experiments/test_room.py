"""More replications than memory has room for are refused before the first."""

import os

import pytest

from gpusim.experiments.common import memory as room
from gpusim.scenario import load
from gpusim.scenario.lower import lower

STATE = lower(load("single-site")).state
OF_LOANS = ("loan_months", "own_cash", "own_service", "covenant_tests")


def test_what_fits_is_not_refused():
    room.refuse_too_many(STATE, 1_000)


def test_what_does_not_fit_is_refused_with_what_would(monkeypatch):
    monkeypatch.setattr(room, "memory", lambda: 8_000_000_000)
    with pytest.raises(room.TooManyError) as refused:
        room.refuse_too_many(STATE, 1_000_000)
    at_most = int(str(refused.value).split("at most ")[1].split()[0])
    room.refuse_too_many(STATE, at_most)
    with pytest.raises(room.TooManyError):
        room.refuse_too_many(STATE, at_most * 2)


def test_loans_count_by_their_own_bytes():
    """Of single-site, one loan with one covenant, of 73 columns of eight bytes a number.

    Eleven rows of the loan, two of its cover, two of its test.
    """
    columns = STATE.ledger.shape[1]
    assert room.of_loans(STATE) == (11 + 2 + 2) * columns * 8
    none = STATE._replace(facilities=STATE.facilities[:0], covenants=STATE.covenants[:0])
    assert room.of_loans(none._replace(**{n: getattr(STATE, n)[:0] for n in OF_LOANS})) == 0


def test_a_model_of_one_loan_and_one_gpu_has_room_for_thirty_seven_thousand(monkeypatch):
    """5.5 times 77,088 bytes of books and measures and 3 times 8,760 and 4,088: 17.11 GB.

    An account more is 584 bytes: 73 columns of eight. The last are of the loan, and of the market:
    two rows all share and five of the GPU, of 73 columns of eight bytes a number.
    """
    monkeypatch.setattr(room, "memory", lambda: 17_120_000_000)
    room.refuse_too_many(STATE, 37_000)
    monkeypatch.setattr(room, "memory", lambda: 17_110_000_000)
    with pytest.raises(room.TooManyError):
        room.refuse_too_many(STATE, 37_000)


def test_a_machine_that_does_not_say_refuses_nothing(monkeypatch):
    monkeypatch.setattr(room, "memory", lambda: None)
    room.refuse_too_many(STATE, 10**9)


def test_a_container_has_what_it_may_use(monkeypatch, tmp_path):
    monkeypatch.setattr(room, "LIMIT", tmp_path / "memory.max")
    has = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert room.memory() == has
    (tmp_path / "memory.max").write_text("max\n")
    assert room.memory() == has
    (tmp_path / "memory.max").write_text("1000000\n")
    assert room.memory() == 1_000_000
