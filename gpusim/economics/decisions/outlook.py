"""The operator's own liquidity, month by month, from what it knows on the day.

What is signed, owed and promised, at its contractual dates and today's rates and prices. No luck to
come is read: halls and starts come as planned, nobody renews or fails, nobody leaves whose notice
is not given, nothing is refinanced, no more equity comes than is announced. It reaches as far
beyond the run's last month as before it: a firm does not know when its simulation stops.
`State.outlook` is the work space: each month's net flow.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books import leases
from gpusim.economics.books.costs import overhead_amount
from gpusim.economics.books.ledger import cash
from gpusim.economics.core.agenda import HANDOVER
from gpusim.economics.core.calendar import HOURS_PER_DAY, MONTHS_PER_QUARTER, last_day, month_of
from gpusim.economics.core.money import cents, share_of
from gpusim.economics.core.state import (
    BACKSTOP,
    BILLS,
    COLOCATION,
    COMING,
    CONTRACTS,
    DRAWS,
    FACILITIES,
    FACILITY_CLOSED,
    HALL_HANDED_OVER,
    HALL_PLANNED,
    HALL_POWERED,
    HANDED,
    INVOICES,
    LEASED_SHELL,
    LEASES,
    LEVEL,
    LOAD,
    NEVER,
    NONE,
    OPEN,
    ORDER_FITTING,
    ORDER_IN_SERVICE,
    ORDER_PLACED,
    POWERED,
    RUNNING,
    SCULPTED,
    STEP_OPERATING,
    STEP_RENT,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    State,
    World,
)
from gpusim.economics.debt.facilities import is_stopped, rate_of, revolver_room
from gpusim.economics.debt.payment_dates import first_payment, instalment_days, month_paying
from gpusim.economics.debt.repayment import WRITTEN, foresee, foresee_draw
from gpusim.economics.debt.reserves import to_fill
from gpusim.economics.debt.unpaid import overdue_bills, overdue_taxes, payable_to
from gpusim.economics.plant.market import hardware_cost_on
from gpusim.economics.plant.pools import free_of
from gpusim.economics.plant.site_costs import (
    MICROWATTS_PER_KW,
    colocation_rent,
    holdover_rent,
    power_cost,
    space_cost,
)
from gpusim.economics.plant.sites import is_needed, next_power, order_microwatts
from gpusim.economics.sales.backlog import value_through


@kernel
def last_month(s: State, months: int) -> int:
    """Last month of an outlook of so many months, beyond the run's own where it must be."""
    return min(s.clock[0].month + months, len(s.outlook) - 1)


@kernel
def put(s: State, w: World, day: int, amount: int) -> None:
    """Expect an amount [cents] on a day, or today if it has passed; beyond the outlook never."""
    month = max(month_of(w, day), s.clock[0].month)
    if month < len(s.outlook):
        s.outlook[month] += amount


@kernel
def look_ahead(s: State, w: World, months: int) -> None:
    """Fill the outlook for so many months from this one on."""
    last = last_month(s, months)
    for month in range(len(s.outlook)):
        s.outlook[month] = 0
    expect_collections(s, w, last)
    expect_costs(s, w, last)
    expect_rent(s, w, last)
    expect_service(s, w, last)
    expect_bills(s, w, last)
    expect_orders(s, w, last)
    for r in range(len(s.raises)):
        if s.raises[r].day > s.clock[0].today:
            put(s, w, s.raises[r].day, s.raises[r].amount - s.raises[r].costs)


@kernel
def lowest(s: State, w: World, months: int) -> int:
    """Lowest cash and undrawn revolvers at the month ends of the outlook [cents].

    Each revolver counts while it can be drawn.
    """
    month, last = s.clock[0].month, last_month(s, months)
    room = revolver_room(s, s.clock[0].today)
    held = cash(s)
    least = held + room
    for ahead in range(month, last + 1):
        if room > 0:
            room = revolver_room(s, w.month_end[ahead])
        held += s.outlook[ahead]
        least = min(least, held + room)
    return int(least)


@kernel
def revenue_cost_share(s: State) -> float:
    """Cash overheads that follow revenue [share of revenue]."""
    share = 0.0
    for n in range(len(s.overheads)):
        share += s.overheads[n].revenue_share * (1.0 - s.overheads[n].stock_share)
    return share


@kernel
def expect_collections(s: State, w: World, last: int) -> None:
    """Open invoices, contracts' plans with their payment days, prepayments, and on-demand sales.

    Overheads that follow revenue are taken off in its month.
    """
    month, today = s.clock[0].month, s.clock[0].today
    costs = revenue_cost_share(s)
    for i in range(s.clock[0].first_invoice, s.count[INVOICES]):
        if s.invoices[i].status == OPEN:
            put(s, w, s.invoices[i].due, s.invoices[i].amount)
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        if s.customers[contract.customer].defaulted != 0 or contract.signed > today:
            continue
        if contract.prepayment > 0:
            put(s, w, contract.prepayment_day + contract.payment_days, contract.prepayment)
        days = contract.payment_days
        paid = month
        for ahead in range(month, last + 1):
            planned = s.plan[c, ahead]
            if planned > 0:
                while paid <= last and w.month_end[paid] < w.month_end[ahead] + days:
                    paid += 1
                if paid <= last:
                    s.outlook[paid] += planned
                s.outlook[ahead] -= share_of(planned, costs)
    for n in range(s.count[RUNNING]):
        k = s.running[n]
        tranche = s.tranches[k]
        contract = s.contracts[tranche.contract]
        if contract.kind == BACKSTOP or s.customers[contract.customer].defaulted != 0:
            continue
        if tranche.status == TRANCHE_LOST:
            strike(s, w, k, w.month_end[month - 1] + 1, last)
        elif tranche.leaves < NEVER:
            strike(s, w, k, tranche.leaves, last)
    for g in range(len(s.gens)):
        free = free_of(s, g)
        for ahead in range(month, last + 1):
            s.outlook[ahead] += pool_sales(s, w, g, free, ahead)
    for n in range(s.count[RUNNING]):
        tranche = s.tranches[s.running[n]]
        if tranche.status == TRANCHE_LIVE and tranche.gpus > 0:
            for ahead in range(month, last + 1):
                if w.month_end[ahead - 1] >= min(tranche.end, tranche.leaves):
                    s.outlook[ahead] += pool_sales(s, w, tranche.gen, tranche.gpus, ahead)


@kernel
def strike(s: State, w: World, k: int, since: int, last: int) -> None:
    """Take the plan of a tranche off from the day on which it is lost or its customer leaves."""
    tranche, month = s.tranches[k], s.clock[0].month
    days = s.contracts[tranche.contract].payment_days
    before = tranche.planned_start - 1
    done = value_through(s, k, max(w.month_end[month - 1], since - 1) - before)
    for ahead in range(month, last + 1):
        end = w.month_end[ahead]
        upto = value_through(s, k, end - before)
        if upto > done:
            put(s, w, end + days, done - upto)
        done = max(done, upto)


@kernel
def pool_sales(s: State, w: World, g: int, gpus: int, ahead: int) -> int:
    """On-demand revenue of GPUs in a month, at today's list price and use [cents]."""
    month = s.clock[0].month
    gpu_hours = gpus * HOURS_PER_DAY * (w.month_end[ahead] - w.month_end[ahead - 1])
    sold = gpu_hours * s.firm[0].on_demand_share * w.on_demand_use[g, month]
    return cents(sold * w.on_demand_price[g, month])


@kernel
def expect_costs(s: State, w: World, last: int) -> None:
    """Costs incurred and unpaid, then sites as they stand and are planned, and fixed overheads."""
    month = s.clock[0].month
    lag = s.firm[0].payables_months
    for ahead in range(month, last + 1):
        s.outlook[ahead] -= s.payables[ahead]
    s.outlook[month] -= s.owed[STEP_OPERATING] + s.owed[STEP_RENT]
    expect_tax(s, last)
    fill_sites(s, w, last)
    for ahead in range(month, last + 1 - lag):
        days = float(w.month_end[ahead] - w.month_end[ahead - 1])
        monthly, active = 0.0, 0.0
        for site in range(len(s.sites)):
            monthly += expected_power(s, w, site, ahead)
            handed = s.expected[HANDED, site, ahead] / MICROWATTS_PER_KW / days
            monthly += handed * space_cost(s, site)
            active += s.expected[LOAD, site, ahead] / days
        for n in range(len(s.overheads)):
            line = s.overheads[n]
            by_power = overhead_amount(0.0, 0.0, 0.0, line.microwatt_cost, active)
            monthly += by_power * (1.0 - line.stock_share)
        s.outlook[ahead + lag] -= cents(monthly)
    for h in range(len(s.halls)):
        if s.halls[h].lease_end <= w.month_end[last] and is_needed(s, h):
            for ahead in range(month, last + 1 - lag):
                first, end = w.month_end[ahead - 1] + 1, w.month_end[ahead]
                s.outlook[ahead + lag] -= holdover_rent(s, h, first, end, end - first + 1)
    for h in range(len(s.halls)):
        expect_colocation(s, w, h, last)
    for n in range(len(s.overheads)):
        fixed = s.overheads[n].monthly * (1.0 - s.overheads[n].stock_share)
        for ahead in range(month, last + 1 - lag):
            s.outlook[ahead + lag] -= cents(fixed)
            fixed *= s.overheads[n].growth


@kernel
def expect_tax(s: State, last: int) -> None:
    """Tax left unpaid at a quarter's end is due this month, what was charged since at the next."""
    month = s.clock[0].month
    due = max(s.tax[0].payable, 0)
    overdue = overdue_taxes(s)
    s.outlook[month] -= overdue
    quarter = (month + MONTHS_PER_QUARTER - 1) // MONTHS_PER_QUARTER * MONTHS_PER_QUARTER
    if quarter <= last:
        s.outlook[quarter] -= due - overdue


@kernel
def expect_colocation(s: State, w: World, h: int, last: int) -> None:
    """Expect the rent of a colocation hall until its term ends, or as long as GPUs need it."""
    hall = s.halls[h]
    if s.sites[hall.site].kind != COLOCATION:
        return
    lag = s.firm[0].payables_months
    handed = hall.handed_over
    if hall.status == HALL_PLANNED and s.due[HANDOVER, h] < NEVER:
        handed = max(hall.planned_ready, s.clock[0].today)
    over = hall.lease_end if handed < NEVER and not is_needed(s, h) else NEVER
    for ahead in range(s.clock[0].month, last + 1 - lag):
        first, end = w.month_end[ahead - 1] + 1, w.month_end[ahead]
        days = end - first + 1
        rent = colocation_rent(s, h, handed, first, min(end, over - 1), days)
        s.outlook[ahead + lag] -= rent


@kernel
def fill_sites(s: State, w: World, last: int) -> None:
    """Microwatt-days of each site's halls and GPUs by month: as they stand, and as planned."""
    month = s.clock[0].month
    for site in range(len(s.sites)):
        place = s.sites[site]
        for ahead in range(month, last + 1):
            days = w.month_end[ahead] - max(w.month_end[ahead - 1], place.counted)
            s.expected[HANDED, site, ahead] = place.handed_microwatts * days
            s.expected[POWERED, site, ahead] = place.powered_microwatts * days
            s.expected[LOAD, site, ahead] = place.load_microwatts * days
        s.expected[HANDED, site, month] += place.handed_microwatt_days
        s.expected[POWERED, site, month] += place.powered_microwatt_days
        s.expected[LOAD, site, month] += place.load_microwatt_days
    for h in range(len(s.halls)):
        hall = s.halls[h]
        if hall.status == HALL_PLANNED and s.due[HANDOVER, h] < NEVER:
            add_microwatts(s, w, HANDED, hall.site, hall.microwatts, hall.planned_ready, last)
        if hall.powered >= NEVER and (hall.status != HALL_PLANNED or s.due[HANDOVER, h] < NEVER):
            ready = max(hall.planned_ready, hall.planned_power)
            add_microwatts(s, w, POWERED, hall.site, hall.microwatts, ready, last)
        kept = hall.status == HALL_HANDED_OVER or hall.status == HALL_POWERED
        if kept and hall.lease_end <= w.month_end[last] and not is_needed(s, h):
            add_microwatts(s, w, HANDED, hall.site, -hall.microwatts, hall.lease_end, last)
            if hall.status == HALL_POWERED:
                add_microwatts(s, w, POWERED, hall.site, -hall.microwatts, hall.lease_end, last)
    for site in range(len(s.sites)):
        expect_load(s, w, site, last)


@kernel
def expect_load(s: State, w: World, site: int, last: int) -> None:
    """Expect the GPUs of a site's orders in service, by row, as planned power suffices for them.

    What is taken only grows from row to row, so that each planned day of power is met once.
    """
    taken, held = s.sites[site].used_microwatts, s.sites[site].powered_microwatts
    day, today = ZERO, s.clock[0].today
    for n in range(s.count[COMING]):
        k = s.coming[n]
        order = s.orders[k]
        if order.site != site or order.status >= ORDER_IN_SERVICE:
            continue
        microwatts = order_microwatts(s, k)
        if order.status < ORDER_FITTING:
            taken += microwatts
        while held < taken and day < NEVER:
            day, more = next_power(s, site, day)
            held += more
        if day < NEVER:
            powered = day if day > 0 else today
            add_microwatts(s, w, LOAD, site, microwatts, service_day(s, k, powered), last)


@kernel
def service_day(s: State, k: int, powered: int) -> int:
    """Day on which an order's GPUs are expected in service, by the planned times of its steps.

    powered [day]: from which the site is planned to have power for them.
    """
    order, today = s.orders[k], s.clock[0].today
    gen = s.gens[order.gen]
    if order.delivered < NEVER:
        delivered = order.delivered
    elif order.status >= ORDER_PLACED:
        delivered = min(order.placed, today) + gen.lead_days
    else:
        delivered = max(order.planned, today) + gen.lead_days
    return int(max(delivered, powered, today) + gen.fitout_days)


@kernel
def add_microwatts(
    s: State, w: World, what: int, site: int, microwatts: int, day: int, last: int
) -> None:
    """Expect microwatts at a site from a day on, or from today if it has passed."""
    first = max(day, s.clock[0].today)
    for ahead in range(s.clock[0].month, last + 1):
        days = min(w.month_end[ahead] - first + 1, w.month_end[ahead] - w.month_end[ahead - 1])
        if days > 0:
            s.expected[what, site, ahead] += microwatts * days


@kernel
def spend_on_power(s: State, w: World, site: int, microwatts: int, day: int, last: int) -> None:
    """Expect the power of more GPUs at a site, from a day on, beside what was expected."""
    lag = s.firm[0].payables_months
    month = s.clock[0].month
    for ahead in range(month, last + 1 - lag):
        s.outlook[ahead + lag] += cents(expected_power(s, w, site, ahead))
    add_microwatts(s, w, LOAD, site, microwatts, day, last)
    for ahead in range(month, last + 1 - lag):
        s.outlook[ahead + lag] -= cents(expected_power(s, w, site, ahead))


@kernel
def expected_power(s: State, w: World, site: int, month: int) -> float:
    """Power of a site that is expected in a month [cents]."""
    days = float(w.month_end[month] - w.month_end[month - 1])
    load, powered = s.expected[LOAD, site, month], s.expected[POWERED, site, month]
    return power_cost(s, site, float(load), float(powered), days)


@kernel
def spend_from(s: State, w: World, day: int, monthly: int, last: int) -> None:
    """Expect a monthly cost from the month of a day on [cents]."""
    for ahead in range(s.clock[0].month, last + 1):
        if w.month_end[ahead] >= day:
            s.outlook[ahead] -= monthly


@kernel
def expect_rent(s: State, w: World, last: int) -> None:
    """Fixed rent of the leases in force, and of shells that are planned to be handed over."""
    month = s.clock[0].month
    for n in range(s.count[LEASES]):
        lease = s.leases[n]
        if lease.hall != NONE:
            pay_rent(
                s,
                w,
                lease.start,
                lease.rent,
                lease.escalator,
                lease.paid_months,
                lease.months,
                last,
            )
            continue
        for ahead in range(month, last + 1):
            if lease.paid_months + ahead - month < lease.months:
                s.outlook[ahead] -= s.lease_schedule[ahead]
    for h in range(len(s.halls)):
        hall, place = s.halls[h], s.sites[s.halls[h].site]
        coming = hall.status == HALL_PLANNED and s.due[HANDOVER, h] < NEVER
        if coming and place.kind == LEASED_SHELL:
            handed = max(hall.planned_ready, s.clock[0].today)
            rent = cents(place.rent * hall.microwatts / MICROWATTS_PER_KW)
            pay_rent(s, w, handed, rent, place.rent_escalator, ZERO, place.lease_months, last)


@kernel
def pay_rent(
    s: State,
    w: World,
    start: int,
    rent: int,
    escalator: float,
    paid: int,
    months: int,
    last: int,
) -> None:
    """Expect the payments of a lease at months' ends, from its first full month on, as they step.

    start [day]; rent of the payment that comes next [cents/month]; escalator [1/year]; paid so far,
    and of the whole lease [months].
    Source: data-center leases: fixed annual escalator on base rent.
    """
    before = paid
    for ahead in range(s.clock[0].month, last + 1):
        if paid < months and start <= w.month_end[ahead - 1] + 1:
            if paid > before and paid % leases.YEAR == 0:
                rent = leases.month_rent(rent, escalator, leases.YEAR)
            s.outlook[ahead] -= rent
            paid += 1


@kernel
def expect_service(s: State, w: World, last: int) -> None:
    """Interest and principal of every draw, balloons included; what is unpaid, reserves lack."""
    for f in range(s.count[FACILITIES]):
        put(s, w, s.facilities[f].next_payment, -s.facilities[f].fees)
        s.outlook[s.clock[0].month] -= payable_to(s, f) + to_fill(s, f)
    until = last_day(w, last)
    for d in range(s.count[DRAWS]):
        if s.draws[d].principal > 0 or s.draws[d].accrued > 0:
            foresee_draw(s, w, d, until, WRITTEN)


@kernel
def borrow(
    s: State,
    w: World,
    day: int,
    amount: int,
    law: int,
    months: int,
    grace: int,
    every: int,
    balloon_share: float,
    discount_share: float,
    stub: int,
    first: int,
    day_of_month: int,
    convention: int,
    rate: float,
    matures: int,
    last: int,
) -> None:
    """Expect a draw on a day: its proceeds, and what it costs until the last month.

    first payment month; NONE: payments are counted from this draw. A sculpted draw is expected to
    be repaid level: the plan of what is not signed is not written.
    """
    if amount <= 0:
        return
    put(s, w, day, amount - share_of(amount, discount_share))
    drawn = max(day, s.clock[0].today)
    if law == SCULPTED:
        law = LEVEL
    if first == NONE:
        first = first_payment(month_paying(drawn, day_of_month), months, grace, every, stub)
    following, instalments, ends = instalment_days(
        drawn, law, months, grace, every, stub, first, day_of_month, matures
    )
    foresee(
        s,
        w,
        NONE,
        law,
        amount,
        share_of(amount, balloon_share),
        instalments,
        following,
        ends,
        ZERO,
        drawn,
        first,
        every,
        day_of_month,
        matures,
        convention,
        rate,
        last_day(w, last),
        WRITTEN,
    )


@kernel
def borrow_on(s: State, w: World, f: int, day: int, amount: int, last: int) -> None:
    """Expect a draw on a facility that is there or will close."""
    facility = s.facilities[f]
    rate = rate_of(s, f, w.base_rate[s.clock[0].month], facility.margin)
    borrow(
        s,
        w,
        day,
        amount,
        facility.law,
        facility.months,
        facility.grace_months,
        facility.pay_every,
        facility.balloon_share,
        facility.discount_share,
        facility.stub,
        facility.pay_from if facility.anchored != 0 else NONE,
        facility.pay_day,
        facility.day_count,
        rate,
        facility.maturity,
        last,
    )


@kernel
def lends(s: State, f: int, day: int) -> bool:
    """Whether a facility can be expected to be drawn on a day."""
    if f == NONE or is_stopped(s, f):
        return False
    facility = s.facilities[f]
    open_then = facility.status != FACILITY_CLOSED and facility.closes >= day
    return bool(open_then and facility.maturity > day)


@kernel
def expect_bills(s: State, w: World, last: int) -> None:
    """Suppliers' bills, those overdue this month, and the draws that pay part of them."""
    s.outlook[s.clock[0].month] -= overdue_bills(s)
    for b in range(s.clock[0].first_bill, s.count[BILLS]):
        bill = s.bills[b]
        if bill.status == OPEN:
            put(s, w, bill.due, -bill.amount)
            if bill.loan > 0 and lends(s, bill.facility, bill.due):
                borrow_on(s, w, bill.facility, bill.due, bill.loan, last)


@kernel
def expect_orders(s: State, w: World, last: int) -> None:
    """Cost of orders that no bill asks for yet: deposit, the rest, and the draws for it."""
    today = s.clock[0].today
    for n in range(s.count[COMING]):
        k = s.coming[n]
        order = s.orders[k]
        if order.cost <= 0 or order.status >= ORDER_IN_SERVICE:
            continue
        gen = s.gens[order.gen]
        if order.status >= ORDER_PLACED:
            ordered = order.placed if order.placed < NEVER else today
            delivered = ordered + gen.lead_days
            if order.status > ORDER_PLACED:
                delivered = today
            pay_for(
                s,
                w,
                order.facility,
                order.vendor,
                order.cost - order.paid_ahead,
                order.loan,
                order.vendor_credit,
                delivered,
                gen.payment_days,
                last,
            )
            continue
        ordered = max(order.planned, today)
        cost = order.cost
        if order.needed >= NEVER:
            cost = hardware_cost_on(w, order.gen, s.clock[0].today, order.cost)
        deposit = share_of(cost, gen.deposit_share)
        put(s, w, ordered, -deposit)
        rest = cost - deposit
        loan = min(share_of(cost, order.loan_share), rest)
        vendor = min(share_of(cost, order.vendor_share), rest - loan)
        delivered = ordered + gen.lead_days
        pay_for(
            s,
            w,
            order.facility,
            order.vendor,
            rest,
            loan,
            vendor,
            delivered,
            gen.payment_days,
            last,
        )


@kernel
def pay_for(
    s: State,
    w: World,
    facility: int,
    vendor: int,
    rest: int,
    loan: int,
    vendor_credit: int,
    delivered: int,
    payment_days: int,
    last: int,
) -> None:
    """Expect the bill for hardware, the supplier's credit at delivery and the loan at the bill."""
    due = max(delivered, s.clock[0].today) + payment_days
    if vendor_credit > 0 and lends(s, vendor, delivered):
        put(s, w, delivered, -vendor_credit)
        borrow_on(s, w, vendor, delivered, vendor_credit, last)
        rest -= vendor_credit
    put(s, w, due, -rest)
    if loan > 0 and lends(s, facility, due):
        borrow_on(s, w, facility, due, loan, last)
