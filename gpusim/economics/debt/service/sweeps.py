"""What spare cash repays early: lenders in breach, by their agreements, and revolvers."""

from __future__ import annotations

import numpy as np

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.ledger import cash
from gpusim.economics.books.measures import SWEPT
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import FACILITIES, NEVER, NONE, State, World
from gpusim.economics.debt.facilities import last_rank, liquidity_minimum, terms_of, tests_liquidity
from gpusim.economics.debt.revolvers import TO_REPAY, cash_floor, next_revolver
from gpusim.economics.debt.service.repayment import interest_of_repaid, prepay_principal, repayable
from gpusim.economics.debt.service.waterfall import pay_in_order


@kernel
def sweep_breached(s: State, day: int) -> None:
    """A facility in breach takes its share of spare cash as repayment, the senior first.

    Of one rank each takes its share of the same cash; where that is more than there is, they share
    it in proportion. What lenders not in breach test stays. Source: cash sweep while a covenant is
    in breach, credit agreements.
    """
    kept, count = s.firm[0].minimum_cash, s.count[FACILITIES]
    breached = False
    for f in range(count):
        if s.facilities[f].stopped < NEVER:
            breached = True
        elif tests_liquidity(s, f, day):
            kept = max(kept, liquidity_minimum(s, f))
    if not breached:
        return
    kept += s.firm[0].reserved_cash
    asked, given = np.zeros(count, np.int64), np.zeros(count, np.int64)
    alike, names = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for rank in range(last_rank(s) + 1):
        spare = max(cash(s) - kept - interest_of_repaid(s), 0)
        for f in range(count):
            facility = s.facilities[f]
            names[f], asked[f], given[f] = facility.named, 0, 0
            if terms_of(s, f).seniority == rank and facility.stopped < NEVER:
                asked[f] = swept(s, f, spare)
        pay_in_order(spare, asked, given, alike, names)
        for f in range(count):
            if given[f] > 0:
                repaid = prepay_principal(s, f, repayable(s, f, given[f]))
                s.facilities[f].trapped -= repaid
                s.stocks[SWEPT, s.clock[0].month] += repaid


@kernel
def swept(s: State, f: int, spare: int) -> int:
    """Of spare cash, what a facility in breach takes for principal and its interest [cents]."""
    facility, terms = s.facilities[f], terms_of(s, f)
    amount = share_of(spare, terms.sweep_share)
    if terms.non_recourse != 0:
        amount = min(amount, max(facility.trapped, 0))
    owed = facility.principal - facility.principal_due + facility.accrued
    return int(min(amount, owed))


@kernel
def sweep_revolvers(s: State, w: World, day: int) -> None:
    """Cash above floor and promises repays the revolvers, the one drawn last first."""
    kept = cash_floor(s, day) + s.firm[0].reserved_cash
    f = next_revolver(s, w, NONE, TO_REPAY)
    while f != NONE:
        if s.facilities[f].principal > 0:
            spare = cash(s) - kept - interest_of_repaid(s)
            prepay_principal(s, f, repayable(s, f, spare))
        f = next_revolver(s, w, f, TO_REPAY)
