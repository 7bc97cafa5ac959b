"""Cash traps: what a quarter left is kept for a lender while cover is below a level, and no breach.

What is trapped stands in the account of the loan's reserve, beside it. It comes back after so many
tests in a row that are met, or repays the loan after so many in a row that are missed.
"""

from __future__ import annotations

import numpy as np

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.ledger import CASH_TO_RESERVES, RESTRICTED_CASH, cash, post
from gpusim.economics.books.measures import SHORTFALL
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.state import FACILITIES, OWN_CONTRACTS, State
from gpusim.economics.debt.covenants import meets_dscr
from gpusim.economics.debt.dscr import cover_terms
from gpusim.economics.debt.facilities import is_live, last_rank, terms_of
from gpusim.economics.debt.revolvers import cash_floor
from gpusim.economics.debt.service.repayment import interest_of_repaid, prepay_principal, repayable
from gpusim.economics.debt.service.reserves import release_from_reserve
from gpusim.economics.debt.service.sweeps import excess, names_of, untaken
from gpusim.economics.debt.service.unpaid import due_to
from gpusim.economics.debt.service.waterfall import pay_in_order


@kernel
def trap_cash(s: State, day: int) -> None:
    """At a quarter's end: test cover, give back, trap what the quarter left, or repay with it.

    Source: definitions, cash trap; lock-up accounts of project loans and cash trap reserve accounts
    of data-centre securitisations.
    """
    month = s.clock[0].month
    if month % MONTHS_PER_QUARTER != 0:
        return
    missed = False
    for f in range(s.count[FACILITIES]):
        if has_test(s, f, day):
            missed |= not test_trap(s, f, month)
    if missed:
        trap_spare(s, day)
        for f in range(s.count[FACILITIES]):
            after = terms_of(s, f).trap_prepay
            if has_test(s, f, day) and 0 < after <= s.facilities[f].tests_missed:
                prepay_from_trap(s, f)


@kernel
def has_test(s: State, f: int, day: int) -> bool:
    """Whether a trap is tested at a quarter's end: from its first day on, while a loan is live."""
    terms = terms_of(s, f)
    return bool(terms.trap_level > 0.0 and day >= terms.trap_from and is_live(s, f))


@kernel
def test_trap(s: State, f: int, month: int) -> bool:
    """Test the cover of a trap; whether it is met.

    After enough in a row all comes back, at the first of them at which nothing due is unpaid.
    """
    facility, terms = s.facilities[f], terms_of(s, f)
    cfads, service = cover_terms(s, f, terms.trap_scope, month)
    if not meets_dscr(cfads, service, terms.trap_level):
        facility.tests_met = 0
        facility.tests_missed += 1
        facility.tests_below += 1
        return False
    facility.tests_met += 1
    facility.tests_missed = 0
    unpaid = s.stocks[SHORTFALL, month] + due_to(s, f)
    if facility.tests_met >= terms.trap_release and facility.locked > 0 and unpaid == 0:
        amount = facility.locked
        facility.locked = 0
        facility.locked_back += amount
        facility.back_now = amount
        facility.trapped += amount
        release_from_reserve(s, f, amount)
    return True


@kernel
def trap_spare(s: State, day: int) -> None:
    """Trap what the quarter left for those whose test is missed, the senior first.

    Not what is kept, promised, or taken today already; those of one rank share what there is in
    proportion to what they ask.
    """
    count = s.count[FACILITIES]
    alike, names = np.zeros(count, np.int64), names_of(s)
    asked, own = np.zeros(count, np.int64), np.zeros(count, np.int64)
    granted, given = np.zeros(count, np.int64), np.zeros(count, np.int64)
    kept = cash_floor(s, day) + s.firm[0].reserved_cash
    for rank in range(last_rank(s) + 1):
        spare = max(cash(s) - kept - interest_of_repaid(s), 0)
        for f in range(count):
            asked[f], own[f], granted[f], given[f] = 0, 0, 0, 0
            asks = has_test(s, f, day) and s.facilities[f].tests_missed > 0
            if asks and terms_of(s, f).seniority == rank:
                wanted = trapped_at_most(s, f, spare)
                if terms_of(s, f).trap_scope == OWN_CONTRACTS:
                    own[f] = wanted
                else:
                    asked[f] = wanted
        pay_in_order(untaken(s), asked, granted, alike, names)
        for f in range(count):
            asked[f] = own[f] + granted[f]
        pay_in_order(spare, asked, given, alike, names)
        for f in range(count):
            if given[f] > 0:
                fill_trap(s, f, given[f])


@kernel
def trapped_at_most(s: State, f: int, spare: int) -> int:
    """What a trap asks for of spare cash: what the quarter left and is not taken yet [cents].

    With the reserve it holds no more than the balance, and of a loan without recourse it takes no
    more than its own contracts left; nothing while the loan itself waits for something due.
    """
    facility, terms = s.facilities[f], terms_of(s, f)
    if due_to(s, f) > 0:
        return 0
    amount = min(excess(s, f, terms.trap_scope) - facility.taken, spare)
    if terms.non_recourse != 0:
        amount = min(amount, facility.trapped)
    room = facility.principal - facility.reserve_asked - facility.locked
    return int(max(min(amount, room), 0))


@kernel
def fill_trap(s: State, f: int, amount: int) -> None:
    """Put an amount into a trap [cents]."""
    facility = s.facilities[f]
    facility.locked += amount
    facility.locked_in += amount
    facility.locked_now += amount
    facility.taken += amount
    facility.trapped -= amount
    facility.reserve_held += amount
    post(s, RESTRICTED_CASH, CASH_TO_RESERVES, amount)


@kernel
def prepay_from_trap(s: State, f: int) -> None:
    """Repay principal with what a trap holds, the oldest draw first, each with its interest.

    The interest leaves the trap with the principal, and is paid with what else is repaid today.
    """
    facility = s.facilities[f]
    before = interest_of_repaid(s)
    repaid = prepay_principal(s, f, repayable(s, f, facility.locked))
    interest = interest_of_repaid(s) - before
    facility.locked -= repaid + interest
    facility.locked_repaid += repaid + interest
    facility.repaid_now = repaid + interest
    facility.trapped += interest
    release_from_reserve(s, f, repaid + interest)
