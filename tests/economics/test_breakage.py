"""What of prepayments will be kept when a contract is over: credits by the rule of invoices."""

import datetime as dt
from typing import Any

from gpusim.economics.core.state import NEVER, State
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.sales.breakage import AS_KNOWN, breakage_of, breakage_rpo
from gpusim.units_of_measure import day_of
from tests.engines.build import AS_OF, book_of, contract, quiet

AS_OF_DAY = day_of(AS_OF)


def prepaid(usd: int, due: dt.date, **changes: Any) -> State:
    """A contract from 1 April 2026 on, 10,000 in three months; a prepayment to come [USD]."""
    tranche = {"gpus": 10, "start": dt.date(2026, 4, 1), "value_usd": 10_000}
    state: State = book_of(quiet(contracts={"C": contract([tranche], **changes)})).state
    row = state.contracts[0]
    row.prepayment, row.prepayment_day, row.prepayment_unconditional = usd * 100, day_of(due), 1
    return state


def test_a_customer_that_leaves_before_its_last_credit_leaves_that() -> None:
    """120 is credited to the second and third invoice, 60 each; it leaves after April and May."""
    state = prepaid(120, dt.date(2026, 4, 1))
    row = state.contracts[0]
    row.credited_from, row.credited_to, row.credit_first = 2, 3, NEVER
    assert breakage_of(to_pointer(state), 0, 0, AS_OF_DAY, AS_KNOWN) == 0
    state.tranches[0].leaves = day_of(dt.date(2026, 6, 1))
    assert breakage_of(to_pointer(state), 0, 0, AS_OF_DAY, AS_KNOWN) == 60_00


def test_where_the_customer_may_not_leave_all_that_will_be_kept_is_bound() -> None:
    """100 of value that was lost will be kept of a prepayment that is due in May."""
    state = prepaid(100, dt.date(2026, 5, 1))
    state.contracts[0].breakage = 100_00
    assert breakage_rpo(to_pointer(state), 0, 0, AS_OF_DAY) == 100_00
