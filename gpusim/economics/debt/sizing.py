"""How much a lender lends: at signing the least of its caps, at each draw the last three of them.

The cap that binds is kept on the facility, so that a run can say what limits its debt.
"""

from __future__ import annotations

import numpy as np

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.core.money import cents, share_of
from gpusim.economics.core.state import (
    ASSETS,
    BILLS,
    FACILITIES,
    NEVER,
    NONE,
    OPEN,
    ORDER_IN_SERVICE,
    ORDER_PLACED,
    ORDER_PLANNED,
    ORDERS,
    SERVERS,
    Floats,
    State,
    World,
)
from gpusim.economics.debt.calendars import first_month
from gpusim.economics.debt.covenants import lender_value
from gpusim.economics.debt.draws import covered_days, leave_out_gaps
from gpusim.economics.debt.facilities import first_rent, rise_between, terms_of
from gpusim.economics.debt.loan_arithmetic import (
    advance_available,
    coupon,
    days_between,
    days_of_year,
    period_rate,
    sculpted_capacity,
)
from gpusim.economics.debt.payment_dates import (
    instalment_after,
    payment_after,
    payment_before,
    period_months,
)
from gpusim.economics.plant.market import resale_price
from gpusim.economics.plant.pools import lien_of
from gpusim.economics.sales.contracted_cash_schedule import planned_between

CAP_DSCR, CAP_ADVANCE, CAP_LTV, CAP_COMMITMENT = (const(n) for n in range(4))
CAPS = ("DSCR", "advance rate", "LTV", "commitment")
N_CAPS = const(4)
NO_CAP = 1e18
"""Above any amount [cents]."""


@kernel
def least_cap(caps: Floats) -> int:
    """Place of the least of some caps; the first of equal ones.

    caps [money], 1-d.
    Source: definitions, LTV: size at signing = min(sculpted DSCR, advance, LTV, commitment).

    >>> least_cap(np.array([120.0, 90.0, 90.0]))
    1
    """
    least = 0
    for n in range(1, len(caps)):
        if caps[n] < caps[least]:
            least = n
    return least


@kernel
def lent_on_cost(share: float, counted: float) -> float:
    """What a lender lends of what is bought, if its own costs count beside it [share].

    share of all that counts; counted beside what is bought, of what is lent: fees, the reserve
    [share]. No draw is more than the bill that it pays.
    Source: gearing of total funding: D = a (C + k D), so D = a C / (1 - a k); definitions, cost
    base.

    >>> round(lent_on_cost(0.7, 0.07), 6), lent_on_cost(0.98, 0.05), lent_on_cost(0.7, 0.0)
    (0.736067, 1.0, 0.7)
    """
    left = 1.0 - share * counted
    return 1.0 if left <= share else share / left


@kernel
def size_loan(s: State, w: World, f: int, month: int) -> None:
    """Size a loan on the day its terms are signed, and keep which cap binds.

    month of that day. What is drawn or promised already stays. A programme's loan has no
    commitment of its own. Source: as `least_cap`.
    """
    facility = s.facilities[f]
    caps = loan_caps(s, w, f, month)
    binds = least_cap(caps)
    facility.size_binds = binds
    facility.commitment = max(int(caps[binds]), facility.used + facility.reserved)
    s.sized[binds] += facility.commitment
    keep_room(s, w, f, month)


@kernel
def loan_caps(s: State, w: World, f: int, month: int) -> Floats:
    """What limits a loan when it is sized, by cap; `NO_CAP` where it does not apply [cents]."""
    facility, terms = s.facilities[f], terms_of(s, f)
    held = facility.used + facility.reserved
    cost, value = ZERO, ZERO
    for k in range(s.count[ORDERS]):
        order = s.orders[k]
        if order.facility == f and order.status == ORDER_PLANNED:
            cost += order.cost
            value += lower_of_cost_or_market(w, order.gen, order.gpus, order.cost, month, ZERO)
    for b in range(s.count[BILLS]):
        bill = s.bills[b]
        if bill.facility == f and bill.hall != NONE and bill.status == OPEN:
            cost += bill.amount
    caps = np.full(N_CAPS, NO_CAP)
    if terms.size_dscr > 0.0:
        caps[CAP_DSCR] = cents(cash_capacity(s, w, f, month))
    caps[CAP_ADVANCE] = held + share_of(cost, terms.advance_rate)
    if terms.draws_interest != 0:
        caps[CAP_ADVANCE] += interest_to_draw(s, w, f, month, drawn_for_orders(s, f))
    if terms.size_ltv > 0.0:
        caps[CAP_LTV] = held + share_of(value, terms.size_ltv)
    if facility.contract == NONE:
        caps[CAP_COMMITMENT] = facility.commitment
    return caps


@kernel
def size_stated(s: State, w: World) -> None:
    """Size what the scenario leaves to be sized: its programme loans, and loans that say how.

    And keep room for interest to come in those that are drawn for it.
    """
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        if facility.contract != NONE or sized(s, f):
            size_loan(s, w, f, ZERO)
        else:
            keep_room(s, w, f, ZERO)


@kernel
def keep_room(s: State, w: World, f: int, month: int) -> None:
    """Keep of a commitment what its interest is planned to draw, promised to no order.

    Of one that is too small for both the part that interest has of what is asked for.
    Source: definitions, cost base.
    """
    if terms_of(s, f).draws_interest == 0:
        return
    facility, orders = s.facilities[f], drawn_for_orders(s, f)
    interest = interest_to_draw(s, w, f, month, orders)
    left, asked = facility.commitment - facility.used, orders + interest
    room = interest
    if left < asked:
        room = min(share_of(left, interest / asked), left - facility.reserved)
    facility.interest_room = max(room, 0)


@kernel
def order_draw(s: State, k: int) -> tuple[int, int]:
    """What an order is planned to draw of its loan, and the day of its bill [cents, day].

    Promised already, or as `funding.promise` would; no sooner than the loan opens.
    """
    order, today = s.orders[k], s.clock[0].today
    gen, amount = s.gens[order.gen], order.loan
    ordered = max(order.planned, max(today, s.facilities[order.facility].opens))
    if order.status >= ORDER_PLACED:
        ordered = order.placed if order.placed < NEVER else today
    else:
        deposit = share_of(order.cost, gen.deposit_share)
        amount = min(share_of(order.cost, order.loan_share), order.cost - deposit)
    delivered = today if order.status > ORDER_PLACED else ordered + gen.lead_days
    return int(amount), int(max(delivered, today) + gen.payment_days)


@kernel
def drawn_for_orders(s: State, f: int) -> int:
    """What orders and bills that are known, of buildings too, will draw of a loan [cents]."""
    total = 0
    for k in range(s.count[ORDERS]):
        if s.orders[k].facility == f and s.orders[k].status < ORDER_IN_SERVICE:
            total += order_draw(s, k)[0]
    for b in range(s.count[BILLS]):
        if s.bills[b].facility == f and s.bills[b].status == OPEN:
            total += s.bills[b].loan
    return int(total)


@kernel
def interest_to_draw(s: State, w: World, f: int, month: int, orders: int) -> int:
    """What a loan is planned to draw for its interest before its contracts' first rent [cents]."""
    return planned_interest(s, w, f, month, orders, NEVER)[1]


@kernel
def planned_interest(
    s: State, w: World, f: int, month: int, orders: int, until: int
) -> tuple[int, int]:
    """Interest of a loan before its contracts' first rent, and what it draws for it [cents].

    orders: what these and buildings are planned to draw, on the days of their bills [cents]; at the
    base rate of `month` and the margins of the days; up to a day, NEVER for all. Nothing is drawn
    after the last day of draws. Source: definitions, cost base.
    """
    facility, terms = s.facilities[f], terms_of(s, f)
    rent, first = first_rent(s, f), NEVER
    if orders <= 0 or rent == 0:
        return 0, 0
    for k in range(s.count[ORDERS]):
        if s.orders[k].facility == f and s.orders[k].status < ORDER_IN_SERVICE:
            first = min(first, order_draw(s, k)[1])
    for b in range(s.count[BILLS]):
        if is_drawn_on(s, f, b):
            first = min(first, s.bills[b].due)
    if first == NEVER:
        return 0, 0
    grid, every = first_month(s, f, first), terms.every_months
    year = days_of_year(terms.day_count)
    plain = coupon(terms, w.base_rate[month], facility.margin)
    owed, fallen, drawn, since = ZERO, ZERO, ZERO, first - 1
    while True:
        day = payment_after(grid, every, facility.pay_day, facility.maturity, max(since, first))
        if day >= min(rent, facility.maturity) or day > until:
            break
        rate = (plain + rise_between(s, terms, since, day)) / year
        due = owed * rate * days_between(since, day, terms.day_count)
        for k in range(s.count[ORDERS]):
            if s.orders[k].facility == f and s.orders[k].status < ORDER_IN_SERVICE:
                amount, billed = order_draw(s, k)
                if since < billed <= day:
                    due += amount * rate * days_between(billed, day, terms.day_count)
                    owed += amount
        for b in range(s.count[BILLS]):
            bill = s.bills[b]
            if is_drawn_on(s, f, b) and since < bill.due <= day:
                due += bill.loan * rate * days_between(bill.due, day, terms.day_count)
                owed += bill.loan
        more = share_of(cents(due), terms.advance_rate) if day <= facility.closes else 0
        fallen, drawn, owed, since = fallen + cents(due), drawn + more, owed + more, day
    return int(fallen), int(drawn)


@kernel
def is_drawn_on(s: State, f: int, b: int) -> bool:
    """Whether a loan can be drawn for a bill that is to come, on its day."""
    bill = s.bills[b]
    if bill.facility != f or bill.status != OPEN:
        return False
    return bool(s.facilities[f].opens <= bill.due <= s.facilities[f].closes)


@kernel
def sized(s: State, f: int) -> bool:
    """Whether a lender limits a loan by cover or by value."""
    terms = terms_of(s, f)
    return bool(terms.size_dscr > 0.0 or terms.size_ltv > 0.0)


@kernel
def cash_capacity(s: State, w: World, f: int, month: int) -> float:
    """The loan that the planned cash of its contracts would repay, covered as stated [cents].

    As if drawn whole on the day it opens, over `covered_days`, at the base rate of `month` and the
    margin of the days of each period; interest of periods without planned cash is paid by the
    borrower.
    """
    facility, terms = s.facilities[f], terms_of(s, f)
    every = terms.every_months
    first = first_month(s, f, facility.opens)
    day, count, last = covered_days(s, w, f, first)
    planned, rates = np.zeros(count), np.zeros(count)
    plain = coupon(terms, w.base_rate[month], facility.margin)
    for n in range(count):
        before = payment_before(first, every, facility.pay_day, day)
        after = max(before, facility.opens)
        planned[n] = planned_between(s, w, f, after, day)
        rate = plain + rise_between(s, terms, after, day)
        months = period_months(every, facility.pay_day, after, day)
        rates[n] = period_rate(rate, months, terms.day_count)
        day = instalment_after(day, every, facility.pay_day, count - n - 1, last)
    share = terms.running_cost_share
    return float(covered_loan(planned, share, terms.size_dscr, rates, terms.balloon_share))


@kernel
def covered_loan(
    planned: Floats, running_share: float, dscr: float, rates: Floats, balloon_share: float
) -> float:
    """The loan that planned cash repays but for its balloon, covered as stated [cents].

    planned cash by instalment [cents], 1-d, and rates of the periods [1/period], 1-d, are used as
    work space; running_share of it that costs take, balloon_share of the loan that is due with the
    last instalment [fraction]; dscr [ratio]. Periods without cash are left out: their interest the
    borrower pays from elsewhere. The balloon is a loan of its own, whose interest is service too.
    Source: as `sculpted_capacity`; definitions, size of a loan.

    >>> cash, year = np.array([0.0, 242.0, 0.0, 242.0]), np.full(4, 0.1)
    >>> round(covered_loan(cash.copy(), 0.5, 1.1, year.copy(), 0.0), 6)
    190.909091
    >>> round(covered_loan(cash, 0.5, 1.1, year, 0.5), 6)
    325.352113
    """
    periods = leave_out_gaps(planned, rates)
    balloon = balloon_share
    for n in range(periods):
        planned[n] *= 1.0 - running_share
        balloon /= 1.0 + rates[n]
    covered = sculpted_capacity(planned[:periods], dscr, rates[:periods])
    return float(covered / (1.0 - balloon))


@kernel
def lower_of_cost_or_market(
    w: World, gen: int, gpus: int, cost: int, month: int, age_days: int
) -> int:
    """What a lender counts GPUs as: what is left of their cost, or what they fetch if less [cents].

    Without a resale market, their cost.
    """
    if w.residual[0] <= 0.0:
        return cost
    return min(cost, gpus * resale_price(w, gen, month, age_days))


@kernel
def drawable(s: State, w: World, f: int, wanted: int, day: int) -> int:
    """What a draw may be: by unused commitment, advance rate on cost and loan to value [cents].

    Cost and value are those of the delivered hardware that the loan pays for; the cap that cuts a
    draw is kept. A lender that was not asked to size looks at its commitment alone.
    Source: delayed-draw term-loan agreements, borrowing base; definitions, LTV.
    """
    facility, terms = s.facilities[f], terms_of(s, f)
    can = max(min(wanted, facility.commitment - facility.used), 0)
    binds = CAP_COMMITMENT
    if sized(s, f):
        cost, value = pledged(s, w, f, day)
        owed = facility.principal
        if facility.interest_drawn > 0:
            owed -= share_of(facility.interest_drawn, facility.principal / facility.used)
        by_cost = advance_available(
            terms.advance_rate, cost, owed, facility.commitment, facility.used
        )
        if by_cost < can:
            can, binds = by_cost, CAP_ADVANCE
        if terms.size_ltv > 0.0:
            by_value = max(share_of(value, terms.size_ltv) - facility.principal, 0)
            if by_value < can:
                can, binds = by_value, CAP_LTV
    if can < wanted:
        facility.cut_by = binds
        facility.cut_day = day
    return int(can)


@kernel
def pledged(s: State, w: World, f: int, day: int) -> tuple[int, int]:
    """Cost and lender's value of the delivered hardware that a loan pays for; both [cents]."""
    cost, value = ZERO, ZERO
    month = s.clock[0].month
    for k in range(s.count[ORDERS]):
        order = s.orders[k]
        if order.facility == f and order.in_progress > 0:
            cost += order.in_progress
            value += lower_of_cost_or_market(
                w, order.gen, order.gpus, order.in_progress, month, ZERO
            )
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        if asset.retired != 0 or lien_of(s, a) != f:
            continue
        cost += asset.gross
        left = lender_value(asset.gross, day - asset.new_day)
        if asset.category == SERVERS:
            left = lower_of_cost_or_market(
                w, asset.gen, asset.gpus, left, month, day - asset.new_day
            )
        value += left
    for h in range(len(s.halls)):
        if s.halls[h].facility == f:
            cost += s.halls[h].in_progress
    return cost, value
