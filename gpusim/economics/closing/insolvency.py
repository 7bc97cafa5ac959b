"""The end of a firm that does not pay: how long it may owe, what is lost, what lenders get back.

Contracts and the use of hardware end on that day: backlog is lost, GPUs and sites leave service.
The books stop there: later months have no flows and the balances of that day, which are the estate
and the claims on it. What lenders recover is an outcome beside the books, for no going concern
keeps them any more.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import RECEIVABLES, RESTRICTED_CASH, cash
from gpusim.economics.books.measures import (
    ACTIVE_MICROWATTS,
    ENERGISED_MICROWATTS,
    GPUS_IN_SERVICE,
    GPUS_RETIRED,
    LEFT_BY_THE_FIRM,
    LET_MICROWATTS,
    MICROWATTS_RETIRED,
    POWERED_MICROWATTS,
    SHORTFALL,
    STOPS_WITH_THE_FIRM,
)
from gpusim.economics.core.money import cents, share_of
from gpusim.economics.core.state import (
    ASSETS,
    CANCELLED,
    COMING,
    CONTRACTS,
    FACILITIES,
    FUNDING,
    INTANGIBLES,
    LOAN_PRINCIPAL,
    LOAN_RESERVE,
    LOAN_TRAPPED,
    N_CAUSES,
    NONE,
    PLANNED,
    SITE_HANDED,
    SITE_LOAD,
    SITE_POWERED,
    TRANCHE_ENDED,
    TRANCHE_LOST,
    UNSETTLED,
    State,
)
from gpusim.economics.debt.facilities import is_live, last_rank, terms_of
from gpusim.economics.hardware.assets import book_value
from gpusim.economics.hardware.building_values import forced_sale, sells_apart
from gpusim.economics.plant.pools import lien_of
from gpusim.economics.sales.backlog import book_for, book_moved
from gpusim.economics.sales.losses import book_slippage, left_of, lose_remaining


@kernel
def count_unpaid(s: State, month: int, day: int) -> bool:
    """Count a month that ends with something unpaid; whether that ends the firm.

    Source: events of default on payment, after revolver, equity and grace.
    """
    firm = s.firm[0]
    firm.unpaid_months = firm.unpaid_months + 1 if s.stocks[SHORTFALL, month] > 0 else 0
    if firm.default_after == 0 or firm.unpaid_months < firm.default_after:
        return False
    firm.defaulted = day
    distribute_estate(s)
    lose_backlog(s, day)
    leave_service(s, month)
    for measure in LEFT_BY_THE_FIRM:
        for later in range(month + 1, s.stocks.shape[1]):
            s.stocks[measure, later] = s.stocks[measure, month]
    for f in range(s.count[FACILITIES]):
        for later in range(month + 1, s.stocks.shape[1]):
            for row in (LOAN_PRINCIPAL, LOAN_RESERVE, LOAN_TRAPPED):
                s.loan_months[f, row, later] = s.loan_months[f, row, month]
    return True


@kernel
def lose_backlog(s: State, day: int) -> None:
    """What contracts were still to bring is lost, for want of money: nobody serves them any more.

    Accretion that was never earned and what was kept of prepayments are lost with it. What was
    slipped is now lost and late no more. Deferred revenue stays on the books: it is what customers
    claim.
    Source: 11 U.S.C. 365(g), 502(g), a contract that is rejected is breached on the day before.
    """
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        tranche = s.tranches[k]
        if s.contracts[tranche.contract].signed > day:
            continue
        if tranche.status < TRANCHE_ENDED:
            lost = left_of(s, k)
            tranche.status = TRANCHE_LOST
            tranche.dropped_as = CANCELLED
            lose_remaining(s, k, FUNDING, lost)
            tranche.lost += lost + tranche.forgone
            tranche.forgone = 0
        book_slippage(s, k, day)
    book_moved(s, PLANNED)
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        left = contract.accreted + contract.breakage
        book_for(s, c, CANCELLED, FUNDING, left)
        book_for(s, c, PLANNED, N_CAUSES, left)
        contract.accreted = 0
        contract.breakage = 0


@kernel
def leave_service(s: State, month: int) -> None:
    """GPUs and watts in service leave it, and what else a firm has that runs is nothing any more.

    The hardware stays on the books at its value of the day until it is sold for the estate.
    """
    s.stocks[GPUS_RETIRED, month] += s.stocks[GPUS_IN_SERVICE, month]
    s.stocks[MICROWATTS_RETIRED, month] += s.stocks[ACTIVE_MICROWATTS, month]
    s.stocks[MICROWATTS_RETIRED, month] -= s.stocks[LET_MICROWATTS, month]
    s.stocks[ENERGISED_MICROWATTS, month] -= s.stocks[POWERED_MICROWATTS, month]
    for measure in STOPS_WITH_THE_FIRM:
        s.stocks[measure, month] = 0
    for site in range(len(s.site_months)):
        for row in (SITE_HANDED, SITE_POWERED, SITE_LOAD):
            s.site_months[site, row, month] = 0


@kernel
def sale_value(s: State, f: int) -> int:
    """What the hardware and buildings that a facility financed fetch in a forced sale [cents].

    f: NONE for all that no facility financed. Book value, construction in progress included, times
    the forced-sale share; intangibles fetch nothing. Of a building with terms of its own, see
    `building_values.forced_sale`; its tenants are still there.
    """
    book, sold = ZERO, ZERO
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        own = asset.hall != NONE and sells_apart(s, asset.hall)
        if lien_of(s, a) == f and asset.retired == 0 and asset.category != INTANGIBLES and not own:
            book += book_value(s, a)
    for h in range(len(s.halls)):
        if s.halls[h].facility == f and sells_apart(s, h):
            sold += forced_sale(s, h, s.clock[0].today)
        elif s.halls[h].facility == f:
            book += s.halls[h].in_progress
    for n in range(s.count[COMING]):
        order = s.orders[s.coming[n]]
        if order.facility == f:
            book += order.in_progress
    return sold + share_of(book, s.firm[0].forced_sale_share)


@kernel
def distribute_estate(s: State) -> None:
    """Pay lenders: each from its own reserve and lien first, then the estate by seniority.

    The estate is cash and receivables at face, what reserves and liens leave, and hardware at the
    forced-sale share. In a rank claims share in proportion. Suppliers and lessors rank after all
    lenders.
    Source: liens and priority of claims, 11 U.S.C. 506(a), 507 and 1129(b).
    """
    pool = max(cash(s) + s.balance[RESTRICTED_CASH] + s.balance[RECEIVABLES], 0)
    pool += sale_value(s, NONE)
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        claim = facility.principal + facility.accrued + facility.interest_due
        claim += facility.fees + facility.fees_due
        facility.creditor_claim = claim
        facility.in_force = 1 if is_live(s, f) else 0
        held = min(facility.reserve_held, claim)
        pool -= held
        secured = sale_value(s, f)
        facility.from_lien = min(secured, claim - held)
        facility.recovered = held + facility.from_lien
        pool += secured - facility.from_lien
    for rank in range(last_rank(s) + 1):
        open_claims = 0
        for f in range(s.count[FACILITIES]):
            if terms_of(s, f).seniority == rank:
                open_claims += s.facilities[f].creditor_claim - s.facilities[f].recovered
        paid = min(pool, open_claims)
        if paid <= 0:
            continue
        for f in range(s.count[FACILITIES]):
            facility = s.facilities[f]
            if terms_of(s, f).seniority == rank:
                rest = facility.creditor_claim - facility.recovered
                facility.recovered += min(cents(paid * (rest / open_claims)), rest)
        pool -= paid
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        if facility.stated == 0:
            s.firm[0].new_creditor_claim += facility.creditor_claim
            s.firm[0].new_recovered += facility.recovered
            s.firm[0].new_from_lien += facility.from_lien
