"""The operator's own liquidity, month by month, from what it knows on the day.

What is signed, owed and promised, at its contractual dates and today's rates and prices. No luck to
come is read: halls and starts come as planned, nobody renews or fails, nobody leaves whose notice
is not given, nothing is refinanced, no more equity comes than is announced. It reaches as far
beyond the run's last month as before it: a firm does not know when its simulation stops.
`State.outlook` is the work space: each month's net flow.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import cash
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.curtailment import curtailed_share, enrolled_days
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    BACKSTOP,
    CONTRACTS,
    INVOICES,
    NEVER,
    NONE,
    OPEN,
    STEP_OPERATING,
    STEP_RENT,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    UNSETTLED,
    State,
    World,
)
from gpusim.economics.debt.revolvers import revolvers_available
from gpusim.economics.debt.service.unpaid import overdue_taxes
from gpusim.economics.decisions.cost_bases import REVENUE
from gpusim.economics.decisions.expected_bases import foresee_buildings, foresee_power, open_bases
from gpusim.economics.decisions.expected_hardware import (
    expect_bills,
    expect_draws_for_interest,
    expect_no_interest,
    expect_orders,
    expect_service,
)
from gpusim.economics.decisions.expected_sales import expect_sales, expect_sales_from
from gpusim.economics.decisions.expected_sites import (
    expect_colocation,
    expect_operating,
    expect_rent,
    fill_sites,
)
from gpusim.economics.decisions.expected_tenants import expect_recharges
from gpusim.economics.decisions.outlook_space import add_flow, last_month
from gpusim.economics.plant.site_costs import holdover_rent
from gpusim.economics.plant.sites import is_needed
from gpusim.economics.sales.backlog import value_through
from gpusim.economics.sales.invoices import IN_ARREARS, days_to_cash
from gpusim.economics.sales.revenue import late_credit_to_come, unpaid_share


@kernel
def look_ahead(s: State, w: World, months: int) -> None:
    """Fill the outlook for so many months from this one on."""
    last = last_month(s, months)
    for month in range(len(s.outlook)):
        s.outlook[month] = 0
    expect_no_interest(s)
    open_bases(s, w, last)
    foresee_buildings(s, w, last)
    expect_collections(s, w, last)
    expect_costs(s, w, last)
    expect_rent(s, w, last)
    expect_service(s, w, last)
    expect_bills(s, w, last)
    expect_orders(s, w, last)
    expect_draws_for_interest(s, w, last)
    for r in range(len(s.raises)):
        if s.raises[r].day > s.clock[0].today:
            add_flow(s, w, s.raises[r].day, s.raises[r].amount - s.raises[r].costs)


@kernel
def lowest(s: State, w: World, months: int) -> int:
    """Lowest cash and undrawn revolvers at the month ends of the outlook [cents].

    Each revolver counts while it can be drawn.
    """
    month, last = s.clock[0].month, last_month(s, months)
    available = revolvers_available(s, s.clock[0].today)
    held = cash(s)
    least = held + available
    for ahead in range(month, last + 1):
        if available > 0:
            available = revolvers_available(s, w.month_end[ahead])
        held += s.outlook[ahead]
        least = min(least, held + available)
    return int(least)


@kernel
def expect_collections(s: State, w: World, last: int) -> None:
    """Open invoices, contracts' plans with their payment days, prepayments, and on-demand sales.

    What of it is revenue is noted for the overheads that follow it.
    """
    month, today = s.clock[0].month, s.clock[0].today
    for i in range(s.clock[0].first_invoice, s.count[INVOICES]):
        if s.invoices[i].status == OPEN:
            add_flow(s, w, expected_day(s, i), s.invoices[i].amount)
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        if s.customers[contract.customer].defaulted != 0 or contract.signed > today:
            continue
        if contract.prepayment > 0:
            add_flow(s, w, contract.prepayment_day + contract.payment_days, contract.prepayment)
        days = days_to_cash(s, c)
        paid = month
        for ahead in range(month, last + 1):
            planned = s.plan[c, ahead]
            s.cost_bases[ahead, REVENUE] += s.planned[c, ahead]
            if planned > 0:
                while paid <= last and w.month_end[paid] < w.month_end[ahead] + days:
                    paid += 1
                if paid <= last:
                    s.outlook[paid] += planned
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        tranche = s.tranches[k]
        contract = s.contracts[tranche.contract]
        if contract.kind == BACKSTOP or s.customers[contract.customer].defaulted != 0:
            continue
        if tranche.status == TRANCHE_LOST:
            remove_planned_flows(s, w, k, w.month_end[month - 1] + 1, last)
        elif tranche.leaves < NEVER:
            remove_planned_flows(s, w, k, tranche.leaves, last)
        take_late_credit(s, w, k, last)
        take_curtailed(s, w, k, last)
    expect_recharges(s, w, last)
    sell_free(s, w, last)
    for n in range(s.count[UNSETTLED]):
        tranche = s.tranches[s.unsettled[n]]
        if tranche.status == TRANCHE_LIVE and tranche.gpus > 0:
            over = min(tranche.end, tranche.leaves)
            site = s.pools[tranche.pool].site if tranche.pool != NONE else NONE
            expect_sales_from(s, w, site, tranche.gen, tranche.gpus, over, last)


@kernel
def sell_free(s: State, w: World, last: int) -> None:
    """Expect free GPUs to be sold on demand, those of sites that may be curtailed by pool."""
    for g in range(len(s.gens)):
        free = ZERO
        for p in range(len(s.pools)):
            pool = s.pools[p]
            if pool.gen != g:
                continue
            if s.sites[pool.site].shed_months == 0:
                free += pool.free
                continue
            for ahead in range(s.clock[0].month, last + 1):
                expect_sales(s, w, pool.site, g, pool.free, ahead)
        for ahead in range(s.clock[0].month, last + 1):
            expect_sales(s, w, NONE, g, free, ahead)


@kernel
def take_curtailed(s: State, w: World, k: int, last: int) -> None:
    """Take off the plan of a tranche what is not paid for hours in which its site is curtailed.

    By its service level, as if nothing failed; of invoices what prepayments leave of them.
    """
    tranche, month = s.tranches[k], s.clock[0].month
    begins = tranche.planned_start
    over = min(begins + tranche.term_days, tranche.leaves)
    if tranche.pool == NONE or tranche.status == TRANCHE_LOST:
        return
    c, site, before = tranche.contract, s.pools[tranche.pool].site, begins - 1
    if enrolled_days(s, site, begins, over - 1) == 0:
        return
    done = value_through(s, k, begins, w.month_end[month - 1] - before)
    for ahead in range(month, last + 1):
        first, end = max(w.month_end[ahead - 1] + 1, begins), min(w.month_end[ahead], over - 1)
        if first > end:
            continue
        upto = value_through(s, k, begins, end - before)
        off = curtailed_share(s, site, first, end)
        allowance, multiple = s.contracts[c].sla_allowance, s.contracts[c].sla_multiple
        part = share_of(max(upto - done, 0), unpaid_share(0.0, off, allowance, multiple))
        due = w.month_end[ahead] + days_to_cash(s, c)
        add_flow(s, w, due, -min(part, max(s.plan[c, ahead], 0)))
        s.cost_bases[ahead, REVENUE] -= part
        done = max(done, upto)


@kernel
def expected_day(s: State, i: int) -> int:
    """When an open invoice is expected to be paid [day]; today is counted for one that has passed.

    Nobody knows which customer is late before it is. Source: definitions, late payment.
    """
    bill = s.invoices[i]
    if bill.contract == NONE or bill.prepaid != IN_ARREARS:
        return int(bill.due)
    return int(bill.due + s.contracts[bill.contract].expected_delay)


@kernel
def remove_planned_flows(s: State, w: World, k: int, since: int, last: int) -> None:
    """Take the plan of a tranche off from the day on which it is lost or its customer leaves."""
    tranche, month = s.tranches[k], s.clock[0].month
    days = days_to_cash(s, tranche.contract)
    begins = tranche.planned_start
    before = begins - 1
    done = value_through(s, k, begins, max(w.month_end[month - 1], since - 1) - before)
    for ahead in range(month, last + 1):
        end = w.month_end[ahead]
        upto = value_through(s, k, begins, end - before)
        if upto > done:
            add_flow(s, w, end + days, done - upto)
            s.cost_bases[ahead, REVENUE] -= upto - done
        done = max(done, upto)


@kernel
def take_late_credit(s: State, w: World, k: int, last: int) -> None:
    """Take off the plan of a tranche what its customer is still to be credited for a late start.

    Of the days until its customer leaves, whose plan stands.
    """
    tranche, month = s.tranches[k], s.clock[0].month
    left = late_credit_to_come(s, k)
    begins = tranche.planned_start
    before = begins - 1
    done = value_through(s, k, begins, w.month_end[month - 1] - before)
    ahead = month
    while left > 0 and ahead <= last:
        upto = value_through(s, k, begins, min(w.month_end[ahead], tranche.leaves - 1) - before)
        part = max(min(upto - done, left), 0)
        add_flow(s, w, w.month_end[ahead] + days_to_cash(s, tranche.contract), -part)
        s.cost_bases[ahead, REVENUE] -= part
        left -= part
        done = upto
        ahead += 1


@kernel
def expect_costs(s: State, w: World, last: int) -> None:
    """Costs incurred and unpaid, then sites as they stand and are planned, and overheads."""
    month = s.clock[0].month
    lag = s.firm[0].payables_months
    for ahead in range(month, last + 1):
        s.outlook[ahead] -= s.payables[ahead]
    s.outlook[month] -= s.owed[STEP_OPERATING] + s.owed[STEP_RENT]
    expect_tax(s, last)
    fill_sites(s, w, last)
    foresee_power(s, w, last)
    expect_operating(s, w, last)
    for h in range(len(s.halls)):
        if s.halls[h].lease_end <= w.month_end[last] and is_needed(s, h):
            for ahead in range(month, last + 1 - lag):
                first, end = w.month_end[ahead - 1] + 1, w.month_end[ahead]
                s.outlook[ahead + lag] -= holdover_rent(s, h, first, end, end - first + 1)
    for h in range(len(s.halls)):
        expect_colocation(s, w, h, last)


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
