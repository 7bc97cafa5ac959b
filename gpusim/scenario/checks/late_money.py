"""Money that comes too late: for hardware that is to bill, and prepayments when all is over.

On the planned path, without chance: hardware that the operator's own money does not reach to before
it is to bill. An order is placed only once its whole cost is promised (definitions, which payment a
loan funds), so what its loan and its supplier do not lend must be there. Counted are opening cash
and revolvers, stated equity, prepayments, open invoices and, of a going concern, all that what is
in service can bring, whatever it costs to run: what only contracts yet to start may earn is what
the sentence leaves open. Nothing is said of a firm that may raise money by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.economics.core.money import share_of
from gpusim.scenario.counts import too_many_lots
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.lots import Lot, by_contract, plan_lots
from gpusim.scenario.lowering.nouns.sales import is_prepaid, prepayment_day
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
