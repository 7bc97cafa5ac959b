"""New business: a customer asks, the operator decides, and a signature brings a contract to life.

The ask is the market's price for the term with the operator's markup; the customer accepts what it
is willing to pay. Capacity comes from idle GPUs that fit at once, or from an order for a site that
has, or will have, the power.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.core.agenda import CLOSE, NEED, PREPAY, schedule
from gpusim.economics.core.calendar import HOURS_PER_DAY, MONTHS_PER_YEAR, month_number
from gpusim.economics.core.money import cents, muldiv, share_of
from gpusim.economics.core.state import (
    COMING,
    FACILITY_PLANNED,
    LOAN,
    N_CAUSES,
    NONE,
    ORDER_FITTING,
    PROGRAMME_TERMS,
    SIGNED,
    TRANCHE_ENDED,
    UNSETTLED,
    State,
    World,
)
from gpusim.economics.debt.debt_capacity import leverage
from gpusim.economics.debt.facilities import blank_facility, liquidity_minimum
from gpusim.economics.debt.payment_dates import date_in, day_in_month
from gpusim.economics.debt.service.loan_closing import close
from gpusim.economics.debt.sizing import size_loan
from gpusim.economics.decisions.capacity_source import (
    capacity_source,
    hour_cost,
    lot_acceptance,
    lots_for,
    powered_site,
    start_day,
)
from gpusim.economics.decisions.prospects import affords_ahead, affords_deal, margin_for
from gpusim.economics.hardware.orders import blank_order
from gpusim.economics.plant.coming import note_end
from gpusim.economics.plant.market import months_of, term_price
from gpusim.economics.plant.pools import (
    company_of,
    free_gpus_of,
    in_service_of,
    pool_of,
    uncommitted_gpus,
)
from gpusim.economics.plant.reservations import reserve_gpus, stand_in_line
from gpusim.economics.sales.backlog import book_for
from gpusim.economics.sales.contracted_cash_schedule import write_contracted_cash_schedule
from gpusim.economics.sales.contracts import new_contract, new_tranche
from gpusim.economics.sales.losses import backlog_of

(
    OPEN_OFFER,
    SIGNED_OFFER,
    TERM,
    RATING,
    PREPAYMENT,
    CONCENTRATION,
    CONTRACT_SHARE,
    LEVERAGE,
    CAPACITY,
    HURDLE,
    PRICE,
    DECLINED,
    LIQUIDITY,
) = (const(n) for n in range(13))
OUTCOMES = (
    "not seen",
    "signed",
    "term outside the strategy",
    "rating below the strategy",
    "prepayment too small",
    "customer too large",
    "share of contracts reached",
    "leverage cap",
    "no site with power",
    "price below the hurdle",
    "customer found it too dear",
    "declined by the strategy",
    "liquidity floor",
)
"""What becomes of an offer, as kept in `State.offers`."""
NO_LIMIT = 2.0
"""A share of contracts that nothing is checked against."""


@kernel
def ask_of(s: State, w: World, o: int, markup: float) -> float:
    """The operator's ask for an offer: market price of the term times a markup [cents/hour]."""
    offer = w.offers[o]
    market = term_price(w, offer.gen, s.clock[0].month, months_of(offer.term_days))
    return market * markup


@kernel
def decide_bid(s: State, w: World, o: int) -> int:
    """The built-in decision: SIGNED_OFFER if the operator bids, else its reason not to."""
    offer, policy = w.offers[o], s.policy[0]
    if policy.takes_offers == 0:
        return DECLINED
    if not policy.minimum_term_days <= offer.term_days <= policy.maximum_term_days:
        return TERM
    if policy.investment_grade_only != 0 and offer.rating != 0:
        return RATING
    if offer.prepayment_share < policy.minimum_prepayment:
        return PREPAYMENT
    ask = ask_of(s, w, o, policy.price_markup)
    value = value_of(ask, offer.gpus, offer.term_days)
    cap = policy.concentration_cap
    if cap < 1.0 and value > cap * (backlog_of(s) + value):
        return CONCENTRATION
    if policy.contract_share < NO_LIMIT and committed_share(s, offer.gpus) > policy.contract_share:
        return CONTRACT_SHARE
    if policy.leverage_cap > 0.0 and leverage(s) > policy.leverage_cap:
        return LEVERAGE
    site, pooled = capacity_source(s, offer.gen, offer.gpus)
    if site == NONE:
        return CAPACITY
    if not pooled:
        today, gpus = s.clock[0].today, offer.gpus
        start = start_day(s, offer.gen, gpus, site, pooled, offer.start_days, today)
        cost = hour_cost(s, offer.gen, site, start, offer.term_days)
        if ask < cost * (1.0 + policy.hurdle_margin):
            return HURDLE
    if not affords_deal(s, w, o, site, pooled, value, s.clock[0].today):
        return LIQUIDITY
    return SIGNED_OFFER


@kernel
def value_of(price: float, gpus: int, term_days: int) -> int:
    """Value of a term: price x GPUs x hours [cents]."""
    return cents(price * HOURS_PER_DAY * gpus * term_days)


@kernel
def committed_share(s: State, more: int) -> float:
    """Share of GPUs in service or on order that contracts would hold with so many more GPUs."""
    held, total = more, 0
    for n in range(s.count[UNSETTLED]):
        tranche = s.tranches[s.unsettled[n]]
        if tranche.status < TRANCHE_ENDED:
            held += tranche.gpus
    for g in range(len(s.gens)):
        total += in_service_of(s, g)
    for n in range(s.count[COMING]):
        order = s.orders[s.coming[n]]
        if order.status <= ORDER_FITTING:
            total += order.gpus
    return held / max(total + more, 1)


@kernel
def decide_offer(s: State, w: World, o: int, verdict: int, markup: float, day: int) -> None:
    """Close an offer with the operator's decision: a bid is signed if the customer accepts it.

    markup: of the ask over the market's price for the term.
    """
    offer = w.offers[o]
    if verdict != SIGNED_OFFER:
        s.offers[o] = verdict
        return
    if markup > offer.willingness:
        s.offers[o] = PRICE
        return
    site, pooled = capacity_source(s, offer.gen, offer.gpus)
    if site == NONE:
        s.offers[o] = CAPACITY
        return
    s.offers[o] = SIGNED_OFFER
    sign_offer(s, w, o, site, pooled, markup, day)


@kernel
def sign_offer(
    s: State, w: World, o: int, site: int, pooled: bool, markup: float, day: int
) -> None:
    """Bring a contract to life: customer, contract, loan, tranches in lots, orders, prepayment."""
    offer = w.offers[o]
    gen = s.gens[offer.gen]
    ask = ask_of(s, w, o, markup)
    c = new_contract(s, w, o, day)
    contract = s.contracts[c]
    start = start_day(s, offer.gen, offer.gpus, site, pooled, offer.start_days, day)
    lots = 1 if pooled else lots_for(s, offer.gen, offer.gpus)
    first = lot_acceptance(gen.acceptance_days, ZERO, lots)
    facility = NONE
    if not pooled and len(s.loan_programme) > 0 and s.policy[0].loan_programme != 0:
        facility = new_loan(s, c, day)
    value, done = value_of(ask, offer.gpus, offer.term_days), 0
    for lot in range(lots):
        upto = offer.gpus * (lot + 1) // lots
        gpus = upto - offer.gpus * lot // lots
        part = muldiv(value, upto, offer.gpus)
        acceptance = lot_acceptance(gen.acceptance_days, lot, lots)
        k = new_tranche(s, w, o, c, gpus, start + acceptance - first, part - done)
        done = part
        pool = pool_of(s, offer.gen, site, company_of(s, facility))
        s.tranches[k].pool = pool
        note_end(s, k)
        if not pooled:
            new_order(s, w, o, k, facility, acceptance, day)
        elif uncommitted_gpus(s, pool) >= gpus:
            reserve_gpus(s, k, gpus)
        else:
            stand_in_line(s, k)
    book_for(s, c, SIGNED, N_CAUSES, value)
    contract.prepayment = share_of(value, offer.prepayment_share)
    write_contracted_cash_schedule(s, w, c)
    if facility != NONE:
        size_loan(s, w, facility, s.clock[0].month)
        if s.facilities[facility].opens <= day:
            close(s, w, facility, day)
    if contract.prepayment > 0:
        contract.prepayment_day = max(start - offer.prepayment_days, day + 1)
        schedule(s, PREPAY, c, contract.prepayment_day)


@kernel
def new_loan(s: State, c: int, day: int) -> int:
    """The programme's loan for a new contract: applied for today, closes in some weeks.

    It is sized once its orders and the plan of its contract are there.
    """
    programme, terms = s.loan_programme[0], s.terms[PROGRAMME_TERMS]
    f = blank_facility(s)
    loan = s.facilities[f]
    loan.id = s.contracts[c].id
    loan.kind = LOAN
    loan.status = FACILITY_PLANNED
    loan.contract = c
    loan.terms = PROGRAMME_TERMS
    loan.opens = day + programme.closing_days
    loan.closes = loan.opens + programme.availability_days
    loan.margin = margin_for(s, s.contracts[c].rating)
    loan.maturity = date_in(
        month_number(loan.closes) + terms.months + MONTHS_PER_YEAR, day_in_month(loan.closes)
    )
    loan.cures_left = terms.cures_allowed
    for kind in range(len(s.loan_programme_covenants)):
        s.covenants[f, kind] = s.loan_programme_covenants[kind]
    if liquidity_minimum(s, f) > 0:
        s.firm[0].liquidity_tests += 1
    s.contracts[c].facility = f
    if loan.opens > day:
        schedule(s, CLOSE, f, loan.opens)
    return f


@kernel
def new_order(s: State, w: World, o: int, k: int, facility: int, acceptance: int, day: int) -> None:
    """The order for a lot, needed in time for its planned start."""
    offer, policy, tranche = w.offers[o], s.policy[0], s.tranches[k]
    gen = s.gens[offer.gen]
    row = blank_order(s, tranche.pool, tranche.gpus)
    order = s.orders[row]
    order.id = offer.id
    order.tranche = k
    order.facility = facility
    order.vendor = policy.vendor
    order.vendor_share = policy.vendor_share if policy.vendor != NONE else 0.0
    order.loan_share = s.terms[PROGRAMME_TERMS].advance_rate if facility != NONE else 0.0
    order.fitout_drawn = offer.fitout_days
    order.acceptance_planned = acceptance
    order.acceptance_drawn = max(acceptance + offer.acceptance_days - gen.acceptance_days, 0)
    order.planned = max(tranche.planned_start - acceptance - gen.fitout_days - gen.lead_days, day)
    tranche.order = row
    schedule(s, NEED, row, order.planned)


@kernel
def build_ahead(s: State, w: World, desk: int, day: int) -> None:
    """Month start: order GPUs without a contract until the uncommitted share is reached.

    Paid by the supplier's credit and cash; never beyond the power the sites have or will have, nor
    below the liquidity floor.
    """
    policy = s.policy[0]
    g = policy.build_gen
    gen = s.gens[g]
    committed, spare = 0, free_gpus_of(s, g)
    for n in range(s.count[UNSETTLED]):
        tranche = s.tranches[s.unsettled[n]]
        if tranche.gen == g and tranche.status < TRANCHE_ENDED:
            committed += tranche.gpus
    for n in range(s.count[COMING]):
        order = s.orders[s.coming[n]]
        if order.gen == g and order.tranche == NONE:
            spare += order.gpus
    gpus = int(policy.build_ahead_share * committed) - spare
    lot = s.firm[0].acceptance_lot_microwatts // gen.it_microwatts
    gpus = min(gpus, lot)
    if gpus <= 0:
        return
    best, best_day = powered_site(s, g, gpus)
    if best == NONE:
        return
    ordered = max(best_day - gen.lead_days, day)
    if not affords_ahead(s, w, g, gpus, ordered):
        return
    row = blank_order(s, pool_of(s, g, best, ZERO), gpus)
    order = s.orders[row]
    s.pools[order.pool].none_coming = 0
    order.vendor = policy.vendor
    order.vendor_share = policy.vendor_share if policy.vendor != NONE else 0.0
    order.fitout_drawn = gen.fitout_days
    order.acceptance_planned = gen.acceptance_days
    order.acceptance_drawn = gen.acceptance_days
    order.planned = ordered
    schedule(s, NEED, row, order.planned)
