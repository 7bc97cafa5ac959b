"""Rows of what is bought, an order each, and the money promised to those already placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    COMING,
    NEVER,
    NONE,
    ORDER_DELIVERED,
    ORDER_PLACED,
    ORDER_PLANNED,
    ORDERS,
    State,
)
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.index import Index, pool_row
from gpusim.scenario.lowering.frame.lots import microwatts_per_gpu
from gpusim.scenario.lowering.frame.purchases import Purchase
from gpusim.scenario.spec import identity

if TYPE_CHECKING:
    from gpusim.economics.core.state import Order
    from gpusim.scenario.scenario import Scenario

STATUS = {"planned": ORDER_PLANNED, "ordered": ORDER_PLACED, "delivered": ORDER_DELIVERED}


def fill_orders(
    s: State, scenario: Scenario, horizon: Horizon, index: Index, bought: list[Purchase]
) -> None:
    """Orders, and promises to those placed before the as-of day."""
    for row, purchase in enumerate(bought):
        fill_order(s, scenario, horizon, index, purchase, row)
    s.count[ORDERS] = s.count[COMING] = len(bought)
    s.coming[: len(bought)] = np.arange(len(bought))


def fill_order(
    s: State, scenario: Scenario, horizon: Horizon, index: Index, purchase: Purchase, row: int
) -> None:
    """An order; one for nobody asks for money at the price of its order day."""
    gpu, own = scenario.gpus[purchase.gpu], purchase.hardware
    order = s.orders[row]
    order.id = identity(purchase.key)
    order.gen = index.gens[purchase.gpu]
    order.site = index.sites[purchase.site]
    order.pool = pool_row(index, purchase.gpu, purchase.site, purchase.facility)
    order.hall = NONE
    order.gpus = purchase.gpus
    order.cost = own.cost
    order.paid_ahead = own.deposit
    order.tranche = index.tranches[purchase.lot] if purchase.lot else NONE
    order.stated = 0 if purchase.lot else 1
    order.status = STATUS[own.status]
    order.planned = own.order_day
    order.needed = own.order_day if purchase.lot else NEVER
    order.funded = NEVER
    order.placed = NEVER
    order.delivered = NEVER
    order.fitted = NEVER
    order.accepted = NEVER
    order.power_ready = NEVER
    order.hall_ready = NEVER
    order.full_since = NEVER
    order.room_ready = NEVER
    order.in_progress = own.in_progress
    order.lead_drawn = NEVER
    order.fitout_drawn = gpu.fitout.planned_days
    order.acceptance_drawn = purchase.acceptance_days
    order.acceptance_planned = purchase.acceptance_days
    order.facility = index.facilities.get(purchase.facility, NONE)
    order.loan_share = purchase.loan_share
    order.vendor = index.facilities.get(purchase.vendor, NONE)
    order.vendor_share = purchase.vendor_share
    s.sites[order.site].coming_microwatts += purchase.gpus * microwatts_per_gpu(gpu)
    if own.status != "planned":
        order.needed = horizon.today
        order.funded = horizon.today
        order.placed = horizon.today
        promise(s, order, delivered=own.status == "delivered")
    if own.status == "delivered":
        order.delivered = horizon.tomorrow  # fit-out can begin then
    if own.status == "ordered":
        order.lead_drawn = max(0, own.delivery - horizon.today)
        order.placed = own.delivery - gpu.lead.planned_days  # the outlook counts from here


def promise(s: State, order: Order, *, delivered: bool) -> None:
    """Promise what is left to pay of an order already placed: its loan, its supplier, cash.

    A programme loan still to close promises its part too, but for hardware already delivered; what
    it cannot pay because it closes too late the firm must find.
    """
    left = order.cost - order.paid_ahead
    own = order.facility != NONE and s.facilities[order.facility].contract == NONE
    if own or (order.facility != NONE and not delivered):
        order.loan = reserve(s, order.facility, min(left, share_of(order.cost, order.loan_share)))
        left -= order.loan
    if order.vendor != NONE:
        part = min(left, share_of(order.cost, order.vendor_share))
        order.vendor_credit = reserve(s, order.vendor, part)
        left -= order.vendor_credit
    order.cash = max(left, 0)
    s.firm[0].reserved_cash += order.cash


def reserve(s: State, facility: int, wanted: int) -> int:
    """Reserve up to an amount on a facility; what it had room for [cents]."""
    row = s.facilities[facility]
    available = row.commitment - row.used - row.reserved
    got = max(0, min(wanted, available))
    row.reserved += got
    return int(got)
