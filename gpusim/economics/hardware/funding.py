"""Funding: which money pays for an order, and paying its bill on the day.

An order is placed only when its whole cost is promised: by its loan, its supplier, cash above the
floor, or the revolver, in the declared order. What cannot be promised waits, and its tranche
slips for that reason.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.equity import call_backstop
from gpusim.economics.books.ledger import CASH_FOR_CAPEX, PAYABLES_CAPEX, cash, post
from gpusim.economics.core.agenda import PLACE, schedule_now
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    BILLS,
    N_SOURCES,
    N_STEPS,
    NEEDING,
    NONE,
    OPEN,
    ORDER_DEFERRED,
    OVERDUE,
    SETTLED,
    SOURCE_CASH,
    SOURCE_LOAN,
    SOURCE_REVOLVER,
    SOURCE_VENDOR,
    STEP_SUPPLIERS,
    State,
    World,
)
from gpusim.economics.debt.draws import cash_draw
from gpusim.economics.debt.facilities import can_draw, undrawn_available
from gpusim.economics.debt.revolvers import cash_floor, draw_revolver, revolvers_available
from gpusim.economics.debt.service.reserves import fill_on_draw
from gpusim.economics.debt.service.unpaid import note_shortfall, unpaid_before
from gpusim.economics.debt.sizing import drawable
from gpusim.economics.hardware.buildings import bill_building
from gpusim.economics.hardware.orders import note_maintenance
from gpusim.economics.plant.pools import release_lien, unassigned_gpus
from gpusim.economics.plant.reuse import reuse_available


@kernel
def fund(s: State, w: World, treasury: int, day: int) -> None:
    """The pass that meets waiting orders with money, at most once a day.

    Order: by row, which is priority and planned start. Skips an order that cannot be funded, so
    that one with its own loan is not held up by one without. An order that has waited is for what
    its tranche still cannot have of the GPUs that are there.
    """
    n = 0
    while n < s.count[NEEDING]:
        k = s.needing[n]
        if unassigned_gpus(s, s.orders[k].pool) > 0:
            reuse_available(s, k, day)
        if s.orders[k].status == ORDER_DEFERRED:
            n += 1
    kept = 0
    for n in range(s.count[NEEDING]):
        k = s.needing[n]
        if promise(s, k):
            s.orders[k].funded = day
            schedule_now(s, PLACE, k)
        else:
            s.needing[kept] = k
            kept += 1
    s.count[NEEDING] = kept


@kernel
def promise(s: State, k: int) -> bool:
    """Promise an order's whole cost from the declared sources, or nothing.

    The loan does not pay the deposit: it is drawn against delivered equipment. Cash that something
    due and unpaid waits for is promised to nobody.
    """
    order = s.orders[k]
    deposit = share_of(order.cost, s.gens[order.gen].deposit_share)
    kept = s.firm[0].reserved_cash + cash_floor(s, s.clock[0].today)
    kept += unpaid_before(s, N_STEPS) + s.firm[0].bills_overdue
    left = order.cost
    loan, vendor, own = 0, 0, 0
    for n in range(N_SOURCES):
        source = s.sources[n]
        offer = 0
        if source == SOURCE_LOAN and order.facility != NONE:
            offer = min(
                undrawn_available(s, order.facility), share_of(order.cost, order.loan_share)
            )
            offer = max(min(offer, min(left, order.cost - deposit - vendor)), 0)
            loan += offer
        elif source == SOURCE_VENDOR and order.vendor != NONE:
            offer = min(
                undrawn_available(s, order.vendor), share_of(order.cost, order.vendor_share)
            )
            offer = max(min(offer, min(left, order.cost - deposit - loan)), 0)
            vendor += offer
        elif source == SOURCE_CASH:
            offer = max(min(cash(s) - kept, left), 0)
            own += offer
        elif source == SOURCE_REVOLVER:
            beyond = max(kept + own - cash(s), 0)
            offer = max(min(revolvers_available(s, s.clock[0].today) - beyond, left), 0)
            own += offer
        left -= offer
    if left > 0:
        return False
    order.loan = loan
    order.vendor_credit = vendor
    order.cash = own
    s.firm[0].reserved_cash += own
    if loan > 0:
        s.facilities[order.facility].reserved += loan
    if vendor > 0:
        s.facilities[order.vendor].reserved += vendor
    return True


@kernel
def pay_bill(s: State, w: World, b: int, day: int) -> None:
    """A supplier's bill is due: draw the loan's part, pay, and use the revolver before failing.

    A loan that has lapsed since the order, or whose covenant is in breach, gives nothing, and one
    whose caps are reached gives less; the firm must find that part itself. What was left unpaid and
    ranks before suppliers keeps its cash. What cash and revolver cannot cover stays due and is a
    liquidity shortfall.
    """
    bill = s.bills[b]
    if bill.hall != NONE and bill.status == OPEN:
        bill_building(s, b)
    if bill.facility != NONE and bill.loan > 0:
        facility = s.facilities[bill.facility]
        facility.reserved = max(facility.reserved - bill.loan, 0)
        if can_draw(s, bill.facility):
            can = drawable(s, w, bill.facility, bill.loan, day)
            cash_draw(s, w, bill.facility, can, day)
            fill_on_draw(s, w, bill.facility, can)
        bill.loan = 0
        release_lien(s, bill.facility)
    s.firm[0].reserved_cash = max(s.firm[0].reserved_cash - bill.cash, 0)
    bill.cash = 0
    before = unpaid_before(s, STEP_SUPPLIERS)
    draw_revolver(s, w, before + bill.amount, day)
    call_backstop(s, before + bill.amount - cash(s))
    paid = max(min(bill.amount, cash(s) - before), 0)
    post(s, PAYABLES_CAPEX, CASH_FOR_CAPEX, paid)
    note_maintenance(s, bill.order, paid)
    bill.amount -= paid
    if bill.amount == 0:
        bill.status = SETTLED
    else:
        bill.status = OVERDUE
        s.firm[0].bills_overdue += bill.amount
        note_shortfall(s, day)


@kernel
def pay_overdue(s: State, paid: int) -> None:
    """Pay overdue bills, the oldest first, as far as an amount goes."""
    left = paid
    for b in range(s.clock[0].first_bill, s.count[BILLS]):
        bill = s.bills[b]
        if bill.status == OVERDUE and left > 0:
            part = min(left, bill.amount)
            post(s, PAYABLES_CAPEX, CASH_FOR_CAPEX, part)
            note_maintenance(s, bill.order, part)
            bill.amount -= part
            s.firm[0].bills_overdue -= part
            left -= part
            if bill.amount == 0:
                bill.status = SETTLED
