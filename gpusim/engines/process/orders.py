"""An order's life from need to acceptance; the asset it becomes; the bill it leaves."""

from __future__ import annotations

from gpusim.economics.books.equity import receive_equity
from gpusim.economics.core.agenda import (
    ACCEPT,
    DELIVER,
    FITTED,
    FUND,
    NEED,
    PAY,
    PLACE,
    RAISE,
    RETIRE,
    SELL,
)
from gpusim.economics.core.state import ORDER_DELIVERED, ORDER_PLACED, ORDER_PLANNED
from gpusim.economics.hardware import assets, funding, orders
from gpusim.engines.process.simulation import Lifecycle, Simulation


def order(sim: Simulation, k: int) -> Lifecycle:
    """Needed, funded, placed, delivered, fitted out, accepted; an opening order joins half-way."""
    status = sim.s.orders[k].status
    if status == ORDER_PLANNED:
        yield sim.wait(k, NEED)
        sim.do(orders.need, k)
        yield sim.wait(k, PLACE)
        sim.do(orders.place, k)
    if status <= ORDER_PLACED:
        yield sim.wait(k, DELIVER)
        sim.do(orders.deliver, k)
    if status <= ORDER_DELIVERED:
        yield sim.wait(k, FITTED)
        sim.do(orders.fitted, k)
        yield sim.wait(k, ACCEPT)
        sim.do(orders.accept, k)


def asset(sim: Simulation, a: int) -> Lifecycle:
    """Depreciated until its end of life, retired when its GPUs are free."""
    while not sim.s.assets[a].retired:
        yield sim.wait(a, RETIRE, SELL)
        sim.do(assets.retire, a)


def bill(sim: Simulation, b: int) -> Lifecycle:
    """A supplier is paid on the day; an overdue rest is the waterfall's."""
    yield sim.wait(b, PAY)
    sim.do(funding.pay_bill, b)


def treasury(sim: Simulation, k: int) -> Lifecycle:
    """Whenever money or an order appears, waiting orders are funded."""
    while True:
        yield sim.wait(k, FUND)
        sim.do(funding.fund, k)


def equity(sim: Simulation, r: int) -> Lifecycle:
    """New shares are paid for on their day."""
    yield sim.wait(r, RAISE)
    sim.do(receive_equity, r)
