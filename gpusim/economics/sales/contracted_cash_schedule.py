"""What a contract was planned to bring in when it was signed: the lender's base case.

Late starts and failures do not change it, and a renewal is in none: it has a plan of its own.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.core.calendar import last_day, month_of
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    BACKSTOP,
    CONTRACTS,
    LOAN_RECEIVED,
    NEVER,
    NONE,
    TRANCHE_LIVE,
    State,
    World,
)
from gpusim.economics.plant.market import (
    least_price_share,
    next_reset_day,
    whole_months_from,
)
from gpusim.economics.sales.advances import month_credit
from gpusim.economics.sales.backlog import stated_through, value_through

FIRST = const(1)
"""The first simulated month."""
AS_PRICED, AT_LOWEST = const(0), const(1)
"""Prices of a plan: those of the day, or the least that one can be which follows an index."""


@kernel
def write_contracted_cash_schedule(s: State, w: World, c: int) -> None:
    """Write a contract's planned revenue by month, and its invoices, less what is credited [cents].

    If anybody will read it: a loan counts on the contract, which also opens the account of what is
    received, or the operator looks ahead.
    Each prepaid balance is credited by its law, the months of a prepayment to come are counted from
    the first billing month. A put is not planned to be used.
    """
    contract = s.contracts[c]
    if contract.facility != NONE:
        for month in range(s.received.shape[1]):
            s.received[c, month] = 0
    elif not uses_outlook(s):
        return
    for month in range(s.plan.shape[1]):
        s.plan[c, month] = s.planned[c, month] = 0
    if contract.kind == BACKSTOP:
        return
    if contract.index_months > 0 and contract.facility != NONE:
        plan_invoices(s, c, plan_revenue(s, w, c, FIRST, AT_LOWEST))
        for month in range(s.plan.shape[1]):
            s.base_case[c, month] = s.plan[c, month]
    plan_invoices(s, c, plan_revenue(s, w, c, FIRST, AS_PRICED))


@kernel
def plan_revenue(s: State, w: World, c: int, since: int, at: int) -> int:
    """Write a contract's planned revenue from a month on [cents]; returns its first month with any.

    at: AS_PRICED, or AT_LOWEST, see `lowest_through`.
    """
    last, first = s.plan.shape[1] - 1, NEVER
    for month in range(since, last + 1):
        s.planned[c, month] = 0
    k = s.contracts[c].first_tranche
    while k != NONE:
        tranche = s.tranches[k]
        start, days = tranche.planned_start, tranche.term_days
        done = plan_through(s, w, k, w.month_end[since - 1] - start + 1, at)
        until = min(month_of(w, start + days), last)
        for month in range(max(month_of(w, start), since), until + 1):
            upto = plan_through(s, w, k, w.month_end[month] - start + 1, at)
            s.planned[c, month] += upto - done
            done = upto
            if upto > 0 and month < first:
                first = month
        k = tranche.following
    for month in range(since, last + 1):
        s.plan[c, month] = s.planned[c, month]
    return int(first)


@kernel
def plan_through(s: State, w: World, k: int, elapsed_days: int, at: int) -> int:
    """What first days of a tranche's term are planned to bring at a price of `at` [cents]."""
    if at == AS_PRICED:
        return value_through(s, k, s.tranches[k].planned_start, elapsed_days)
    return lowest_through(s, w, k, elapsed_days)


@kernel
def lowest_through(s: State, w: World, k: int, elapsed_days: int) -> int:
    """What first days of a term are worth at least whose price follows an index [cents].

    elapsed_days [day]. At the price stated until the first reset, from then on at the least that it
    can be. Source: definitions, a price that follows the rental index: lenders' base cases take the
    floor of an indexed offtake.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    start, since = tranche.planned_start, tranche.index_from
    if tranche.status != TRANCHE_LIVE:
        since = whole_months_from(w, start)
    reset = next_reset_day(w, since, contract.index_months, ZERO) - start
    lowest = least_price_share(contract.index_share, contract.index_floor)
    before = stated_through(s, k, min(elapsed_days, reset))
    after = stated_through(s, k, elapsed_days) - before
    return int(before + cents(after * lowest))


@kernel
def plan_invoices(s: State, c: int, first: int) -> None:
    """Lower a contract's planned invoices by what is credited [cents]; first: its billing month."""
    contract = s.contracts[c]
    if contract.credit_first < NEVER:
        since, until = contract.credit_first, contract.credit_last
    else:
        since, until = first + contract.credited_from - 1, first + contract.credited_to - 1
    a = contract.advance
    while a != NONE:
        advance = s.advances[a]
        known = advance.credit_first < NEVER
        since_own = advance.credit_first if known else since
        until_own = advance.credit_last if known else until
        plan_credits(s, c, advance.balance, since_own, until_own, advance.credit_share)
        a = advance.following
    plan_credits(s, c, contract.prepayment, since, until, contract.credit_share)


@kernel
def plan_again(s: State, w: World, c: int, month: int) -> None:
    """Write a contract's plan from a month on as it is priced now, less what is left to credit.

    For the operator's outlook; no lender reads it, see `planned_between`.
    """
    if not uses_outlook(s):
        return
    contract = s.contracts[c]
    plan_revenue(s, w, c, month, AS_PRICED)
    credit_advances(s, c, month)
    to_come = contract.prepayment + contract.asked
    since = max(contract.credit_first, month)
    plan_credits(s, c, to_come, since, contract.credit_last, contract.credit_share)


@kernel
def plan_credits(s: State, c: int, total: int, since: int, until: int, share: float) -> None:
    """Lower a contract's planned invoices by a balance's credits [cents], by the rule of invoices.

    since, until: its first and last month; share of each invoice, 0: level.
    """
    left = total
    for month in range(max(since, 1), s.plan.shape[1]):
        if left <= 0:
            break
        billed = s.planned[c, month]
        part = month_credit(left, until - month + 1, share, billed, s.plan[c, month])
        s.plan[c, month] -= part
        left -= part


@kernel
def plan_running_on(s: State, c: int, month: int) -> None:
    """Lower a renewal's planned invoices from a month on by what has run on to it, if any reads it.

    A lender does for the ratio of what comes in to what was planned.
    """
    if s.contracts[c].facility == NONE and not uses_outlook(s):
        return
    for later in range(month, s.plan.shape[1]):
        s.plan[c, later] = s.planned[c, later]
    credit_advances(s, c, month)


@kernel
def credit_advances(s: State, c: int, month: int) -> None:
    """Lower a contract's planned invoices from a month on by what is left of its balances."""
    a = s.contracts[c].advance
    while a != NONE:
        advance = s.advances[a]
        left, share = advance.balance - advance.accreted, advance.credit_share
        plan_credits(s, c, left, max(advance.credit_first, month), advance.credit_last, share)
        a = advance.following


@kernel
def uses_outlook(s: State) -> bool:
    """Whether the operator's outlook is asked for: a floor for signatures, or for raising.

    Else plans of contracts without a loan are not written: who reads them must be named here.
    """
    return s.policy[0].liquidity_months > 0 or len(s.capital_raising) > 0


@kernel
def collection_ratio(s: State, w: World, f: int, month: int, months: int) -> tuple[int, int]:
    """Cash received on a facility's contracts in some months, and what the plan held for them.

    months to `month` [count], what was received in it noted (`loan_months.note_loan_cash`). An
    invoice of the plan counts when it would have been paid. Power passed through is in neither.
    Both [cents]. Source: definitions, contract realisation ratio.
    """
    received, planned = 0, 0
    after, until = last_day(w, max(month - months, 0)), last_day(w, month)
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        if contract.facility != f or contract.signed > until:
            continue
        planned += planned_of(s, w, c, after, until)
    for m in range(max(month - months + 1, 1), month + 1):
        received += s.loan_months[f, LOAN_RECEIVED, m]
    return received, planned


@kernel
def planned_between(s: State, w: World, f: int, after: int, until: int) -> int:
    """What a facility's base case holds after a day, until another [cents].

    Of contracts that are no renewals: nobody promised one when the lender planned.
    Source: definitions, size of a loan and renewal: the base case is fixed at closing.
    """
    total = 0
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        if contract.facility == f and contract.origin == c and contract.signed <= until:
            total += planned_of(s, w, c, after, until)
    return int(total)


@kernel
def last_planned(s: State, w: World, f: int) -> int:
    """Day of the last cash that a facility's base case holds; NONE if it holds none.

    Of contracts as in `planned_between`.
    """
    last = NONE
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        if contract.facility == f and contract.origin == c:
            m = s.plan.shape[1] - 1
            while m > 0 and planned_in(s, c, m) == 0:
                m -= 1
            if m > 0:
                last = max(last, w.month_end[m] + contract.payment_days)
    return int(last)


@kernel
def planned_in(s: State, c: int, month: int) -> int:
    """What the plan holds for a contract of a facility of a month's invoice [cents].

    A price that follows an index is at its lowest.
    """
    indexed = s.contracts[c].index_months > 0
    return int(s.base_case[c, month] if indexed else s.plan[c, month])


@kernel
def planned_of(s: State, w: World, c: int, after: int, until: int) -> int:
    """What the plan holds for a contract of a facility after a day, until another [cents].

    An invoice counts when it would have been paid.
    """
    contract, total = s.contracts[c], 0
    days = contract.payment_days
    for m in range(
        max(month_of(w, after - days), 1), min(month_of(w, until - days) + 1, s.plan.shape[1])
    ):
        if after < w.month_end[m] + days <= until:
            total += planned_in(s, c, m)
    return int(total)
