"""What is bought: for lots of contracts, and for nobody.

Orders stand in rows: those of contracts first, by priority and planned start as their lots do,
then those of [orders] by date and name. Money, and powered room of what is delivered, are looked
for in that turn. An order of [orders] is cut into lots as a tranche is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpusim.economics.core.state import NEVER
from gpusim.scenario.lowering.frame.amounts import split_by
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.index import PROGRAMME, programme_loan
from gpusim.scenario.lowering.frame.lots import Hardware, Lot, ramp_of
from gpusim.units_of_measure import cents_of, day_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario


@dataclass(frozen=True)
class Purchase:
    """An order: what is bought where, for whom, and which debt may carry part of its cost."""

    name: str  # by place in the file, as reports call it
    key: str  # for its draws
    lot: str  # name of the lot that it is bought for; empty: for nobody
    gpu: str
    site: str
    gpus: int
    hardware: Hardware
    acceptance_days: int
    acceptance_sd: float
    facility: str  # name of a facility; empty: none
    loan_share: float
    vendor: str
    vendor_share: float


def plan_purchases(scenario: Scenario, horizon: Horizon, lots: list[Lot]) -> list[Purchase]:
    """All orders of the model, in the order of their rows."""
    bought = [_of_lot(scenario, lot, lot.hardware) for lot in lots if lot.hardware]
    stated = sorted(scenario.orders, key=lambda name: (scenario.orders[name].date, name))
    return bought + [one for name in stated for one in _of_nobody(scenario, horizon, name)]


def _of_lot(scenario: Scenario, lot: Lot, hardware: Hardware) -> Purchase:
    """The order of a lot; its loan carries no share above its advance rate."""
    contract = scenario.contracts[lot.contract]
    own = contract.facility == PROGRAMME
    return Purchase(
        name=lot.name,
        key=lot.key,
        lot=lot.name,
        gpu=lot.gpu,
        site=lot.site,
        gpus=lot.gpus,
        hardware=hardware,
        acceptance_days=lot.acceptance_days,
        acceptance_sd=lot.acceptance_sd,
        facility=programme_loan(lot.contract) if own else contract.facility,
        loan_share=scenario.loan_share(lot.contract),
        vendor=contract.vendor,
        vendor_share=contract.vendor_share,
    )


def _of_nobody(scenario: Scenario, horizon: Horizon, name: str) -> Iterator[Purchase]:
    """The lots of an order of [orders], ordered together and accepted one after the other."""
    order = scenario.orders[name]
    gpu = scenario.gpus[order.gpu]
    ramps = ramp_of(gpu, order.gpus, scenario.operator.acceptance_lot_mw)
    costs = split_by(cents_of(order.cost(gpu.capex_usd_per_gpu)), [r.gpus for r in ramps])
    day = horizon.future(day_of(order.date))
    for i, (ramp, cost) in enumerate(zip(ramps, costs, strict=True)):
        path = f"orders.{name}" if len(ramps) == 1 else f"orders.{name}.lot.{i}"
        yield Purchase(
            name=path,
            key=path,
            lot="",
            gpu=order.gpu,
            site=order.site,
            gpus=ramp.gpus,
            hardware=Hardware("planned", cost, 0, 0, int(NEVER), day),
            acceptance_days=ramp.days,
            acceptance_sd=ramp.sd,
            facility=order.facility,
            loan_share=scenario.order_loan_share(name),
            vendor=order.vendor,
            vendor_share=order.vendor_share,
        )
