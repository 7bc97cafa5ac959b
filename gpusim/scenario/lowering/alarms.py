"""The first alarms: what is known on the as-of day to happen later.

Handover of planned halls depends on luck and is armed when a run begins.
"""

from __future__ import annotations

from gpusim.economics.agenda import (
    CLOSE,
    COLLECT,
    DELIVER,
    END,
    ENERGISE,
    FALL_DUE,
    INSTALL,
    LAPSE,
    MONTH,
    NEED,
    PAY,
    PREPAY,
    RAISE,
    RETIRE,
    SIGN,
    arm,
)
from gpusim.economics.state import (
    ASSETS,
    BILLS,
    CONTRACTS,
    FACILITIES,
    FACILITY_OPEN,
    FACILITY_PLANNED,
    HALL_HANDED_OVER,
    INVOICES,
    ORDER_DELIVERED,
    ORDER_PLACED,
    ORDERS,
    TRANCHE_LIVE,
    TRANCHES,
    State,
)
from gpusim.scenario.lowering.horizon import Horizon

BOOKS = 0


def arm_all(s: State, horizon: Horizon) -> None:
    """Set every alarm of the opening State."""
    arm(s, MONTH, BOOKS, horizon.month_end[1])
    arm_contracts(s, horizon)
    arm_orders(s, horizon)
    arm_money(s, horizon)
    for h in range(len(s.halls)):
        if s.halls[h].status == HALL_HANDED_OVER:
            arm(s, ENERGISE, h, s.halls[h].planned_power)
    for a in range(s.count[ASSETS]):
        arm(s, RETIRE, a, s.assets[a].start + s.assets[a].life_days)


def arm_contracts(s: State, horizon: Horizon) -> None:
    """Signatures, prepayments, planned starts and ends of terms."""
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        if contract.signed > horizon.today:
            arm(s, SIGN, c, contract.signed)
        if contract.prepayment > 0:
            arm(s, PREPAY, c, contract.prepayment_day)
    for k in range(s.count[TRANCHES]):
        tranche = s.tranches[k]
        if tranche.status == TRANCHE_LIVE:
            arm(s, END, k, tranche.end)
        else:
            arm(s, FALL_DUE, k, tranche.planned_start)


def arm_orders(s: State, horizon: Horizon) -> None:
    """Order days, not before the contract is signed; deliveries; sites where hardware waits."""
    for k in range(s.count[ORDERS]):
        order = s.orders[k]
        if order.status == ORDER_PLACED:
            arm(s, DELIVER, k, horizon.today + order.lead_drawn)
        elif order.status == ORDER_DELIVERED:
            arm(s, INSTALL, order.site, horizon.tomorrow)
        else:
            signed = s.contracts[s.tranches[order.tranche].contract].signed
            arm(s, NEED, k, horizon.future(max(order.planned, signed)))


def arm_money(s: State, horizon: Horizon) -> None:
    """Closings and lapses of facilities, equity, invoices and bills."""
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        if facility.status == FACILITY_OPEN:
            arm(s, LAPSE, f, facility.closes + 1)
        elif facility.status == FACILITY_PLANNED:
            arm(s, CLOSE, f, facility.opens)
    for r in range(len(s.raises)):
        if s.raises[r].day > horizon.today:
            arm(s, RAISE, r, s.raises[r].day)
    for i in range(s.count[INVOICES]):
        arm(s, COLLECT, i, s.invoices[i].due)
    for b in range(s.count[BILLS]):
        arm(s, PAY, b, s.bills[b].due)
