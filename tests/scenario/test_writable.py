"""A State that is being filled: the same memory as its records, told as plain numbers."""

from __future__ import annotations

import numpy as np
import pytest

from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.scenario.lowering.frame.writable import as_records, filling, to_pointer


@pytest.fixture
def state():
    return lower(load("single-site", sets=["model.quarters=4"])).state


def test_every_field_of_every_record_is_read_and_written_where_numpy_has_it(state):
    """A number of its own in each cell, written by one and read by the other."""
    cells, number = filling(state), 0
    for name, column in zip(state._fields, state, strict=True):
        records = np.asarray(column)
        if records.dtype.names is None:
            assert getattr(cells, name) is column
            continue
        assert len(getattr(cells, name)) == len(records)
        for place in np.ndindex(records.shape):
            at = place if len(place) > 1 else place[0]
            for field in records.dtype.names:
                number += 1
                setattr(getattr(cells, name)[at], field, number)
                told = getattr(getattr(cells, name)[at], field)
                assert records[place][field] == told == number, (name, place, field)
    assert number > 2_000


def test_whole_numbers_are_cut_as_numpy_cuts_them(state):
    cells = filling(state)
    for value in (3.7, -3.7, np.int64(9), np.float64(2.0), True):
        state.contracts[0].signed = value
        by_numpy = int(state.contracts[0].signed)
        cells.contracts[0].signed = value
        assert cells.contracts[0].signed == state.contracts[0].signed == by_numpy


def test_rows_end_where_the_column_ends(state):
    cells = filling(state)
    rows = len(state.contracts)
    assert cells.contracts[-1].signed == state.contracts[rows - 1].signed
    for row in (rows, -rows - 1):
        with pytest.raises(IndexError):
            cells.contracts[row]
    assert [one.signed for one in cells.contracts] == state.contracts["signed"].tolist()
    with pytest.raises(AttributeError):
        cells.contracts[0].signd = 1


def test_rules_are_given_the_state_itself(state):
    cells = filling(state)
    assert as_records(cells) is state
    assert to_pointer(cells) is to_pointer(cells)
    assert to_pointer(cells).contracts is state.contracts
