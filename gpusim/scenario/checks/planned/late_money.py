"""Money that comes too late: for hardware that is to bill, and prepayments when all is over.

On the planned path, without chance: hardware that the operator's own money does not reach to before
it is to bill. An order is placed only once its whole cost is promised (definitions, which payment a
loan funds), so what its loan and its supplier do not lend must be there. Counted are opening cash
and revolvers, stated equity, prepayments, open invoices and, of a going concern, all that what is
in service can bring, whatever it costs to run: what only contracts yet to start may earn is what
the sentence leaves open. Nothing is said of a firm that may raise money by itself.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gpusim.economics.core.calendar import DAYS_PER_YEAR, HOURS_PER_DAY, HOURS_PER_MONTH
from gpusim.economics.core.money import share_of
from gpusim.scenario.counts import too_many_lots
from gpusim.scenario.language.calendar_periods import month_of, months_of
from gpusim.scenario.language.errors import listed
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.lots import Lot, by_contract, plan_lots
from gpusim.scenario.lowering.nouns.sales import is_prepaid, prepayment_day
from gpusim.scenario.tables.sales.prices import rate
from gpusim.units_of_measure import (
    CENTS_PER_USD,
    Day,
    add_months,
    cents_of,
    date_of,
    day_of,
)

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.contracts import Contract

LEAST: Final = 0.01
"""Part of what is to be paid below which nothing is said to be missing [share]."""


class Needed(NamedTuple):
    """A lot's hardware, and what its loan and its supplier do not lend of it [cents]."""

    day: Day  # on which it is planned to bill
    lot: Lot
    own: int


def missing_money(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """The first contract whose hardware waits for the operator's own money, and how much lacks."""
    raises = scenario.raising is not None or scenario.operator.equity_backstop is not None
    if raises or next(iter(too_many_lots(scenario)), None):
        return
    horizon = Horizon(scenario.model.as_of, scenario.model.quarters)
    lots = plan_lots(scenario, horizon)
    needed = sorted(_needed(scenario, horizon, lots), key=lambda one: one.day)
    there = sorted(_there(scenario, horizon, lots))
    billed = dict(_billed(scenario, horizon, lots, sorted({one.day for one in needed})))
    spent, cash, come, short, most = 0, 0, 0, None, 0
    for one in needed:
        spent += one.own
        while come < len(there) and there[come][0] <= one.day:
            cash += there[come][1]
            come += 1
        money = cash + billed[one.day]
        if one.day <= horizon.month_end[-1] and spent - money > LEAST * spent:
            short = short or (one, spent, money)
            most = max(most, spent - money)
    if short is not None:
        first, spent, money = short
        more = f" (USD {_m(most)}m with all later hardware)" if most > spent - money else ""
        lot = first.lot
        yield (
            ("contracts", lot.contract, "tranches", lot.group, "gpus"),
            f"hardware of contract {lot.contract} is not paid for: of all that is to bill by "
            f"{date_of(first.day)} the operator's own part, which no loan lends, is USD "
            f"{_m(spent)}m; opening cash, equity and prepayments by then come to USD {_m(money)}m, "
            f"USD {_m(spent - money)}m less{more}: what lacks is ordered once contracts earn it",
        )


def late_prepayments(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Prepayments due on or after the planned end of their contract's last term: none is asked for.

    Source: definitions, notice and long stop: a prepayment due after all is over is not owed.
    """
    for name, contract in scenario.contracts.items():
        due = contract.prepayment.due if contract.prepayment else None
        over = max(
            add_months(t.start, t.term_months or contract.term_months) for t in contract.tranches
        )
        if due is not None and due >= over:
            yield (
                ("contracts", name, "prepayment", "due"),
                f"the prepayment of {name} is due on {due}, and its last planned term ends before "
                f"{over}: where nothing starts later, it is not asked for",
            )


def uncredited_prepayments(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Prepayments to come of which a part never comes off an invoice, as planned: it is kept.

    Every invoice from the month of the due day on counts, by its share of the contract's value. A
    last month of the credits, or level ones, take all that is left, then and later.
    Source: definitions, prepayments; `advances.month_credit`.
    """
    horizon = Horizon(scenario.model.as_of, scenario.model.quarters)
    for name, contract in scenario.contracts.items():
        plan = contract.prepayment
        if plan is None or (plan.runs_on and contract.renewal):
            continue
        due = prepayment_day(plan, min(day_of(t.start) for t in contract.tranches))
        if is_prepaid(contract, due, horizon):
            continue
        value, later = _invoiced(contract, plan.window[0], month_of(date_of(due)))
        if not later or not value:
            continue
        per_invoice = plan.credit_share if plan.credit_share and plan.window[1] is None else 1.0
        if plan.share is not None:
            amount = plan.share
        elif contract.price is None:
            continue
        else:
            amount = (plan.amount_usd or 0.0) / value
        kept = amount - per_invoice * later / value
        if kept > LEAST * amount:
            yield (
                ("contracts", name, "prepayment"),
                f"{kept / amount:.0%} of the prepayment of {name} is planned to be never credited: "
                f"it is due on {date_of(due)}, and credits of {per_invoice:.0%} of what is "
                "invoiced from then on do not use it up before the last term ends: the rest is "
                "kept",
            )


def _invoiced(contract: Contract, first: int, due: int) -> tuple[float, float]:
    """Value of a contract's first terms, and of what is invoiced in months of credits.

    first month of a term with a credit, 1 the first; due: calendar month of the prepayment. [USD],
    or in prices of a first hour where tranches state their value.
    """
    value = later = 0.0
    for tranche in contract.tranches:
        start = month_of(tranche.start)
        size = (tranche.gpus * HOURS_PER_MONTH) or tranche.it_kw or 0.0
        months = range(tranche.term_months or contract.term_months)
        rates = [size * rate(contract, month) for month in months]
        if tranche.value_usd is not None:
            whole = sum(rates)
            rates = [tranche.value_usd * one / whole for one in rates] if whole else rates
        value += sum(rates)
        later += sum(
            one for month, one in enumerate(rates) if month + 1 >= first and start + month >= due
        )
    return value, later


class _Paid(NamedTuple):
    """What an order takes of the firm's own cash, or what is due to a lender [cents]."""

    day: Day
    name: str
    amount: int


def cash_of_service(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Orders of `[orders]` whose bills and stated repayments are more than there can be.

    In the operator's favour: all that is there and can come in by the day, before any cost; of
    what is owed the principal as late as the model allows and interest at the margin alone. Debt
    that may be rolled over is left out.
    """
    raises = scenario.raising is not None or scenario.operator.equity_backstop is not None
    if raises or not scenario.orders or next(iter(too_many_lots(scenario)), None):
        return
    horizon = Horizon(scenario.model.as_of, scenario.model.quarters)
    lots = plan_lots(scenario, horizon)
    spent = [*_ordered(scenario)]
    owed = [*_service(scenario, horizon)]
    there = [*_there(scenario, horizon, lots)]
    days = sorted({one.day for one in (*spent, *owed) if one.day <= horizon.month_end[-1]})
    for day, earned in _earned(scenario, horizon, lots, days):
        orders = [own for own in spent if own.day <= day]
        cost = sum(own.amount for own in orders)
        service = sum(own.amount for own in owed if own.day <= day)
        money = sum(cents for come, cents in there if come <= day) + earned
        if service and money >= service and cost + service - money > LEAST * cost:
            names = list(dict.fromkeys(own.name for own in orders))
            many = len(names) > 1
            yield (
                ("orders", names[-1], "date"),
                f"{'orders' if many else 'order'} {listed(names)} {'take' if many else 'takes'} "
                f"cash that debt service needs: of USD {_m(money)}m that is there and can come in "
                f"by {date_of(day)} USD {_m(service)}m is due on debt and USD {_m(cost)}m for "
                f"hardware, USD {_m(cost + service - money)}m more than there is",
            )
            return


def _ordered(scenario: Scenario) -> Iterator[_Paid]:
    """Deposits and bills of orders, what their lenders do not lend; at planned lead times."""
    for name, order in scenario.orders.items():
        gpu = scenario.gpus[order.gpu]
        cost = cents_of(order.cost(gpu.capex_usd_per_gpu))
        deposit = share_of(cost, gpu.deposit_share)
        loan = scenario.order_loan_share(name) if order.facility else 0.0
        lent = share_of(cost, min(loan + order.vendor_share, 1.0))
        day = max(day_of(order.date), day_of(scenario.model.as_of) + 1)
        yield _Paid(day, name, min(deposit, cost))
        billed = day + gpu.lead.planned_days + gpu.payment_days
        yield _Paid(billed, name, max(cost - deposit - lent, 0))


def _service(scenario: Scenario, horizon: Horizon) -> Iterator[_Paid]:
    """Stated repayments within the run, with the interest of what is repaid till then."""
    for name, debt in scenario.debt.items():
        if debt.opening is None or debt.refinance or debt.kind in ("revolver", "convertible"):
            continue
        for period, usd in debt.opening.repayments.items():
            last = months_of(period)[-1] + 1
            end = dt.date(last // 12, last % 12 + 1, 1) - dt.timedelta(1)
            day = min(day_of(end), day_of(debt.maturity))
            years = (day - horizon.today) / DAYS_PER_YEAR
            interest = usd * max(debt.margin, 0.0) * years
            if day <= horizon.month_end[-1]:
                yield _Paid(day, name, cents_of(usd + interest))


def _earned(
    scenario: Scenario, horizon: Horizon, lots: list[Lot], days: list[Day]
) -> Iterator[tuple[Day, int]]:
    """What is sold by each day: of what is in service, contracts to come and orders [cents]."""
    for day, cents in _billed(scenario, horizon, lots, days):
        for lot in lots:
            if not lot.live and lot.start < day:
                cents += share_of(lot.value, min((day - lot.start) / max(lot.term_days, 1), 1.0))
        for order in scenario.orders.values():
            gpu = scenario.gpus[order.gpu]
            work = gpu.lead.planned_days + gpu.fitout.planned_days + gpu.acceptance.planned_days
            since = day - day_of(order.date) - work
            price = gpu.on_demand_usd_per_gpu_hour * HOURS_PER_DAY
            cents += cents_of(order.gpus * price * max(since, 0))
        yield day, cents


def _m(cents: int) -> str:
    return f"{cents / CENTS_PER_USD / 1e6:,.1f}"


def _needed(scenario: Scenario, horizon: Horizon, lots: list[Lot]) -> Iterator[Needed]:
    """The operator's part of each lot's hardware, after what its lenders have left for it."""
    room = {
        name: cents_of(debt.commitment_usd)
        - (cents_of(debt.opening.principal_usd) if debt.opening else 0)
        for name, debt in scenario.debt.items()
    }
    for lot, missing in _bought(scenario, lots):
        contract, own = scenario.contracts[lot.contract], lot.hardware
        assert own is not None
        cost = share_of(own.cost, missing / lot.gpus)
        left = max(cost - own.deposit, 0)
        for name, share in (
            (contract.facility, scenario.loan_share(lot.contract)),
            (contract.vendor, contract.vendor_share),
        ):
            if name and share:
                lent = max(min(left, share_of(cost, share), room.get(name, left)), 0)
                left -= lent
                room[name] = room.get(name, lent) - lent
        yield Needed(lot.start, lot, left)


def _bought(scenario: Scenario, lots: list[Lot]) -> Iterator[tuple[Lot, int]]:
    """Lots with hardware of their own, and the GPUs that no term before them leaves to them.

    What terms that have ended leave at a site, and what stands there on the as-of day under none,
    serves the next of the generation.
    """
    loose = Counter[tuple[str, str]]()
    for asset in scenario.assets.values():
        loose[asset.site, asset.gpu] += asset.gpus
    ends: list[tuple[Day, tuple[str, str], int]] = []
    for lot in sorted(lots, key=lambda lot: (not lot.live, lot.start)):
        place = (lot.site, lot.gpu)
        while ends and ends[0][0] <= lot.start:
            _, where, gpus = heappop(ends)
            loose[where] += gpus
        taken = min(max(loose[place], 0), lot.gpus)
        loose[place] -= taken
        heappush(ends, (lot.start + lot.term_days, place, lot.gpus))
        if lot.hardware is not None and lot.gpus:
            yield lot, lot.gpus - (taken if lot.hardware.status == "planned" else 0)


def _there(scenario: Scenario, horizon: Horizon, lots: list[Lot]) -> Iterator[tuple[Day, int]]:
    """What is there on the as-of day, and what comes in whole on a day."""
    yield horizon.today, cents_of(scenario.balance.cash_usd or 0.0)
    yield horizon.today, -cents_of(scenario.operator.minimum_cash_usd)
    if scenario.opening_equity:
        yield horizon.today, scenario.opening_equity.net
    for debt in scenario.debt.values():
        drawn = debt.opening.principal_usd if debt.opening else 0.0
        if debt.kind == "revolver":
            yield horizon.today, cents_of(debt.commitment_usd) - cents_of(drawn)
    for equity in scenario.equity.values():
        yield day_of(equity.date), cents_of(equity.amount_usd) - cents_of(equity.costs_usd)
    for invoice in scenario.receivables.invoices:
        yield day_of(invoice.due), cents_of(invoice.amount_usd)
    for name, own in by_contract(lots).items():
        plan = scenario.contracts[name].prepayment
        if plan is None:
            continue
        due = prepayment_day(plan, min(lot.start for lot in own))
        if not is_prepaid(scenario.contracts[name], due, horizon):
            value = sum(lot.value for lot in own)
            yield due, cents_of(plan.amount_usd or 0.0) + share_of(value, plan.share or 0.0)


def _billed(
    scenario: Scenario, horizon: Horizon, lots: list[Lot], days: list[Day]
) -> Iterator[tuple[Day, int]]:
    """What is in service on the as-of day brings by each day, sold by term and on demand [cents].

    GPUs under contract could have been sold on demand too: in the operator's favour both count.
    """
    live = [(lot.start, max(lot.term_days, 1), lot.value) for lot in lots if lot.live]
    starts, terms, values = np.array(live, np.float64).reshape(-1, 3).T
    a_day = sum(
        asset.gpus * scenario.gpus[asset.gpu].on_demand_usd_per_gpu_hour * HOURS_PER_DAY
        for asset in scenario.assets.values()
        if asset.gpu
    )
    for day in days:
        shares = np.clip((day - starts) / terms, 0.0, 1.0)
        yield day, int((shares * values).sum()) + cents_of(a_day * (day - horizon.today))
