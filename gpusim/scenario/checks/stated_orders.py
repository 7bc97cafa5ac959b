"""Orders without a contract: what is refused, and what can hardly be meant.

A loan lends on such hardware where nothing of it counts on contracts: its commitment, its advance
rate and the value of what it financed are all it looks at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gpusim.scenario.language.fields import USD_LIMIT, KeyPath, Problem
from gpusim.units_of_measure import add_months

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.lending.debt import Debt

MONTHS_PER_QUARTER = 3
ON_CONTRACTS = "a loan that lends on hardware alone: with recourse, without size_dscr"


def orders_amiss(s: Scenario) -> Iterator[Problem]:
    """Orders before the as-of day, beyond any amount, or on a loan that lends on contracts."""
    for name, order in s.orders.items():
        at: KeyPath = ("orders", name)
        if order.date < s.model.as_of:
            yield Problem(
                (*at, "date"), order.date.isoformat(), f"the as-of day, {s.model.as_of}, or later"
            )
        gpu = s.gpus.get(order.gpu)
        cost = order.cost(gpu.capex_usd_per_gpu) if gpu else 0.0
        if cost > USD_LIMIT:
            found = f"{order.gpus} GPUs costing USD {cost:,.0f}"
            yield Problem((*at, "gpus"), found, f"at most USD {USD_LIMIT:,.0f} an order")
        debt = s.debt.get(order.facility)
        counted = counts_on_contracts(debt) if debt else ""
        if counted:
            yield Problem(
                (*at, "facility"),
                f'"{order.facility}", {counted}, and the order has no contract',
                f"{ON_CONTRACTS}, a sculpted law or a cover of its own contracts",
            )


def counts_on_contracts(debt: Debt) -> str:
    """What of a loan counts on cash of the contracts that it finances, in words; empty: nothing."""
    test = debt.covenants.dscr if debt.covenants else None
    if not debt.recourse:
        return "which is paid from its own contracts alone"
    if test and test.scope == "facility":
        return "which is tested on its own contracts"
    if debt.size_dscr:
        return "which is sized on planned contract cash"
    if debt.amortisation and debt.amortisation.law == "sculpted":
        return "which is repaid from planned contract cash"
    return ""


def odd_orders(s: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Orders that nobody sees delivered, and whose loan pays nothing or less than they ask for."""
    last = add_months(s.model.as_of, MONTHS_PER_QUARTER * s.model.quarters)
    for name, order in s.orders.items():
        at: KeyPath = ("orders", name)
        gpu, debt = s.gpus[order.gpu], s.debt.get(order.facility)
        if order.date > last:
            yield (
                (*at, "date"),
                f"order {name} has a date of {order.date}, after the run's last day {last}: "
                "nothing of it is bought",
            )
        asked, most = order.loan_share or 0.0, debt.advance_rate if debt else 0.0
        if asked > most:
            yield (
                (*at, "loan_share"),
                f"order {name} asks its loan for {asked:.10g} of its hardware's cost, more than "
                f"{order.facility} advances: its advance_rate of {most:.10g} is drawn",
            )
        due = order.date + dt.timedelta(gpu.lead.planned_days + gpu.payment_days)
        lends = s.order_loan_share(name) > 0 and debt is not None
        if debt and lends and debt.available_to and due > debt.available_to:
            yield (
                (*at, "facility"),
                f"the loan {order.facility} can never pay for hardware of order {name}: it can be "
                f"drawn until {debt.available_to}, and the bill is planned to be paid on {due}",
            )
