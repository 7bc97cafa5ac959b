"""What of prepayments will be kept when a contract is over, and what that leaves of its backlog.

No prepayment is given back. Of value that is lost so much stays in the backlog as no invoice will
ever be lowered by: it is earned when the contract is over, see `break_prepayment`. So much is bound
too, beside the days of its notice, where a customer may leave.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.books.ledger import DEFERRED_REVENUE, REVENUE_COMMITTED, post
from gpusim.economics.core.calendar import month_number, month_start
from gpusim.economics.core.state import (
    CANCELLED,
    EXPIRED,
    N_CAUSES,
    NEVER,
    NONE,
    PLANNED,
    REPRICED,
    TRANCHE_ENDED,
    Ints,
    State,
)
from gpusim.economics.sales.advances import clear_advances, month_credit
from gpusim.economics.sales.backlog import book_for, set_value, value_through
from gpusim.economics.sales.losses import (
    NO_CAUSE,
    first_day_used,
    left_of,
    recover_loss,
    share_causes,
    tranche_rpo,
)
from gpusim.economics.sales.revenue import book_earned, book_financing
from gpusim.economics.sales.unsettled import track

AS_KNOWN, IF_IT_LEAVES = const(0), const(1)
"""Until when a customer stays: as things stand, or if it gave notice tomorrow where it may."""
OF_CANCELLED, OF_EXPIRED = const(0), N_CAUSES
"""Where the causes of each begin in a row of `State.breakage`."""


@kernel
def update_breakage(s: State, c: int, month: int, day: int) -> None:
    """Month end: what was lost of a contract leaves what its prepayments will be kept for.

    As known today: of what was booked as lost so much is taken back, in the order in which
    `break_prepayment` will, and leaves the plan with it, until it is earned or lost after all.
    """
    contract = s.contracts[c]
    restore_losses(s, c)
    if contract.loses == 0 or not is_prepaid(s, c):
        return
    most = breakage_of(s, c, month, day, AS_KNOWN)
    k = contract.first_tranche
    while k != NONE:
        tranche = s.tranches[k]
        if tranche.dropped_as == CANCELLED:
            most -= exclude_from_losses(s, s.dropped, k, CANCELLED, OF_CANCELLED, most)
        if contract.shifts == 0:
            most -= exclude_from_losses(s, s.waits, k, EXPIRED, OF_EXPIRED, most)
        k = s.tranches[k].following


@kernel
def exclude_from_losses(s: State, stock: Ints, k: int, move: int, column: int, most: int) -> int:
    """Of what was lost of a tranche, up to an amount is no loss; returns what it was [cents].

    stock: what was lost of each tranche to each cause, booked as `move`; column of `breakage`.
    """
    c = s.tranches[k].contract
    amount = share_causes(s, stock, k, most)
    if amount == 0:
        return 0
    for cause in range(N_CAUSES):
        s.breakage[c, column + cause] += s.days[cause]
        book_for(s, c, move, cause, -s.days[cause])
    s.contracts[c].breakage += amount
    book_for(s, c, PLANNED, NO_CAUSE, -amount)
    return int(amount)


@kernel
def restore_losses(s: State, c: int) -> None:
    """What was set apart of a contract's losses counts as lost again."""
    contract = s.contracts[c]
    if contract.breakage == 0:
        return
    for cause in range(N_CAUSES):
        book_for(s, c, CANCELLED, cause, s.breakage[c, OF_CANCELLED + cause])
        book_for(s, c, EXPIRED, cause, s.breakage[c, OF_EXPIRED + cause])
        s.breakage[c, OF_CANCELLED + cause] = 0
        s.breakage[c, OF_EXPIRED + cause] = 0
    book_for(s, c, PLANNED, NO_CAUSE, contract.breakage)
    contract.breakage = 0


@kernel
def breakage_rpo(s: State, c: int, month: int, day: int) -> int:
    """What of a contract's prepayments is bound beside the days of `tranche_rpo` [cents].

    Where the customer may leave, what would be kept if it gave notice tomorrow, and no more than
    the backlog. Source: ASC 606-10-50-13; 606-10-55-48, breakage.
    """
    contract = s.contracts[c]
    if contract.exit_notice_days <= 0 or contract.signed > day or not is_prepaid(s, c):
        return int(contract.breakage)
    beyond = contract.breakage
    k = contract.first_tranche
    while k != NONE:
        beyond += left_of(s, k) - tranche_rpo(s, k, day)
        k = s.tranches[k].following
    return int(min(breakage_of(s, c, month, day, IF_IT_LEAVES), beyond))


@kernel
def is_prepaid(s: State, c: int) -> bool:
    """Whether something was paid ahead for a contract and is not earned, or is still to come."""
    contract = s.contracts[c]
    return bool(contract.balance > 0 or contract.prepayment > 0 or contract.asked > 0)


@kernel
def paid_ahead(s: State, c: int, day: int) -> int:
    """What no invoice to come of a contract asks for: paid ahead, or to be, on a day [cents].

    Accretion not counted, which no invoice is lowered by. A prepayment to come counts if it is due
    before the contract is over.
    """
    contract = s.contracts[c]
    ahead = contract.balance - contract.accreted + contract.asked
    if contract.prepayment_day <= over_on(s, c, day, AS_KNOWN):
        ahead += contract.prepayment
    return int(ahead)


@kernel
def breakage_of(s: State, c: int, month: int, day: int, leaving: int) -> int:
    """What is left of a contract's prepayments when it is over, accretion not counted [cents].

    Credits by the rule of invoices, each month from the one after `month`, which ends on `day`.
    A prepayment to come counts if it is due before the contract is over. Nobody has promised the
    renewal to which it may run on.
    leaving: `AS_KNOWN` or `IF_IT_LEAVES`.
    """
    contract = s.contracts[c]
    over = over_on(s, c, day, leaving)
    rest = contract.asked
    if contract.prepayment_day <= over:
        rest += contract.prepayment
    booked = contract.prepayment_day
    if contract.prepayment_unconditional == 0:
        booked += contract.payment_days
    left = rest + begin_rests(s, c)
    first, number = contract.credit_first, month_number(day)
    last = contract.credit_last
    m = month
    begin = day + 1
    while left > 0 and begin < over:
        m += 1
        end = min(month_start(number + m - month + 1), over)
        invoice = earned_between(s, c, day, begin, end, leaving)
        billed = invoice
        if invoice > 0 and first >= NEVER:
            first, last = m + contract.credited_from - 1, m + contract.credited_to - 1
        a = contract.advance
        while a != NONE:
            advance = s.advances[a]
            known = advance.credit_first < NEVER
            since = advance.credit_first if known else first
            until = advance.credit_last if known else last
            if since <= m and advance.rest > 0:
                share = advance.credit_share
                part = month_credit(advance.rest, until - m + 1, share, billed, invoice)
                advance.rest -= part
                invoice -= part
                left -= part
            a = advance.following
        if first <= m and booked < month_start(number + m - month + 1):
            part = month_credit(rest, last - m + 1, contract.credit_share, billed, invoice)
            rest -= part
            left -= part
        begin = end
    return int(left)


@kernel
def begin_rests(s: State, c: int) -> int:
    """Set what of each prepaid balance is left to credit today; returns their sum [cents]."""
    total = ZERO
    a = s.contracts[c].advance
    while a != NONE:
        s.advances[a].rest = s.advances[a].balance - s.advances[a].accreted
        total += s.advances[a].rest
        a = s.advances[a].following
    return int(total)


@kernel
def over_on(s: State, c: int, day: int, leaving: int) -> int:
    """First day on which no tranche of a contract bills or can start any more, as known [day]."""
    over = day + 1
    contract = s.contracts[c]
    k = contract.first_tranche
    while k != NONE:
        until = used_until(s, k, day, leaving)
        if until > first_day_used(s, k, day + 1):
            over = max(over, until)
        k = s.tranches[k].following
    return int(over)


@kernel
def used_until(s: State, k: int, day: int, leaving: int) -> int:
    """First day on which a tranche serves its customer no more, as known at a day's end [day]."""
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    if tranche.status >= TRANCHE_ENDED:
        return ZERO
    until = min(first_day_used(s, k, day + 1) + tranche.term_days, tranche.leaves)
    if leaving == IF_IT_LEAVES and tranche.leaves >= NEVER:
        until = min(until, day + 1 + contract.exit_notice_days)
    return int(until)


@kernel
def earned_between(s: State, c: int, day: int, begin: int, end: int, leaving: int) -> int:
    """What a contract's tranches will earn from a day until the day before another [cents]."""
    contract = s.contracts[c]
    total = ZERO
    k = contract.first_tranche
    while k != NONE:
        first = first_day_used(s, k, day + 1)
        until = used_until(s, k, day, leaving)
        if until > begin:
            before = value_through(s, k, first, begin - first)
            total += value_through(s, k, first, min(end, until) - first) - before
        k = s.tranches[k].following
    return int(total)


@kernel
def break_prepayment(s: State, c: int, month: int) -> None:
    """What is left of prepayments when a contract is over is revenue: nobody can claim it.

    It takes the place of value that was lost: of tranches that were dropped, of days that expired
    unserved; what was left in the backlog for it (`Contract.breakage`) is booked anew. The rest
    raises the transaction price, so that backlog is repriced and recognised in one.
    Source: ASC 606-10-55-48, breakage; prepayments of capacity contracts are non-refundable.
    """
    contract = s.contracts[c]
    last = contract.last_tranche
    if last == NONE:
        return
    restore_losses(s, c)
    left = contract.balance
    price = left - contract.accreted
    added = price
    k = contract.first_tranche
    while k != NONE:
        tranche = s.tranches[k]
        added -= recover_loss(s, s.dropped, k, tranche.dropped_as, added)
        if contract.shifts == 0:
            added -= recover_loss(s, s.waits, k, EXPIRED, added)
        k = tranche.following
    set_value(s, last, s.tranches[last].value + added)
    s.tranches[last].recognised += added
    track(s, last)
    book_for(s, c, REPRICED, NO_CAUSE, added)
    book_earned(s, c, price)
    book_financing(s, c, contract.accreted)
    post(s, DEFERRED_REVENUE, REVENUE_COMMITTED, left)
    clear_advances(s, c)
