"""Own buildings to come: billed while they are built, in use from the day of their handover.

A hall of an own site that is planned may have a building: bills made out on the as-of day, each of
which is cost in construction on its day. Source: definitions, own buildings to come.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import (
    CONSTRUCTION_IN_PROGRESS,
    INFRASTRUCTURE_GROSS,
    PAYABLES_CAPEX,
    post,
)
from gpusim.economics.books.measures import CAPEX_ACCRUED, CAPEX_IN_SERVICE
from gpusim.economics.books.tax_charge import deduct_building
from gpusim.economics.core.state import BILLS, INFRASTRUCTURE, NONE, State, World
from gpusim.economics.hardware.book_charges import new_asset
from gpusim.economics.plant.lives import life_from
from gpusim.economics.plant.sites import handover


@kernel
def promise_buildings(s: State) -> None:
    """The as-of day: loans promise their part of each bill to come, as far as they have room.

    Not what is kept for interest. Those that open later too, as of hardware that is on order then.
    """
    for b in range(s.count[BILLS]):
        bill = s.bills[b]
        if bill.hall != NONE and bill.facility != NONE:
            facility = s.facilities[bill.facility]
            kept = facility.reserved + facility.interest_room
            room = facility.commitment - facility.used - kept
            bill.loan = max(min(bill.loan, room), ZERO)
            facility.reserved += bill.loan


@kernel
def bill_building(s: State, b: int) -> None:
    """The day of a bill for a building: it is cost in construction, and owed."""
    bill = s.bills[b]
    post(s, CONSTRUCTION_IN_PROGRESS, PAYABLES_CAPEX, bill.amount)
    s.stocks[CAPEX_ACCRUED, s.clock[0].month] += bill.amount
    s.halls[bill.hall].in_progress += bill.amount


@kernel
def hand_over(s: State, w: World, h: int, day: int) -> None:
    """A hall is handed over; its building leaves construction and is charged over its life.

    Source: ASC 360-10-35-4, available for its intended use.
    """
    handover(s, w, h, day)
    hall = s.halls[h]
    if hall.life_months == 0.0:
        return
    cost = hall.in_progress
    hall.in_progress = 0
    s.stocks[CAPEX_IN_SERVICE, s.clock[0].month] += cost
    post(s, INFRASTRUCTURE_GROSS, CONSTRUCTION_IN_PROGRESS, cost)
    life = life_from(day, hall.life_months)
    hall.asset = new_asset(s, INFRASTRUCTURE, NONE, cost, 0.0, life, ZERO, day)
    s.assets[hall.asset].hall = h
    s.assets[hall.asset].site = hall.site
    deduct_building(s, cost, hall.tax_months)
