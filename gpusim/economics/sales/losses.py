"""What of a contract's value is late or lost, and what held it up.

Plan, what is earned, what is lost and what has slipped always add up, see `book_slippage`; how the
causes share a wait is told by the waiting days of `waiting_days`.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, inlined, kernel
from gpusim.economics.core.calendar import LONGEST_MONTH
from gpusim.economics.core.money import in_proportion, muldiv
from gpusim.economics.core.state import (
    BACKSTOP,
    CANCELLED,
    CONTRACTS,
    CUSTOMER,
    EXPIRED,
    N_CAUSES,
    NEVER,
    NONE,
    PLANNED,
    SLIPPED,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    TRANCHE_WAITING,
    UNSETTLED,
    Ints,
    State,
)
from gpusim.economics.plant.sites import power_and_site
from gpusim.economics.plant.tenants import lets_power, power_of_tenant
from gpusim.economics.sales.backlog import (
    book_for,
    note_move,
    rpo_of,
    split_wait,
    value_between,
    value_through,
)
from gpusim.economics.sales.unsettled import track

NO_CAUSE = N_CAUSES
PAST = const(0)


@kernel
def left_of(s: State, k: int) -> int:
    """What a tranche will still bring [cents]."""
    tranche = s.tranches[k]
    return int(tranche.value - tranche.recognised - tranche.lost - tranche.forgone)


@kernel
def put_available(s: State, k: int, through: int) -> int:
    """What a put may still take of its value up to and including a day [cents]."""
    tranche = s.tranches[k]
    upto = value_through(s, k, tranche.start, through - tranche.start + 1)
    return upto - tranche.recognised - tranche.lost


@inlined
def book_slippage(s: State, k: int, through: int) -> None:
    """Close a signed tranche's month: its frozen plan, what is lost or slipped, and why.

    slipped stock = plan to date - recognised - lost; it returns to zero as the value is earned. The
    plan of what is lost is over on the day of the loss: a lost tranche has none beyond that, and
    one whose customer has given notice has what it earns and loses. What the plan moved is added to
    `State.moved`. What the stock grows by has slipped (`State.slips`), by the causes as known at
    this month's end: a cause that turns out to have been another gives back what was booked to it,
    also where a whole term has slipped and the wait goes on, and where the first month is free.
    Source: definitions, slippage and leakage.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    if contract.kind == BACKSTOP and tranche.status == TRANCHE_LIVE:
        expire(s, k, through)
    if contract.shifts == 0 and tranche.status == TRANCHE_WAITING:
        lose_days(s, k, through)
    if tranche.leaves < NEVER:
        lose_unusable(s, k, through + 1)
    settled = contract.kind == BACKSTOP or tranche.status == TRANCHE_LOST or tranche.forgone > 0
    if settled or is_on_plan(s, k, through):
        plan = tranche.recognised + tranche.lost + tranche.forgone
    else:
        planned = tranche.planned_start
        plan = value_through(s, k, planned, through - planned + 1)
    s.moved[contract.vintage] += plan - tranche.planned
    note_move(s, tranche.contract, PLANNED, NO_CAUSE, plan - tranche.planned)
    tranche.planned = plan
    stock = plan - tranche.recognised - tranche.lost - tranche.forgone
    begins = tranche.status == TRANCHE_LIVE and through - tranche.start < LONGEST_MONTH
    waits = tranche.status == TRANCHE_WAITING or begins
    if stock != tranche.slipped or (waits and stock > 0):
        later = int(stock >= tranche.slipped)
        for cause in range(N_CAUSES):
            s.slips[cause] -= later * s.waits[k, cause]
        book_by_cause(s, k, stock, SLIPPED, through + 1)
        for cause in range(N_CAUSES):
            s.slips[cause] += later * s.waits[k, cause]
        tranche.slipped = stock


@inlined
def is_on_plan(s: State, k: int, through: int) -> bool:
    """Whether what a tranche has earned up to a day is what its plan says, without working it out.

    It bills since its planned start, has lost nothing, and is recognised up to that day.
    """
    tranche = s.tranches[k]
    bills = tranche.status == TRANCHE_LIVE and tranche.through == through
    return bills and tranche.start == tranche.planned_start and tranche.lost == 0


@inlined
def tranche_rpo(s: State, k: int, through: int) -> int:
    """A tranche's remaining performance obligation at a day's end [cents].

    Bound are the days that the customer would still use if it gave notice tomorrow, see
    `lose_unusable`. What prepayments would be kept for then comes on top, see `breakage`.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    days_left, starts_in, first = ZERO, ZERO, tranche.planned_start
    if tranche.leaves >= NEVER:
        first = first_day_used(s, k, through + 1)
        days_left = max(min(first + tranche.term_days - 1 - through, tranche.term_days), 0)
        starts_in = max(first - 1 - through, 0)
    uneven = tranche.rates > 0 or tranche.resets > 0 or lets_power(s, k)
    if uneven and contract.kind != BACKSTOP:
        return rated_rpo(s, k, first, contract.exit_notice_days, days_left, starts_in)
    return rpo_of(
        contract.kind,
        tranche.value,
        tranche.recognised,
        tranche.lost + tranche.forgone,
        contract.exit_notice_days,
        days_left,
        starts_in,
    )


@kernel
def rated_rpo(
    s: State, k: int, first: int, exit_notice_days: int, days_left: int, starts_in: int
) -> int:
    """`rpo_of` a tranche with price steps: the days that bind count with what each is worth.

    first: day from which its term counts.
    """
    tranche = s.tranches[k]
    left = tranche.value - tranche.recognised - tranche.lost - tranche.forgone
    bound = max(exit_notice_days - starts_in, 0)
    if exit_notice_days <= 0 or bound >= days_left:
        return int(left)
    used = tranche.term_days - days_left
    rest = value_between(s, k, first, used, tranche.term_days)
    if rest <= 0 or left <= 0:
        return ZERO
    return int(in_proportion(left, value_between(s, k, first, used, used + bound), rest))


@kernel
def lose_days(s: State, k: int, through: int) -> None:
    """Days a tranche with a fixed end has waited are lost, booked to what held it up."""
    tranche = s.tranches[k]
    planned = tranche.planned_start
    lost = value_through(s, k, planned, through - planned + 1)
    tranche.lost = lost
    if lost > 0:
        s.contracts[tranche.contract].loses = 1
    book_by_cause(s, k, lost, EXPIRED, through + 1)


@kernel
def expire(s: State, k: int, through: int) -> None:
    """Put months that were not used expire; the plan holds only what was."""
    tranche = s.tranches[k]
    amount = put_available(s, k, through)
    tranche.lost += amount
    book_for(s, tranche.contract, EXPIRED, NO_CAUSE, amount)


@kernel
def lose_unusable(s: State, k: int, day: int) -> None:
    """What the customer of a tranche cannot use before it leaves is lost, as known on a day.

    For one that waits it is more with every day, see `give_notice`.
    """
    tranche = s.tranches[k]
    if tranche.status >= TRANCHE_ENDED:
        return
    first = first_day_used(s, k, day)
    lost = tranche.value - value_through(s, k, first, tranche.leaves - first)
    more = lost - tranche.forgone
    tranche.forgone = lost
    tranche.dropped_as = CANCELLED
    lose_remaining(s, k, CUSTOMER, more)


@kernel
def first_day_used(s: State, k: int, day: int) -> int:
    """Day from which a term counts: of its start, or the earliest that is left for it from a day.

    A fixed end counts from the planned start, whenever it starts.
    """
    tranche = s.tranches[k]
    if s.contracts[tranche.contract].shifts == 0:
        return int(tranche.planned_start)
    if tranche.start < NEVER:
        return int(tranche.start)
    return int(max(tranche.planned_start, day))


@kernel
def lose_remaining(s: State, k: int, cause: int, amount: int) -> None:
    """Value of a tranche that is dropped leaves the backlog for a cause [cents].

    What will be left of prepayments takes its place at the month's end, see `breakage`.
    """
    tranche = s.tranches[k]
    s.contracts[tranche.contract].loses = 1
    s.dropped[k, cause] += amount
    book_for(s, tranche.contract, tranche.dropped_as, cause, amount)


@kernel
def reverse_notice_loss(s: State, k: int) -> None:
    """What a notice had cost is not lost by it: the customer fails before it leaves."""
    tranche = s.tranches[k]
    lose_remaining(s, k, CUSTOMER, -tranche.forgone)
    tranche.forgone = 0


@kernel
def recover_loss(s: State, stock: Ints, k: int, move: int, most: int) -> int:
    """What was lost of a tranche is paid for, up to an amount, and earned [cents].

    stock: what was lost of each tranche to each cause, and how that was booked (`move`). Taken back
    from the causes in proportion; returns what it was.
    """
    tranche = s.tranches[k]
    paid = share_causes(s, stock, k, most)
    if paid == 0:
        return 0
    for cause in range(N_CAUSES):
        stock[k, cause] -= s.days[cause]
        book_for(s, tranche.contract, move, cause, -s.days[cause])
    tranche.lost -= paid
    tranche.recognised += paid
    track(s, k)
    return int(paid)


@kernel
def share_causes(s: State, stock: Ints, k: int, most: int) -> int:
    """Share an amount, at most what was lost of a tranche, over the causes of that loss [cents].

    stock: what was lost of each tranche to each cause. Fills `State.days`, in proportion, the
    largest takes the rounding; returns the amount.
    """
    lost, widest = ZERO, ZERO
    for cause in range(N_CAUSES):
        s.days[cause] = 0
        lost += stock[k, cause]
        if stock[k, cause] > stock[k, widest]:
            widest = cause
    paid = max(min(most, lost), ZERO)
    if paid == 0:
        return 0
    left = paid
    for cause in range(N_CAUSES):
        if cause != widest:
            s.days[cause] = in_proportion(paid, stock[k, cause], lost)
            left -= s.days[cause]
    s.days[widest] = left
    return int(paid)


@kernel
def book_by_cause(s: State, k: int, stock: int, move: int, until: int) -> None:
    """Split a stock of slipped or lost value over what held the tranche up, and book the change.

    The split follows the waiting days; the cause with the most days takes the rounding. As more is
    known, earlier bookings are moved between causes, so that the total always stands.
    """
    tranche = s.tranches[k]
    waited_until = tranche.start if tranche.start < NEVER else until
    waiting_days(s, k, max(waited_until, tranche.planned_start + 1))
    total, widest = ZERO, CUSTOMER
    for cause in range(N_CAUSES):
        total += s.days[cause]
        if s.days[cause] > s.days[widest]:
            widest = cause
    left = stock
    for cause in range(N_CAUSES):
        if cause != widest and total > 0:
            some = stock >= 0 and s.days[cause] > 0
            part = muldiv(stock, s.days[cause], total) if some else 0
            left -= part
            if part != s.waits[k, cause]:
                book_for(s, tranche.contract, move, cause, part - s.waits[k, cause])
                s.waits[k, cause] = part
    book_for(s, tranche.contract, move, widest, left - s.waits[k, widest])
    s.waits[k, widest] = left


@kernel
def waiting_days(s: State, k: int, until: int) -> None:
    """Fill `State.days` with a tranche's waiting days by cause, as known today.

    Each prerequisite counts from the day that, with the planned time of what follows, would have
    let billing start. Power is a cause of its own only where it came after the hall. Up to and on
    the day of signature a tranche whose GPUs, or room for whose power, are there waits for its
    customer alone.
    Source: definitions, zero days and cause of a waiting day.
    """
    tranche = s.tranches[k]
    since = tranche.planned_start
    if tranche.there != 0:
        since = max(min(s.contracts[tranche.contract].signed + 1, until), since)
    split_waiting(s, k, since, until)
    s.days[CUSTOMER] += since - tranche.planned_start


@kernel
def split_waiting(s: State, k: int, since: int, until: int) -> None:
    """Fill `State.days` with the waiting days of a tranche from a day on, by what it lacked."""
    tranche = s.tranches[k]
    if tranche.order == NONE:
        power, site = power_of_tenant(s, k)
        split_wait(
            since,
            until,
            power,
            site,
            PAST,
            PAST,
            PAST,
            PAST,
            PAST,
            PAST,
            tranche.failed_since,
            tranche.failed_days,
            s.days,
        )
        return
    order = s.orders[tranche.order]
    gen = s.gens[order.gen]
    after = gen.fitout_days + order.acceptance_planned
    power, site = power_and_site(s, tranche.order, after)
    delivery = order.delivered + after if order.delivered < NEVER else NEVER
    fitout = order.fitted + order.acceptance_planned if order.fitted < NEVER else NEVER
    funding = 0
    if order.funded >= NEVER:
        funding = NEVER
    elif order.funded > order.needed:
        funding = min(order.funded + gen.lead_days + after, delivery)
    split_wait(
        since,
        until,
        power,
        site,
        order.full_since + after,
        delivery,
        fitout,
        order.needed + gen.lead_days + after,
        funding,
        order.accepted,
        tranche.failed_since,
        tranche.failed_days,
        s.days,
    )


@kernel
def backlog_of(s: State) -> int:
    """Backlog of all signed tranches, accretion and `Contract.breakage` included [cents]."""
    total = 0
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        if s.contracts[s.tranches[k].contract].signed <= s.clock[0].today:
            total += left_of(s, k)
    for c in range(s.count[CONTRACTS]):
        total += s.contracts[c].accreted + s.contracts[c].breakage
    return int(total)
