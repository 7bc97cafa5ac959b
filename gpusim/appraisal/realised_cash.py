"""Cash of each cohort of a finished run, on its own days: what its return is judged by.

Before loans and income tax. What a cohort owns and owes of its business comes at its book value on
the as-of day and goes at its book value on the last day; between the two it is cash:

* customers' payments on the day they came, prepayments among them; GPUs on demand at month ends;
* a supplier's price for the cohort that an order was placed for: the deposit on the day of order,
  the part the supplier lends on the day of delivery, the rest on the day its bill is due;
* operating costs and rent at the month ends at which they were paid, by critical IT power;
* hardware that comes from another cohort or goes to it, at its book value of the month's end, and
  what was fetched for hardware sold.

Book value is that of hardware, in service or on its way, and of unpaid invoices, less prepayments
still to be credited and operating payables. Imported by workers: numpy only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gpusim.appraisal import realised
from gpusim.appraisal.realised import Units, rows_of, split
from gpusim.economics.books.ledger import CASH_FOR_OPERATIONS, CASH_FOR_RENT, PAYABLES_OPERATING
from gpusim.economics.core import state
from gpusim.economics.core.state import (
    BILLS,
    CONTRACTS,
    INVOICES,
    NEVER,
    NONE,
    OPEN,
    ORDERS,
    SETTLED,
    Ints,
    State,
)

if TYPE_CHECKING:
    from gpusim.scenario.spec import Names

KEYS: Final = ("contract", "vintage", "generation", "day")
WIDTH: Final = len(KEYS) + 1  # and cents
PAID_AHEAD: Final = 1
"""An invoice for a prepayment that is nobody's claim until it is paid."""


class Bought(NamedTuple):
    """Payments for orders."""

    order: Ints
    day: Ints
    cents: Ints


def realise(s: State, opened: State, month_end: Ints, names: Names) -> Ints:
    """Cash by cohort and day [rows, WIDTH]; opened: the State before its first day.

    month_end [months + 1].
    """
    months = s.fleet.shape[2] - 1
    ends = month_end[: months + 1]
    own = realised.units_of(s, ends, len(names.contracts))
    cash = Cash(own, ends)
    collect(cash, s, opened)
    for g in range(len(s.gens)):
        cash.put(np.full(months, own.pool(g)), ends[1:], s.fleet[g, state.FLEET_ON_DEMAND, 1:])
    spend(cash, s, opened)
    hold_hardware(cash, s, opened)
    return cash.rows()


class Cash:
    """Amounts by cohort and day, gathered."""

    def __init__(self, own: Units, ends: Ints) -> None:
        self.own = own
        self.ends = ends
        self.parts: list[tuple[Ints, Ints, Ints]] = []

    def put(self, units: Ints, days: Ints, cents: Ints) -> None:
        """Cash of some cohorts on some days; what is after the last day is left out."""
        kept = days <= self.ends[-1]
        self.parts.append((units[kept], np.maximum(days[kept], self.ends[0]), cents[kept]))

    def at_end(self, month: int, cents: Ints) -> None:
        """Cash of every cohort at one month's end."""
        units = np.arange(len(cents))
        self.put(units, np.full(len(cents), self.ends[month]), cents)

    def rows(self) -> Ints:
        """One row a cohort and day with cash [rows, WIDTH]."""
        units, days, cents = (np.concatenate(column) for column in zip(*self.parts, strict=True))
        span = int(self.ends[-1]) + 1
        places, inverse = np.unique(units * span + days, return_inverse=True)
        total = np.zeros(len(places), np.int64)
        np.add.at(total, inverse, cents)
        unit, day = np.divmod(places, span)
        table = np.column_stack([self.own.keys[unit], day, total])
        kept: Ints = table[total != 0]
        return kept


def collect(cash: Cash, s: State, opened: State) -> None:
    """What customers paid; what they owe and have paid ahead at both ends."""
    bills = rows_of(s, s.invoices, INVOICES)
    paid = bills[bills["status"] == SETTLED]
    cash.put(cash.own.of_contract[paid["contract"]], paid["paid"], paid["amount"])
    for book, month, sign in ((opened, 0, -1), (s, len(cash.ends) - 1, 1)):
        bills = rows_of(book, book.invoices, INVOICES)
        claims = bills[(bills["status"] == OPEN) & (bills["prepaid"] != PAID_AHEAD)]
        owed = np.zeros(len(cash.own.keys), np.int64)
        np.add.at(owed, cash.own.of_contract[claims["contract"]], claims["amount"])
        ahead = rows_of(book, book.contracts, CONTRACTS)["balance"]
        np.add.at(owed, cash.own.of_contract[: len(ahead)], -ahead)
        cash.at_end(month, sign * owed)


def spend(cash: Cash, s: State, opened: State) -> None:
    """Operating costs and rent as paid, each month's by the power of the month they arose in."""
    months = len(cash.ends) - 1
    weights = realised.power_of(s, cash.own, cash.own.owned_days)[1]
    lag = int(s.firm[0].payables_months)
    arose = np.maximum(np.arange(months) - lag, 0)
    costs = split(s.ledger[CASH_FOR_OPERATIONS, 1 : months + 1], weights[:, arose])
    rent = split(s.ledger[CASH_FOR_RENT, 1 : months + 1], weights)
    for month in range(months):
        cash.at_end(month + 1, costs[:, month] + rent[:, month])
    for book, place, sign in ((opened, 0, -1), (s, months, 1)):
        owed = book.balance[PAYABLES_OPERATING : PAYABLES_OPERATING + 1]
        shares = weights[:, max(place - 1, 0) : max(place, 1)]
        cash.at_end(place, sign * split(owed, shares)[:, 0])


def hold_hardware(cash: Cash, s: State, opened: State) -> None:
    """What was paid for hardware, what passes between cohorts, its worth at both ends."""
    own, months = cash.own, len(cash.ends) - 1
    units, bought = own.of_orders(s), payments(s, opened, int(cash.ends[0]))
    cash.put(units[bought.order], bought.day, -bought.cents)
    placed = np.zeros((len(own.keys), months), np.int64)
    way = np.zeros(len(own.keys), np.int64)
    fitted = rows_of(s, s.orders, ORDERS)["fitted"][bought.order]
    served = fitted <= cash.ends[-1]
    month = np.searchsorted(cash.ends, np.maximum(fitted[served], cash.ends[0] + 1)) - 1
    np.add.at(placed, (units[bought.order[served]], month), bought.cents[served])
    going = ~served & (bought.day <= cash.ends[-1])
    np.add.at(way, units[bought.order[going]], bought.cents[going])
    late = served & (bought.day > cash.ends[-1])
    np.add.at(way, units[bought.order[late]], -bought.cents[late])
    book, _ = realised.book_of(s, own, own.owned_days)
    added = np.diff(book.carrying, axis=1) + book.depreciation + book.impairment - placed
    for m in range(months):
        cash.at_end(m + 1, book.disposal_gain[:, m] - added[:, m])
    cash.at_end(0, -book.carrying[:, 0])
    cash.at_end(months, book.carrying[:, -1] + way)


def payments(s: State, opened: State, as_of: int) -> Bought:
    """Every payment for an order; on the as-of day, what was booked for it by then."""
    orders, known = rows_of(s, s.orders, ORDERS), rows_of(opened, opened.orders, ORDERS)
    bills = rows_of(s, s.bills, BILLS)
    bills = bills[bills["order"] != NONE]
    places = np.arange(len(orders))
    before = known["paid_ahead"] + known["in_progress"]
    parts = [
        (places[: len(known)], np.full(len(known), as_of), before),
        (places, orders["placed"], orders["deposit"]),
        (places, orders["delivered"], orders["lent"]),
        (bills["order"], bills["due"], bills["whole"]),
    ]
    order, day, cents = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = (cents != 0) & (day < NEVER)
    return Bought(order[kept], day[kept], cents[kept])
