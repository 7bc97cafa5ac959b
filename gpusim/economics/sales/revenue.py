"""What is earned: reserved GPUs whether used or not, hours on demand, less what is not paid.

Not paid are hours that were missing, and what a late start is credited with. All of it but hours on
demand leaves the backlog. Source: definitions, revenue, late credits; ASC 606-10-25-27(a), 32-5.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, inlined, kernel
from gpusim.economics.books.ledger import (
    CASH_FROM_CUSTOMERS,
    RECEIVABLES,
    REVENUE_COMMITTED,
    REVENUE_ON_DEMAND,
    post,
)
from gpusim.economics.books.measures import (
    BILLED_GPU_HOURS,
    CFADS,
    COLLECTED,
    COLOCATION_REVENUE,
    IN_SERVICE_GPU_HOURS,
    LATE_CREDITS,
    ON_DEMAND_GPU_HOURS,
    SERVICE_CREDITS,
)
from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.economics.core.curtailment import share_not_served
from gpusim.economics.core.money import cents, share_of, whole
from gpusim.economics.core.outages import hours_of, share_off
from gpusim.economics.core.state import (
    BACKSTOP,
    CUSTOMER,
    FAILURE,
    FLEET_GPU_DAYS,
    FLEET_ON_DEMAND,
    FLEET_ON_DEMAND_HOURS,
    N_CAUSES,
    NEVER,
    NONE,
    PLANNED,
    RECOGNISED,
    REPRICED,
    TENANCY,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    UNSETTLED,
    State,
    World,
)
from gpusim.economics.plant.market import on_demand_revenue, sold_share
from gpusim.economics.plant.site_costs import energy_hour
from gpusim.economics.sales.backlog import book_for, value_through
from gpusim.economics.sales.losses import NO_CAUSE, left_of, put_available, waiting_days


@kernel
def recognise_alone(s: State, k: int, through: int) -> None:
    """Recognise what one tranche has earned up to and including a day; it leaves the backlog."""
    amount = recognise(s, k, through)
    book_for(s, s.tranches[k].contract, RECOGNISED, NO_CAUSE, amount)


@inlined
def recognise(s: State, k: int, through: int) -> int:
    """Committed revenue up to and including a day: reserved GPUs earn whether used or not.

    Days and service credits lost so far are not earned. Returns what the caller takes out of the
    backlog [cents]. Source: definitions, revenue; ASC 606-10-25-27(a).
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    first = tranche.start if contract.shifts != 0 else tranche.planned_start
    earned = value_through(s, k, first, through - first + 1) - tranche.lost
    amount = earned - tranche.recognised
    tranche.recognised = earned
    tranche.through = through
    contract.earned += amount
    note_earned(s, tranche.contract, amount)
    post(s, RECEIVABLES, REVENUE_COMMITTED, amount)
    return int(amount)


@kernel
def take_back(s: State, k: int, amount: int) -> None:
    """Part of what a tranche that is over has earned this month is not paid [cents]."""
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    tranche.recognised -= amount
    contract.earned -= amount
    post(s, RECEIVABLES, REVENUE_COMMITTED, -amount)
    book_earned(s, tranche.contract, -amount)


@kernel
def book_earned(s: State, c: int, amount: int) -> None:
    """Committed revenue of a contract [cents] leaves the backlog."""
    book_for(s, c, RECOGNISED, NO_CAUSE, amount)
    note_earned(s, c, amount)


@kernel
def book_financing(s: State, c: int, amount: int) -> None:
    """Accretion of a contract becomes revenue [cents]; it is planned as it is earned.

    The plan is of the price alone: what the time of payment adds was in nobody's plan.
    """
    book_for(s, c, PLANNED, NO_CAUSE, amount)
    book_earned(s, c, amount)


@kernel
def note_earned(s: State, c: int, amount: int) -> None:
    """Write a contract's committed revenue of the month [cents], where that is kept.

    That of tenancies is counted apart.
    """
    if s.contracts[c].kind == TENANCY:
        s.stocks[COLOCATION_REVENUE, s.clock[0].month] += amount
    if len(s.earned) > 0:
        s.earned[c, s.clock[0].month] += amount


@kernel
def use_put(s: State, k: int, gpu_hours: int, through: int) -> int:
    """Sell unsold GPU-hours to the customer that must take them; returns the hours it took.

    Source: order of an investor to buy capacity the operator has not sold (8-K, 2025-09).
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    available = put_available(s, k, through)
    amount = min(cents(contract.put_price * gpu_hours), available)
    if amount <= 0:
        return 0
    tranche.recognised += amount
    contract.earned += amount
    book_earned(s, tranche.contract, amount)
    post(s, RECEIVABLES, REVENUE_COMMITTED, amount)
    return min(int(amount / contract.put_price), gpu_hours)


@kernel
def unpaid_share(failed: float, short: float, allowance: float, multiple: float) -> float:
    """Share of a month's fee that a customer does not pay for GPU-hours it did not get.

    failed, short: hours of failed GPUs, and all that were missing [share of reserved hours];
    allowance of the service level [share], multiple of the price that it credits. Hours of failed
    GPUs are not billed. The service level credits what is missing beyond its allowance; hours that
    are not billed anyway count towards that credit, at their price. At most the fee.
    Source: ASC 606-10-32-5 to 32-9, service-level credits are variable consideration.

    >>> [unpaid_share(0.25, 0.5, 0.25, multiple) for multiple in (0.0, 1.0, 2.0, 8.0)]
    [0.25, 0.25, 0.5, 1.0]
    """
    return min(max(failed, max(short - allowance, 0.0) * multiple), 1.0)


@kernel
def give_credit(s: State, w: World, k: int, month: int, day: int) -> None:
    """A tranche is not paid for hours it did not get, nor for what a late start credits it with.

    Its month is repriced, through failure and through what held the start up. One that is over has
    earned its last month without that: it is taken back.
    Source: definitions, hours not delivered, late credits.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    live = tranche.status == TRANCHE_LIVE
    through = day if live else tranche.through
    failed, short = missing_shares(s, k, w.month_end[month - 1] + 1, through)
    share = unpaid_share(failed, short, contract.sla_allowance, contract.sla_multiple)
    if share <= 0.0 and tranche.late_credit == 0:
        return
    fee = fee_between(s, k, w.month_end[month - 1], through)
    credit = share_of(fee, share)
    tranche.lost += credit
    book_for(s, tranche.contract, REPRICED, FAILURE, -credit)
    s.stocks[SERVICE_CREDITS, month] += credit
    credit += give_late_credit(s, k, month, fee - credit)
    if not live:
        take_back(s, k, credit)


@kernel
def missing_shares(s: State, k: int, first: int, last: int) -> tuple[float, float]:
    """Hours of failed GPUs, and all that a tranche was without [shares of those it reserved].

    first, last: of the month, or of what of it the tranche was in force [day]. Failures are its
    pool's of the month; while its site stands still on its own days, all of the rest is missing,
    and of GPUs while it is curtailed.
    Source: definitions, outages of a site, curtailment that is paid for.
    """
    tranche = s.tranches[k]
    failed, short, off = 0.0, 0.0, 0.0
    since = max(first, tranche.start)
    if tranche.pool != NONE:
        pool = s.pools[tranche.pool]
        failed, short = pool.failed_share, pool.short_share
        if since <= last:
            off = share_not_served(s, pool.site, since, last)
    elif since <= last:
        off = share_off(s, tranche.site, since, last)
    return failed, short + (1.0 - short) * off


@kernel
def fee_between(s: State, k: int, before: int, through: int) -> int:
    """What a tranche is worth after a day, from its start on, up to and including another [cents].

    before, through [day]. A fixed end counts from the planned start, whenever it starts.
    """
    tranche = s.tranches[k]
    shifts = s.contracts[tranche.contract].shifts != 0
    first = tranche.start if shifts else tranche.planned_start
    unpaid_until = max(before, tranche.start - 1)
    upto = value_through(s, k, first, through - first + 1)
    return int(upto - value_through(s, k, first, unpaid_until - first + 1))


@kernel
def give_credits(s: State, w: World, month: int, day: int) -> None:
    """Tranches are not paid for hours of the month they did not get, nor for late starts, if any.

    Those that were over within it are not either.
    """
    short, before = 0.0, w.month_end[month - 1]
    for p in range(len(s.pools)):
        short = max(short, s.pools[p].short_share)
    for site in range(len(s.sites)):
        short = max(short, share_not_served(s, site, before + 1, day))
    if short <= 0.0 and s.firm[0].late_credits == 0:
        return
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        tranche = s.tranches[k]
        over = tranche.status >= TRANCHE_ENDED and tranche.start < NEVER
        bills = tranche.status == TRANCHE_LIVE or (over and tranche.through > before)
        if bills and s.contracts[tranche.contract].kind != BACKSTOP:
            give_credit(s, w, k, month, day)
        if tranche.status >= TRANCHE_ENDED and tranche.late_credit > 0:
            drop_late_credit(s, k)


@kernel
def sell_on_demand(s: State, w: World, p: int, puts: int, month: int, day: int) -> None:
    """Unsold accepted GPUs earn the list price for the share of hours the market takes.

    puts: live backstops [count]. One that pays more than the list price comes before the market,
    others take what the market leaves; none for less than the energy of an hour. Paid by card in
    the month. Hours of service and of billing are counted on the way.
    """
    pool = s.pools[p]
    pool.sold_hours = 0
    pool.sold_for = 0
    if pool.in_service_gpu_days == 0:
        return
    g = pool.gen
    free = pool.free_gpu_days * HOURS_PER_DAY - hours_of(pool.free_off)
    taken, avoidable = 0, 0.0
    if puts > 0:
        avoidable = energy_hour(s, g, pool.site, w.month_end[month - 1] + 1, w.month_end[month])
        taken = sell_to_puts(s, g, free, max(w.on_demand_price[g, month], avoidable), day)
    sold = whole((free - taken) * sold_share(s, w, g, month))
    if puts > 0:
        taken += sell_to_puts(s, g, free - taken - sold, avoidable, day)
    revenue = on_demand_revenue(w, g, month, sold)
    pool.sold_hours = sold
    pool.sold_for = revenue
    post(s, CASH_FROM_CUSTOMERS, REVENUE_ON_DEMAND, revenue)
    s.stocks[COLLECTED, month] += revenue
    s.stocks[CFADS, month] += revenue
    s.stocks[ON_DEMAND_GPU_HOURS, month] += sold
    billed = pool.billing_gpu_days * HOURS_PER_DAY + sold + taken
    billed -= hours_of(pool.billing_off)
    s.stocks[BILLED_GPU_HOURS, month] += billed
    s.sites[pool.site].billed_microwatt_days += billed / HOURS_PER_DAY * s.gens[g].it_microwatts
    s.fleet[g, FLEET_GPU_DAYS, month] += pool.in_service_gpu_days
    s.fleet[g, FLEET_ON_DEMAND, month] += revenue
    s.fleet[g, FLEET_ON_DEMAND_HOURS, month] += sold
    s.stocks[IN_SERVICE_GPU_HOURS, month] += pool.in_service_gpu_days * HOURS_PER_DAY
    pool.free_gpu_days = 0
    pool.in_service_gpu_days = 0
    pool.billing_gpu_days = 0
    pool.free_off = 0
    pool.billing_off = 0


@kernel
def sell_to_puts(s: State, g: int, gpu_hours: int, above: float, day: int) -> int:
    """Hours that the backstops of a generation take which pay more than something.

    above [cents/GPU-hour]: what the hour would bring or spare elsewhere.
    """
    left = gpu_hours
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        contract = s.contracts[s.tranches[k].contract]
        live = s.tranches[k].status == TRANCHE_LIVE and contract.kind == BACKSTOP
        if live and contract.gen == g and contract.put_price > above and left > 0:
            left -= use_put(s, k, left, day)
    return gpu_hours - left


@kernel
def late_credit(s: State, k: int, day: int) -> int:
    """What a tranche's customer is credited if it starts on a day [cents].

    Days on which it waited for the customer itself do not count, nor those of grace. A day is worth
    the tranche's value over the days of its term. Leaves its waiting days by cause in `State.days`.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    if contract.late_price_share <= 0.0 or day <= tranche.planned_start:
        return 0
    waiting_days(s, k, day)
    late = day - tranche.planned_start - s.days[CUSTOMER] - contract.late_grace_days
    if late <= 0:
        return 0
    a_day = tranche.value / max(tranche.term_days, 1)
    most = share_of(tranche.value, contract.late_cap_share)
    return int(min(cents(a_day * late * contract.late_price_share), most))


@kernel
def owe_late_credit(s: State, k: int, day: int) -> None:
    """A tranche starts: what its customer is to be credited, and for which cause, is known now.

    The cause is the one that held it up on most days.
    """
    owed, longest = late_credit(s, k, day), ZERO
    if owed == 0:
        return
    for cause in range(N_CAUSES):
        if cause != CUSTOMER and s.days[cause] > s.days[longest]:
            longest = cause
    s.tranches[k].late_credit = owed
    s.tranches[k].late_cause = longest
    s.firm[0].late_credits += owed


@kernel
def give_late_credit(s: State, k: int, month: int, fee: int) -> int:
    """Credit a month's fee [cents] with what is still to be credited; returns how much.

    The backlog is repriced through what held the start up.
    """
    tranche = s.tranches[k]
    credit = min(tranche.late_credit, fee)
    if credit <= 0:
        return 0
    tranche.late_credit -= credit
    s.firm[0].late_credits -= credit
    tranche.lost += credit
    book_for(s, tranche.contract, REPRICED, tranche.late_cause, -credit)
    s.stocks[LATE_CREDITS, month] += credit
    return int(credit)


@kernel
def drop_late_credit(s: State, k: int) -> None:
    """A tranche is over: what no invoice was left for is not credited."""
    tranche = s.tranches[k]
    s.firm[0].late_credits -= tranche.late_credit
    tranche.late_credit = 0


@kernel
def late_credit_to_come(s: State, k: int) -> int:
    """What a tranche's customer is still to be credited, as known today [cents].

    One that waits is taken to start today.
    """
    tranche = s.tranches[k]
    if tranche.status == TRANCHE_LIVE:
        return int(tranche.late_credit)
    if tranche.status >= TRANCHE_ENDED:
        return 0
    return late_credit(s, k, s.clock[0].today)


@kernel
def to_bill(s: State, k: int) -> int:
    """What a tranche will still bring, less what its customer is to be credited [cents]."""
    return int(left_of(s, k) - late_credit_to_come(s, k))
