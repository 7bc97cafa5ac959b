"""What is not settled yet: books and outlook look at these rows, not at all there ever were.

Tranches end in any order and have a list; invoices and bills are paid about in the order they were
sent, so for them it is enough to know the first that is not.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.lists import enqueue
from gpusim.economics.core.state import (
    BILLS,
    INVOICES,
    NONE,
    SETTLED,
    TRANCHE_ENDED,
    TRANCHE_LOST,
    UNSETTLED,
    State,
)


@kernel
def track(s: State, k: int) -> None:
    """A tranche is to be looked at each month until it is settled."""
    for n in range(s.count[UNSETTLED] - 1, -1, -1):
        if s.unsettled[n] <= k:
            if s.unsettled[n] == k:
                return
            break
    enqueue(s.unsettled, s.count, UNSETTLED, k)


@kernel
def join_contract(s: State, k: int) -> None:
    """A tranche is the last of its contract's, which are chained by row."""
    contract = s.contracts[s.tranches[k].contract]
    if contract.last_tranche == NONE:
        contract.first_tranche = k
    else:
        s.tranches[contract.last_tranche].following = k
    contract.last_tranche = k
    s.tranches[k].following = NONE


@kernel
def is_settled(s: State, k: int) -> bool:
    """Whether a tranche is over and its plan, what it earned and what it lost agree for good.

    A lost one waits for the end that was planned: the outlook takes its invoices off till then.
    """
    tranche = s.tranches[k]
    over = tranche.status >= TRANCHE_ENDED and tranche.slipped == 0
    if tranche.status == TRANCHE_LOST and not is_over(s, k):
        return False
    return over and tranche.planned == tranche.value


@kernel
def is_over(s: State, k: int) -> bool:
    """Whether the end that a tranche was planned to have is past."""
    tranche = s.tranches[k]
    return bool(tranche.planned_start + tranche.term_days <= s.clock[0].today)


@kernel
def skip_settled_bills(s: State) -> None:
    """Note the first invoice and the first bill that are not paid."""
    clock = s.clock[0]
    i, b = clock.first_invoice, clock.first_bill
    while i < s.count[INVOICES] and s.invoices[i].status == SETTLED:
        i += 1
    while b < s.count[BILLS] and s.bills[b].status == SETTLED:
        b += 1
    clock.first_invoice = i
    clock.first_bill = b
