"""The first events: what is known on the as-of day to happen later.

Handover of planned halls depends on the draws and is scheduled when a run begins.
"""

from __future__ import annotations

from collections.abc import Iterator

from gpusim.economics.core.agenda import (
    CLOSE,
    COLLECT,
    DELIVER,
    END,
    ENERGISE,
    GIVE_BACK,
    INSTALL,
    LAPSE,
    MONTH,
    NEED,
    NOTICE,
    PAY,
    PLANNED_START,
    PREPAY,
    RAISE,
    RETIRE,
    SIGN,
    schedule,
)
from gpusim.economics.core.state import (
    ASSETS,
    BACKSTOP,
    BILLS,
    CONTRACTS,
    FACILITIES,
    FACILITY_OPEN,
    FACILITY_PLANNED,
    HALL_HANDED_OVER,
    INVOICES,
    NEVER,
    NONE,
    ORDER_DELIVERED,
    ORDER_PLACED,
    ORDERS,
    TRANCHE_LIVE,
    TRANCHES,
    State,
)
from gpusim.economics.plant.lives import looked_at
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.writable import to_pointer

Event = tuple[int, int, int]
"""Phase, subject, day."""
BOOKS = 0


def schedule_all(s: State, horizon: Horizon) -> None:
    """Set every event of the opening State."""
    pointer = to_pointer(s)
    schedule(pointer, MONTH, BOOKS, horizon.month_end[1])
    for known in (of_contracts, of_orders, of_money, of_plant):
        for phase, subject, day in known(s, horizon):
            schedule(pointer, phase, subject, day)


def of_contracts(s: State, horizon: Horizon) -> Iterator[Event]:
    """Signatures, prepayments, planned starts and ends of terms."""
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        if contract.signed > horizon.today:
            yield SIGN, c, contract.signed
        if contract.prepayment > 0:
            yield PREPAY, c, contract.prepayment_day
    for k in range(s.count[TRANCHES]):
        tranche = s.tranches[k]
        terms = s.contracts[tranche.contract]
        if terms.exit_day < NEVER:
            yield NOTICE, k, horizon.future(max(terms.exit_day, terms.signed))
        if tranche.status == TRANCHE_LIVE:
            yield END, k, tranche.end
        elif terms.kind == BACKSTOP:  # nobody starts on the day of signature
            yield PLANNED_START, k, max(tranche.planned_start, terms.signed + 1)
        else:
            yield PLANNED_START, k, tranche.planned_start


def of_orders(s: State, horizon: Horizon) -> Iterator[Event]:
    """Order days, not before a contract is signed; deliveries; sites where hardware waits."""
    for k in range(s.count[ORDERS]):
        order = s.orders[k]
        if order.status == ORDER_PLACED:
            yield DELIVER, k, horizon.today + order.lead_drawn
        elif order.status == ORDER_DELIVERED:
            yield INSTALL, order.site, horizon.tomorrow
        elif order.tranche == NONE:
            yield NEED, k, order.planned
        else:
            signed = s.contracts[s.tranches[order.tranche].contract].signed
            yield NEED, k, horizon.future(max(order.planned, signed))


def of_money(s: State, horizon: Horizon) -> Iterator[Event]:
    """Closings and lapses of facilities, equity, invoices and bills."""
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        if facility.status == FACILITY_OPEN:
            yield LAPSE, f, facility.closes + 1
        elif facility.status == FACILITY_PLANNED:
            yield CLOSE, f, facility.opens
    for r in range(len(s.raises)):
        if s.raises[r].day > horizon.today:
            yield RAISE, r, s.raises[r].day
    for i in range(s.count[INVOICES]):
        yield COLLECT, i, s.invoices[i].paid
    for b in range(s.count[BILLS]):
        yield PAY, b, s.bills[b].due


def of_plant(s: State, horizon: Horizon) -> Iterator[Event]:
    """Power in halls already handed over, and the end of life of what is owned."""
    for h in range(len(s.halls)):
        if s.halls[h].status == HALL_HANDED_OVER:
            yield ENERGISE, h, s.halls[h].planned_power
        if s.halls[h].lease_end < NEVER:
            yield GIVE_BACK, h, s.halls[h].lease_end
    pointer = to_pointer(s)
    for a in range(s.count[ASSETS]):
        yield RETIRE, a, horizon.future(int(looked_at(pointer, a)))
