"""Rows of what is bought: one order a lot, and the money promised to those already placed."""

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
from gpusim.scenario.lowering.frame.index import PROGRAMME, Index, pool_row, programme_loan
from gpusim.scenario.lowering.frame.lots import Lot, microwatts_per_gpu
from gpusim.scenario.spec import identity

if TYPE_CHECKING:
    from gpusim.economics.core.state import Order
    from gpusim.scenario.scenario import Scenario

STATUS = {"planned": ORDER_PLANNED, "ordered": ORDER_PLACED, "delivered": ORDER_DELIVERED}


def fill_orders(
    s: State, scenario: Scenario, horizon: Horizon, index: Index, lots: list[Lot]
) -> None:
    """Orders, and promises to those placed before the as-of day."""
    for lot in lots:
        if lot.hardware is None:
            continue
        gpu = scenario.gpus[lot.gpu]
        own = lot.hardware
        order = s.orders[index.orders[lot.name]]
        order.id = identity(lot.key)
        order.gen = index.gens[lot.gpu]
        order.site = index.sites[lot.site]
        order.pool = pool_row(index, lot.gpu, lot.site, scenario.contracts[lot.contract].facility)
        order.hall = NONE
        order.gpus = lot.gpus
        order.cost = own.cost
        order.paid_ahead = own.deposit
        order.tranche = index.tranches[lot.name]
        order.status = STATUS[own.status]
        order.planned = own.order_day
        order.needed = own.order_day
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
        order.acceptance_drawn = lot.acceptance_days
        order.acceptance_planned = lot.acceptance_days
        s.sites[order.site].coming_microwatts += lot.gpus * microwatts_per_gpu(gpu)
        finance(order, scenario, index, lot.contract)
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
    s.count[ORDERS] = s.count[COMING] = len(index.orders)
    s.coming[: len(index.orders)] = np.arange(len(index.orders))


def finance(order: Order, scenario: Scenario, index: Index, name: str) -> None:
    """Which loan and which supplier may carry part of the cost; no loan above its advance rate."""
    contract = scenario.contracts[name]
    loan = programme_loan(name) if contract.facility == PROGRAMME else contract.facility
    order.facility = index.facilities.get(loan, NONE)
    order.vendor = index.facilities.get(contract.vendor, NONE)
    order.vendor_share = contract.vendor_share
    order.loan_share = scenario.loan_share(name)


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
