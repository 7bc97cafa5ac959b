"""Reserves of lenders: who has the restricted cash of the opening sheet."""

import datetime as dt

import pytest

from gpusim.economics.books.ledger import RESTRICTED_CASH
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt.service.reserves import open_reserves
from tests.engines.build import book_of, notes, quiet, world_of


@pytest.mark.parametrize(
    ("restricted", "held", "kept"),
    [
        (50, [50, 0, 0], 0),
        (100, [60, 20, 20], 0),
        (180, [60, 60, 60], 0),
        (200, [60, 60, 60], 20),
    ],
)
def test_restricted_cash_fills_the_senior_reserve_first_and_equals_by_what_they_ask(
    restricted, held, kept
) -> None:
    """Three loans of 1,000 each ask for 6% of it; two of them are of one rank, below the first."""
    debt = {
        name: notes(1_000, 0.0, dt.date(2030, 6, 30), 12, seniority=rank)
        for name, rank in (("A", 1), ("B", 2), ("C", 2))
    }
    book = book_of(quiet(debt=debt))
    state = book.state
    state.terms.reserve_share[state.facilities.terms[:3]] = 0.06
    state.balance[RESTRICTED_CASH] = restricted * 100
    open_reserves(to_pointer(state), world_to_pointer(world_of(book)))
    assert state.facilities.reserve_held[:3].tolist() == [usd * 100 for usd in held]
    assert state.firm[0].restricted_other == kept * 100
