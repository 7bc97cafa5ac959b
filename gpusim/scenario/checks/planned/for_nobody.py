"""GPUs of `[orders]`, bought for nobody, that contracts take: planned tranches look there first.

On the planned path, without chance or want of money, as `gpusim.economics.plant.reuse` has it: a
tranche takes GPUs of its generation and site that were ordered before its own order day, live
through its term and are lent on by nobody else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, NamedTuple

from gpusim.scenario.language.at_once import most_at_once
from gpusim.scenario.language.errors import listed
from gpusim.scenario.language.fields import KeyPath
from gpusim.units_of_measure import add_months

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.contracts import Contract
    from gpusim.scenario.tables.sales.orders import StatedOrder
    from gpusim.scenario.tables.sales.tranches import Tranche

MONTHS_PER_YEAR: Final = 12
OTHERS: Final = ""
"""Whose GPUs are no order's of `[orders]`."""


class Need(NamedTuple):
    """GPUs that a tranche needs, over its planned term."""

    start: dt.date
    end: dt.date
    name: str  # of its contract
    contract: Contract
    tranche: Tranche


def is_shared(contract: Contract, tranche: Tranche) -> bool:
    """Whether a tranche may have GPUs that were not bought for it."""
    status = tranche.hardware.status
    planned = status == "planned" and contract.hardware_source == "shared"
    return planned or status == "in-service"


def may_serve(scenario: Scenario, order: StatedOrder) -> int:
    """The most GPUs at once of planned tranches that an order's GPUs may serve."""
    return most_at_once(
        (need.start, need.end, need.tranche.gpus)
        for need in _needs(scenario, order.gpu, order.site)
        if _may(scenario, order, need)
    )


def taken_by_contracts(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Orders whose GPUs go to contracts that do not say where theirs come from."""
    for site, gpu in dict.fromkeys((own.site, own.gpu) for own in scenario.orders.values()):
        orders = {
            name: own for name, own in scenario.orders.items() if (own.site, own.gpu) == (site, gpu)
        }
        for name, (gpus, contracts) in _taken(scenario, orders, site, gpu).items():
            many = len(contracts) > 1
            yield (
                ("orders", name, "gpus"),
                f"order {name}: {gpus:,} of its {orders[name].gpus:,} {gpu} are planned to go to "
                f"{'contracts' if many else 'contract'} {listed(contracts)}, which "
                f"{'order' if many else 'orders'} so many fewer, for hardware_source is left out, "
                'which is "shared"; "dedicated" orders all, "shared" says that it is meant',
            )


def _taken(
    scenario: Scenario, orders: dict[str, StatedOrder], site: str, gpu: str
) -> dict[str, tuple[int, list[str]]]:
    """GPUs of each order that are in use at the most, and by which contracts, by start.

    What others have done with goes first.
    """
    free = {OTHERS: sum(a.gpus for a in scenario.assets.values() if (a.site, a.gpu) == (site, gpu))}
    free |= {name: own.gpus for name, own in orders.items()}
    in_use: list[tuple[dt.date, str, int]] = []
    found: dict[str, tuple[int, list[str]]] = {}
    for need in sorted(_needs(scenario, gpu, site), key=lambda need: need.start):
        while in_use and in_use[0][0] <= need.start:
            _, name, gpus = heappop(in_use)
            free[name] += gpus
        lacks = need.tranche.gpus
        for name in (OTHERS, *orders) if is_shared(need.contract, need.tranche) else ():
            if name == OTHERS or _may(scenario, orders[name], need):
                gpus = min(free[name], lacks)
                free[name] -= gpus
                lacks -= gpus
                heappush(in_use, (need.end, name, gpus))
                if name != OTHERS and gpus and not _says(need.contract):
                    most, contracts = found.get(name, (0, []))
                    used = orders[name].gpus - free[name]
                    found[name] = max(most, used), list(dict.fromkeys((*contracts, need.name)))
        heappush(in_use, (need.end, OTHERS, lacks))
    return found


def _says(contract: Contract) -> bool:
    return "hardware_source" in contract.model_fields_set


def _needs(scenario: Scenario, gpu: str, site: str) -> Iterator[Need]:
    """What tranches of contracts that buy GPUs need of a generation at a site."""
    for name, contract in scenario.contracts.items():
        for tranche in contract.tranches if contract.kind == "take-or-pay" else ():
            if (contract.gpu, tranche.site or contract.site) == (gpu, site):
                end = add_months(tranche.start, tranche.term_months or contract.term_months)
                yield Need(tranche.start, end, name, contract, tranche)


def _may(scenario: Scenario, order: StatedOrder, need: Need) -> bool:
    """Whether an order's GPUs may serve a tranche for its term."""
    if need.tranche.hardware.status != "planned" or not is_shared(need.contract, need.tranche):
        return False
    gpu, tomorrow = scenario.gpus[order.gpu], scenario.model.as_of + dt.timedelta(days=1)
    fitted = gpu.lead.planned_days + gpu.fitout.planned_days
    work = fitted + gpu.acceptance.planned_days + scenario.operator.order_ahead_days
    asked = max(need.start - dt.timedelta(work), need.contract.signed, tomorrow)
    placed = max(order.date, tomorrow)
    years = gpu.economic_life_years or gpu.book_life_years
    retires = add_months(placed + dt.timedelta(fitted), round(years * MONTHS_PER_YEAR))
    lent = order.facility not in ("", need.contract.facility) and order.loan_share != 0
    lent = lent and need.contract.facility != "" and scenario.debt[order.facility].maturity > asked
    return placed < asked and retires >= need.end and not lent
