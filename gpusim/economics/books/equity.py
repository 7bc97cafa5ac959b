"""Equity: shares issued at a price, and the shareholders' promise to pay what nothing else does."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.ledger import CASH_FROM_EQUITY, PAID_IN_CAPITAL, post
from gpusim.economics.core.agenda import FUND, TREASURY, schedule_now
from gpusim.economics.core.money import bought
from gpusim.economics.core.state import NEEDING, State, World


@kernel
def issue_shares(s: State, amount: int, price: float) -> None:
    """Count the whole shares that an amount buys.

    amount [cents]; price [cents/share], 0: shares are not counted.
    """
    if price > 0.0:
        shares = bought(amount, price)
        s.firm[0].shares += shares
        s.firm[0].shares_issued += shares


@kernel
def call_backstop(s: State, missing: int) -> int:
    """New shares for what cash and revolver do not pay, up to the capacity; what came [cents].

    Source: equity backstop and contribution agreements of leveraged issuers.
    """
    firm = s.firm[0]
    amount = max(min(missing, firm.backstop), 0)
    if amount > 0:
        firm.backstop -= amount
        post(s, CASH_FROM_EQUITY, PAID_IN_CAPITAL, amount)
        issue_shares(s, amount, firm.backstop_price)
    return amount


@kernel
def receive_equity(s: State, w: World, r: int, day: int) -> None:
    """New shares are paid for; issue costs lower paid-in capital. Source: SAB Topic 5.A."""
    raised = s.raises[r]
    post(s, CASH_FROM_EQUITY, PAID_IN_CAPITAL, raised.amount - raised.costs)
    issue_shares(s, raised.amount, raised.price)
    if s.count[NEEDING] > 0:
        schedule_now(s, FUND, TREASURY)
