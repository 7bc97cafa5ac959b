"""What spare cash repays early: lenders in breach, lenders who agreed on it, and revolvers."""

from __future__ import annotations

import numpy as np

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import cash
from gpusim.economics.books.measures import CFADS, DEBT_SERVICE, SWEPT
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import FACILITIES, NEVER, NONE, OWN_CONTRACTS, Ints, State, World
from gpusim.economics.debt.facilities import last_rank, liquidity_minimum, terms_of, tests_liquidity
from gpusim.economics.debt.revolvers import TO_REPAY, cash_floor, next_revolver
from gpusim.economics.debt.service.repayment import interest_of_repaid, prepay_principal, repayable
from gpusim.economics.debt.service.waterfall import pay_in_order


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
    if breached:
        sweep_breached(s, kept + promised)
    if agreed:
        sweep_agreed(s, day, cash_floor(s, day) + promised)


@kernel
def sweep_breached(s: State, kept: int) -> None:
    """Repay debts in breach from cash above what is kept, the senior first.

    Of one rank each asks for its share of the same cash; where that is more than there is, they
    share it in proportion. kept [cents].
    """
    count = s.count[FACILITIES]
    asked, alike = np.zeros(count, np.int64), np.zeros(count, np.int64)
    given = np.zeros(count, np.int64)
    for rank in range(last_rank(s) + 1):
        spare = max(cash(s) - kept - interest_of_repaid(s), 0)
        for f in range(s.count[FACILITIES]):
            asked[f], given[f] = 0, 0
            if terms_of(s, f).seniority == rank and s.facilities[f].stopped < NEVER:
                asked[f] = owed_at_most(s, f, share_of(spare, terms_of(s, f).sweep_share))
        pay_in_order(spare, asked, given, alike, names_of(s))
        repay_swept(s, given)


@kernel
def sweep_agreed(s: State, day: int, kept: int) -> None:
    """Repay debts that agreed on a share of what the quarter left, the senior first.

    Together they take no more of the firm's than it is, less what is swept or trapped today for any
    debt; those of one rank share that, and the cash there is, in proportion to what they ask.
    kept [cents]. Source: definitions, cash sweep.
    """
    count = s.count[FACILITIES]
    alike, names = np.zeros(count, np.int64), names_of(s)
    asked, own = np.zeros(count, np.int64), np.zeros(count, np.int64)
    granted, given = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for rank in range(last_rank(s) + 1):
        spare = max(cash(s) - kept - interest_of_repaid(s), 0)
        for f in range(count):
            asked[f], own[f], granted[f], given[f] = 0, 0, 0, 0
            if terms_of(s, f).seniority != rank or not sweeps_excess(s, f, day):
                continue
            wanted = owed_at_most(s, f, min(share_of_excess(s, f), spare))
            if terms_of(s, f).excess_scope == OWN_CONTRACTS:
                own[f] = wanted
            else:
                asked[f] = wanted
        pay_in_order(untaken(s), asked, granted, alike, names)
        for f in range(count):
            asked[f] = own[f] + granted[f]
        pay_in_order(spare, asked, given, alike, names)
        repay_swept(s, given)


@kernel
def names_of(s: State) -> Ints:
    """By which name the last cent goes, see `waterfall.pay_in_order`."""
    names = np.zeros(s.count[FACILITIES], np.int64)
    for f in range(s.count[FACILITIES]):
        names[f] = s.facilities[f].named
    return names


@kernel
def repay_swept(s: State, given: Ints) -> None:
    """Repay what each debt was given, as far as it goes for principal with its interest [cents]."""
    for f in range(s.count[FACILITIES]):
        if given[f] > 0:
            repaid = prepay_principal(s, f, repayable(s, f, given[f]))
            s.facilities[f].taken += repaid
            s.facilities[f].trapped -= repaid
            s.stocks[SWEPT, s.clock[0].month] += repaid


@kernel
def sweeps_excess(s: State, f: int, day: int) -> bool:
    """Whether a debt is repaid today from what a quarter left after debt service."""
    terms = terms_of(s, f)
    quarter_end = s.clock[0].month % MONTHS_PER_QUARTER == 0
    return bool(terms.excess_share > 0 and quarter_end and day >= terms.excess_from)


@kernel
def share_of_excess(s: State, f: int) -> int:
    """What a debt asks for of what a quarter left, less what it was repaid today [cents].

    No more than is not taken yet, trapped for it today among it.
    """
    facility, left = s.facilities[f], excess(s, f, terms_of(s, f).excess_scope)
    asked = share_of(left, terms_of(s, f).excess_share) - facility.taken + facility.locked_now
    return int(min(asked, left - facility.taken))


@kernel
def untaken(s: State) -> int:
    """What a quarter left of the firm's cash, less what is swept or trapped of it today [cents]."""
    left = excess_of_firm(s)
    for f in range(s.count[FACILITIES]):
        left -= s.facilities[f].taken
    return int(max(left, 0))


@kernel
def excess(s: State, f: int, scope: int) -> int:
    """What a quarter left after debt service and maturities, as a debt counts it [cents].

    The firm's, or that of the loan's own contracts. Source: definitions, cash sweep.
    """
    if scope != OWN_CONTRACTS:
        return excess_of_firm(s)
    left, last = -s.facilities[f].matured, s.clock[0].month
    for month in range(max(last - MONTHS_PER_QUARTER + 1, 1), last + 1):
        left += s.own_cash[f, month] - s.own_service[f, month]
    return int(max(left, 0))


@kernel
def excess_of_firm(s: State) -> int:
    """What a quarter left of the firm's cash after all debt service and maturities [cents]."""
    left, last = ZERO, s.clock[0].month
    for f in range(s.count[FACILITIES]):
        left -= s.facilities[f].matured
    for month in range(max(last - MONTHS_PER_QUARTER + 1, 1), last + 1):
        left += s.stocks[CFADS, month] - s.stocks[DEBT_SERVICE, month]
    return int(max(left, 0))


@kernel
def owed_at_most(s: State, f: int, amount: int) -> int:
    """Of an amount, what a debt can take for principal and its interest [cents].

    Without recourse no more than its own contracts left; nothing where no principal is left.
    """
    facility = s.facilities[f]
    if terms_of(s, f).non_recourse != 0:
        amount = min(amount, max(facility.trapped, 0))
    left = facility.principal - facility.principal_due
    if left <= 0:
        return 0
    return int(max(min(amount, left + facility.accrued), 0))


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
