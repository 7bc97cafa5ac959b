"""Loans without recourse whose interest falls due before their contracts can pay it.

On the planned path, without chance. What its sponsor bears, as part of the cost, is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gpusim.scenario.checks.planned.late_plans import ordered
from gpusim.scenario.counts import too_many_lots
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.lots import Lot, plan_lots
from gpusim.units_of_measure import add_months, date_of, days_in_month

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.lending.debt import Debt

MONTHS_A_YEAR = 12


def early_interest(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Interest that nobody pays before the first rent, and with it the loan where that ends it.

    Source: definitions, without recourse.
    """
    if next(iter(too_many_lots(scenario)), None):
        return
    alone = {name: debt for name, debt in scenario.debt.items() if _pays_itself(debt)}
    if not alone:
        return
    horizon = Horizon(scenario.model.as_of, scenario.model.quarters)
    lots = plan_lots(scenario, horizon)
    for name, debt in alone.items():
        own = [lot for lot in lots if scenario.contracts[lot.contract].facility == name]
        drawn = _first_draw(scenario, horizon, own)
        if drawn is None or any(lot.live for lot in own):
            continue
        starts = [t.start for lot in own for t in scenario.contracts[lot.contract].tranches]
        rent, due = min(starts), _first_due(debt, drawn)
        months = _months(due, rent)
        if months > 0:
            yield ("debt", name, "cost_base"), _said(debt, name, due, rent, months)


def _pays_itself(debt: Debt) -> bool:
    """Whether interest before rent is paid by neither draws, sponsor nor reserve."""
    counted = "interest" in (debt.cost_base or ())
    reserve = debt.reserve_share or debt.reserve_months
    return not (debt.recourse or counted or reserve or debt.opening) and bool(debt.commitment_usd)


def _first_draw(scenario: Scenario, horizon: Horizon, own: Sequence[Lot]) -> dt.date | None:
    """When the first bill of hardware to be ordered is paid, if money allows."""
    days = []
    for lot in own:
        hardware, gpu = lot.hardware, scenario.gpus[lot.gpu]
        if hardware is not None and hardware.status == "planned":
            day = ordered(scenario, horizon, lot) + gpu.lead.planned_days + gpu.payment_days
            days.append(date_of(day))
    return min(days, default=None)


def _first_due(debt: Debt, drawn: dt.date) -> dt.date:
    """The first payment date after a draw."""
    every = debt.amortisation.every_months if debt.amortisation else 1
    first = debt.first_payment or _month_end(add_months(drawn.replace(day=1), every))
    while first <= drawn:
        first = add_months(first, every)
    return first


def _months(first: dt.date, rent: dt.date) -> int:
    """Month ends from one day to the last before another."""
    return (rent.year - first.year) * MONTHS_A_YEAR + rent.month - first.month


def _month_end(date: dt.date) -> dt.date:
    return date.replace(day=days_in_month(date.year, date.month))


def _said(debt: Debt, name: str, due: dt.date, rent: dt.date, months: int) -> str:
    text = (
        f"interest of {name} falls due from {due} on, and rent of its contracts begins on {rent}: "
        "without recourse nobody pays it until then"
    )
    ends = debt.default_after_months
    if months >= ends:
        text += f", and its lender ends the loan after {ends} months of it"
    return text + '. cost_base = ["interest"] has it drawn, the rest paid by the firm'
