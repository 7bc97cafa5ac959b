"""The end of a term: a tranche is over, its GPUs go back to the pool or serve another term."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.rent import last_rent, rent_of_term
from gpusim.economics.core.agenda import (
    ALLOCATE,
    END,
    LEAVE,
    LONG_STOP,
    NOTICE,
    PREPAY,
    RESET,
    RETURN,
    cancel,
    schedule,
    schedule_now,
)
from gpusim.economics.core.calendar import HOURS_PER_DAY, add_months
from gpusim.economics.core.lists import leave
from gpusim.economics.core.money import cents, muldiv
from gpusim.economics.core.state import (
    BACKSTOP,
    CONTRACTS,
    NEVER,
    NONE,
    SIGNED,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    TRANCHE_WAITING,
    TRANCHES,
    WAITING,
    State,
    World,
)
from gpusim.economics.plant.coming import note_end
from gpusim.economics.plant.market import term_price
from gpusim.economics.plant.pools import add_free, count_pool, sell_aged
from gpusim.economics.plant.reservations import pass_on_failed, release_reservation
from gpusim.economics.plant.sites import move_out, reconsider_return
from gpusim.economics.plant.tenants import drop_claim, lets_power
from gpusim.economics.sales.backlog import book_for, last_day_value, set_value
from gpusim.economics.sales.contracted_cash_schedule import write_contracted_cash_schedule
from gpusim.economics.sales.contracts import vintage_of
from gpusim.economics.sales.losses import NO_CAUSE, expire, lose_days
from gpusim.economics.sales.revenue import recognise_alone
from gpusim.economics.sales.unsettled import join_contract, track


@kernel
def finish(s: State, k: int, status: int) -> None:
    """A tranche is over: ended or lost. What was set aside for it is for others.

    Halls kept for it may go back. With the last one the contract is over, and a prepayment that is
    still to fall due is not owed.
    """
    if s.tranches[k].held > 0:
        schedule_now(s, ALLOCATE, s.tranches[k].pool)
    release_reservation(s, k)
    if s.tranches[k].claimed > 0:
        drop_claim(s, k)
        reconsider_return(s, s.tranches[k].site)
    if s.tranches[k].pool != NONE:
        sell_aged(s, s.tranches[k].pool)
    s.tranches[k].status = status
    cancel(s, RESET, k)
    c = s.tranches[k].contract
    s.contracts[c].open_terms -= 1
    if s.contracts[c].open_terms <= 0:
        s.contracts[c].prepayment = 0
        cancel(s, PREPAY, c)


@kernel
def end(s: State, w: World, k: int, day: int) -> None:
    """The term is over: the GPUs go back to the pool. A tranche that never started is lost."""
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    cancel(s, LEAVE, k)
    cancel(s, NOTICE, k)
    if tranche.status == TRANCHE_WAITING:
        leave(s.waiting, s.count, WAITING, k)
        cancel(s, LONG_STOP, k)
        lose_days(s, k, day - 1)
        finish(s, k, TRANCHE_LOST)
        return
    if contract.kind == BACKSTOP:
        expire(s, k, day - 1)
        finish(s, k, TRANCHE_ENDED)
        return
    recognise_alone(s, k, day - 1)
    finish(s, k, TRANCHE_ENDED)
    if customer_renews(s, k):
        renew(s, w, k, day)
        return
    hand_back(s, k, day)


@kernel
def customer_renews(s: State, k: int) -> bool:
    """Whether the customer of a tranche that has billed keeps its GPUs, or power, for another term.

    One that has given notice does not. Power that is let for nothing is kept as other power is.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    agreed = contract.renew_months > 0 and contract.renew_times > 0 and tranche.leaves >= NEVER
    served = tranche.recognised > 0 or lets_power(s, k)
    return bool(tranche.renews != 0 and agreed and served)


@kernel
def hand_back(s: State, k: int, day: int) -> None:
    """GPUs leave a contract for the pool, at once or after they are made fit for the next.

    Those that failed while it used them are not among them; who was to take them lacks them. Let
    power is room of its site again.
    """
    tranche = s.tranches[k]
    if lets_power(s, k):
        move_out(s, tranche.site, tranche.microwatts, day)
        return
    pool, gen = s.pools[tranche.pool], s.gens[tranche.gen]
    count_pool(s, tranche.pool, day)
    gone = min(muldiv(pool.missing, tranche.gpus, pool.billing), tranche.gpus)
    pool.billing -= tranche.gpus
    pool.missing -= gone
    tranche.returning = tranche.gpus - gone
    if gen.redeploy_days > 0:
        pool.refitting += tranche.returning
        schedule(s, RETURN, k, day + gen.redeploy_days)
        sell_aged(s, tranche.pool)  # spares, if nobody is left whom they could serve
    else:
        add_free(s, tranche.pool, tranche.returning, day)
    if gone > 0:
        pass_on_failed(s, tranche.pool, gone)


@kernel
def come_back(s: State, w: World, k: int, day: int) -> None:
    """GPUs of a contract that is over can serve the next."""
    tranche = s.tranches[k]
    count_pool(s, tranche.pool, day)
    s.pools[tranche.pool].refitting -= tranche.returning
    add_free(s, tranche.pool, tranche.returning, day)


@kernel
def renew(s: State, w: World, k: int, day: int) -> None:
    """The customer stays on the same GPUs, or keeps its power, for another term.

    At a share of the old price if one is agreed, else at the market's price of today; power has no
    market, so that one is, and its rent is level. A renewal is a new contract of today's vintage,
    without prepayment; it may be renewed again. A day on which the customer will give notice holds
    for it too.
    """
    old = s.tranches[k]
    c = s.count[CONTRACTS]
    s.count[CONTRACTS] = c + 1
    copy_contract(s, old.contract, c)
    contract = s.contracts[c]
    contract.signed = day
    contract.vintage = vintage_of(s)
    contract.first_billing = day
    row = next_term(s, k, c, day)
    new = s.tranches[row]
    if lets_power(s, k):
        new.rent = last_rent(s, k) * contract.renew_price_share
        set_value(s, row, rent_of_term(s, row, day))
    elif contract.renew_price_share > 0.0:
        last_day = last_day_value(s, k)
        set_value(s, row, cents(last_day * contract.renew_price_share * new.term_days))
    else:
        price = term_price(w, old.gen, s.clock[0].month, contract.renew_months)
        set_value(s, row, cents(price * HOURS_PER_DAY * new.gpus * new.term_days))
    contract.first_tranche = NONE
    contract.last_tranche = NONE
    join_contract(s, row)
    contract.open_terms = 1
    note_end(s, row)
    book_for(s, c, SIGNED, NO_CAUSE, new.value)
    write_contracted_cash_schedule(s, w, c)
    schedule(s, END, row, new.end)
    schedule(s, NOTICE, row, contract.exit_day)


@kernel
def next_term(s: State, k: int, c: int, day: int) -> int:
    """A live tranche of a contract on the GPUs of one that has ended; its row."""
    row = s.count[TRANCHES]
    s.count[TRANCHES] = row + 1
    track(s, row)
    old, new = s.tranches[k], s.tranches[row]
    new.id = old.id
    new.contract = c
    new.gen = old.gen
    new.pool = old.pool
    new.site = old.site
    new.microwatts = old.microwatts
    new.claimed = 0
    new.hall = old.hall
    new.rent = 0.0
    new.first_step = 0
    new.steps = 0
    new.term_months = s.contracts[c].renew_months
    new.begun = 0
    new.order = NONE
    new.rest_of = NONE
    new.failed_since = NEVER
    new.failed_days = 0
    new.leaves = NEVER
    new.gpus = old.gpus
    new.planned_start = day
    new.term_days = add_months(day, s.contracts[c].renew_months) - day
    new.first_rate = 0
    new.rates = 0
    new.renews = 1
    new.status = TRANCHE_LIVE
    new.due_since = day
    new.start = day
    new.end = day + new.term_days
    new.through = day - 1
    new.priority = old.priority
    return int(row)


@kernel
def copy_contract(s: State, old: int, new: int) -> None:
    """The terms of a contract that a renewal keeps; nothing prepaid, nothing owed."""
    was, contract = s.contracts[old], s.contracts[new]
    contract.id = was.id
    contract.origin = was.origin
    contract.customer = was.customer
    contract.rating = was.rating
    contract.kind = was.kind
    contract.payment_days = was.payment_days
    contract.expected_delay = was.expected_delay
    contract.payer = was.payer
    contract.shifts = 1
    contract.exit_notice_days = was.exit_notice_days
    contract.exit_price_share = was.exit_price_share
    contract.exit_day = was.exit_day
    contract.renew_months = was.renew_months
    contract.renew_price_share = was.renew_price_share
    contract.renew_times = was.renew_times
    if was.renew_times < NEVER:
        contract.renew_times = was.renew_times - 1
    contract.gen = was.gen
    contract.dedicated = was.dedicated
    contract.sla_allowance = was.sla_allowance
    contract.sla_multiple = was.sla_multiple
    contract.late_price_share = was.late_price_share
    contract.late_grace_days = was.late_grace_days
    contract.late_cap_share = was.late_cap_share
    contract.recharges = was.recharges
    contract.facility = was.facility
    contract.runs_on = was.runs_on
    contract.sfc_rate = was.sfc_rate
    contract.index_months = 0
    contract.advance = NONE
    contract.credit_first = NEVER
    contract.credit_last = NEVER
