"""The end of a firm: what its contracts were still to bring, and what its hardware fetches."""

import numpy as np
import pytest

from gpusim.economics.closing.insolvency import lose_backlog, sale_value
from gpusim.economics.closing.recourse import count_unpaid_loans
from gpusim.economics.core.state import CANCELLED, COMING, FUNDING, NEVER, NONE, UNSETTLED, State
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.sales.losses import left_of
from gpusim.units_of_measure import day_of
from tests.economics.test_funding import FAR, LINE
from tests.engines.build import AS_OF, book_of, contract, quiet

LOAN, FIRST, SECOND = np.int64(0), np.int64(0), np.int64(1)


def firm() -> State:
    """Two orders of which the first is a loan's; a contract of 10,000 and one of 4,000 [USD]."""
    straight = {"law": "straight", "months": 12, "every_months": 1}
    lots = [
        {"gpus": 10, "start": FAR.replace(year=2027), "value_usd": usd} for usd in (10_000, 4_000)
    ]
    tables = quiet(
        contracts={"A": contract(lots[:1], facility="L"), "B": contract(lots[1:])},
        debt={"L": LINE | {"kind": "delayed-draw", "amortisation": straight}},
    )
    state: State = book_of(tables).state
    return state


def test_all_that_contracts_were_to_bring_is_lost_for_want_of_money() -> None:
    """Nothing of 10,000 is earned yet, and 1,000 of it was given up by a notice before."""
    state = firm()
    s = to_pointer(state)
    state.count[UNSETTLED] = 2
    state.unsettled[:2] = FIRST, SECOND
    state.tranches[0].forgone = 1_000_00
    lose_backlog(s, day_of(AS_OF))
    assert state.tranches.lost[:2].tolist() == [10_000_00, 4_000_00]
    assert [left_of(s, k) for k in (FIRST, SECOND)] == [0, 0]
    assert state.backlog[:, CANCELLED, FUNDING].sum() == 13_000_00


def test_hardware_on_order_is_sold_for_the_lender_that_financed_it() -> None:
    """70 in construction for the loan and 30 for nobody's; a forced sale brings half."""
    state = firm()
    state.count[COMING] = 2
    state.coming[:2] = 0, 1
    state.orders.facility[:2] = LOAN, NONE
    state.orders.in_progress[:2] = 70_00, 30_00
    state.firm[0].forced_sale_share = 0.5
    assert sale_value(to_pointer(state), LOAN) == 35_00
    assert sale_value(to_pointer(state), NONE) == 15_00


@pytest.mark.parametrize(
    ("unpaid", "ends"),
    [([1, 0, 1, 0, 1], NEVER), ([0, 0, 1, 1], 104), ([1, 1], 102), ([1, 0, 1, 1, 0], 104)],
)
def test_months_unpaid_in_a_row_end_a_loan_without_recourse(unpaid, ends) -> None:
    """Two of them; a cent is unpaid at the ends of months on days 101, 102 and so on."""
    state = firm()
    s, loan = to_pointer(state), state.facilities[0]
    terms = state.terms[loan.terms]
    terms.non_recourse, terms.default_after = 1, 2
    for day, cents in enumerate(unpaid, 101):
        loan.interest_due = cents
        count_unpaid_loans(s, day)
    assert loan.accelerated == ends
