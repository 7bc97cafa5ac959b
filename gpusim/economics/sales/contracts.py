"""Contracts and tranches come to life: signed, stated in the model or made of an offer."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.agenda import DEFAULT, PLANNED_START, RESET, schedule
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    CONTRACTS,
    CUSTOMERS,
    NEVER,
    NONE,
    REPRICED,
    SIGNED,
    TAKE_OR_PAY,
    TRANCHE_GRANTED,
    TRANCHE_SIGNED,
    TRANCHES,
    State,
    World,
)
from gpusim.economics.plant.market import (
    indexed_price_share,
    next_reset_day,
    whole_months_from,
)
from gpusim.economics.plant.sites import take_over_hall
from gpusim.economics.plant.tenants import claim_power, lets_power
from gpusim.economics.sales.backlog import (
    book_for,
    set_value,
    stated_through,
    stated_value,
    value_through,
)
from gpusim.economics.sales.contracted_cash_schedule import plan_again
from gpusim.economics.sales.losses import NO_CAUSE, lose_unusable
from gpusim.economics.sales.unsettled import join_contract, track


@kernel
def sign(s: State, w: World, c: int, day: int) -> None:
    """A contract is signed: the value of its tranches joins the backlog of its vintage.

    What it lets is claimed at its site, and an optional hall is asked for if it needs one.
    """
    contract = s.contracts[c]
    fix_base(s, w, c, s.clock[0].month)
    k = contract.first_tranche
    while k != NONE:
        book_for(s, c, SIGNED, NO_CAUSE, s.tranches[k].value)
        if lets_power(s, k) and s.tranches[k].status < TRANCHE_GRANTED:
            claim_power(s, k)
            take_over_hall(s, w, s.tranches[k].site)
        k = s.tranches[k].following


@kernel
def fix_base(s: State, w: World, c: int, month: int) -> None:
    """The price of a contract stands for the index of its signature, if it states no other."""
    contract = s.contracts[c]
    if contract.index_months > 0 and contract.index_base <= 0.0:
        contract.index_base = w.rental_index[contract.gen, month]


@kernel
def count_to_reset(s: State, w: World, k: int, day: int) -> None:
    """A tranche bills from a day on: the first reset of its price, if it follows an index."""
    tranche = s.tranches[k]
    if s.contracts[tranche.contract].index_months > 0:
        tranche.index_from = whole_months_from(w, day)
        schedule_reset(s, w, k, s.clock[0].month)


@kernel
def schedule_reset(s: State, w: World, k: int, month: int) -> None:
    """The next reset of a tranche's price after a month, if its term reaches it."""
    tranche = s.tranches[k]
    every = s.contracts[tranche.contract].index_months
    day = next_reset_day(w, tranche.index_from, every, month)
    if day < tranche.end:
        schedule(s, RESET, k, day)


@kernel
def reset_price(s: State, w: World, k: int, day: int) -> None:
    """The price of a tranche follows the rental index of today's month, until the next reset.

    What the days to come are worth more, or less, is repriced. What its customer is to lose by a
    notice that is given changes with it. Source: definitions, a price that follows the rental
    index; ASC 606-10-32-42 to 32-45.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    month = s.clock[0].month
    schedule_reset(s, w, k, month)
    tranche.index_share = w.rental_index[tranche.gen, month] / contract.index_base
    price = indexed_price_share(
        w.rental_index[tranche.gen, month],
        contract.index_base,
        contract.index_share,
        contract.index_floor,
        contract.index_cap,
    )
    if price == (tranche.price_share if tranche.resets > 0 else 1.0):
        return
    past = day - tranche.start
    before = value_through(s, k, tranche.start, past)
    to_come = stated_value(s, k) - stated_through(s, k, past)
    value = before + cents(to_come * price)
    book_for(s, tranche.contract, REPRICED, NO_CAUSE, value - tranche.value)
    tranche.value = value
    tranche.resets += 1
    tranche.price_days = past
    tranche.price_before = before
    tranche.price_share = price
    if tranche.leaves < NEVER:
        lose_unusable(s, k, day)
    plan_again(s, w, tranche.contract, month)


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
    contract.index_months = 0
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
