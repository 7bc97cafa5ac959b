"""Cover and leverage tested before anything can have come in: allowed, as defined, and said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gpusim.scenario.language.calendar_periods import month_of, months_of
from gpusim.scenario.language.fields import KeyPath
from gpusim.units_of_measure import add_months, days_in_month

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.lending.covenants import Tested
    from gpusim.scenario.tables.lending.debt import Debt

MONTHS_PER_QUARTER = 3


def early_tests(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Tests that must fail: something is due or owed, and no customer can have paid or been served.

    Cover of loans to be drawn, and leverage.
    """
    for name, debt in scenario.debt.items():
        yield from _early_cover(scenario, name, debt)
        yield from _early_leverage(scenario, name, debt)


def _early_cover(scenario: Scenario, name: str, debt: Debt) -> Iterator[tuple[KeyPath, str]]:
    test = debt.covenants.dscr if debt.covenants else None
    if test is None or not debt.commitment_usd:
        return
    paid = _first_money(scenario)
    owed = any(one.opening and one.opening.principal_usd for one in scenario.debt.values())
    as_of = scenario.model.as_of
    day = _first_test(scenario, test)
    if day >= paid or not (owed or (debt.undrawn_fee and _first_fee(debt, as_of) <= day)):
        return
    why = "debt service is due" if owed else "fees on what is not drawn are due"
    yield (
        ("debt", name, "covenants", "dscr", "from"),
        f"the first test of the DSCR of {name}, on {day}, must fail{_stops(debt)}: by then {why}, "
        f"and no customer is planned to have paid: {_said(paid, 'pays')}",
    )


def _early_leverage(scenario: Scenario, name: str, debt: Debt) -> Iterator[tuple[KeyPath, str]]:
    """Debt against no earnings: it fails at any limit."""
    test = debt.covenants.leverage if debt.covenants else None
    if test is None:
        return
    day, served = _first_test(scenario, test), _first_served(scenario)
    open_to = debt.available_to if debt.commitment_usd else None
    tests = _owes(debt, day) or (open_to is not None and day <= min(open_to, debt.maturity))
    if day < served and tests and any(_owes(one, day) for one in scenario.debt.values()):
        yield (
            ("debt", name, "covenants", "leverage", "from"),
            f"the first test of the leverage of {name}, on {day}, must fail{_stops(debt)}: debt is "
            f"owed then, and no customer is planned to have been served, so that nothing is "
            f"earned: {_said(served, 'is served')}",
        )


def _first_test(scenario: Scenario, test: Tested) -> dt.date:
    """The quarter's end on which a covenant is tested first."""
    return _quarter_end(max(test.tested_from, scenario.model.as_of + dt.timedelta(1)))


def _owes(debt: Debt, day: dt.date) -> bool:
    """Whether a debt of the opening balance still owes something at the end of a day.

    As its schedule surely has it: repayments of periods that begin later.
    """
    if debt.opening is None or day >= debt.maturity:
        return False
    return any(months_of(one).start > month_of(day) for one in debt.opening.repayments)


def _stops(debt: Debt) -> str:
    stops = debt.commitment_usd and debt.covenants and debt.covenants.stops_draws
    return " and stop its draws" if stops else ""


def _first_money(scenario: Scenario) -> dt.date:
    """The first day on which a customer can be planned to pay; the as-of day of a going concern."""
    if scenario.receivables.invoices or any(a.gpus for a in scenario.assets.values()):
        return scenario.model.as_of
    days = []
    for contract in scenario.contracts.values():
        for tranche in contract.tranches:
            billed = _month_end(max(tranche.start, scenario.model.as_of))
            days.append(billed + dt.timedelta(contract.payment_days))
    days += [_month_end(day) for day in _accepted(scenario)]
    return min(days, default=dt.date.max)


def _first_served(scenario: Scenario) -> dt.date:
    """The first day on which a customer can be planned to be served; the as-of day of a fleet."""
    if any(asset.gpus for asset in scenario.assets.values()):
        return scenario.model.as_of
    days = [tranche.start for one in scenario.contracts.values() for tranche in one.tranches]
    return min([*days, *_accepted(scenario)], default=dt.date.max)


def _accepted(scenario: Scenario) -> Iterator[dt.date]:
    """When the GPUs of each order are planned to be accepted."""
    for order in scenario.orders.values():
        gpu = scenario.gpus[order.gpu]
        steps = gpu.lead.planned_days + gpu.fitout.planned_days + gpu.acceptance.planned_days
        yield order.date + dt.timedelta(steps)


def _first_fee(debt: Debt, as_of: dt.date) -> dt.date:
    """The first day on which an undrawn fee falls due if nothing is drawn before.

    The end of the month in which draws begin, of a loan that is open already so many months later.
    """
    if debt.first_payment:
        return debt.first_payment
    if debt.opens and debt.opens > as_of:
        return _month_end(debt.opens)
    every = debt.amortisation.every_months if debt.amortisation else 1
    return _month_end(add_months(as_of.replace(day=1), every))


def _month_end(date: dt.date) -> dt.date:
    return date.replace(day=days_in_month(date.year, date.month))


def _quarter_end(date: dt.date) -> dt.date:
    """The first quarter's end on or after a date."""
    ahead = -date.month % MONTHS_PER_QUARTER
    return _month_end(add_months(date.replace(day=1), ahead))


def _said(first: dt.date, what: str) -> str:
    return f"none ever {what}" if first == dt.date.max else f"the first {what} on {first}"
