"""What is due and unpaid is never less than nothing."""

from __future__ import annotations

import numpy as np

from gpusim.economics.books.ledger import TAX_PAYABLE
from gpusim.economics.books.measures import SHORTFALL
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw


def test_tax_paid_too_early_in_the_year_does_not_hide_what_is_unpaid():
    book = lower(load("single-site"))
    overpaid = 0
    for replication in (0, 1, 2, 9, 15, 21, 26, 28):  # in the last five tax was paid too early
        state = process.run(book.state, draw(book.spec, 1, replication))
        overpaid += int((np.cumsum(state.ledger[TAX_PAYABLE]) > 0).any())
        assert state.stocks[SHORTFALL].min() == 0
    assert overpaid > 0
