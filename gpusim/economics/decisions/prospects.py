"""What a signature would do to the operator's own liquidity, added to its outlook.

Source: liquidity test of a commitment: sources and uses month by month before it is made.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.agenda import HANDOVER
from gpusim.economics.core.curtailment import curtailed_share
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    HALL_PLANNED,
    HALL_RETURNED,
    HANDED,
    NEVER,
    NONE,
    POWERED,
    PROGRAMME_TERMS,
    State,
    World,
)
from gpusim.economics.debt.debt_capacity import may_raise
from gpusim.economics.debt.loan_arithmetic import coupon
from gpusim.economics.debt.payment_dates import MONTH_END
from gpusim.economics.debt.service.foresight import expect_calendar
from gpusim.economics.decisions.capacity_source import lot_acceptance, lots_for, start_day
from gpusim.economics.decisions.cost_bases import BILLING_CONTRACTS, REVENUE
from gpusim.economics.decisions.expected_bases import foresee_hardware, foresee_power
from gpusim.economics.decisions.expected_hardware import (
    expect_draw,
    expect_facility_draw,
    is_drawable,
    paid_in,
)
from gpusim.economics.decisions.expected_sales import (
    expect_billed,
    expect_billed_term,
    expect_sales,
    idles,
)
from gpusim.economics.decisions.expected_sites import (
    bill_site,
    expect_no_operating,
    expect_operating,
    rent_offered,
)
from gpusim.economics.decisions.outlook import look_ahead, lowest
from gpusim.economics.decisions.outlook_space import add_flow, add_microwatts, last_month
from gpusim.economics.plant.market import hardware_cost_on, sold_share
from gpusim.economics.plant.sites import committed_microwatts
from gpusim.economics.sales.advances import month_credit
from gpusim.economics.sales.backlog import planned_through
from gpusim.economics.sales.revenue import unpaid_share


@kernel
def affords_deal(s: State, w: World, o: int, site: int, pooled: bool, value: int, day: int) -> bool:
    """Whether the outlook with a deal keeps the strategy's floor; true where it asks for none.

    value of the contract [cents].
    """
    policy = s.policy[0]
    if policy.liquidity_months == 0:
        return True
    look_ahead(s, w, policy.liquidity_months)
    add_deal(s, w, o, site, pooled, value, day)
    return bool(lowest(s, w, policy.liquidity_months) + may_raise(s) >= policy.liquidity_floor)


@kernel
def affords_ahead(s: State, w: World, gen: int, gpus: int, ordered: int) -> bool:
    """Whether the outlook keeps the floor with an order for nobody, paid by cash and supplier."""
    policy = s.policy[0]
    if policy.liquidity_months == 0:
        return True
    look_ahead(s, w, policy.liquidity_months)
    project_purchase(s, w, gen, gpus, ordered, ZERO, last_month(s, policy.liquidity_months))
    return bool(lowest(s, w, policy.liquidity_months) + may_raise(s) >= policy.liquidity_floor)


@kernel
def add_deal(s: State, w: World, o: int, site: int, pooled: bool, value: int, day: int) -> None:
    """Add a deal's collections, prepayment, running costs, hardware and loan to the outlook."""
    offer = w.offers[o]
    last = last_month(s, s.policy[0].liquidity_months)
    start = start_day(s, offer.gen, offer.gpus, site, pooled, offer.start_days, day)
    prepaid = share_of(value, offer.prepayment_share)
    if prepaid > 0:
        asked = max(start - offer.prepayment_days, day + 1)
        add_flow(s, w, asked + offer.payment_days, prepaid)
    expect_no_operating(s, w, last)
    expect_billed_term(s, w, site, offer.gen, offer.gpus, start, start + offer.term_days, last)
    invoice_deal(s, w, o, site, start, value, prepaid, last)
    if pooled:
        for ahead in range(s.clock[0].month, last + 1):
            if w.month_end[ahead] >= start:
                expect_sales(s, w, site, offer.gen, -offer.gpus, ahead)
        if idles(s, site):
            sold = offer.gpus * sold_share(s, w, offer.gen, s.clock[0].month)
            expect_billed(s, w, site, offer.gen, -sold, start, last)
            bill_site(s, w, site, last)
    else:
        allocate_site(s, w, site, offer.gen, offer.gpus, start, last)
    foresee_power(s, w, last)
    expect_operating(s, w, last)
    if not pooled:
        project_hardware(s, w, o, start, day, last)


@kernel
def project_hardware(s: State, w: World, o: int, start: int, day: int, last: int) -> None:
    """Expect what a deal's hardware costs, and what the programme lends for it."""
    offer = w.offers[o]
    gen = s.gens[offer.gen]
    accepted = lot_acceptance(gen.acceptance_days, ZERO, lots_for(s, offer.gen, offer.gpus))
    ordered = start - accepted - gen.fitout_days - gen.lead_days
    loan = ZERO
    if len(s.loan_programme) > 0 and s.policy[0].loan_programme != 0:
        cost = hardware_cost_on(w, offer.gen, day, offer.gpus * gen.capex)
        rest = cost - share_of(cost, gen.deposit_share)
        at_signing = share_of(offer.gpus * gen.capex, s.terms[PROGRAMME_TERMS].advance_rate)
        loan = min(at_signing, rest)
        closes = day + s.loan_programme[0].closing_days
        drawn = max(ordered, day) + gen.lead_days + gen.payment_days
        at_signing += project_draw(s, w, offer.rating, loan, drawn, start, closes, last)
        add_flow(s, w, closes, -share_of(at_signing, s.terms[PROGRAMME_TERMS].upfront_fee))
    project_purchase(s, w, offer.gen, offer.gpus, max(ordered, day), loan, last)


@kernel
def invoice_deal(
    s: State, w: World, o: int, site: int, start: int, value: int, prepaid: int, last: int
) -> None:
    """Expect a deal's invoices, less the credits of its prepayment, and its revenue.

    Hours in which its site is curtailed are paid by its service level.
    """
    offer = w.offers[o]
    month, over = s.clock[0].month, start + offer.term_days - 1
    done, billed, left = ZERO, ZERO, prepaid
    for ahead in range(month, last + 1):
        upto = planned_through(value, offer.term_days, start, w.month_end[ahead])
        if upto == 0:
            continue
        billed += 1
        first, end = max(w.month_end[ahead - 1] + 1, start), min(w.month_end[ahead], over)
        off = curtailed_share(s, site, first, end)
        unpaid = unpaid_share(0.0, off, offer.sla_allowance, offer.sla_multiple)
        invoice = upto - done - share_of(upto - done, unpaid)
        earned = invoice
        if billed >= offer.credited_from and left > 0:
            credits_left, share = offer.credited_to - billed + 1, offer.credit_share
            credit = month_credit(left, credits_left, share, invoice, invoice)
            left -= credit
            invoice -= credit
        days = offer.payment_days + offer.expected_delay
        add_flow(s, w, w.month_end[ahead] + days, invoice)
        s.cost_bases[ahead, REVENUE] += earned
        s.cost_bases[ahead, BILLING_CONTRACTS] += 1.0 if upto > done else 0.0
        done = upto


@kernel
def allocate_site(
    s: State, w: World, site: int, gen: int, gpus: int, start: int, last: int
) -> None:
    """Expect GPUs in service, and of an optional hall that must be taken what they need.

    Its lease starts when fit-out does. What power, staff and variable rent cost then is noted, and
    left to `expect_operating`.
    """
    microwatts = gpus * s.gens[gen].it_microwatts
    lots = lots_for(s, gen, gpus)
    service = start - lot_acceptance(s.gens[gen].acceptance_days, ZERO, lots)
    room = -committed_microwatts(s, site) - microwatts
    for h in range(s.sites[site].first_hall, s.sites[site].past_halls):
        hall = s.halls[h]
        taken = hall.status != HALL_PLANNED or s.due[HANDOVER, h] < NEVER
        if taken and hall.status != HALL_RETURNED:
            room += hall.microwatts
    cost = hardware_cost_on(w, gen, s.clock[0].today, gpus * s.gens[gen].capex)
    foresee_hardware(s, w, site, gen, gpus, cost, service, last)
    if room < 0:
        handed = service - s.gens[gen].fitout_days
        add_microwatts(s, w, HANDED, site, microwatts, handed, last)
        add_microwatts(s, w, POWERED, site, microwatts, handed, last)
        rent_offered(s, w, site, microwatts, handed, last)
    bill_site(s, w, site, last)


@kernel
def project_draw(
    s: State, w: World, rating: int, amount: int, day: int, start: int, opens: int, last: int
) -> int:
    """Expect the programme's loan for a deal, at today's base rate and spread.

    opens: the day it closes. Returns what it is drawn for interest before the deal starts [cents].
    """
    terms = s.terms[PROGRAMME_TERMS]
    expect_deal_draw(s, w, rating, NONE, amount, day, start, last)
    if terms.draws_interest == 0:
        return 0
    deal, closes, drawn = (
        len(s.interest_ahead) - 1,
        opens + s.loan_programme[0].availability_days,
        0,
    )
    for ahead in range(s.clock[0].month, last + 1):
        fell = s.interest_ahead[deal, ahead]
        first, paid = paid_in(w, ahead, MONTH_END)
        if fell > 0 and paid <= closes:
            more = share_of(fell, terms.advance_rate)
            drawn += more
            expect_deal_draw(s, w, rating, first, more, paid, start, last)
    return int(drawn)


@kernel
def expect_deal_draw(
    s: State,
    w: World,
    rating: int,
    first: int,
    amount: int,
    day: int,
    start: int,
    last: int,
) -> None:
    """Expect a draw of a deal's loan. first: month of its payments; NONE: from the draw on."""
    month, terms = s.clock[0].month, s.terms[PROGRAMME_TERMS]
    expect_calendar(s, first, MONTH_END, NEVER)
    if terms.draws_interest != 0:
        s.foreseen[0].facility = len(s.interest_ahead) - 1
        s.foreseen[0].first_rent = start
    margin = margin_for(s, rating) + w.spread[month]
    s.foreseen[0].rate = coupon(terms, w.base_rate[month], margin)
    expect_draw(s, w, terms, day, amount, last)


@kernel
def margin_for(s: State, rating: int) -> float:
    """The programme's margin for a customer of a rating, before the market's spread [1/year]."""
    programme = s.loan_programme[0]
    return programme.margin_investment_grade if rating == 0 else programme.margin_other


@kernel
def project_purchase(
    s: State, w: World, gen: int, gpus: int, ordered: int, loan: int, last: int
) -> None:
    """Expect the deposit and the bill of new hardware; the supplier lends its lever's share."""
    policy, g = s.policy[0], s.gens[gen]
    cost = hardware_cost_on(w, gen, s.clock[0].today, gpus * g.capex)
    deposit = share_of(cost, g.deposit_share)
    add_flow(s, w, ordered, -deposit)
    delivered = ordered + g.lead_days
    rest = cost - deposit
    if policy.vendor != NONE and is_drawable(s, policy.vendor, delivered):
        credit = min(share_of(cost, policy.vendor_share), max(rest - loan, 0))
        add_flow(s, w, delivered, -credit)
        expect_facility_draw(s, w, policy.vendor, delivered, credit, last)
        rest -= credit
    add_flow(s, w, delivered + g.payment_days, -rest)
