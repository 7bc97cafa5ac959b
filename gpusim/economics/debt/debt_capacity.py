"""Access to money: how much debt the firm's earnings carry, and what it may count on raising."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.ledger import (
    AMORTISATION_OF_INTANGIBLES,
    COST_DEPRECIATION,
    FIRST_PROFIT_AND_LOSS,
    IMPAIRMENT,
    INTEREST_CONTRACTUAL,
    TECHNOLOGY_DEPRECIATION,
    cash,
)
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.money import cents, share_of
from gpusim.economics.core.state import State
from gpusim.economics.debt.facilities import total_principal

BILLIONTHS = 1_000_000_000.0


@kernel
def leverage(s: State) -> float:
    """Net debt over the last full month's EBITDA, annualised; a large number without any.

    Before the first month has closed there is nothing to measure: 0.
    """
    month = s.clock[0].month - 1
    if month < 1:
        return 0.0
    earned = month_earnings(s, month)
    if earned <= 0:
        return BILLIONTHS
    return float((total_principal(s) - cash(s)) / (earned * MONTHS_PER_YEAR))


@kernel
def month_earnings(s: State, month: int) -> int:
    """EBITDA of a closed month [cents]."""
    earned = s.ledger[COST_DEPRECIATION, month] + s.ledger[TECHNOLOGY_DEPRECIATION, month]
    earned += s.ledger[AMORTISATION_OF_INTANGIBLES, month] + s.ledger[IMPAIRMENT, month]
    for account in range(FIRST_PROFIT_AND_LOSS, INTEREST_CONTRACTUAL):
        earned -= s.ledger[account, month]
    return int(earned)


@kernel
def debt_capacity(s: State) -> int:
    """What may still be borrowed: the cap times last month's earnings, annualised, less net debt.

    Nothing without earnings. Source: leverage incurrence tests of high-yield indentures. [cents]
    """
    earned = month_earnings(s, s.clock[0].month - 1) * MONTHS_PER_YEAR
    if earned <= 0.0:
        return 0
    net = total_principal(s) - cash(s)
    return max(cents(s.capital_raising[0].leverage_cap * earned) - net, 0)


@kernel
def may_raise(s: State) -> int:
    """What the strategy counts on raising within a year: its share of notes and shares [cents]."""
    if len(s.capital_raising) == 0:
        return 0
    terms = s.capital_raising[0]
    notes = min(terms.notes_capacity, debt_capacity(s))
    return share_of(notes + terms.equity_capacity, s.policy[0].raising_share)
