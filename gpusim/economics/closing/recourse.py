"""Loans without recourse: paid from the cash of their own contracts, and they can die alone.

What they may be paid is trapped: what their contracts left so far and nobody has paid out. When
amounts stay unpaid for the agreed months the lender takes the hardware in service that it paid
for, the contracts it served are lost, and the firm owes nothing more.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import (
    ACCRUED_INTEREST,
    CASH_FROM_DISPOSALS,
    DEBT_DISCOUNT,
    DISPOSAL_GAIN,
    INTEREST_CONTRACTUAL,
    OTHER_INCOME,
    post,
)
from gpusim.economics.books.measures import DEBT_NONCASH, GPUS_RETIRED
from gpusim.economics.core.agenda import (
    ACCEPT,
    FUND,
    LAPSE,
    TREASURY,
    cancel,
    schedule,
    schedule_now,
)
from gpusim.economics.core.lists import leave
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    ASSETS,
    CANCELLED,
    COMING,
    CONTRACTS,
    DRAWS,
    FACILITIES,
    FACILITY_CLOSED,
    FUNDING,
    NEVER,
    NONE,
    ORDER_ACCEPTED,
    ORDER_DEFERRED,
    ORDER_IN_SERVICE,
    TRANCHE_ENDED,
    UNSETTLED,
    State,
    World,
)
from gpusim.economics.debt.accruals import accrue_fee
from gpusim.economics.debt.facilities import account_of, terms_of
from gpusim.economics.debt.revolvers import release_tested_cash
from gpusim.economics.debt.service.loan_closing import charge_upfront
from gpusim.economics.debt.service.unpaid import due_to
from gpusim.economics.hardware.assets import book_value, free_site_power, write_off_all
from gpusim.economics.hardware.book_charges import accounts_of, depreciate
from gpusim.economics.plant.pools import count_pool, lien_of, pool_of, unassigned_gpus
from gpusim.economics.plant.promises import lose_held
from gpusim.economics.plant.replacements import withdraw
from gpusim.economics.sales.customers import cancel_outstanding, terminate_tranche


@kernel
def count_unpaid_loans(s: State, day: int) -> None:
    """Month end: count months in which a loan without recourse is not paid; too many end it.

    Its lender acts on the next day. Source: events of default of non-recourse borrowers.
    """
    for f in range(s.count[FACILITIES]):
        facility, terms = s.facilities[f], terms_of(s, f)
        if terms.non_recourse == 0 or facility.accelerated < NEVER:
            continue
        facility.unpaid_months = facility.unpaid_months + 1 if due_to(s, f) > 0 else 0
        if facility.unpaid_months >= terms.default_after:
            facility.accelerated = day
            schedule(s, LAPSE, f, day + 1)


@kernel
def lapse(s: State, w: World, f: int, day: int) -> None:
    """The availability period is over: what was not drawn is lost. Or the lender ends the loan."""
    accrue_fee(s, f, day - 1)
    facility = s.facilities[f]
    facility.status = FACILITY_CLOSED
    charge_upfront(s, f)
    if facility.accelerated < NEVER and facility.seized >= NEVER:
        seize(s, w, f, day)
    release_tested_cash(s, f)


@kernel
def seize(s: State, w: World, f: int, day: int) -> None:
    """The lender takes hardware for its claim, its reserve being used up; what it served is lost.

    Hardware on its way stays with the firm and joins its pools; replacements and spares not yet
    placed are for nobody. The debt goes against the book value of what is taken, the difference is
    a gain or loss; interest that is never paid is reversed; what the hardware fetches beyond the
    claim comes back.
    Source: ASC 470-50-40-2, 360-10-40-5; 11 U.S.C. 506(a).
    """
    facility = s.facilities[f]
    for c in range(s.count[CONTRACTS]):
        if s.contracts[c].facility == f:
            cancel_outstanding(s, c, day)
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        tranche = s.tranches[k]
        if s.contracts[tranche.contract].facility == f and tranche.status < TRANCHE_ENDED:
            terminate_tranche(s, k, CANCELLED, FUNDING, day)
    book = ZERO
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        if asset.retired == 0 and is_pledged(s, a, f):
            depreciate(s, a, day - 1)
            book += book_value(s, a)
            transfer_to_lender(s, a, day)
    for n in range(s.count[COMING] - 1, -1, -1):
        o = s.coming[n]
        order = s.orders[o]
        if s.pools[order.pool].company == facility.company:
            if order.replacement != 0 and order.status <= ORDER_DEFERRED:
                withdraw(s, o)
            order.pool = pool_of(s, order.gen, order.site, ZERO)
            s.pools[order.pool].none_coming = 0
    owed = facility.accrued + facility.interest_due + facility.fees + facility.fees_due
    worth = share_of(book, s.firm[0].forced_sale_share)
    facility.seized = day
    facility.seized_claim = facility.principal + owed
    fetched = min(worth, facility.seized_claim)
    facility.seized_recovered = fetched
    post(s, CASH_FROM_DISPOSALS, DISPOSAL_GAIN, worth - fetched)
    post(s, OTHER_INCOME, DISPOSAL_GAIN, fetched)
    post(s, ACCRUED_INTEREST, INTEREST_CONTRACTUAL, owed)
    extinguish_loan(s, f)
    if worth > fetched:
        schedule_now(s, FUND, TREASURY)


@kernel
def is_pledged(s: State, a: int, f: int) -> bool:
    """Whether a loan without recourse holds an asset: it paid for it, or its borrower owns it."""
    asset = s.assets[a]
    if asset.gpus > 0 and s.pools[asset.pool].company == s.facilities[f].company:
        return True
    return bool(lien_of(s, a) == f)


@kernel
def extinguish_loan(s: State, f: int) -> None:
    """A loan ends without being paid: its principal and what is left of its discount."""
    facility = s.facilities[f]
    post(s, account_of(facility.kind), OTHER_INCOME, facility.principal)
    s.stocks[DEBT_NONCASH, s.clock[0].month] -= facility.principal
    for d in range(s.count[DRAWS]):
        draw = s.draws[d]
        if draw.facility == f:
            post(s, OTHER_INCOME, DEBT_DISCOUNT, draw.discount)
            draw.principal = 0
            draw.accrued = 0
            draw.discount = 0
            draw.due = 0
            draw.balloon = 0
    facility.principal = 0
    facility.accrued = 0
    facility.fees = 0
    facility.fees_due = 0
    facility.sponsor_fees_due = 0
    facility.sponsor_interest_due = 0
    facility.interest_due = 0
    facility.principal_due = 0


@kernel
def transfer_to_lender(s: State, a: int, day: int) -> None:
    """An asset leaves the books for its lender; GPUs leave the pool and their site.

    Loose GPUs go first, then spares, those set aside for tranches, and those that serve contracts.
    """
    asset = s.assets[a]
    month = s.clock[0].month
    if asset.gpus > 0:
        pool = s.pools[asset.pool]
        count_pool(s, asset.pool, day)
        tested = asset.order == NONE or s.orders[asset.order].status != ORDER_IN_SERVICE
        if tested:
            idle = min(unassigned_gpus(s, asset.pool), asset.gpus)
            spare = min(pool.spare, asset.gpus - idle)
            held = min(pool.held, asset.gpus - idle - spare)
            pool.free -= idle + held
            pool.spare -= spare
            pool.missing += asset.gpus - idle - spare - held
            lose_held(s, asset.pool, held, day)
        else:
            s.orders[asset.order].status = ORDER_ACCEPTED
            s.orders[asset.order].accepted = day
            leave(s.coming, s.count, COMING, asset.order)
            cancel(s, ACCEPT, asset.order)
        pool.in_service -= asset.gpus
        free_site_power(s, a, asset.gpus, day)
        s.stocks[GPUS_RETIRED, month] += asset.gpus
    gross, _, _ = accounts_of(asset.category)
    post(s, DISPOSAL_GAIN, gross, write_off_all(s, a))
