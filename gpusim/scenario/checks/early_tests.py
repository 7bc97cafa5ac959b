"""Cover that is tested before anything can have come in: allowed, as defined, and said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gpusim.scenario.language.fields import KeyPath
from gpusim.units_of_measure import add_months, days_in_month

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.lending.debt import Debt

MONTHS_PER_QUARTER = 3


def early_tests(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Cover that is tested while something is due and no customer can have paid: it must fail."""
    paid = _first_money(scenario)
    owed = any(debt.opening and debt.opening.principal_usd for debt in scenario.debt.values())
    for name, debt in scenario.debt.items():
        test = debt.covenants.dscr if debt.covenants else None
        if test is None or not debt.commitment_usd:
            continue
        opens = max(debt.opens or scenario.model.as_of, scenario.model.as_of)
        day = _quarter_end(max(test.tested_from, scenario.model.as_of + dt.timedelta(1)))
        if day >= paid or not (owed or (debt.undrawn_fee and _first_fee(debt, opens) <= day)):
            continue
        why = "debt service is due" if owed else "fees on what is not drawn are due"
        stops = " and stop its draws" if debt.covenants and debt.covenants.stops_draws else ""
        yield (
            ("debt", name, "covenants", "dscr", "from"),
            f"the first test of the DSCR of {name}, on {day}, must fail{stops}: by then {why}, and "
            f"no customer is planned to have paid: {_said(paid)}",
        )


def _first_money(scenario: Scenario) -> dt.date:
    """The first day on which a customer can be planned to pay; the as-of day of a going concern."""
    if scenario.receivables.invoices or any(a.gpus for a in scenario.assets.values()):
        return scenario.model.as_of
    days = []
    for contract in scenario.contracts.values():
        for tranche in contract.tranches:
            billed = _month_end(max(tranche.start, scenario.model.as_of))
            days.append(billed + dt.timedelta(contract.payment_days))
    for order in scenario.orders.values():
        gpu = scenario.gpus[order.gpu]
        steps = gpu.lead.planned_days + gpu.fitout.planned_days + gpu.acceptance.planned_days
        days.append(_month_end(order.date + dt.timedelta(steps)))
    return min(days, default=dt.date.max)


def _first_fee(debt: Debt, opens: dt.date) -> dt.date:
    """The first day on which an undrawn fee falls due if nothing is drawn before."""
    every = debt.amortisation.every_months if debt.amortisation else 1
    return debt.first_payment or _month_end(add_months(opens.replace(day=1), every))


def _month_end(date: dt.date) -> dt.date:
    return date.replace(day=days_in_month(date.year, date.month))


def _quarter_end(date: dt.date) -> dt.date:
    """The first quarter's end on or after a date."""
    ahead = -date.month % MONTHS_PER_QUARTER
    return _month_end(add_months(date.replace(day=1), ahead))


def _said(paid: dt.date) -> str:
    return "none ever pays" if paid == dt.date.max else f"the first pays on {paid}"
