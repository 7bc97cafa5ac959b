"""Postings: what counts as cash that earns interest, and the lines a journal keeps."""

from gpusim.economics.books.ledger import (
    CASH_FROM_EQUITY,
    CASH_TO_RESERVES,
    PAID_IN_CAPITAL,
    RESTRICTED_CASH,
    SUPPLIER_DEPOSITS,
    post,
)
from gpusim.economics.core.array_capacity import with_journal
from gpusim.economics.core.state_pointer import to_pointer
from tests.engines.build import book_of, quiet


def test_cash_that_a_reserve_takes_goes_on_earning() -> None:
    """Ten days are left, today among them: 5 of new cash count for 50, whoever holds them."""
    state = book_of(quiet()).state
    s, firm = to_pointer(state), state.firm[0]
    state.clock[0].today = state.clock[0].month_end - 9
    firm.cash_days = 0
    post(s, CASH_FROM_EQUITY, PAID_IN_CAPITAL, 5)
    assert firm.cash_days == 50
    post(s, RESTRICTED_CASH, CASH_TO_RESERVES, 3)
    assert firm.cash_days == 50
    post(s, SUPPLIER_DEPOSITS, RESTRICTED_CASH, 2)
    assert firm.cash_days == 30
    post(s, RESTRICTED_CASH, SUPPLIER_DEPOSITS, 1)
    assert firm.cash_days == 40


def test_each_posting_is_the_next_line_of_the_journal() -> None:
    state = with_journal(book_of(quiet()).state)
    s, first = to_pointer(state), int(state.clock[0].journal)
    post(s, CASH_FROM_EQUITY, PAID_IN_CAPITAL, 7)
    post(s, CASH_FROM_EQUITY, PAID_IN_CAPITAL, 0)
    post(s, SUPPLIER_DEPOSITS, CASH_FROM_EQUITY, 4)
    assert state.journal[first : first + 2].amount.tolist() == [7, 4]
    assert state.clock[0].journal == first + 2
