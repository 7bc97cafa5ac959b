"""What spare cash repays early: lenders in breach, lenders who agreed on it, and revolvers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.books.ledger import cash
from gpusim.economics.books.measures import CFADS, DEBT_SERVICE, SWEPT
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import FACILITIES, NEVER, NONE, OWN_CONTRACTS, State, World
from gpusim.economics.debt.facilities import last_rank, liquidity_minimum, terms_of, tests_liquidity
from gpusim.economics.debt.revolvers import TO_REPAY, cash_floor, next_revolver
from gpusim.economics.debt.service.repayment import interest_of_repaid, prepay_principal, repayable
from gpusim.economics.debt.service.waterfall import pay_in_order

Ints = npt.NDArray[np.int64]
BREACHED, AGREED = const(0), const(1)
"""Why a debt is repaid early."""


@kernel
def sweep_debts(s: State, day: int) -> None:
    """Debts in breach are repaid from spare cash, then those that agreed on it, the senior first.

    Cash that lenders test is left: for a debt in breach, what lenders not in breach test. Source:
    cash sweep while a covenant is in breach, and of excess cash flow, in credit agreements.
    """
    kept, promised = s.firm[0].minimum_cash, s.firm[0].reserved_cash
    breached = agreed = False
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].stopped < NEVER:
            breached = True
        elif tests_liquidity(s, f, day):
            kept = max(kept, liquidity_minimum(s, f))
        agreed = agreed or sweeps_excess(s, f, day)
    already = np.zeros(s.count[FACILITIES], np.int64)
    if breached:
        repay_by_rank(s, day, kept + promised, already, BREACHED)
    if agreed:
        repay_by_rank(s, day, cash_floor(s, day) + promised, already, AGREED)


@kernel
def repay_by_rank(s: State, day: int, kept: int, already: Ints, why: int) -> None:
    """Repay debts that ask for it from cash above what is kept, the senior first.

    Of one rank each asks for its share of the same cash; where that is more than there is, they
    share it in proportion. kept [cents]; already: swept today, by facility, added to [cents].
    """
    count = s.count[FACILITIES]
    asked, given = np.zeros(count, np.int64), np.zeros(count, np.int64)
    alike, names = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for rank in range(last_rank(s) + 1):
        spare = max(cash(s) - kept - interest_of_repaid(s), 0)
        for f in range(count):
            facility = s.facilities[f]
            names[f], asked[f], given[f] = facility.named, 0, 0
            if terms_of(s, f).seniority != rank:
                continue
            if why == BREACHED and facility.stopped < NEVER:
                asked[f] = owed_at_most(s, f, share_of(spare, terms_of(s, f).sweep_share))
            elif why == AGREED and sweeps_excess(s, f, day):
                asked[f] = owed_at_most(s, f, min(excess_swept(s, f) - already[f], spare))
        pay_in_order(spare, asked, given, alike, names)
        for f in range(count):
            if given[f] > 0:
                repaid = prepay_principal(s, f, repayable(s, f, given[f]))
                already[f] += repaid
                s.facilities[f].trapped -= repaid
                s.stocks[SWEPT, s.clock[0].month] += repaid


@kernel
def sweeps_excess(s: State, f: int, day: int) -> bool:
    """Whether a debt is repaid today from what a quarter left after debt service."""
    terms = terms_of(s, f)
    quarter_end = s.clock[0].month % MONTHS_PER_QUARTER == 0
    return bool(terms.excess_share > 0 and quarter_end and day >= terms.excess_from)


@kernel
def excess_swept(s: State, f: int) -> int:
    """Of a quarter's cash available for debt service less debt service, what a debt takes [cents].

    The firm's, or that of the loan's own contracts. Source: definitions, cash sweep.
    """
    last = s.clock[0].month
    left = ZERO
    for month in range(max(last - MONTHS_PER_QUARTER + 1, 1), last + 1):
        if terms_of(s, f).excess_scope == OWN_CONTRACTS:
            left += s.own_cash[f, month] - s.own_service[f, month]
        else:
            left += s.stocks[CFADS, month] - s.stocks[DEBT_SERVICE, month]
    return share_of(max(left, 0), terms_of(s, f).excess_share)


@kernel
def owed_at_most(s: State, f: int, amount: int) -> int:
    """Of an amount, what a debt can take for principal and its interest [cents].

    Without recourse no more than its own contracts left.
    """
    facility = s.facilities[f]
    if terms_of(s, f).non_recourse != 0:
        amount = min(amount, max(facility.trapped, 0))
    owed = facility.principal - facility.principal_due + facility.accrued
    return int(max(min(amount, owed), 0))


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
