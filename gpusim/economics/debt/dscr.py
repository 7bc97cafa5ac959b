"""Debt service cover: of the whole firm, and of one loan by the contracts it finances."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.ledger import COST_POWER, COST_SITE, COST_VARIABLE_RENT
from gpusim.economics.books.measures import CFADS, DEBT_SERVICE
from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.economics.core.money import cents, share_of
from gpusim.economics.core.state import (
    CONTRACTS,
    DSCR,
    FACILITIES,
    LOAN_LEFT,
    NONE,
    OWN_CONTRACTS,
    TRANCHE_LIVE,
    State,
)
from gpusim.economics.debt.facilities import terms_of
from gpusim.economics.plant.tenants import lets_power

TRAILING_MONTHS = 12


@kernel
def note_own_cash(s: State, month: int, days: int, rent_due: int) -> None:
    """Write what each loan's contracts leave for its debt service this month.

    What customers paid less the service fee, less a share of site costs, power and rent by the
    power of the GPUs and tenants under its contracts over that of all in service, both on the
    month's last day: costs of all sites together. That is kept apart; then likewise what GPUs of
    its borrower, if that has pools of its own, sold on demand. Prepayments are left out: they pay
    for capex. Site costs count as they arise, rent as it is due.
    Source: definitions, CFADS of a borrower.
    """
    microwatts = 0
    for site in range(len(s.sites)):
        microwatts += s.sites[site].load_microwatts
    cost = rent_due
    cost += s.ledger[COST_POWER, month] + s.ledger[COST_SITE, month]
    cost += s.ledger[COST_VARIABLE_RENT, month]
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        f = contract.facility
        if f == NONE:
            continue
        facility, fee = s.facilities[f], terms_of(s, f).service_fee
        received = s.received[c, month]
        s.own_cash[f, month] += received - share_of(received, fee)
        k = contract.first_tranche
        while k != NONE:
            tranche, used = s.tranches[k], s.tranches[k].microwatts
            if not lets_power(s, k):
                used = tranche.gpus * s.gens[tranche.gen].it_microwatts
            k = tranche.following
            if tranche.status != TRANCHE_LIVE:
                continue
            if facility.first_month == 0:
                facility.first_month = month
            if microwatts > 0:
                s.own_cash[f, month] -= cents(cost * (used / microwatts))
    for f in range(s.count[FACILITIES]):
        s.loan_months[f, LOAN_LEFT, month] = s.own_cash[f, month]
    for p in range(len(s.pools)):
        pool = s.pools[p]
        if pool.company == 0 or pool.sold_hours == 0:
            continue
        f = lender_of(s, pool.company)
        kept = share_of(pool.sold_for, terms_of(s, f).service_fee)
        s.own_cash[f, month] += pool.sold_for - kept
        if microwatts > 0:
            drawn = pool.sold_hours * s.gens[pool.gen].it_microwatts / (HOURS_PER_DAY * days)
            s.own_cash[f, month] -= cents(cost * (drawn / microwatts))
    for f in range(s.count[FACILITIES]):
        s.facilities[f].trapped += s.own_cash[f, month]


@kernel
def lender_of(s: State, company: int) -> int:
    """The loan of a borrower apart from the firm."""
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].company == company:
            return f
    return NONE


@kernel
def dscr_terms(s: State, f: int, month: int) -> tuple[int, int]:
    """Cash available for debt service and debt service that a loan's cover counts; both [cents].

    Trailing twelve months, or fewer: the firm's since the start, a loan's own since its contracts
    billed first, and since the start if they have not yet.
    Source: definitions, DSCR.
    """
    return cover_terms(s, f, s.covenants[f, DSCR].scope, month)


@kernel
def cover_terms(s: State, f: int, scope: int, month: int) -> tuple[int, int]:
    """Likewise of the whole firm, or of what a loan's own contracts leave; see `dscr_terms`."""
    facility = s.facilities[f]
    first = max(month - TRAILING_MONTHS + 1, 1)
    cfads, service = 0, 0
    if scope != OWN_CONTRACTS:
        for m in range(first, month + 1):
            cfads += s.stocks[CFADS, m]
            service += s.stocks[DEBT_SERVICE, m]
        return cfads, service
    if facility.first_month <= month:
        first = max(first, facility.first_month)
    for m in range(first, month + 1):
        cfads += s.own_cash[f, m]
        service += s.own_service[f, m]
    return cfads, service
