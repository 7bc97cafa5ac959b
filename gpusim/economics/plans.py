"""What a contract was planned to bring in when it was signed: the lender's base case.

Late starts, failures and renewals do not change it.
"""

from __future__ import annotations

from gpusim.economics.backlog import value_through
from gpusim.economics.calendar import last_day, month_of
from gpusim.economics.kernel import kernel
from gpusim.economics.money import muldiv
from gpusim.economics.state import BACKSTOP, CONTRACTS, NEVER, NONE, State, World


@kernel
def freeze_plan(s: State, w: World, c: int) -> None:
    """Write a contract's planned invoices by month: what is earned less what is credited [cents].

    If anybody will read it: a loan counts on the contract, which also opens the account of what is
    received, or the operator looks ahead.
    Credits of a prepayment are level over its months, the first counted from the first billing
    month. A put is not planned to be used.
    """
    contract = s.contracts[c]
    if contract.facility != NONE:
        for month in range(s.received.shape[1]):
            s.received[c, month] = 0
    elif not looks_ahead(s):
        return
    last = s.plan.shape[1] - 1
    for month in range(last + 1):
        s.plan[c, month] = 0
    if contract.kind == BACKSTOP:
        return
    first = NEVER
    for k in range(contract.first_tranche, contract.last_tranche + 1):
        tranche = s.tranches[k]
        if tranche.contract != c:
            continue
        start, days = tranche.planned_start, tranche.term_days
        done = value_through(s, k, w.month_end[0] - start + 1)
        until = min(month_of(w, start + days), last)
        for month in range(max(month_of(w, start), 1), until + 1):
            upto = value_through(s, k, last_day(w, month) - start + 1)
            s.plan[c, month] += upto - done
            done = upto
            if upto > 0 and month < first:
                first = month
    total = contract.prepayment + contract.balance
    since, until = contract.credit_first, contract.credit_last
    if since >= NEVER:
        since = first + contract.credited_from - 1
        until = first + contract.credited_to - 1
    if total <= 0 or since >= NEVER:
        return
    done = 0
    for month in range(since, min(until, last) + 1):
        upto = muldiv(total, month - since + 1, until - since + 1)
        s.plan[c, month] = max(s.plan[c, month] - upto + done, 0)
        done = upto


@kernel
def looks_ahead(s: State) -> bool:
    """Whether the operator's outlook is asked for: a floor for signatures, or for raising.

    Else plans of contracts without a loan are not written: who reads them must be named here.
    """
    return s.levers[0].liquidity_months > 0 or len(s.raising) > 0


@kernel
def realisation(s: State, w: World, f: int, month: int, months: int) -> tuple[int, int]:
    """Cash received on a facility's contracts in some months, and what the plan held for them.

    months to `month` [count]. An invoice of the plan counts when it would have been paid. Both
    [cents]. Source: definitions, contract realisation ratio.
    """
    received = 0
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        if contract.facility != f or contract.signed > w.month_end[month]:
            continue
        for m in range(max(month - months + 1, 1), month + 1):
            received += s.received[c, m]
    return received, planned_cash(s, w, f, month - months + 1, month)


@kernel
def planned_cash(s: State, w: World, f: int, first: int, last: int) -> int:
    """What the plan holds for a facility's contracts in the months from first to last [cents]."""
    return planned_between(s, w, f, last_day(w, max(first - 1, 0)), last_day(w, last))


@kernel
def planned_between(s: State, w: World, f: int, after: int, until: int) -> int:
    """What the plan holds for a facility's contracts after a day, until another [cents].

    An invoice counts when it would have been paid. Source: definitions, contract realisation
    ratio: the lender's base case fixed at closing.
    """
    total = 0
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        if contract.facility != f or contract.signed > until:
            continue
        days = contract.payment_days
        for m in range(
            max(month_of(w, after - days), 1), min(month_of(w, until - days) + 1, s.plan.shape[1])
        ):
            if after < last_day(w, m) + days <= until:
                total += s.plan[c, m]
    return total
