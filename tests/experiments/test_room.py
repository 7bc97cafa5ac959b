"""More replications than memory has room for are refused before the first."""

import os

import pytest

from gpusim.experiments.common import memory as room
from gpusim.scenario import load
from gpusim.scenario.lower import lower

STATE = lower(load("single-site")).state


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
