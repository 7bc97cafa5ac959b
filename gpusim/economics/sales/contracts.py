"""Contracts and tranches come to life: signed, stated in the model or made of an offer."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.agenda import DEFAULT, PLANNED_START, schedule
from gpusim.economics.core.state import (
    CONTRACTS,
    CUSTOMERS,
    NEVER,
    NONE,
    SIGNED,
    TAKE_OR_PAY,
    TRANCHE_GRANTED,
    TRANCHE_SIGNED,
    TRANCHES,
    State,
    World,
)
from gpusim.economics.plant.sites import take_over_hall
from gpusim.economics.plant.tenants import claim_power, lets_power
from gpusim.economics.sales.backlog import book_for, set_value
from gpusim.economics.sales.losses import NO_CAUSE
from gpusim.economics.sales.unsettled import join_contract, track


@kernel
def sign(s: State, w: World, c: int, day: int) -> None:
    """A contract is signed: the value of its tranches joins the backlog of its vintage.

    What it lets is claimed at its site, and an optional hall is asked for if it needs one.
    """
    contract = s.contracts[c]
    k = contract.first_tranche
    while k != NONE:
        book_for(s, c, SIGNED, NO_CAUSE, s.tranches[k].value)
        if lets_power(s, k) and s.tranches[k].status < TRANCHE_GRANTED:
            claim_power(s, k)
            take_over_hall(s, w, s.tranches[k].site)
        k = s.tranches[k].following


@kernel
def vintage_of(s: State) -> int:
    """Vintage of a signature today: one a quarter, after the opening one."""
    return min((s.clock[0].month - 1) // 3 + 1, len(s.backlog) - 1)


@kernel
def new_customer(s: State, w: World, o: int, day: int) -> int:
    """A row of who signs an offer, and the day on which it fails; returns it."""
    offer = w.offers[o]
    who = s.count[CUSTOMERS]
    s.count[CUSTOMERS] = who + 1
    customer = s.customers[who]
    customer.id = offer.id
    customer.rating = offer.rating
    customer.planned_default = offer.fails
    customer.defaulted = 0
    if offer.fails > day:
        schedule(s, DEFAULT, who, offer.fails)
    return int(who)


@kernel
def new_contract(s: State, w: World, o: int, day: int) -> int:
    """Rows of the customer and the contract; returns the contract's."""
    offer = w.offers[o]
    who = new_customer(s, w, o, day)
    c = s.count[CONTRACTS]
    s.count[CONTRACTS] = c + 1
    contract = s.contracts[c]
    contract.id = offer.id
    contract.customer = who
    contract.rating = offer.rating
    contract.kind = TAKE_OR_PAY
    contract.signed = day
    contract.vintage = vintage_of(s)
    contract.payment_days = offer.payment_days
    contract.expected_delay = offer.expected_delay
    contract.payer = offer.payer
    contract.shifts = 1
    contract.exit_notice_days = offer.exit_notice_days
    contract.exit_day = NEVER
    contract.exit_price_share = offer.exit_price_share
    contract.renew_months = offer.renew_months
    contract.renew_price_share = offer.renew_price_share
    contract.renew_times = offer.renew_times
    contract.gen = offer.gen
    contract.sla_allowance = offer.sla_allowance
    contract.sla_multiple = offer.sla_multiple
    contract.late_price_share = offer.late_price_share
    contract.late_grace_days = offer.late_grace_days
    contract.late_cap_share = offer.late_cap_share
    contract.recharges = 0
    contract.prepayment_unconditional = 0
    contract.credited_from = offer.credited_from
    contract.credited_to = offer.credited_to
    contract.credit_share = offer.credit_share
    contract.runs_on = offer.runs_on
    contract.advance = NONE
    contract.credit_first = NEVER
    contract.credit_last = NEVER
    contract.first_billing = NEVER
    contract.origin = c
    contract.first_tranche = NONE
    contract.last_tranche = NONE
    contract.facility = NONE
    return int(c)


@kernel
def new_tranche(s: State, w: World, o: int, c: int, gpus: int, start: int, value: int) -> int:
    """A lot that waits for its planned start."""
    offer = w.offers[o]
    k = s.count[TRANCHES]
    s.count[TRANCHES] = k + 1
    track(s, k)
    tranche = s.tranches[k]
    tranche.id = offer.id
    tranche.contract = c
    tranche.group = 0
    tranche.gen = offer.gen
    tranche.site = NONE
    tranche.microwatts = 0
    tranche.rent = 0.0
    tranche.order = NONE
    tranche.rest_of = NONE
    tranche.gpus = gpus
    tranche.planned_start = start
    tranche.term_days = offer.term_days
    tranche.long_stop_days = offer.long_stop_days
    tranche.walks = offer.walks
    tranche.renews = offer.renews
    tranche.first_rate = 0
    tranche.rates = 0
    set_value(s, k, value)
    tranche.status = TRANCHE_SIGNED
    join_contract(s, k)
    s.contracts[c].open_terms += 1
    tranche.due_since = NEVER
    tranche.failed_since = NEVER
    tranche.failed_days = 0
    tranche.leaves = NEVER
    tranche.start = NEVER
    tranche.end = NEVER
    tranche.through = start - 1
    tranche.priority = 0
    schedule(s, PLANNED_START, k, start)
    return int(k)
